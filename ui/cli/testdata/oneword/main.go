// Oneword is the bound for fob's first frame: a Bubble Tea program that draws one word and does nothing else.
package main

import (
	"os"

	tea "github.com/charmbracelet/bubbletea"

	_ "fob/ui/background" // without it, bubbletea asks the terminal for its background first
)

type word struct{}

func (word) Init() tea.Cmd { return nil }

func (w word) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, ok := msg.(tea.KeyMsg); ok {
		return w, tea.Quit
	}
	return w, nil
}

func (word) View() string { return "one-word" }

func main() {
	if _, err := tea.NewProgram(word{}, tea.WithAltScreen()).Run(); err != nil {
		os.Exit(1)
	}
}
