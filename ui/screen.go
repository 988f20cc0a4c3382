package ui

import (
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/help"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"fob/ui/desk"
)

// screen is a part of the program that has the keyboard while it is shown. It isn't a tea.Model: the root owns size,
// quitting and who is shown, so a screen only draws into the space it was given.
type screen interface {
	help.KeyMap
	SetSize(width, height int)
	Update(msg tea.Msg) (screen, tea.Cmd)
	View() string
}

// typing is a screen with a text field that takes every printable key while it has the focus.
type typing interface{ Typing() bool }

// guarded is a screen that must not be left by accident: Guard says what would be lost, "" if nothing.
type guarded interface{ Guard() string }

// whole is a page that wants the whole terminal, without header and footer.
type whole interface{ Whole() bool }

// identified is a screen that asks questions; the root hands it the answers.
type identified interface{ ID() screenID }

// world is what every screen is given: the desk, the look, and a number for its questions.
type world struct {
	*desk.Desk
	look *look
	ids  *screenID
	post *[]tea.Msg // what screens have asked of the root since it last looked

	known *known // what the root has found out; nil: nothing

	clock func() time.Time // nil: the desk's
}

// Now is the platform's time in the zone on screen.
func (w world) Now() time.Time {
	if w.clock != nil {
		return w.clock()
	}
	return w.Desk.Now()
}

// ask asks the root for something. The root answers before it hears the next message, so that keys typed right after
// the one that opens a screen reach that screen. It returns nil, for use where a command is returned.
func (w world) ask(requests ...tea.Msg) tea.Cmd {
	*w.post = append(*w.post, requests...)
	return nil
}

// newID returns a number that no other screen of this program has.
func (w world) newID() screenID {
	*w.ids++
	return *w.ids
}

// Messages by which a screen asks the root for something.
type (
	// openMsg puts a screen on top. settle asks for the pause that lets fast typing run out: for screens that open when
	// an answer arrives, under the hands of somebody who is typing for the screen before.
	openMsg struct {
		screen screen
		boxed  bool // drawn over what is below, not instead of it
		settle bool
	}
	// closeMsg takes the screen of that id away.
	closeMsg struct{ id screenID }
	// replaceMsg puts a screen in the place of the one with that id.
	replaceMsg struct {
		id     screenID
		screen screen
		settle bool
	}
	// saidMsg puts a line on the status line. A warning is printed again after the program has ended.
	saidMsg struct {
		text    string
		warning bool
		later   string // what is printed then, if not text: no key works any more
	}
	// changedMsg tells every tab that keys were made, changed or revoked.
	changedMsg struct {
		revoked []string // ids
		done    []string // ids of what several keys were marked for: their marks go
		made    string   // id of the key to select, "" if it isn't known
	}
	// pauseMsg asks for the same pause as openMsg's settle, for a screen whose keys mean something else from now on.
	pauseMsg struct{}
	// restedMsg tells that what an actingMsg told of is over. The answer to an action tells it by itself.
	restedMsg struct{}
	// lastQueriesMsg tells the key tables what the audit found out of each key's last query.
	lastQueriesMsg struct{ byID map[string]desk.LastQuery }
	// quitMsg asks to leave the program.
	quitMsg struct{}
)

// say puts text on the status line.
func (w world) say(text string) tea.Cmd { return w.ask(saidMsg{text: text}) }

// outcome puts what came of an action on the status line.
func (w world) outcome(msg actedMsg) tea.Cmd { return w.ask(outcomeOf(msg)) }

// outcomeOf is what there is to say about an action's answer.
func outcomeOf(msg actedMsg) saidMsg {
	if msg.err != nil {
		return saidMsg{text: msg.what + ": " + explain(msg.err), warning: true}
	}
	switch body := msg.body.(type) {
	case saidMsg:
		return body
	case interface{ said() saidMsg }:
		return body.said()
	}
	return saidMsg{text: msg.what + ": done"}
}

// cut shortens styled text to width cells.
func cut(s string, width int) string { return ansi.Truncate(s, max(width, 0), "…") }

// pad fills styled text up to width cells, and cuts what is longer.
func pad(s string, width int) string {
	if w := lipgloss.Width(s); w < width {
		return s + spaces(width-w)
	} else if w > width {
		return cut(s, width)
	}
	return s
}

// spaces returns n blanks.
func spaces(n int) string {
	const blank = "                                                                                                    "
	for n > len(blank) {
		return blank + spaces(n-len(blank))
	}
	return blank[:max(n, 0)]
}

// between sets left and right at the two ends of width cells.
func between(left, right string, width int) string {
	gap := width - lipgloss.Width(left) - lipgloss.Width(right)
	if gap < 1 {
		left = cut(left, width-lipgloss.Width(right)-1)
		gap = max(width-lipgloss.Width(left)-lipgloss.Width(right), 0)
	}
	return left + spaces(gap) + right
}

// wrap breaks a text without styles into lines of at most width cells, after blanks and hyphens where it can. Letters
// stay with their marks, which lipgloss and ansi put on a line of their own when the letter is an ASCII one.
func wrap(text string, width int) []string {
	var lines []string
	line, cells := 0, 0     // where the line begins, and how wide it is
	stop, stopCells := 0, 0 // the last place where it may be broken
	for at := 0; at < len(text); {
		cluster, _ := ansi.FirstGraphemeCluster(text[at:], ansi.GraphemeWidth)
		w := ansi.StringWidth(cluster)
		if cells+w > max(width, 1) && at > line && cluster != " " {
			if stop <= line {
				stop, stopCells = at, cells
			}
			lines = append(lines, strings.TrimRight(text[line:stop], " "))
			line, cells = stop, cells-stopCells
		}
		at += len(cluster)
		cells += w
		if cluster == " " || cluster == "-" {
			stop, stopCells = at, cells
		}
	}
	return append(lines, strings.TrimRight(text[line:], " "))
}
