package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"fob/client"
	"fob/ui/desk"
)

func numbered(n int) []*desk.Row {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("key-%02d", i)
	}
	return rowsNamed(names...)
}

func TestMoving(t *testing.T) {
	for keys, want := range map[string]string{
		"":                                   "key-00",
		"j":                                  "key-01",
		"down j k":                           "key-01",
		"k":                                  "key-00",
		"up":                                 "key-00",
		"G":                                  "key-49",
		"G j":                                "key-49",
		"end k":                              "key-48",
		"G g":                                "key-00",
		"G home":                             "key-00",
		"pgdown":                             "key-15",
		"pgdown pgdown":                      "key-30",
		"pgdown pgup":                        "key-00",
		"pgup":                               "key-00",
		"pgdown pgdown pgdown pgdown pgdown": "key-49",
		"j j j pgdown k":                     "key-17",
	} {
		t.Run(keys, func(t *testing.T) {
			s := newAdminStage(t, 80, 24, numbered(50)...)
			s.press(strings.Fields(keys)...)
			if got := s.selected(); got != want {
				t.Errorf("selected %s, want %s\n%s", got, want, s.view())
			}
		})
	}
}

func TestResizingKeepsTheCursorOnScreen(t *testing.T) {
	s := newAdminStage(t, 80, 40, numbered(50)...)
	for range 30 {
		s.press("j")
	}
	for _, height := range []int{16, 50, 17, 24} {
		s.resize(80, height)
		if got := s.selected(); got != "key-30" {
			t.Errorf("at %d lines, selected %q\n%s", height, got, s.view())
		}
	}
}

func TestSortingByEveryColumn(t *testing.T) {
	rows := []*desk.Row{
		rowWith("b", func(k *client.Key) {
			k.Personal = client.Some(true)
			k.Role = client.Some(client.RoleRef{Name: "Editor"})
			k.ExpiresAt = client.Some(testNow.AddDate(0, 0, 3))
		}),
		rowWith("C", func(k *client.Key) {
			k.Role = client.Some(client.RoleRef{Name: "Search user"})
			k.ExpiresAt = client.Field[time.Time]{}
		}),
		rowWith("a", func(k *client.Key) {
			k.Role = client.Some(client.RoleRef{Name: "Indexer"})
			k.ExpiresAt = client.Null[time.Time]()
		}),
	}
	for _, c := range []struct {
		presses       int
		head          string
		forward, back []string
	}{
		{0, "NAME ▲", []string{"a", "b", "C"}, []string{"C", "b", "a"}},
		{1, "TYPE ▲", []string{"b", "C", "a"}, []string{"C", "a", "b"}},
		{2, "ROLE ▲", []string{"b", "a", "C"}, []string{"C", "a", "b"}},
		{3, "EXPIRES ▲", []string{"b", "a", "C"}, []string{"C", "a", "b"}},
		{4, "STATUS ▲", []string{"b", "a", "C"}, []string{"C", "a", "b"}},
		{5, "NAME ▲", []string{"a", "b", "C"}, []string{"C", "b", "a"}},
	} {
		t.Run(c.head, func(t *testing.T) {
			s := newAdminStage(t, 80, 24, rows...)
			for range c.presses {
				s.press("s")
			}
			s.shows(c.head)
			if got := s.listed(); !slices.Equal(got, c.forward) {
				t.Errorf("listed %v, want %v", got, c.forward)
			}
			s.press("S")
			s.shows(strings.Replace(c.head, "▲", "▼", 1))
			if got := s.listed(); !slices.Equal(got, c.back) {
				t.Errorf("reversed %v, want %v", got, c.back)
			}
		})
	}
}

func TestSortingNeverHidesBehindAColumn(t *testing.T) {
	for _, width := range []int{60, 72, 80, 95, 119, 120, 200} {
		for _, tab := range []string{"1", "2"} {
			s := newAdminStage(t, width, 24, rowsNamed("a", "b")...)
			s.press(tab)
			for range 9 {
				if strings.Count(s.view(), "▲") != 1 {
					t.Fatalf("at %d, tab %s: the sorted column isn't visible\n%s", width, tab, s.view())
				}
				s.press("s")
			}
			s.press("s", "s")
			s.resize(60, 16)
			if strings.Count(s.view(), "▲") != 1 {
				t.Fatalf("from %d to 60 columns, tab %s: nothing says what is sorted by\n%s", width, tab, s.view())
			}
		}
	}
}

