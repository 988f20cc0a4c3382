// Package background answers for the terminal when it would be asked for its background colour.
//
// Importing bubbletea v1 asks the terminal in a package init and waits up to five seconds where nobody answers, in
// every subcommand. Setting lipgloss's answer first makes the question needless. Go initialises packages that are ready
// in the order of their import paths, so this works because "fob/ui/background" sorts before "github.com/charmbracelet"
// and imports nothing but lipgloss. A test runs the binary on a terminal that never answers.
package background

import "github.com/charmbracelet/lipgloss"

func init() {
	// The answer itself doesn't matter: fob uses the terminal's own sixteen colours, never adaptive ones.
	lipgloss.SetHasDarkBackground(true)
}
