package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"fob/client/audit"
	"fob/client/visible"
	"fob/ui/desk"
)

// bulkOutput is what a command about several keys writes with --json.
type bulkOutput struct {
	Schema         int             `json:"schema"`
	DryRun         bool            `json:"dry_run"`
	OrganizationID *string         `json:"organization_id"`
	Done           int             `json:"done"`        // how many are as they were meant to be
	Failed         int             `json:"failed"`      // how many may not be
	Keys           []bulkKeyOutput `json:"keys"`        // in the order in which it is done
	LeftAlone      []namedOutput   `json:"left_alone"`  // looked at, and left as they are
	CannotTell     []namedOutput   `json:"cannot_tell"` // it can't be told whether they are meant; nothing was done to them
	Resume         *string         `json:"resume"`      // the command that goes on with what is left
	Warnings       []string        `json:"warnings"`
}

// bulkKeyOutput is what became of one key.
type bulkKeyOutput struct {
	ID        string           `json:"id"`
	Name      *string          `json:"name"`
	State     string           `json:"state"` // the words of revoke and edit, the stage of a rotation, "left out" or "not tried"
	Error     *string          `json:"error"`
	Action    string           `json:"action"` // "revoke", "edit", "rotate", "quarantine" or "release"
	Type      *string          `json:"type"`
	Owner     *string          `json:"owner"` // who made it
	LastQuery *lastQueryOutput `json:"last_query"`
	Changes   []changeOutput   `json:"changes"`
	Warnings  []string         `json:"warnings"`

	err  error
	done bool
}

// lastQueryOutput is what the search history says; null where it wasn't read.
type lastQueryOutput struct {
	Verdict string     `json:"verdict"` // "seen", "not_seen" or "cannot_tell"
	At      *time.Time `json:"at"`      // UTC
	Why     string     `json:"why"`
}

// namedOutput is a key that nothing was done to, and why.
type namedOutput struct {
	ID   string  `json:"id"`
	Name *string `json:"name"`
	Why  string  `json:"why"`
}

func named(r *desk.Row, why string) namedOutput {
	return namedOutput{r.Key.ID, unlessEmpty(r.Key.Name.Value), visible.Line(why)}
}

// planned is a key of the plan before anything was done to it.
func planned(p desk.BulkPlan, i *desk.BulkItem) bulkKeyOutput {
	r := i.Row
	out := bulkKeyOutput{
		ID: r.Key.ID, Name: unlessEmpty(r.Key.Name.Value), State: string(desk.NotTried), Action: p.Action.Verb,
		Type: unlessHidden(r.Type), Owner: unlessHidden(r.CreatedBy), Changes: []changeOutput{}, Warnings: notNil(i.Warnings),
	}
	if i.Last != nil {
		out.LastQuery = &lastQueryOutput{Verdict: verdictWord(i.Last.Verdict), Why: i.Last.Why}
		if at := i.Last.At.UTC(); !at.IsZero() {
			out.LastQuery.At = &at
		}
	}
	for _, c := range i.Changes {
		out.Changes = append(out.Changes, changeOutput{c.Field, c.Before, c.After})
	}
	if i.Skip != "" {
		out.State, out.Error = leftOut, &i.Skip
	}
	return out
}

// leftOut is the state of a key that fob refuses to do it to.
const leftOut = "left out"

func verdictWord(v audit.Verdict) string { return string(v) }

// keyOutput is a key after its turn.
func (b *bulk) keyOutput(p desk.BulkPlan, r desk.BulkResult) bulkKeyOutput {
	out := planned(p, r.Item)
	out.State, out.err, out.done = r.State, r.Err, r.Err == nil
	if r.Err != nil {
		text := withoutSecrets(visible.Line(r.Err.Error()))
		out.Error = &text
	}
	for _, text := range r.Warnings {
		out.Warnings = append(out.Warnings, withoutSecrets(text))
	}
	return out
}

// all are the keys with what is known of them by now.
func (b *bulk) all() []bulkKeyOutput {
	all := append([]bulkKeyOutput{}, b.gone...)
	n := 0
	for _, p := range b.plans {
		for _, i := range p.Items {
			if n < len(b.results) {
				all = append(all, b.keyOutput(p, b.results[n]))
			} else {
				all = append(all, planned(p, i))
			}
			n++
		}
		for _, i := range p.LeftOut {
			all = append(all, planned(p, i))
		}
	}
	return all
}

// tellTurn writes the line of a key whose turn is over; beside a JSON it is talk, for a person who waits.
func (a *app) tellTurn(b *bulk, k bulkKeyOutput) {
	line := turnLine(k)
	switch {
	case !b.o.asJSON:
		_, _ = io.WriteString(a.Out, line+"\n") // that the output is gone stops nothing: the keys have been chosen
	case isTerminal(a.Err) && b.count() > 1:
		a.say("fob: " + line)
	}
}

