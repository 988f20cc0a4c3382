package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/audit"
	"fob/ui/desk"
)

// An exception needs a reason, somebody who answers for it and an end that lies ahead. It is appended to people's file,
// whose comments stay, and counts at once.
func TestAuditExcept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fob", "policy.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	ours := "# Agreed on 3 November.\nversion = 1\n[rules.not-seen]   # quarterly\nseverity = \"low\"\n"
	if err := os.WriteFile(path, []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	pl := newPlace(t, func(o *desk.Options) { o.Policy = &desk.PolicyFile{Path: path} })
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.finds(s, audit.RuleNotSeen, "export-2024")
	before := s.audit.Result.Counts
	u.press("a")
	u.shows("Except export-2024", "for not-seen alone", "Ida Krüger", "2027-02-22")
	u.press("enter", "enter", "enter")
	u.shows("an exception needs a reason")
	u.press("up", "up")
	u.typeText("needed once a year")
	u.press("down", "ctrl+u", "down", "enter")
	u.shows("somebody who answers for it")
	u.press("shift+tab")
	u.typeText("Jonas")
	for text, want := range map[string]string{
		"soon": "has to be a date", "": "has to be a date", "2026-02-30": "has to be a date", "2026-11-21": "2026-11-21 is over: the end has to be today or later",
	} {
		u.press("tab", "ctrl+u")
		u.typeText(text)
		u.press("enter")
		u.idle()
		u.shows(want)
	}
	if readFile(t, path) != ours {
		t.Fatal("something wrong was written")
	}
	u.press("ctrl+u")
	u.typeText("2026-11-22") // today, and it counts
	u.press("enter")
	u.idle()
	u.shows("the exception is written into", "1 findings excepted")
	text := readFile(t, path)
	if !strings.HasPrefix(text, ours) || !strings.Contains(text, "until = 2026-11-22\n") || !strings.Contains(text, `rules = ["not-seen"]`) || !strings.Contains(text, `owner = "Jonas"`) {
		t.Errorf("the policy is\n%s", text)
	}
	if s.has(audit.RuleNotSeen, "export-2024") || !s.has(audit.RuleNeverExpires, "export-2024") {
		t.Error("the exception doesn't count at once, or counts for more")
	}
	if after := s.audit.Result.Counts; after.Findings != before.Findings-1 || after.Excepted != 1 {
		t.Errorf("counts are %+v, were %+v", after, before)
	}
	u.press("r")
	u.idle()
	if s.has(audit.RuleNotSeen, "export-2024") {
		t.Error("it is forgotten with the next audit")
	}

	u.finds(s, audit.RuleNeverExpires, "export-2024")
	u.press("a")
	u.send(tea.KeyMsg{Type: tea.KeyCtrlA})
	u.shows("for every rule")
	u.typeText("legacy \"x\" \\ y")
	u.press("down", "down", "enter")
	u.idle()
	if s.has(audit.RuleNeverExpires, "export-2024") {
		t.Errorf("not excepted:\n%s", u.view())
	}
	if last := readFile(t, path); !strings.HasPrefix(last, text) {
		t.Error("what stood there was changed")
	}
}

// What can't be written is said; the dialog stays with what was typed.
func TestAuditExceptFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.toml")
	pl := newPlace(t, func(o *desk.Options) { o.Policy = &desk.PolicyFile{Path: path} })
	u, s := openAudit(t, pl.Desk, 80, 24)
	if err := os.WriteFile(path, []byte("version = 1\nmistake = 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.finds(s, audit.RuleNotSeen, "export-2024")
	u.press("a")
	u.typeText("because")
	u.press("enter", "enter", "enter")
	u.idle()
	u.shows("because", "mistake")
	if readFile(t, path) != "version = 1\nmistake = 2\n" || !s.has(audit.RuleNotSeen, "export-2024") {
		t.Error("something was written all the same")
	}
	u.press("esc")
	if len(u.p.pages) != 0 {
		t.Error("esc doesn't lead out")
	}
}

// The demo keeps exceptions in memory, and says so.
func TestAuditExceptInTheDemo(t *testing.T) {
	pl := newPlace(t, nil)
	u, s := openAudit(t, pl.Desk, 80, 24)
	u.finds(s, audit.RuleNotSeen, "export-2024")
	u.press("a")
	u.typeText("because")
	u.press("enter", "enter", "enter")
	u.idle()
	u.shows("the exception is written into the demo's memory")
	u.press("r")
	u.idle()
	if s.has(audit.RuleNotSeen, "export-2024") {
		t.Error("it is forgotten with the next audit")
	}
}

func TestAuditExport(t *testing.T) {
	pl := newPlace(t, nil)
	u, _ := openAudit(t, pl.Desk, 80, 24)
	folder := t.TempDir()
	export := func(name string) string {
		path := filepath.Join(folder, name)
		u.press("E", "ctrl+u")
		u.typeText(path)
		u.press("enter")
		u.idle()
		return path
	}
	for ending, begins := range map[string]string{
		".html": "<!doctype html>", ".md": "#", ".csv": "", ".json": `{"schema":1`, ".sarif": "{", ".txt": "Organization",
	} {
		text := readFile(t, export("report"+ending))
		if !strings.HasPrefix(strings.ToLower(text), strings.ToLower(begins)) || !strings.Contains(text, "export-2024") {
			t.Errorf("%s begins with %.60q", ending, text)
		}
		u.shows("the report is in ")
		if len(u.p.pages) != 0 {
			t.Fatal("the dialog stays")
		}
		if ending == ".json" && !json.Valid([]byte(text)) {
			t.Error("no JSON")
		}
		if info, err := os.Stat(filepath.Join(folder, "report"+ending)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", ending, info.Mode(), err)
		}
	}

	mine := filepath.Join(folder, "mine.md")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	export("mine.md")
	u.shows("There is a file of that name. enter replaces it.")
	if readFile(t, mine) != "mine" {
		t.Fatal("replaced unasked")
	}
	u.press("x", "backspace") // another path, perhaps: asked anew
	u.hides("enter replaces it")
	u.press("enter")
	u.idle()
	u.shows("enter replaces it")
	u.press("enter")
	u.idle()
	if readFile(t, mine) == "mine" {
		t.Error("not replaced")
	}

	export("report.pdf")
	u.shows("names no format")
	u.press("esc")
	export("none/report.md")
	u.shows("no such file or directory")
	u.press("esc")
	u.press("E", "ctrl+u", "enter")
	u.idle()
	u.shows("Export the audit")
	u.press("esc")
	if len(u.p.pages) != 0 {
		t.Error("esc doesn't lead out")
	}
}
