package ui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// editor changes what the platform lets be changed of a key: name, type and role. What will be sent stands below the
// fields all the time, before and after, with what a person should know about it.
type editor struct {
	world
	id            screenID
	row           *desk.Row
	width, height int
	cursor        editField
	input         textinput.Model
	personal      bool
	orgRole       string // ADMIN, MEMBER, EXTERNAL; "" if the platform doesn't show it
	role          int    // in roles; -1: as it is
	roles         []client.Role
	rolesErr      error
	asking        load
	saving        bool
	err           error
	scroll        int // lines of what will be sent that are above the screen
}

type editField int

const (
	editName editField = iota
	editType
	editRole
	editOrgRole
	editSave
)

func newEditor(w world, row *desk.Row) *editor {
	e := &editor{world: w, id: w.newID(), row: row, input: w.look.input(), role: -1}
	e.asking.to = e.id
	name, _ := row.Key.Name.Get()
	e.input.SetValue(visible.Line(name))
	e.input.CharLimit = 255
	e.personal = row.Type == desk.Personal
	e.orgRole, _ = row.Key.OrganizationRole.Get()
	return e
}

type editedMsg struct {
	name   string
	edited desk.Edited
}

// said is the outcome in a sentence. Of several warnings, the last one is said.
func (m editedMsg) said() saidMsg {
	if n := len(m.edited.Warnings); n > 0 {
		return saidMsg{text: visible.Line(m.edited.Warnings[n-1]), warning: true}
	}
	return saidMsg{text: m.name + " is changed"}
}

// Init reads the roles that the key could have, and gives the name the keyboard.
func (e *editor) Init() tea.Cmd {
	d := e.Desk
	return tea.Batch(e.input.Focus(), e.asking.start(askWithin, func(ctx ctxt) (tea.Msg, error) {
		roles, err := d.Roles(ctx)
		return rolesMsg{roles}, err
	}))
}

// ID is the number by which answers find this screen.
func (e *editor) ID() screenID { return e.id }

// Typing tells whether the name has the keyboard.
func (e *editor) Typing() bool { return e.cursor == editName && !e.saving }

// Guard says that a change is under way.
func (e *editor) Guard() string {
	if e.saving {
		return "the change of " + e.row.Name + " is under way"
	}
	return ""
}

// SetSize gives the screen its space.
func (e *editor) SetSize(width, height int) {
	e.width, e.height = width, height
	e.input.Width = max(width-22, 20)
}

// change is what differs from the key as it is. A name that has to be made safe to show is left alone until it is typed
// anew.
func (e *editor) change() client.Change {
	var c client.Change
	if name, _ := e.row.Key.Name.Get(); e.input.Value() != visible.Line(name) {
		typed := strings.TrimSpace(e.input.Value())
		c.Name = &typed
	}
	if was, known := e.row.Key.Personal.Get(); !known && e.personal || known && was != e.personal {
		personal := e.personal
		c.Personal = &personal
	}
	if was, _ := e.row.Key.OrganizationRole.Get(); e.orgRole != was {
		role := e.orgRole
		c.OrganizationRole = &role
	}
	if e.role >= 0 && e.role < len(e.roles) {
		if was, _ := e.row.Key.Role.Get(); was.ID != e.roles[e.role].ID {
			id := e.roles[e.role].ID
			c.RoleID = &id
		}
	}
	return c
}

// Update hears the roles, the outcome and keys.
func (e *editor) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		if e.asking.done(msg) {
			e.rolesErr = msg.err
			e.roles = msg.body.(rolesMsg).roles
		}
		return e, nil
	case actedMsg:
		e.saving = false
		if e.err = msg.err; e.err != nil {
			return e, nil
		}
		return e, e.ask(closeMsg{e.id}, changedMsg{}, msg.body.(editedMsg).said())
	case tea.KeyMsg:
		return e, e.key(msg)
	}
	var cmd tea.Cmd
	e.input, cmd = e.input.Update(msg)
	return e, cmd
}

