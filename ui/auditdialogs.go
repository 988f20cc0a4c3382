package ui

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/audit"
	"fob/client/visible"
	"fob/ui/desk"
)

// except writes an exception for a finding into the policy: it needs a reason and an end, and says who answers for it.
type except struct {
	world
	id, asker screenID
	f         *finding
	fields    [3]textinput.Model // reason, owner, end
	cursor    int
	all       bool // every rule, not this one alone
	working   bool
	err       error
	width     int
}

var exceptLabels = [3]string{"reason", "owner", "until"}

// exceptedMsg is the policy with a new exception.
type exceptedMsg struct{ policy audit.Policy }

func newExcept(w world, asker screenID, a desk.Audit, f *finding) *except {
	e := &except{world: w, id: w.newID(), asker: asker, f: f}
	for i := range e.fields {
		e.fields[i] = w.look.input()
		e.fields[i].CharLimit = 200
	}
	e.fields[0].Placeholder = "why this is all right"
	e.fields[1].SetValue(a.RanBy)
	e.fields[2].SetValue(w.Now().AddDate(0, 3, 0).Format(time.DateOnly))
	return e
}

// Init gives the reason the keyboard.
func (e *except) Init() tea.Cmd { return e.fields[0].Focus() }

// ID is the number by which answers find this screen.
func (e *except) ID() screenID { return e.id }

// Typing is always true: the fields take printable keys.
func (e *except) Typing() bool { return true }

// SetSize gives the screen its space.
func (e *except) SetSize(width, _ int) {
	e.width = min(width-2, 76)
	for i := range e.fields {
		e.fields[i].Width = e.width - 16
	}
}

// Update hears the outcome, then keys.
func (e *except) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		e.working = false
		if e.err = msg.err; e.err != nil {
			return e, nil
		}
		where := e.PolicyPath()
		if where == "" {
			where = "the demo's memory"
		}
		return e, e.ask(closeMsg{e.id}, toMsg{e.asker, msg.body}, saidMsg{text: "the exception is written into " + visible.Line(where)})
	case tea.KeyMsg:
		return e, e.key(msg)
	}
	var cmd tea.Cmd
	e.fields[e.cursor], cmd = e.fields[e.cursor].Update(msg)
	return e, cmd
}

func (e *except) key(msg tea.KeyMsg) tea.Cmd {
	switch {
	case e.working:
		return nil
	case msg.Type == tea.KeyEsc:
		return e.ask(closeMsg{e.id})
	case msg.Type == tea.KeyCtrlA:
		e.all = !e.all
		return nil
	case msg.Type == tea.KeyUp, msg.Type == tea.KeyShiftTab:
		return e.move(-1)
	case msg.Type == tea.KeyDown, msg.Type == tea.KeyTab:
		return e.move(1)
	case msg.Type == tea.KeyEnter && e.cursor < len(e.fields)-1:
		return e.move(1)
	case msg.Type == tea.KeyEnter:
		return e.write()
	}
	var cmd tea.Cmd
	e.fields[e.cursor], cmd = e.fields[e.cursor].Update(msg)
	return cmd
}

func (e *except) move(by int) tea.Cmd {
	e.fields[e.cursor].Blur()
	e.cursor = min(max(e.cursor+by, 0), len(e.fields)-1)
	return e.fields[e.cursor].Focus()
}

// write appends the exception. Its last day counts, in the zone on screen.
func (e *except) write() tea.Cmd {
	value := func(i int) string { return strings.TrimSpace(e.fields[i].Value()) }
	until, err := time.Parse(time.DateOnly, value(2))
	switch {
	case value(0) == "":
		e.err = fmt.Errorf("an exception needs a reason")
		return nil
	case value(1) == "":
		e.err = fmt.Errorf("an exception needs somebody who answers for it")
		return nil
	case err != nil:
		e.err = fmt.Errorf("the end has to be a date, as 2027-01-31")
		return nil
	}
	x := audit.Exception{Key: e.f.KeyID, Name: e.f.KeyName, Reason: value(0), Owner: value(1), Until: until, WholeDay: true}
	if !x.EndsAt(e.Location()).After(e.Now()) {
		e.err = fmt.Errorf("%s is over: the end has to be today or later", until.Format(time.DateOnly))
		return nil
	}
	if !e.all {
		x.Rules = []audit.RuleID{e.f.Rule}
	}
	e.working, e.err = true, nil
	d := e.Desk
	return e.action(e.id, "writing the exception", func(ctx ctxt) (tea.Msg, error) {
		policy, err := d.Except(ctx, x)
		return exceptedMsg{policy}, err
	})
}

