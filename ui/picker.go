package ui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/filter"
)

// picker lets a person choose one of many names, narrowed down by typing.
type picker struct {
	world
	id, asker     screenID
	title         string
	names, shown  []string
	input         textinput.Model
	cursor        int
	width, height int
}

// newPicker offers names; the choice goes to asker as a pickedMsg.
func newPicker(w world, asker screenID, title string, names []string, current string) *picker {
	p := &picker{world: w, id: w.newID(), asker: asker, title: title, names: names, input: w.look.input()}
	p.input.Placeholder = "type to narrow down"
	p.narrow()
	for i, name := range p.shown {
		if name == current {
			p.cursor = i
		}
	}
	return p
}

// Init gives the field the keyboard.
func (p *picker) Init() tea.Cmd { return p.input.Focus() }

// ID is the number by which answers find this screen.
func (p *picker) ID() screenID { return p.id }

// Typing is always true: printable keys narrow down.
func (p *picker) Typing() bool { return true }

// SetSize gives the screen its space.
func (p *picker) SetSize(width, height int) {
	p.width, p.height = min(width-4, 60), min(height-6, 16)
	p.input.Width = p.width - 8
}

func (p *picker) narrow() {
	want := filter.Fold(p.input.Value())
	p.shown = p.shown[:0:0]
	for _, name := range p.names {
		if strings.Contains(filter.Fold(name), want) {
			p.shown = append(p.shown, name)
		}
	}
	p.cursor = min(p.cursor, max(len(p.shown)-1, 0))
}

// Update moves, narrows down and chooses.
func (p *picker) Update(msg tea.Msg) (screen, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		var cmd tea.Cmd
		p.input, cmd = p.input.Update(msg)
		return p, cmd
	}
	switch k.Type {
	case tea.KeyUp:
		p.cursor = max(p.cursor-1, 0)
	case tea.KeyDown:
		p.cursor = min(p.cursor+1, max(len(p.shown)-1, 0))
	case tea.KeyPgUp:
		p.cursor = max(p.cursor-p.lines(), 0)
	case tea.KeyPgDown:
		p.cursor = min(p.cursor+p.lines(), max(len(p.shown)-1, 0))
	case tea.KeyEsc:
		return p, p.ask(closeMsg{p.id})
	case tea.KeyEnter:
		if p.cursor >= len(p.shown) {
			return p, nil
		}
		return p, p.ask(closeMsg{p.id}, toMsg{p.asker, pickedMsg{p.shown[p.cursor]}})
	default:
		var cmd tea.Cmd
		p.input, cmd = typeInto(p.input, k)
		p.narrow()
		return p, cmd
	}
	return p, nil
}

func (p *picker) lines() int { return max(min(p.height-2, len(p.names)), 1) }

// View draws the names around the cursor.
func (p *picker) View() string {
	l := p.look
	lines := []string{l.accent.Render("/ ") + l.field(p.input), ""}
	first := max(min(p.cursor-p.lines()/2, len(p.shown)-p.lines()), 0)
	for i := range p.lines() {
		at := first + i
		switch {
		case at >= len(p.shown):
			text := ""
			if i == 0 {
				text = l.faint.Render("  no name contains that")
			}
			lines = append(lines, text)
		case at == p.cursor:
			lines = append(lines, l.selected.Render(l.cursor+" "+l.truncate(p.shown[at], p.width-8)))
		default:
			lines = append(lines, "  "+l.truncate(p.shown[at], p.width-8))
		}
	}
	return l.box(p.title, strings.Join(lines, "\n"), p.width)
}

// ShortHelp are the keys for the footer.
func (p *picker) ShortHelp() []key.Binding {
	return []key.Binding{saying(keys.Details, "choose"), bind("↑↓", "move"), keys.Back}
}

// FullHelp are all keys of the screen.
func (p *picker) FullHelp() [][]key.Binding { return [][]key.Binding{p.ShortHelp()} }
