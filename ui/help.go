package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"
)

// helpScreen lists every key that works on the screen below it, and what the filter understands there.
type helpScreen struct {
	world
	id    screenID
	of    screen
	tabs  bool // it is a tab: the tabs' own keys work, too
	over  bool // one can go over to other organizations and profiles
	view  viewport.Model
	width int
	notes noted
}

// noted is a screen that has more to explain than its keys.
type noted interface{ Notes(width int) []string }

func newHelpScreen(w world, of screen, tabs, over bool) *helpScreen {
	h := &helpScreen{world: w, id: w.newID(), of: of, tabs: tabs, over: over}
	if n, ok := of.(noted); ok {
		h.notes = n
	}
	return h
}

// ID is the number by which answers find this screen.
func (h *helpScreen) ID() screenID { return h.id }

// SetSize gives the screen its space.
func (h *helpScreen) SetSize(width, height int) {
	h.width = min(width-2, 76)
	lines := h.lines()
	h.view.Width, h.view.Height = h.width-4, max(min(len(lines), height-4), 1)
	h.view.SetContent(strings.Join(lines, "\n"))
	if h.view.PastBottom() {
		h.view.GotoBottom()
	}
}

func (h *helpScreen) lines() []string {
	var lines []string
	groups := h.of.FullHelp()
	if h.tabs && h.over {
		groups = append(groups, []key.Binding{keys.Organization, keys.Profile})
	}
	if h.tabs {
		groups = append(groups, []key.Binding{keys.Tab1, keys.Tab2, keys.Tab3, keys.Tab4, keys.NextTab, keys.PrevTab, keys.Log}, []key.Binding{keys.Help, keys.Quit, keys.Cancel})
	} else {
		groups = append(groups, []key.Binding{keys.Help, keys.Cancel})
	}
	var cells []string
	for _, group := range groups {
		for _, b := range group {
			if b.Enabled() {
				cells = append(cells, h.look.bold.Render(pad(b.Help().Key, 10))+b.Help().Desc)
			}
		}
	}
	half := (len(cells) + 1) / 2
	for i := range half {
		column := (h.width - 4) / 2
		line := pad(cells[i], column-1) + " "
		if i+half < len(cells) {
			line += cells[i+half]
		}
		lines = append(lines, line)
	}
	if h.notes != nil {
		lines = append(lines, "")
		lines = append(lines, h.notes.Notes(h.width-4)...)
	}
	return lines
}

// Update scrolls, and closes on any other key.
func (h *helpScreen) Update(msg tea.Msg) (screen, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return h, nil
	}
	if matches(k, keys.Up) || matches(k, keys.Down) || matches(k, keys.PageDown) || matches(k, keys.PageUp) {
		var cmd tea.Cmd
		h.view, cmd = h.view.Update(msg)
		return h, cmd
	}
	return h, h.ask(closeMsg{h.id})
}

// View draws the list in a box.
func (h *helpScreen) View() string {
	title := "Keys"
	if !h.view.AtBottom() || !h.view.AtTop() {
		title = fmt.Sprintf("Keys (%d%%, ↑↓ for more)", int(h.view.ScrollPercent()*100))
	}
	return h.look.box(title, h.view.View(), h.width)
}

// ShortHelp are the keys for the footer.
func (h *helpScreen) ShortHelp() []key.Binding {
	return []key.Binding{keys.Up, keys.Down, saying(keys.Back, "close")}
}

// FullHelp are all keys of the screen.
func (h *helpScreen) FullHelp() [][]key.Binding { return [][]key.Binding{h.ShortHelp()} }
