package ui

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// refusal says why no keys can be made and changed in a scope, "" if they can or that isn't known.
func (k *known) refusal(scope client.Scope) string {
	return k.judge(func(i desk.Identity) desk.Right { return i.Over(scope) })
}

// refusalOf says why the key of a row can't be changed, "" if it can or that isn't known.
func (k *known) refusalOf(row *desk.Row) string {
	return k.judge(func(i desk.Identity) desk.Right { return i.OverKey(row) })
}

func (k *known) judge(judge func(desk.Identity) desk.Right) string {
	switch {
	case k == nil:
		return stillAsking
	case k.who.ReadOnly: // known without asking anybody
		return k.who.Why
	case k.whoErr != nil && untellable(k.whoErr): // whatever is refused then, the platform refuses
		return ""
	case k.whoErr != nil:
		return "the platform did not say who you are; r asks again"
	case !k.whoKnown:
		return stillAsking
	}
	return judge(k.who).No
}

// unmarkable says why the key of a row is of no use marked, "" as long as nothing is known against it.
func (k *known) unmarkable(row *desk.Row) string {
	if why := k.refusalOf(row); k != nil && (k.whoKnown || k.who.ReadOnly) {
		return why
	}
	return ""
}

const stillAsking = "still asking the platform who you are"

// untellable tells whether an error is a platform's way of saying that it doesn't tell who somebody is: asking again is of
// no use, and the session may be as good as ever.
func untellable(err error) bool {
	refused, ok := errors.AsType[*client.Error](err)
	return ok && refused.Status >= http.StatusOK && refused.Status < http.StatusInternalServerError &&
		refused.Status != http.StatusUnauthorized && refused.Status != http.StatusRequestTimeout &&
		refused.Status != http.StatusTooEarly && refused.Status != http.StatusTooManyRequests
}

// bar says why the key of a row can't be changed, and tells whether that is so.
func (w world) bar(row *desk.Row) (tea.Cmd, bool) {
	if why := w.known.refusalOf(row); why != "" {
		return w.say(why), true
	}
	return nil, false
}

// barSome takes the marks off the keys among rows that can't be changed, and says so; then nothing else is done. It tells
// whether there are any: what is done to several keys is what a person has seen marked.
func (w world) barSome(rows []*desk.Row, unmark func(*desk.Row)) (tea.Cmd, bool) {
	first, n := "", 0
	for _, r := range rows {
		if why := w.known.refusalOf(r); why != "" {
			if unmark(r); n == 0 {
				first = why
			}
			n++
		}
	}
	switch {
	case n == 0:
		return nil, false
	case len(rows) == 1:
		return w.say(first), true
	case n == len(rows):
		return w.say("none of these keys is yours to change: " + first), true
	}
	return w.say(fmt.Sprintf("%s of %s marks taken off, the rest stands: %s", desk.Thousands(n), desk.Thousands(len(rows)), first)), true
}

// marksOn hears the keys that mark: only what can be changed is marked, because that is all that marks are for. changeable
// tells whether an item of the table is, and why not.
func marksOn[T any](w world, t *table[T], msg tea.KeyMsg, refusal func(T) string) (tea.Cmd, bool) {
	switch {
	case matches(msg, keys.Mark):
		item, ok := t.selected()
		if !ok || t.marks[t.id(item)] {
			return nil, false
		}
		if why := refusal(item); why != "" {
			return w.say(why), true
		}
	case matches(msg, keys.MarkAll):
		first, n := "", 0
		off := t.markShown(func(item T) bool {
			why := refusal(item)
			if why != "" {
				if n++; n == 1 {
					first = why
				}
			}
			return why == ""
		})
		switch {
		case n == 0 || off:
			return nil, true
		case n == len(t.order):
			return w.say(first), true
		}
		return w.say(fmt.Sprintf("%s of %s are not marked: %s", desk.Thousands(n), desk.Thousands(len(t.order)), first)), true
	}
	return nil, false
}

// unless leaves bindings out where there is a reason against them.
func unless(why string, list ...key.Binding) []key.Binding {
	if why != "" {
		return nil
	}
	return list
}

// onPage hears the keys that are about the one key that a page shows. The page gives way to what is opened in its place:
// it would go on showing the key as it was.
func (w world) onPage(msg tea.KeyMsg, page screenID, row *desk.Row) (tea.Cmd, bool) {
	edits, revokes := matches(msg, keys.Edit), matches(msg, keys.Revoke)
	if !edits && !revokes {
		return w.onKey(msg, row, nil, nil)
	}
	if row == nil {
		return w.say("the platform doesn't show this key"), true
	}
	if cmd, barred := w.bar(row); barred {
		return cmd, true
	}
	if edits {
		return w.ask(closeMsg{page}, openMsg{screen: newEditor(w, row)}), true
	}
	return w.ask(closeMsg{page}, openMsg{screen: newRevocation(w, row.HomeScope(), []*desk.Row{row}), boxed: true}), true
}

// pageBindings are the keys that onPage hears.
func (k *known) pageBindings(row *desk.Row) []key.Binding {
	return append(unless(k.refusalOf(row), keys.Edit, keys.Revoke), k.bindings(row)...)
}

// notOffered says on the help screen why keys are missing there, in lines of at most width cells; nil if none is.
func (l *look) notOffered(why string, width int) []string {
	if why == "" {
		return nil
	}
	return append(wrap(l.line("What changes keys isn't among them: "+why+"."), width), "")
}