// View draws the fields.
func (e *except) View() string {
	l := e.look
	rule := "for " + string(e.f.Rule) + " alone"
	if e.all {
		rule = "for every rule"
	}
	lines := []string{l.faint.Render(rule + " (ctrl+a turns)"), ""}
	for i := range e.fields {
		label := "  " + pad(exceptLabels[i], 8)
		if i == e.cursor {
			label = l.selected.Render(l.cursor + " " + pad(exceptLabels[i], 8))
		}
		lines = append(lines, label+e.fields[i].View())
	}
	lines = append(lines, "", l.faint.Render("An ended exception is a finding of its own."))
	if e.err != nil {
		lines = append(lines, l.bad.Render(visible.Line(e.err.Error())))
	}
	return l.box("Except "+findingName(e.f), strings.Join(lines, "\n"), e.width)
}

// ShortHelp are the keys for the footer.
func (e *except) ShortHelp() []key.Binding {
	does := "next"
	if e.cursor == len(e.fields)-1 {
		does = "write it"
	}
	return []key.Binding{saying(keys.Done, does), bind("↑↓", "fields"), keys.Back}
}

// FullHelp are all keys of the screen.
func (e *except) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }

// export writes the audit as a report into a file, in the format that the file's ending names.
type export struct {
	world
	id      screenID
	audit   desk.Audit
	path    textinput.Model
	working bool
	replace bool
	err     error
	width   int
}

func newExport(w world, a desk.Audit) *export {
	e := &export{world: w, id: w.newID(), audit: a, path: w.look.input()}
	e.path.SetValue("./fob-audit-" + a.Result.AsOf.Format(time.DateOnly) + ".html")
	return e
}

// Init gives the path the keyboard.
func (e *export) Init() tea.Cmd { return e.path.Focus() }

// ID is the number by which answers find this screen.
func (e *export) ID() screenID { return e.id }

// Typing is always true: the path takes printable keys.
func (e *export) Typing() bool { return true }

// SetSize gives the screen its space.
func (e *export) SetSize(width, _ int) {
	e.width = min(width-2, 76)
	e.path.Width = e.width - 8
}

type exportedMsg struct{ path string }

// Update hears the outcome, then keys.
func (e *export) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case actedMsg:
		e.working, e.err = false, msg.err
		e.replace = os.IsExist(msg.err)
		if msg.err != nil {
			return e, nil
		}
		return e, e.ask(closeMsg{e.id}, saidMsg{text: "the report is in " + visible.Line(msg.body.(exportedMsg).path)})
	case tea.KeyMsg:
		switch {
		case e.working:
		case msg.Type == tea.KeyEsc:
			return e, e.ask(closeMsg{e.id})
		case msg.Type == tea.KeyEnter:
			return e, e.write()
		default:
			e.replace, e.err = false, nil
			var cmd tea.Cmd
			e.path, cmd = e.path.Update(msg)
			return e, cmd
		}
		return e, nil
	}
	var cmd tea.Cmd
	e.path, cmd = e.path.Update(msg)
	return e, cmd
}

func (e *export) write() tea.Cmd {
	path := strings.TrimSpace(e.path.Value())
	if path == "" {
		return nil
	}
	e.working, e.err = true, nil
	a, replace := e.audit, e.replace
	return e.action(e.id, "writing the report", func(ctxt) (tea.Msg, error) {
		abs, err := filepath.Abs(path)
		if err != nil {
			return nil, err
		}
		return exportedMsg{abs}, a.Export(abs, replace)
	})
}

// View asks for the path.
func (e *export) View() string {
	l := e.look
	lines := []string{
		"The file's ending says the format:", l.faint.Render(".html .md .csv .json .sarif .txt"), "",
		l.accent.Render("> ") + e.path.View(),
	}
	switch {
	case e.working:
		lines = append(lines, "", l.faint.Render("writing "+l.ellipsis))
	case e.replace:
		lines = append(lines, "", l.warn.Render(l.note+" There is a file of that name. enter replaces it."))
	case e.err != nil:
		lines = append(lines, "", l.bad.Render(explain(e.err)))
	}
	return l.box("Export the audit", strings.Join(lines, "\n"), e.width)
}

// ShortHelp are the keys for the footer.
func (e *export) ShortHelp() []key.Binding {
	return []key.Binding{saying(keys.Done, "write"), keys.Back}
}

// FullHelp are all keys of the screen.
func (e *export) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }
