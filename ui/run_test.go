package ui

import (
	"errors"
	"io"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

// breaking is a model that panics where it is told to, with a value that must not be shown.
type breaking struct{ where string }

const shownNever = "what the panic held"

func (b breaking) Init() tea.Cmd {
	fails := func() tea.Msg { panic(shownNever) }
	fine := func() tea.Msg { return nil }
	switch b.where {
	case "init":
		panic(shownNever)
	case "command":
		return fails
	case "batch":
		return tea.Batch(fine, fails)
	case "sequence":
		return tea.Sequence(fine, fails)
	case "nested":
		return tea.Sequence(fine, tea.Batch(fine, tea.Sequence(fine, fails)))
	}
	return func() tea.Msg { return b.where }
}

func (b breaking) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg {
	case "update":
		panic(errors.New(shownNever))
	case "index":
		return b, func() tea.Msg { return []int{}[len(b.where)] }
	case "view":
		b.where = "drawing"
	}
	return b, nil
}

func (b breaking) View() string {
	if b.where == "drawing" {
		panic(shownNever)
	}
	return "fine"
}

// Wherever the program panics, it ends in order, the terminal is brought back by Bubble Tea's own way, and nothing of
// the panic's value is in what is said.
func TestAPanicEndsTheProgramInOrder(t *testing.T) {
	for _, where := range []string{"init", "command", "batch", "sequence", "nested", "update", "index", "view"} {
		t.Run(where, func(t *testing.T) {
			g := &guard{root: breaking{where}}
			p := tea.NewProgram(g, tea.WithInput(nil), tea.WithOutput(io.Discard), tea.WithoutSignalHandler(), tea.WithoutCatchPanics())
			g.quit = func() { go p.Quit() }
			if _, err := p.Run(); err != nil {
				t.Fatalf("the program did not end in order: %v", err)
			}
			crash := g.crashed()
			if crash == nil {
				t.Fatal("the panic was lost")
			}
			said := crash.Error() + strings.Join(crash.Where, "\n")
			if strings.Contains(said, shownNever) {
				t.Errorf("it says what the panic held: %s", said)
			}
			if !strings.Contains(said, "breaking") {
				t.Errorf("it does not say where it was: %s", said)
			}
			if where == "index" && !strings.Contains(said, "index out of range") {
				t.Errorf("a runtime error is not named: %s", said)
			}
		})
	}
}
