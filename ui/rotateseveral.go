package ui

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// severalRotator asks what the rotation of several keys needs to know of all of them, before there is a plan: how long the
// old keys wait, where the new ones are kept, and of what type they are.
type severalRotator struct {
	world
	id     screenID
	marks  marks
	homes  []desk.PlaceChoice
	fields severalFields
	width  int
}

// The fields of severalRotator.
const (
	rotatorOverlap = iota
	rotatorHome
	rotatorType
)

func newSeveralRotator(w world, m marks) *severalRotator {
	r := &severalRotator{world: w, id: w.newID(), marks: m, homes: w.homes(false)}
	r.fields = severalFields{
		labels: []string{"old waits", "kept in", "type"}, values: r.values, chosen: []int{overlapPreset, 0, 0}, cursor: 3, button: "see what would be done",
	}
	return r
}

// values are what a field can be.
func (r *severalRotator) values(field int) []string {
	var values []string
	switch field {
	case rotatorOverlap:
		for _, o := range overlaps {
			waits, _ := waitWords(o.of, o.label, r.Now())
			values = append(values, waits)
		}
	case rotatorHome:
		for _, h := range r.homes {
			values = append(values, h.Label)
		}
	case rotatorType:
		values = []string{"as it is", "service, all of them"}
	}
	return values
}

// ID is the number by which answers find this screen.
func (r *severalRotator) ID() screenID { return r.id }

// SetSize gives the screen its space.
func (r *severalRotator) SetSize(width, _ int) { r.width = width }

// Update hears keys.
func (r *severalRotator) Update(msg tea.Msg) (screen, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	switch {
	case !ok:
	case matches(k, keys.Back):
		return r, r.ask(closeMsg{r.id})
	case r.fields.key(k):
		return r, r.ask(closeMsg{r.id}, openMsg{screen: newPrepared(r.world, "rotate", r.prepare(), r.marks), boxed: true})
	}
	return r, nil
}

// aside is what stands beside a field.
func (r *severalRotator) aside(field int) string {
	if field != rotatorOverlap || r.width < 70 {
		return ""
	}
	o := overlaps[r.fields.chosen[field]]
	_, then := waitWords(o.of, o.label, r.Now())
	return "; " + then
}

// prepare is how the plan is made that was asked for.
func (r *severalRotator) prepare() preparing {
	overlap, home := overlaps[r.fields.chosen[rotatorOverlap]], r.homes[r.fields.chosen[rotatorHome]]
	o := desk.RotationOptions{Overlap: overlap.of, Home: []desk.Place{home.Place()}}
	what := "A new key takes the place of each, kept in " + home.Label
	if r.fields.chosen[rotatorType] > 0 {
		o.Answers.Personal = new(false)
		what = "A new service key takes the place of each, kept in " + home.Label
	}
	waits, then := waitWords(overlap.of, overlap.label, r.Now())
	if overlap.of > 0 {
		what += "; the old ones wait " + waits + ", and " + then
	} else {
		what += "; the old ones work until you revoke them"
	}
	d, scope, braked := r.Desk, r.marks.from.Scope, map[string]bool{}
	for _, row := range r.marks.rows { // what the root knows is its own to look at
		_, braked[row.Key.ID] = r.known.quarantine(row.Key.ID)
	}
	return func(ctx ctxt, tell func(desk.Step)) (desk.BulkAction, error) {
		action, err := d.Rotation(ctx, scope, o, tell)
		if err != nil {
			return action, err
		}
		action.What = what
		judge := action.Judge
		action.Judge = func(i *desk.BulkItem) {
			judge(i)
			if braked[i.Row.Key.ID] && i.Skip == "" {
				i.Warnings = slices.Concat([]string{"it is in quarantine, and the new one gets its lowered role"}, i.Warnings)
			}
		}
		return action, nil
	}
}

// View draws the fields, and what is going to be asked.
func (r *severalRotator) View() string {
	l := r.look
	title := between(" Rotate "+l.bold.Render(keysWord(len(r.marks.rows))), l.faint.Render("nothing is sent yet")+" ", r.width)
	lines := r.fields.lines(l, title, r.width, r.aside)
	for _, text := range []string{
		"A new key like it takes the place of each, and none of the old ones is revoked before you say so.",
		"Left out is what would have to be asked about one alone, and other people's personal keys, unless all become service keys.",
	} {
		for _, part := range wrap(text, min(r.width-6, readable)) {
			lines = append(lines, "   "+l.faint.Render(part))
		}
		lines = append(lines, "")
	}
	return r.drawn(lines[:len(lines)-1], r.width)
}

// ShortHelp are the keys for the footer.
func (r *severalRotator) ShortHelp() []key.Binding { return r.fields.help() }

// FullHelp are all keys of the screen.
func (r *severalRotator) FullHelp() [][]key.Binding { return [][]key.Binding{r.ShortHelp()} }