func (e *editor) key(msg tea.KeyMsg) tea.Cmd {
	if e.saving {
		return nil
	}
	switch {
	case matches(msg, keys.Back):
		return e.ask(closeMsg{e.id})
	case msg.Type == tea.KeyUp, msg.Type == tea.KeyShiftTab:
		return e.move(-1)
	case msg.Type == tea.KeyDown, msg.Type == tea.KeyTab:
		return e.move(1)
	case msg.Type == tea.KeyPgDown:
		e.scroll = min(e.scroll+1, e.below())
		return nil
	case msg.Type == tea.KeyPgUp:
		e.scroll = max(min(e.scroll, e.below())-1, 0)
		return nil
	case msg.Type == tea.KeyEnter && e.cursor == editSave:
		return e.save()
	case msg.Type == tea.KeyEnter:
		return e.move(1)
	case msg.Type == tea.KeyLeft && e.cursor != editName:
		e.turn(-1)
		return nil
	case (msg.Type == tea.KeyRight || msg.Type == tea.KeySpace) && e.cursor != editName:
		e.turn(1)
		return nil
	}
	if e.cursor != editName {
		return nil
	}
	var cmd tea.Cmd
	e.input, cmd = typeInto(e.input, msg)
	return cmd
}

func (e *editor) move(by editField) tea.Cmd {
	e.cursor = min(max(e.cursor+by, editName), editSave)
	if e.cursor == editName {
		return e.input.Focus()
	}
	e.input.Blur()
	return nil
}

// turn takes the next or the previous value of the field under the cursor.
func (e *editor) turn(by int) {
	switch e.cursor {
	case editType:
		e.personal = !e.personal
	case editRole:
		if n := len(e.roles); n > 0 {
			if e.role < 0 {
				e.role = e.currentRole()
			}
			e.role = (e.role + by + n) % n
		}
	case editOrgRole:
		all := e.known.organizationRoles()
		at := -1
		for i, r := range all {
			if r == e.orgRole {
				at = i
			}
		}
		e.orgRole = all[(at+by+len(all))%len(all)]
	}
}

// currentRole is the place of the key's own role among the roles, -1 if it isn't known.
func (e *editor) currentRole() int {
	was, _ := e.row.Key.Role.Get()
	for i, r := range e.roles {
		if r.ID == was.ID && was.ID != "" || was.ID == "" && r.Name == was.Name {
			return i
		}
	}
	return -1
}

func (e *editor) save() tea.Cmd {
	change := e.change()
	if len(e.Plan(e.row, change)) == 0 {
		return e.say("nothing is changed yet")
	}
	e.saving, e.err = true, nil
	d, row := e.Desk, e.row
	return e.action(e.id, "changing "+row.Name, func(ctx ctxt) (tea.Msg, error) {
		edited, err := d.Edit(ctx, row, change)
		return editedMsg{row.Name, edited}, err
	})
}

// View draws the fields, the button, and what will be sent; what of that doesn't fit is scrolled to.
func (e *editor) View() string {
	lines, said, room := e.fields(), e.said(), e.room()
	if len(said) <= room {
		return strings.Join(append(lines, said...), "\n")
	}
	from := min(e.scroll, e.below())
	lines = append(lines, said[from:from+room-1]...)
	return strings.Join(append(lines, "   "+e.look.faint.Render("more of it: pgdn and pgup show it")), "\n")
}

// room is how many lines there are for what will be sent.
func (e *editor) room() int { return max(e.height-len(e.fields()), 2) }

// below is how far what will be sent can be scrolled.
func (e *editor) below() int { return max(len(e.said())-(e.room()-1), 0) }

