package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// severalEditor says what several keys shall get: a type, a role, an organization role. Names are for one key alone.
type severalEditor struct {
	world
	id            screenID
	list          desk.List
	rows          []*desk.Row
	known         desk.Surroundings
	orgRoles      []string // that the keys can be given
	width, height int
	fields        severalFields // the first value of each leaves it as it is
	roles         []client.Role
	rolesErr      error
	asking        load
}

// The fields of severalEditor.
const (
	severalType = iota
	severalRole
	severalOrgRole
)

// organizationRoles are those that a key can be given here.
func (k *known) organizationRoles() []string {
	if k != nil && !k.who.MakesAdmins() {
		return []string{"MEMBER", "EXTERNAL"}
	}
	return []string{"MEMBER", "ADMIN", "EXTERNAL"}
}

func newSeveralEditor(w world, list desk.List, rows []*desk.Row, known desk.Surroundings) *severalEditor {
	e := &severalEditor{world: w, id: w.newID(), list: list, rows: rows, known: known, orgRoles: w.known.organizationRoles()}
	e.asking.to = e.id
	e.fields = severalFields{labels: []string{"type", "role", "in the org"}, values: e.values, chosen: make([]int, 3), button: "see what would change"}
	return e
}

// Init reads the roles that the keys could get.
func (e *severalEditor) Init() tea.Cmd {
	d := e.Desk
	return e.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		roles, err := d.Roles(ctx)
		return rolesMsg{roles}, err
	})
}

// ID is the number by which answers find this screen.
func (e *severalEditor) ID() screenID { return e.id }

// SetSize gives the screen its space.
func (e *severalEditor) SetSize(width, height int) { e.width, e.height = width, height }

// Update hears the roles and keys.
func (e *severalEditor) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		if e.asking.done(msg) {
			e.rolesErr = msg.err
			e.roles = msg.body.(rolesMsg).roles
		}
	case tea.KeyMsg:
		return e, e.key(msg)
	}
	return e, nil
}

func (e *severalEditor) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case matches(msg, keys.Back):
		e.asking.stop()
		return e.ask(closeMsg{e.id})
	case e.fields.key(msg):
		change := e.change()
		if change == (client.Change{}) {
			return e.say("nothing is changed yet")
		}
		return e.ask(closeMsg{e.id}, openMsg{screen: newBulk(e.world, e.Editing(change), e.list, e.rows, e.known), boxed: true})
	}
	return nil
}

// values are what a field can be, the first of them as it is.
func (e *severalEditor) values(field int) []string {
	values := []string{"as it is"}
	switch field {
	case severalType:
		values = append(values, desk.Service, desk.Personal)
	case severalRole:
		for _, r := range e.roles {
			values = append(values, visible.Line(r.Name))
		}
	case severalOrgRole:
		values = append(values, e.orgRoles...)
	}
	return values
}

// change is what the fields come to.
func (e *severalEditor) change() client.Change {
	var c client.Change
	if n := e.fields.chosen[severalType]; n > 0 {
		personal := n == 2
		c.Personal = &personal
	}
	if n := e.fields.chosen[severalRole]; n > 0 && n <= len(e.roles) {
		c.RoleID = &e.roles[n-1].ID
	}
	if n := e.fields.chosen[severalOrgRole]; n > 0 {
		c.OrganizationRole = &e.orgRoles[n-1]
	}
	return c
}

// View draws the fields, and what they come to.
func (e *severalEditor) View() string {
	l := e.look
	lines := e.fields.lines(l, " Edit "+l.bold.Render(keysWord(len(e.rows))), e.width, func(field int) string {
		if field == severalRole && e.asking.busy() {
			return "  reading the roles " + l.ellipsis
		}
		return ""
	})
	say := func(text string) {
		for _, part := range wrap(l.line(text), e.width-6) {
			lines = append(lines, "   "+l.faint.Render(part))
		}
	}
	if e.rolesErr != nil {
		say("The roles could not be read, so that they stay: " + brief(e.rolesErr))
	}
	if change := e.change(); change != (client.Change{}) {
		need := 0
		for _, r := range e.rows {
			if len(e.Plan(r, change)) > 0 {
				need++
			}
		}
		say(fmt.Sprintf("%s: %d of %d are not so yet. Nothing is sent before you have seen them.", e.Editing(change).What, need, len(e.rows)))
	} else {
		say("Nothing is changed yet. A name is for one key alone; expiry and workspaces can't be changed.")
	}
	return strings.Join(lines, "\n")
}

// ShortHelp are the keys for the footer.
func (e *severalEditor) ShortHelp() []key.Binding { return e.fields.help() }

// FullHelp are all keys of the screen.
func (e *severalEditor) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }
