package ui

import (
	"fmt"
	"testing"
)

func TestPickerChoosesAWorkspace(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.press("w")
	s.shows("Workspace", "› claims-search", "legal-archive", "playground", "enter choose", "esc back")
	s.press("down", "enter")
	s.shows("legal-archive ▾", "reading the keys")
	s.hides("playground")
	s.list(s.ws, rowsNamed("law")...)
	s.shows("law")
	if s.ws.scope.Workspace != "legal-archive" {
		t.Errorf("scope: %v", s.ws.scope)
	}
}

func TestPickerNarrowsDown(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.press("w")
	s.typeText("GRO")
	s.shows("/ GRO█", "› playground")
	s.hides("legal-archive")
	s.typeText("?q1")
	s.shows("no name contains that")
	s.press("enter")
	if len(s.p.pages) != 1 {
		t.Error("nothing was chosen, and the picker closed")
	}
	s.press("esc")
	s.shows("claims-search ▾", "just read")
	if s.ws.reading.busy() {
		t.Error("leaving the picker reads again")
	}
}

func TestPickingTheSameChangesNothing(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("*", "w", "enter")
	s.shows("2 marked")
	if s.ws.reading.busy() {
		t.Error("reads again")
	}
}

func TestAnotherWorkspaceHasItsOwnMarks(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a", "b")...)
	s.press("*", "w", "down", "enter")
	s.hides("marked")
}

func TestPickerWithManyNames(t *testing.T) {
	s := newStage(t, 60, 16, true)
	s.signIn(ida)
	names := make([]string, 500)
	for i := range names {
		names[i] = fmt.Sprintf("place-%03d", i)
	}
	s.places("place-250", names...)
	s.press("w")
	s.shows("› place-250")
	s.press("pgdown", "pgdown", "up")
	for range 600 {
		s.press("down")
	}
	s.shows("› place-499", "╰")
	for range 100 {
		s.press("pgup")
	}
	s.shows("› place-000", "╰")
	s.press("k", "j")
	s.shows("no name contains that") // letters are typed, not obeyed
}

func TestOrganizationHasNoPicker(t *testing.T) {
	s := newAdminStage(t, 80, 24, rowsNamed("a")...)
	s.press("2", "w")
	if len(s.p.pages) != 0 {
		t.Error("w opens something")
	}
	s.hides("w workspace")
}
