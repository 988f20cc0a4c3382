package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/viewport"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/audit"
	"fob/client/visible"
	"fob/ui/desk"
)

// evidence shows a key of the audit with everything that is known of its queries, and every finding about it. The whole
// window of this one key is read when it opens.
type evidence struct {
	world
	id      screenID
	audit   desk.Audit
	f       *finding
	view    viewport.Model
	width   int
	reading load
	usage   *desk.KeyUsage
	err     error
}

func newEvidence(w world, a desk.Audit, f *finding) *evidence {
	e := &evidence{world: w, id: w.newID(), audit: a, f: f}
	e.reading.to = e.id
	return e
}

type usageMsg struct{ usage desk.KeyUsage }

// Init reads every entry of the key in the window.
func (e *evidence) Init() tea.Cmd {
	if e.f.row == nil {
		return nil
	}
	d, a, id := e.Desk, e.audit, e.f.KeyID
	cmd := e.reading.start(0, func(ctx ctxt) (tea.Msg, error) {
		usage, err := d.KeyUsage(ctx, a, id)
		return usageMsg{usage}, err
	})
	e.view.SetContent(strings.Join(e.lines(), "\n"))
	return cmd
}

// ID is the number by which answers find this screen.
func (e *evidence) ID() screenID { return e.id }

// SetSize gives the screen its space.
func (e *evidence) SetSize(width, height int) {
	e.width = width
	e.view.Width, e.view.Height = width, height-1
	e.view.SetContent(strings.Join(e.lines(), "\n"))
}

// Update hears what was read, scrolls and goes back.
func (e *evidence) Update(msg tea.Msg) (screen, tea.Cmd) {
	switch msg := msg.(type) {
	case loadedMsg:
		if e.reading.done(msg) {
			if e.err = msg.err; e.err == nil {
				usage := msg.body.(usageMsg).usage
				e.usage = &usage
			}
			e.view.SetContent(strings.Join(e.lines(), "\n"))
		}
		return e, nil
	case tea.KeyMsg:
		if cmd, mine := e.onKey(msg, e.f.row, nil, nil); mine {
			return e, cmd
		}
		switch {
		case matches(msg, keys.Back), matches(msg, keys.Quit), matches(msg, keys.Details):
			e.reading.stop()
			return e, e.ask(closeMsg{e.id})
		case matches(msg, keys.CopyID):
			d, text := e.Desk, e.audit.FindingText(e.f.Finding)
			return e, e.action(e.id, "copying the finding", func(ctx ctxt) (tea.Msg, error) {
				return saidMsg{text: "sent the finding as text to " + d.ClipboardWay()}, d.Copy(ctx, text)
			})
		}
		var cmd tea.Cmd
		e.view, cmd = e.view.Update(msg)
		return e, cmd
	case standingMsg:
		e.view.SetContent(strings.Join(e.lines(), "\n"))
	case actedMsg:
		if msg.err != nil {
			return e, e.say("not copied: " + explain(msg.err))
		}
		return e, e.ask(msg.body)
	}
	return e, nil
}

func (e *evidence) lines() []string {
	l := e.look
	now := e.Now()
	lines := []string{" " + l.bold.Render(cut(findingName(e.f), e.width-4)), ""}
	add := func(label, text string) {
		for i, part := range wrap(text, e.width-labelWidth-4) {
			if i > 0 {
				label = ""
			}
			lines = append(lines, " "+l.faint.Render(pad(label, labelWidth))+part)
		}
	}
	for _, f := range e.audit.Result.Findings {
		if f.KeyID != e.f.KeyID {
			continue
		}
		title := findingTitle(&finding{Finding: f})
		if f.Excepted() {
			title += ", excepted until " + f.ExceptedUntil.In(now.Location()).Format(time.DateOnly) + " by " + visible.Line(f.ExceptedOwner)
		}
		add(string(f.Severity), l.bold.Render(title)+" ("+string(f.Rule)+")")
		add("", l.line(f.Evidence))
		add("", l.accent.Render(l.line(e.nextStep(f))))
		lines = append(lines, "")
	}
	e.verdict(add)
	add("last query", e.queries(now))
	if e.usage != nil && !e.usage.Last.IsZero() {
		for _, week := range e.usage.Weeks {
			add(week.From.Format(time.DateOnly), strings.Repeat(l.bar, week.Bar)+" "+desk.Thousands(week.Count))
		}
	}
	if e.f.row != nil {
		lines = append(lines, "")
		lines = append(lines, detailLines(l, e.f.row, e.width-2, now, e.known.about(e.f.row, now)...)[2:]...)
	}
	return lines
}

// nextStep is a finding's next step, with the key that takes it where a new key does.
func (e *evidence) nextStep(f audit.Finding) string {
	if e.f.row == nil || !rotates[f.Rule] || e.known.refusal(e.f.row.HomeScope()) != "" {
		return f.NextStep
	}
	return f.NextStep + "; R rotates it"
}

// rotates are the rules about keys that another one can take the place of.
var rotates = map[audit.RuleID]bool{
	audit.RuleNeverExpires: true, audit.RuleExpiresSoon: true, audit.RuleExpired: true, audit.RuleLifetimeOverPolicy: true,
	audit.RulePersonalAsService: true, audit.RuleOwnerLeft: true, audit.RuleReplacedStillAlive: true,
}

func (e *evidence) verdict(add func(label, text string)) {
	for _, k := range e.audit.Result.Keys {
		if k.ID == e.f.KeyID {
			words := map[audit.Verdict]string{audit.Seen: "seen", audit.NotSeen: "not seen", audit.CannotTell: "cannot tell"}[k.Verdict]
			add("verdict", e.look.bold.Render(words)+": "+e.look.line(k.Reason))
		}
	}
}

// queries say when the key was seen, as far as the reading has come.
func (e *evidence) queries(now time.Time) string {
	switch {
	case e.reading.busy():
		return e.look.faint.Render("reading every entry of the window " + e.look.ellipsis)
	case e.err != nil:
		return e.look.bad.Render("could not be read: ") + explain(e.err)
	case e.usage == nil:
		return "the key is gone"
	case e.usage.Last.IsZero() && e.usage.Why != "":
		return "cannot tell: " + e.usage.Why
	case e.usage.Last.IsZero():
		return "none in the window"
	}
	text := moment(e.usage.Last, now)
	if e.usage.Workspace != "" {
		text += " in " + visible.Line(e.usage.Workspace)
	}
	text += ", seen on " + desk.Thousands(e.usage.DaysSeen) + " of " + desk.Days(e.usage.Window)
	if e.usage.Why != "" {
		text += ", or more: " + e.usage.Why
	}
	return text
}

// View draws the evidence.
func (e *evidence) View() string { return "\n" + e.view.View() }

// ShortHelp are the keys for the footer.
func (e *evidence) ShortHelp() []key.Binding {
	list := []key.Binding{keys.Back, saying(keys.CopyID, "copy as text")}
	if e.f.row != nil {
		list = append(list, e.known.bindings(e.f.KeyID)...)
	}
	return append(list, keys.Up, keys.Down)
}

// FullHelp are all keys of the screen.
func (e *evidence) FullHelp() [][]key.Binding { return [][]key.Binding{e.ShortHelp()} }
