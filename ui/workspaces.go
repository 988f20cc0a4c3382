package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/huh"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// workspaces is the field in which workspaces are chosen: keyed by id, so that two of the same name stay two; drawn
// line by line, so that fifty thousand cost no more than ten; asked for a choice only on the way forward.
type workspaces struct {
	bare
	look          *look
	items         []client.Workspace
	folded        []string        // the names in lower case
	chosen        map[string]bool // its owner's, by id
	shown         []int           // positions in items that match the filter
	cursor        int             // position in shown
	offset        int
	width, height int
	filter        textinput.Model
	filtering     bool // the filter is being typed
}

func newWorkspaces(l *look, items []client.Workspace, chosen map[string]bool) *workspaces {
	f := &workspaces{look: l, items: items, folded: make([]string, len(items)), chosen: chosen, filter: l.input(), height: 5}
	f.self = f
	for i, w := range items {
		f.folded[i] = strings.ToLower(w.Name)
	}
	f.match(false)
	return f
}

// workspaceID is what stands for a workspace: its id, or its name where the platform sends none.
func workspaceID(w client.Workspace) string {
	if w.ID != "" {
		return w.ID
	}
	return "name:" + w.Name
}

// match looks for what the filter finds; narrower tells that the filter only grew, so that what it didn't find before
// it doesn't find now.
func (f *workspaces) match(narrower bool) {
	want := strings.ToLower(f.filter.Value())
	at := -1
	if f.cursor < len(f.shown) {
		at = f.shown[f.cursor]
	}
	if narrower {
		kept := f.shown[:0]
		for _, i := range f.shown {
			if strings.Contains(f.folded[i], want) {
				kept = append(kept, i)
			}
		}
		f.shown = kept
	} else {
		f.shown = f.shown[:0]
		for i := range f.items {
			if want == "" || strings.Contains(f.folded[i], want) {
				f.shown = append(f.shown, i)
			}
		}
	}
	f.cursor = 0
	for n, i := range f.shown {
		if i == at {
			f.cursor = n
			break
		}
	}
	f.keep()
}

func (f *workspaces) rows() int { return max(f.height-1, 1) }

func (f *workspaces) keep() {
	rows := f.rows()
	f.cursor = min(max(f.cursor, 0), max(len(f.shown)-1, 0))
	if f.cursor < f.offset {
		f.offset = f.cursor
	}
	if f.cursor >= f.offset+rows {
		f.offset = f.cursor - rows + 1
	}
	f.offset = min(max(f.offset, 0), max(len(f.shown)-rows, 0))
}

// filtered tells whether a filter is typed or in force: Esc then belongs to the field.
func (f *workspaces) filtered() bool { return f.filtering || f.filter.Value() != "" }

// count is how many of the workspaces that exist are chosen.
func (f *workspaces) count() int { return len(f.chosen) }

// Update hears the keys that move, choose and filter.
func (f *workspaces) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return f, nil
	}
	switch {
	case matches(k, keys.Back):
		f.filtering = false
		f.filter.Blur()
		f.filter.SetValue("")
		f.match(false)
	case f.filtering && matches(k, keys.Details):
		f.filtering = false
		f.filter.Blur()
	case k.Type == tea.KeyUp, !f.filtering && matches(k, keys.Up):
		f.cursor--
	case k.Type == tea.KeyDown, !f.filtering && matches(k, keys.Down):
		f.cursor++
	case matches(k, keys.PageUp):
		f.cursor -= f.rows()
	case matches(k, keys.PageDown):
		f.cursor += f.rows()
	case f.filtering:
		before := f.filter.Value()
		f.filter, _ = f.filter.Update(msg) // the command is the cursor's blinking
		if now := f.filter.Value(); now != before {
			f.match(strings.HasPrefix(now, before))
		}
	case matches(k, keys.Filter):
		f.filtering = true
		f.filter.Focus()
	case matches(k, keys.Top):
		f.cursor = 0
	case matches(k, keys.Bottom):
		f.cursor = len(f.shown)
	case matches(k, keys.Mark):
		f.toggle()
	case matches(k, keys.MarkAll):
		f.toggleShown()
	}
	f.keep()
	return f, nil
}

func (f *workspaces) toggle() {
	if f.cursor >= len(f.shown) {
		return
	}
	f.set(f.shown[f.cursor], !f.chosen[workspaceID(f.items[f.shown[f.cursor]])])
}

// toggleShown chooses everything that is shown, or nothing of it if all of it is chosen.
func (f *workspaces) toggleShown() {
	all := true
	for _, i := range f.shown {
		all = all && f.chosen[workspaceID(f.items[i])]
	}
	for _, i := range f.shown {
		f.set(i, !all)
	}
}

func (f *workspaces) set(i int, on bool) {
	id := workspaceID(f.items[i])
	if on {
		f.chosen[id] = true
		return
	}
	delete(f.chosen, id)
}

// View draws what fits, with the filter and the count above.
func (f *workspaces) View() string {
	l := f.look
	var left string
	switch {
	case f.filtering:
		left = l.accent.Render("/ ") + f.filter.View()
	case f.filter.Value() != "":
		left = l.accent.Render("/ " + visible.Line(f.filter.Value()))
	default:
		left = l.faint.Render("space chooses, / filters")
	}
	count := fmt.Sprintf("%s of %s chosen", desk.Thousands(f.count()), desk.Thousands(len(f.items)))
	lines := []string{between(left, l.faint.Render(count), f.width)}
	for n := f.offset; n < min(f.offset+f.rows(), len(f.shown)); n++ {
		w := f.items[f.shown[n]]
		sign, mark, style := "  ", "  ", l.plain
		if n == f.cursor {
			sign, style = l.cursor+" ", l.selected
		}
		if f.chosen[workspaceID(w)] {
			mark = l.mark + " "
		}
		lines = append(lines, style.Render(sign)+l.accent.Render(mark)+style.Render(visible.Truncate(w.Name, f.width-4)))
	}
	if len(f.shown) == 0 {
		lines = append(lines, l.faint.Render("  none matches; esc shows all again"))
	}
	return strings.Join(lines, "\n")
}

// WithWidth gives the field its width.
func (f *workspaces) WithWidth(width int) huh.Field {
	f.width = width
	f.filter.Width = max(width-30, 10)
	return f
}

// WithHeight gives the field its height.
func (f *workspaces) WithHeight(height int) huh.Field {
	f.height = max(height, 2)
	f.keep()
	return f
}

// GetValue is what is chosen, by id.
func (f *workspaces) GetValue() any { return f.chosen }