// A list is as arranged as a plain stable sort of a plain filter says.
func TestArrange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type item struct{ value, at int }
		values := rapid.SliceOfN(rapid.IntRange(0, 5), 0, 60).Draw(t, "values")
		reverse, odd := rapid.Bool().Draw(t, "reverse"), rapid.Bool().Draw(t, "odd")
		var items, want []item
		for i, v := range values {
			items = append(items, item{v, i})
			if !odd || v%2 == 1 {
				want = append(want, item{v, i})
			}
		}
		order := func(a, b item) int { return a.value - b.value }
		slices.SortStableFunc(want, func(a, b item) int {
			if reverse {
				return order(b, a)
			}
			return order(a, b)
		})
		match := func(i item) bool { return i.value%2 == 1 }
		if !odd {
			match = nil
		}
		got := []item{}
		for _, p := range arrange(items, match, order, reverse) {
			got = append(got, items[p])
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestMarks(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b", "c", "d")...)
	marked := func() string {
		var names []string
		for _, r := range s.ws.table.marked() {
			names = append(names, r.Name)
		}
		return strings.Join(names, " ")
	}
	for _, c := range []struct{ keys, want string }{
		{"j space", "b"},
		{"space", "b c"}, // the cursor moved on
		{"k space", "b"},
		{"S", "b"},
		{"/ n a m e : a enter *", "a b"},
		{"esc", "b a"}, // clears the filter first
		{"*", "d c b a"},
		{"*", ""},
		{"space", "a"},
		{"esc", ""},
	} {
		for _, key := range strings.Fields(c.keys) {
			if key == "space" {
				key = " "
			}
			s.press(key)
		}
		if got := marked(); got != c.want {
			t.Errorf("after %q: marked %q, want %q\n%s", c.keys, got, c.want, s.view())
		}
		if n := len(strings.Fields(c.want)); n > 0 {
			s.shows(fmt.Sprintf("%d marked", n))
		} else {
			s.hides("marked")
		}
	}
}

func TestSignsAreCharacters(t *testing.T) {
	rows := rowsNamed("a", "b")
	rows[0].Kept = true
	s := newAdminStage(t, 80, 24, rows...)
	s.press("j", " ")
	s.shows("   ● a ", " ›✓  b ", "1 kept here")
}

func TestCells(t *testing.T) {
	now := testNow
	for _, c := range []struct {
		at   client.Field[time.Time]
		want string
	}{
		{client.Field[time.Time]{}, "not shown"},
		{client.Null[time.Time](), "never"},
		{client.Some(now.Add(12*24*time.Hour + time.Minute)), "in 12 days"},
		{client.Some(now.Add(time.Hour + time.Minute)), "in 1 h"},
		{client.Some(now.AddDate(0, 0, -3)), "2026-11-19"},
		{client.Some(now.AddDate(0, 4, 0)), "2027-03-22"},
		{client.Some(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)), "9999-01-01"},
	} {
		if got := expiryCell(c.at, now); got != c.want || len(got) > 10 {
			t.Errorf("got %q, want %q in ten cells at most", got, c.want)
		}
	}
}

func TestWhatThePlatformDoesNotSendIsSaid(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowWith("", func(k *client.Key) { *k = client.Key{ID: "9f1c4e2a-0000"} }))
	for line := range strings.Lines(s.view()) {
		if strings.Contains(line, "9f1c4e2a") {
			if got := strings.Count(line, "not shown"); got != 4 {
				t.Errorf("%d cells say so: %q", got, line)
			}
			return
		}
	}
	t.Error("the key isn't listed")
}

func TestCompareFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringOfN(rapid.RuneFrom([]rune("aAbBzZéÉß-_[")), 0, 5, -1)
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if compareFold(a, b) != -compareFold(b, a) {
			t.Fatalf("%q and %q compare differently the other way round", a, b)
		}
		if compareFold(a, a) != 0 || (a != b && compareFold(a, b) == 0) {
			t.Fatalf("%q, %q: equal without being so", a, b)
		}
		if compareFold(a, b) <= 0 && compareFold(b, c) <= 0 && compareFold(a, c) > 0 {
			t.Fatalf("%q ≤ %q ≤ %q, but not %q ≤ %q", a, b, c, a, c)
		}
	})
}

func (s *stage) resize(width, height int) { s.p.resize(width, height) }

func TestColumnsStandBelowEachOther(t *testing.T) {
	for _, utf8 := range []bool{true, false} {
		s := newStage(t, 80, 24, utf8)
		s.signIn(ida)
		s.places("claims-search", "claims-search")
		s.list(s.ws, rowsNamed("a", strings.Repeat("long-", 20), "世界世界世界世界世界世界世界世界", "Zoë", "a\x1b[31m\u202e", "👩‍👩‍👧👍🏽🇩🇪")...)
		found := 0
		for line := range strings.Lines(s.view()) {
			if before, _, ok := strings.Cut(line, " service "); ok {
				found++
				if w := ansi.StringWidth(before); w != 31 {
					t.Errorf("the type stands at cell %d: %q", w, line)
				}
			}
		}
		if found != 6 {
			t.Errorf("%d of 6 keys listed\n%s", found, s.view())
		}
	}
}
