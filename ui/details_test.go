package ui

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/lipgloss"

	"fob/client"
)

func TestDetails(t *testing.T) {
	s := newAdminStage(t, 80, 30, rowWith("ingest-prod", func(k *client.Key) {
		k.OrganizationRole = client.Some("MEMBER")
		k.ExpiresAt = client.Some(time.Date(2027, 3, 1, 22, 59, 59, 0, time.UTC))
		k.LastUsedAt = client.Some(testNow.Add(-4 * time.Minute))
		k.Unknown = map[string]json.RawMessage{
			"quota": json.RawMessage(`{"rps": 5}`), "a\x1b[2Jb": json.RawMessage("\"\u202e\x07\""),
		}
	}))
	s.ws.rows[0].Kept = true
	s.press("enter")
	s.shows("ingest-prod", "● kept", s.ws.rows[0].Key.ID, "service: linked to nobody", "Editor", "Member",
		"claims-search, and no other", "by Ida Krüger", "2027-03-01 22:59 UTC", "in 3 months", "(4 min ago), the platform says so",
		"quota", `{"rps": 5}`, "a␛[2Jb", `"\u202e␇"`, "esc back", "y copy the id")
	s.press("esc")
	s.shows("NAME ▲")
}

func TestDetailsOfWhatIsNotShown(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("", func(k *client.Key) { *k = client.Key{ID: "9f1c4e2a-0000"} }))
	s.press("enter")
	for _, label := range []string{"type", "role", "workspaces", "created", "expires"} {
		found := false
		for line := range strings.Lines(s.view()) {
			found = found || strings.HasPrefix(strings.TrimSpace(line), label) && strings.Contains(line, "not shown")
		}
		if !found {
			t.Errorf("%s isn't said to be not shown\n%s", label, s.view())
		}
	}
}

func TestEndsInWords(t *testing.T) {
	loc := berlin(t)
	for _, c := range []struct {
		at   client.Field[time.Time]
		want string
	}{
		{client.Field[time.Time]{}, "not shown"},
		{client.Null[time.Time](), "never"},
		{client.Some(time.Date(2027, 3, 1, 22, 59, 59, 0, time.UTC)), "2027-03-01 23:59 CET = 22:59 UTC (in 3 months)"},
		{client.Some(time.Date(2027, 7, 1, 22, 30, 0, 0, time.UTC)), "2027-07-02 00:30 CEST = 2027-07-01 22:30 UTC (in 7 months)"},
		{client.Some(testNow.Add(-time.Hour)), "2026-11-22 11:00 CET = 10:00 UTC (1 h ago)"},
	} {
		if got := expiryWords(c.at, testNow.In(loc)); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := expiryWords(client.Some(testNow.AddDate(0, 0, 2)), testNow); got != "2026-11-24 11:00 UTC (in 2 days)" {
		t.Errorf("in UTC: %q", got)
	}
}

func TestPaneFrom120Columns(t *testing.T) {
	for _, width := range []int{60, 80, 119, 120, 160, 220} {
		s := newAdminStage(t, width, 30, rowsNamed("aaa", "bbb")...)
		if pane := strings.Contains(s.view(), "linked to"); pane != (width >= paneFrom) {
			t.Errorf("at %d columns there is a pane: %v", width, pane)
		}
		if width < paneFrom {
			continue
		}
		s.shows(s.ws.rows[0].Key.ID[:8])
		s.press("j")
		s.shows(s.ws.rows[1].Key.ID[:8])
		s.press("/", "z", "z")
		s.hides("linked to")
	}
}

func TestDetailsScroll(t *testing.T) {
	s := newAdminStage(t, 60, 16, rowWith("many", func(k *client.Key) {
		k.Unknown = map[string]json.RawMessage{}
		for i := range 40 {
			k.Unknown[fmt.Sprintf("field-%02d", i)] = json.RawMessage(fmt.Sprint(i))
		}
	}))
	s.press("enter")
	s.hides("field-39")
	for range 60 {
		s.press("j")
	}
	s.shows("field-39")
	s.resize(200, 60)
	s.shows("many", "field-39")
}

func TestLongDetailsStayInTheirColumn(t *testing.T) {
	row := rowWith(strings.Repeat("long-", 30), func(k *client.Key) {
		var all []client.WorkspaceRef
		for i := range 30 {
			all = append(all, client.WorkspaceRef{Name: fmt.Sprintf("workspace-%d", i)})
		}
		k.Workspaces = client.Some(all)
		k.Unknown = map[string]json.RawMessage{"blob": json.RawMessage(`"` + strings.Repeat("x", 500) + `"`)}
	})
	for _, width := range []int{40, 44, 78} {
		lines := detailLines(newLook(true), row, width, testNow)
		for i, line := range lines {
			if w := lipgloss.Width(line); w > width {
				t.Errorf("at %d, a line of %d cells: %q", width, w, line)
			}
			if i > 1 && !strings.HasPrefix(line, " ") {
				t.Errorf("not indented: %q", line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{
		{"", 5, ""},
		{"one two three", 20, "one two three"},
		{"one two three", 8, "one two|three"},
		{"one two three", 7, "one two|three"},
		{"one two three", 3, "one|two|thr|ee"},
		{"8299cd7c-3e24-400d", 10, "8299cd7c-|3e24-400d"},
		{"世界世界", 5, "世界|世界"},
		{"aaae\u0301\u0302b", 4, "aaae\u0301\u0302|b"},
		{"AAA\u0903", 3, "AA|A\u0903"},
		{"a    b", 3, "a|b"},
	} {
		if got := strings.Join(wrap(c.text, c.width), "|"); got != c.want {
			t.Errorf("%q at %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}
