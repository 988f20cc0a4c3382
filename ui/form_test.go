package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"fob/client"
)

func someWorkspaces(n int) []client.Workspace {
	list := make([]client.Workspace, n)
	for i := range list {
		list[i] = client.Workspace{ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprintf("team-%05d", i)}
	}
	return list
}

func workspacesForm(items []client.Workspace, chosen map[string]bool) (*workspaces, func(...string)) {
	f := newWorkspaces(newLook(true), items, chosen)
	form := newForm(newLook(true), f.WithWidth(60).WithHeight(8), nil, 60, 8)
	return f, func(names ...string) {
		for _, n := range names {
			form.key(keyNamed(n))
		}
	}
}

// What is chosen goes by id: two of one name are two.
func TestWorkspacesOfOneName(t *testing.T) {
	chosen := map[string]bool{}
	f, press := workspacesForm([]client.Workspace{{ID: "1", Name: "twin"}, {ID: "2", Name: "twin"}, {Name: "bare"}}, chosen)
	press("down", " ")
	if chosen["1"] || !chosen["2"] || f.count() != 1 {
		t.Errorf("chosen is %v", chosen)
	}
	press("down", " ")
	if f.count() != 2 || strings.Count(f.View(), "✓") != 2 {
		t.Errorf("chosen is %v:\n%s", chosen, f.View())
	}
	press("*")
	if f.count() != 3 {
		t.Errorf("after * chosen is %v", chosen)
	}
	press("*")
	if f.count() != 0 {
		t.Errorf("after a second * chosen is %v", chosen)
	}
}

// A filter that matches nothing, and every key on it, is no trouble; what is chosen outlives it.
func TestWorkspacesFilter(t *testing.T) {
	chosen := map[string]bool{}
	f, press := workspacesForm(someWorkspaces(300), chosen)
	press(" ", "/", "2", "5", "0")
	if got := len(f.shown); got != 1 {
		t.Fatalf("the filter finds %d", got)
	}
	if !strings.Contains(f.View(), "› ") || !strings.Contains(f.View(), "team-00250") || !strings.Contains(f.View(), "1 of 300 chosen") {
		t.Errorf("the field shows\n%s", f.View())
	}
	press(" ") // a blank in the filter, not a choice
	if len(chosen) != 1 || len(f.shown) != 0 {
		t.Fatalf("chosen %v, shown %d", chosen, len(f.shown))
	}
	press("ctrl+d", "backspace", "down", "up", "enter", " ", "x", "pgdown", "end", "G")
	if !chosen["id-250"] || len(chosen) != 2 {
		t.Errorf("chosen is %v", chosen)
	}
	press("esc")
	if f.filtered() || len(f.shown) != 300 || len(chosen) != 2 {
		t.Errorf("after Esc: filtered %v, shown %d, chosen %v", f.filtered(), len(f.shown), chosen)
	}
	press("/", "z", "z", " ", "enter", " ", "*", "esc")
	if len(chosen) != 2 {
		t.Errorf("an empty list chose something: %v", chosen)
	}
}

func TestWorkspacesNames(t *testing.T) {
	f, _ := workspacesForm([]client.Workspace{{ID: "1", Name: "evil\x1b[2J\u202ename"}}, map[string]bool{})
	if view := f.View(); strings.Contains(view, "\x1b[2J") || !strings.Contains(view, `evil␛[2J\u202ename`) {
		t.Errorf("the field shows %q", view)
	}
}

// Every answer stays in view, whichever is preset, and after the window was small.
func TestChoiceShowsAll(t *testing.T) {
	value := 3
	c := newChoice(newLook(true), &value, []option{{"a", ""}, {"b", "note"}, {"c", ""}, {"d", ""}})
	c.WithWidth(30)
	for _, height := range []int{4, 2, 4} {
		c.WithHeight(height)
		lines := strings.Split(c.View(), "\n")
		if len(lines) != min(height, 4) || !strings.HasPrefix(lines[len(lines)-1], "› d") {
			t.Errorf("at a height of %d the field shows\n%s", height, c.View())
		}
	}
	for range 10 {
		c.Update(keyNamed("up"))
	}
	if value != 0 || !strings.Contains(c.View(), "› a") {
		t.Errorf("the first is not reached: %d", value)
	}
}

// A form is asked on the way forward, says why it stays, and takes keys again.
func TestFormRefuses(t *testing.T) {
	text := ""
	f := newForm(newLook(true), newInput(newLook(true), &text, 20), func() error {
		if text != "good" {
			return errors.New("not good")
		}
		return nil
	}, 40, 1)
	for _, r := range "goo" {
		f.key(keyNamed(string(r)))
	}
	if f.finish() || f.err == nil {
		t.Fatal("an answer that isn't good was taken")
	}
	f.key(keyNamed("d"))
	if text != "good" || f.err != nil {
		t.Fatalf("after a refusal the field has %q, %v", text, f.err)
	}
	if !f.finish() {
		t.Error("a good answer was refused")
	}
}

// TERM=dumb makes huh think of screen readers; the form stays a form.
func TestFormOnDumbTerminal(t *testing.T) {
	t.Setenv("TERM", "dumb")
	value := 0
	f := newForm(newLook(false), newChoice(newLook(false), &value, []option{{"a", ""}, {"b", ""}}).WithWidth(30), nil, 30, 3)
	f.key(keyNamed("down"))
	if value != 1 || !strings.Contains(f.view(), "> b") {
		t.Errorf("the form shows %q", f.view())
	}
}

// One key on a field of 50,000 workspaces: the aim is a tenth of a millisecond, filtering aside.
func BenchmarkWorkspaces(b *testing.B) {
	_, press := workspacesForm(someWorkspaces(50_000), map[string]bool{})
	b.Run("move", func(b *testing.B) {
		for b.Loop() {
			press("down", "up")
		}
	})
	b.Run("filter", func(b *testing.B) {
		press("/")
		for b.Loop() {
			press("7", "backspace")
		}
	})
}