func turnLine(k bulkKeyOutput) string {
	line := k.ID
	if k.Name != nil {
		line += " (" + *k.Name + ")"
	}
	line += ": " + k.State
	if k.Error != nil {
		line += ": " + *k.Error
	}
	return withoutSecrets(visible.Line(line))
}

// wouldDo writes the plan and does nothing.
func (a *app) wouldDo(b *bulk) error {
	all := b.all()
	if !b.o.asJSON {
		a.notes(append(b.warnings(), b.notes...))
		n := len(b.gone)
		for _, g := range b.gone {
			_, _ = io.WriteString(a.Out, turnLine(g)+"\n")
		}
		for _, p := range b.plans {
			for _, i := range append(p.Items[:len(p.Items):len(p.Items)], p.LeftOut...) {
				k := all[n]
				if n++; i.Skip == "" {
					k.State = "would be " + p.Action.Past
					if p.Action.Verb != "revoke" {
						k.State += ": " + i.Would
					}
					if b.count() > 1 {
						k.State += fmt.Sprintf(" (%s, made by %s, last query: %s)", i.Row.Type, i.Row.CreatedBy, i.LastWords(b.Now()))
					}
				}
				if _, err := io.WriteString(a.Out, turnLine(k)+"\n"); err != nil {
					return err
				}
			}
		}
		a.sayOthers(b)
	}
	a.say("fob: nothing was " + b.past())
	return a.writeBulk(b, all, nil)
}

// sayOthers names the keys that nothing is done to.
func (a *app) sayOthers(b *bulk) {
	say := func(keys []namedOutput, how string) {
		for _, k := range keys {
			name := k.ID
			if k.Name != nil {
				name = *k.Name + " (" + k.ID + ")"
			}
			a.say("fob: " + how + ": " + name + ": " + k.Why)
		}
	}
	say(b.alone, "left as it is")
	say(b.unclear, "cannot tell")
}

// concluded writes what became of the keys, and turns it into an end.
func (a *app) concluded(ctx context.Context, b *bulk) error {
	all := b.all()
	done := 0
	var first error
	states := map[string]int{}
	var order []string
	for _, k := range all {
		if k.done {
			done++
		} else if first == nil {
			first = k.err
		}
		if states[k.State]++; states[k.State] == 1 {
			order = append(order, k.State)
		}
	}
	if !b.o.asJSON {
		for _, k := range all {
			if k.State == leftOut {
				_, _ = io.WriteString(a.Out, turnLine(k)+"\n")
			}
		}
		a.sayOthers(b)
	}
	failed := len(all) - done
	var resume *string
	if failed > 0 && b.resume != "" && b.count() > 1 {
		resume = &b.resume
	}
	if err := a.writeBulk(b, all, resume); err != nil {
		return err
	}
	if len(all) > 1 {
		text := ""
		for _, state := range order {
			text += fmt.Sprintf(", %d %s", states[state], state)
		}
		a.say("fob: " + text[2:])
	}
	next := "look at the lines about them, and run it again"
	if resume != nil {
		next = *resume + " goes on with what is left"
	}
	switch {
	case failed > 0 && ctx.Err() != nil: // the signal is what ends the run, and it says nothing of what to do
		a.say(fmt.Sprintf("fob: stopped: %d of %d keys were not %s; %s", failed, len(all), b.past(), next))
		return context.Cause(ctx)
	case failed > 0 && done == 0 && first != nil: // what the first one met, the others did, too
		return fmt.Errorf("none of %d was %s: %w", failed, b.past(), first)
	case failed > 0:
		return &partlyError{fmt.Sprintf("%d of %d keys were not %s", failed, len(all), b.past()), next}
	case len(b.unclear) > 0:
		return &partlyError{fmt.Sprintf("of %d keys it can't be told whether they are meant, and nothing was done to them", len(b.unclear)), "look at them"}
	}
	return nil
}

// writeBulk writes the JSON, where it was asked for.
func (a *app) writeBulk(b *bulk, all []bulkKeyOutput, resume *string) error {
	if !b.o.asJSON {
		return nil
	}
	out := bulkOutput{
		Schema: 1, DryRun: b.o.dryRun, Keys: all, LeftAlone: append([]namedOutput{}, b.alone...),
		CannotTell: append([]namedOutput{}, b.unclear...), Resume: resume, Warnings: notNil(b.notes),
	}
	for _, k := range all {
		if k.done {
			out.Done++
		}
	}
	if out.Failed = len(all) - out.Done; b.o.dryRun {
		out.Failed = 0
	}
	if b.found != nil {
		out.OrganizationID = unlessEmpty(organizationOf(b.Desk, b.who))
	}
	return writeJSON(a.Out, out)
}
