package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// details shows everything that is known of one key.
type details struct {
	world
	id    screenID
	row   *desk.Row
	scope client.Scope
	view  viewport.Model
	width int
}

func newDetails(w world, row *desk.Row, scope client.Scope) *details {
	return &details{world: w, id: w.newID(), row: row, scope: scope}
}

// ID is the number by which answers find this screen.
func (s *details) ID() screenID { return s.id }

// SetSize gives the screen its space.
func (s *details) SetSize(width, height int) {
	s.width = width
	s.view.Width, s.view.Height = width, height-1
	s.fill()
}

func (s *details) fill() {
	now := s.Now()
	s.view.SetContent(strings.Join(detailLines(s.look, s.row, s.width-2, now, s.known.about(s.row, now)...), "\n"))
	if s.view.PastBottom() {
		s.view.GotoBottom()
	}
}

// Update scrolls and goes back.
func (s *details) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		return s, s.outcome(msg)
	case standingMsg:
		s.fill()
		return s, nil
	}
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return s, nil
	}
	if cmd, mine := s.onKey(k, s.row, nil, nil); mine {
		return s, cmd
	}
	switch {
	case matches(k, keys.Back), matches(k, keys.Quit), matches(k, keys.Details):
		return s, s.ask(closeMsg{s.id})
	case matches(k, keys.CopyID):
		d, row := s.Desk, s.row
		return s, s.action(s.id, "copying the id of "+row.Name, func(ctx ctxt) (tea.Msg, error) {
			return saidMsg{text: "sent the id of " + row.Name + " to " + d.ClipboardWay()}, d.Copy(ctx, row.Key.ID)
		})
	}
	var cmd tea.Cmd
	s.view, cmd = s.view.Update(msg)
	return s, cmd
}

// View draws the key.
func (s *details) View() string { return "\n" + s.view.View() }

// ShortHelp are the keys for the footer.
func (s *details) ShortHelp() []key.Binding {
	list := append([]key.Binding{keys.Back, keys.CopyID}, s.known.bindings(s.row.Key.ID)...)
	return append(list, keys.Up, keys.Down)
}

// FullHelp are all keys of the screen.
func (s *details) FullHelp() [][]key.Binding { return [][]key.Binding{s.ShortHelp()} }

// labelWidth is the column of labels.
const labelWidth = 13

// detailLines puts a key into words, wrapped to width, with what is said about it after its status.
func detailLines(l *look, r *desk.Row, width int, now time.Time, about ...labelled) []string {
	k := r.Key
	title := l.boldInk.on(l.truncate(r.Name, width-8))
	kept := ""
	if r.Kept {
		kept = l.accent.Render(l.kept + " kept")
	}
	lines := []string{" " + between(title, kept, width-1), ""}
	add := func(label, text string) {
		for i, part := range wrap(text, width-labelWidth-2) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+l.faintInk.on(pad(label, labelWidth))+part)
		}
	}
	add("id", l.line(k.ID))
	lines = append(lines, " "+l.faintInk.on(pad("status", labelWidth))+l.status(string(r.Status)).Render(string(r.Status)))
	for _, a := range about {
		add(a.label, l.line(a.text))
	}
	add("type", typeWords(r.Type))
	add("role", l.line(r.Role))
	if r.OrgRole != desk.NotShown {
		add("in the org", l.line(orgRoleWord(r.OrgRole)))
	}
	add("workspaces", l.line(scopeWords(r)))
	add("created", momentWords(k.CreatedAt, now)+l.line(byWords(r)))
	add("expires", expiryWords(k.ExpiresAt, now))
	if used, ok := k.LastUsedAt.Get(); ok {
		add("used", moment(used, now)+", the platform says so")
	}
	if r.Kept {
		add("kept", "by this machine")
	}
	for _, name := range slices.Sorted(maps.Keys(k.Unknown)) {
		add(l.truncate(name, labelWidth-1), l.line(string(k.Unknown[name])))
	}
	return lines
}

// orgRoleWord is an organization role as the platform's web pages write it.
func orgRoleWord(role string) string {
	switch role {
	case "ADMIN":
		return "Admin"
	case "MEMBER":
		return "Member"
	case "EXTERNAL":
		return "External"
	}
	return role
}

func typeWords(t string) string {
	switch t {
	case desk.Service:
		return "service: linked to nobody; the search history shows its name as the actor"
	case desk.Personal:
		return "personal: stops working when its owner leaves the organization"
	}
	return t
}

// scopeWords say where a key works.
func scopeWords(r *desk.Row) string {
	switch {
	case r.All:
		return "every workspace, and every future one"
	case len(r.Reach) == 1:
		return r.Reach[0] + ", and no other"
	case len(r.Reach) > 1:
		return strings.Join(r.Reach, ", ")
	}
	return desk.NotShown
}

func byWords(r *desk.Row) string {
	if r.CreatedBy == desk.NotShown {
		return ""
	}
	return " by " + r.CreatedBy
}

func momentWords(f client.Field[time.Time], now time.Time) string {
	at, ok := f.Get()
	if !ok {
		return desk.NotShown
	}
	return moment(at, now)
}

// moment is a point in time in the zone on screen, and how far it is.
func moment(at, now time.Time) string {
	return fmt.Sprintf("%s (%s)", at.In(now.Location()).Format("2006-01-02 15:04 MST"), desk.Until(at, now))
}

// expiryWords is an end in the zone on screen and in UTC.
func expiryWords(f client.Field[time.Time], now time.Time) string {
	at, ok := f.Get()
	switch {
	case !f.Shown():
		return desk.NotShown
	case !ok:
		return "never"
	}
	local, utc := at.In(now.Location()), at.UTC()
	text := local.Format("2006-01-02 15:04 MST")
	if _, offset := local.Zone(); offset != 0 {
		text += " = " + utc.Format("15:04") + " UTC"
		if utc.Day() != local.Day() {
			text = local.Format("2006-01-02 15:04 MST") + " = " + utc.Format("2006-01-02 15:04") + " UTC"
		}
	}
	return text + " (" + desk.Until(at, now) + ")"
}