// fields are the fields and the button.
func (e *editor) fields() []string {
	l := e.look
	lines := []string{
		" Edit " + l.bold.Render(cut(e.row.Name, e.width-30)) + l.faint.Render("  "+desk.ShortID(e.row.Key.ID)),
		l.faint.Render(" " + strings.Repeat(l.rule, max(e.width-2, 0))),
		e.field(editName, "name", "  "+l.field(e.input)),
		e.field(editType, "type", e.choice(editType, map[bool]string{true: desk.Personal, false: desk.Service}[e.personal])),
		e.field(editRole, "role", e.choice(editRole, e.roleName())),
		e.field(editOrgRole, "in the org", e.choice(editOrgRole, e.orgRoleName())),
	}
	save := "[ save ]"
	if e.saving {
		save = "saving " + l.ellipsis
	}
	if e.cursor == editSave {
		save = l.selected.Render(l.cursor + " " + save)
	} else {
		save = "  " + save
	}
	lines = append(lines, " "+save, "")
	if e.height >= 18 {
		lines = slices.Insert(lines, 6, "")
		lines = slices.Insert(lines, 2, "")
	}
	return lines
}

// said is why it failed, what will be sent, and what a person should know about it.
func (e *editor) said() []string {
	l := e.look
	var lines []string
	if e.err != nil {
		lines = append(strings.Split(l.failure("Not changed", e.err, e.width), "\n"), "")
	}
	say := func(style lipgloss.Style, sign, text string) {
		for _, part := range wrap(l.line(text), e.width-6) {
			lines = append(lines, "   "+style.Render(sign+strings.TrimRight(part, " ")))
			sign = strings.Repeat(" ", len(sign))
		}
	}
	if e.rolesErr != nil {
		say(l.warn, l.note+" ", "the roles could not be read, so that this one stays: "+brief(e.rolesErr))
		lines = append(lines, "")
	}
	change := e.change()
	differences := e.Plan(e.row, change)
	if len(differences) == 0 {
		say(l.faint, "", "Nothing is changed yet. Expiry and workspaces can't be changed: the platform has no way to.")
	}
	for _, d := range differences {
		// What it becomes is never cut off.
		after := l.faint.Render(" becomes ") + l.bold.Render(l.truncate(d.After, e.width-30))
		before := l.truncate(d.Before, max(e.width-17-lipgloss.Width(after), 8))
		label := d.Field
		if label == "organization role" {
			label = "in the org"
		}
		lines = append(lines, "   "+l.faint.Render(pad(label, 12))+before+after)
	}
	for _, w := range e.Warnings(e.row, change) {
		say(l.warn, l.note+" ", w)
	}
	return lines
}

func (e *editor) field(at editField, label, value string) string {
	l := e.look
	if at == e.cursor {
		return " " + l.selected.Render(l.cursor+" "+pad(label, 12)) + value
	}
	return "   " + l.faint.Render(pad(label, 12)) + value
}

// choice shows that a value can be turned where the cursor is.
func (e *editor) choice(at editField, value string) string {
	if at == e.cursor {
		return "< " + e.look.bold.Render(value) + " >"
	}
	return "  " + value
}

func (e *editor) roleName() string {
	switch {
	case e.role >= 0 && e.role < len(e.roles):
		return visible.Line(e.roles[e.role].Name)
	case e.asking.busy():
		return e.row.Role + e.look.faint.Render("  reading the roles "+e.look.ellipsis)
	}
	return e.row.Role
}

func (e *editor) orgRoleName() string {
	if e.orgRole == "" {
		return desk.NotShown
	}
	return visible.Line(e.orgRole)
}

// ShortHelp are the keys for the footer.
func (e *editor) ShortHelp() []key.Binding {
	switch e.cursor {
	case editName:
		return []key.Binding{bind("↑↓", "fields"), saying(keys.Done, "next"), saying(keys.Back, "leave it as it is")}
	case editSave:
		return []key.Binding{saying(keys.Done, "save"), bind("↑↓", "fields"), saying(keys.Back, "leave it as it is")}
	}
	return []key.Binding{bind("←→", "change"), bind("↑↓", "fields"), saying(keys.Back, "leave it as it is")}
}

// FullHelp are all keys of the screen.
func (e *editor) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }
