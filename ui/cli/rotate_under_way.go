package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client/visible"
	"fob/ui/desk"
)

// rotationRef is what a person types for a rotation: the start of the old key's id.
func rotationRef(r desk.Rotating) string { return desk.ShortID(r.KeyID) }

// rotationOf finds the rotation that ref stands for: its own id, or either key's id, the start of one, or name. One that
// is under way goes before those that are over.
func rotationOf(all []desk.Rotating, ref string) (desk.Rotating, error) {
	var found []desk.Rotating
	for _, fits := range []func(desk.Rotating) bool{
		func(r desk.Rotating) bool { return slices.Contains([]string{r.ID, r.KeyID, r.NewID}, ref) },
		func(r desk.Rotating) bool {
			starts := func(id string) bool { return len(ref) >= 4 && strings.HasPrefix(id, ref) }
			return starts(r.ID) || starts(r.KeyID) || starts(r.NewID) || r.Name == ref || r.NewName == ref
		},
	} {
		for _, r := range all {
			if ref != "" && fits(r) {
				found = append(found, r)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	open := slices.DeleteFunc(slices.Clone(found), over)
	switch {
	case len(open) == 1:
		return open[0], nil
	case len(open) > 1:
		e := &desk.AmbiguousError{Ref: visible.Line(ref)}
		for _, r := range open {
			e.Labels = append(e.Labels, visible.Line(r.KeyID)+" ("+r.Name+")")
		}
		return desk.Rotating{}, e
	case len(found) > 0:
		return found[len(found)-1], nil
	}
	return desk.Rotating{}, &missingError{
		fmt.Sprintf("this machine knows of no rotation of %q", visible.Line(ref)), "fob rotate --status shows those that are under way",
	}
}

func over(r desk.Rotating) bool {
	return r.Stage == desk.RotationFinished || r.Stage == desk.RotationAbandoned
}

// underRotation opens the platform and finds a rotation that is under way.
func (a *app) underRotation(ctx context.Context, o *rotateOptions, ref string) (*rotating, error) {
	q, asks := a.questions()
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return nil, err
	}
	r := &rotating{found: &found{Desk: d, who: learnNames(ctx, d), of: &o.where}, app: a, o: o}
	if asks {
		r.questions = q
	}
	all, err := d.Rotations()
	if err != nil && len(all) == 0 {
		return nil, err
	}
	if r.is, err = rotationOf(all, ref); err != nil {
		return nil, err
	}
	if over(r.is) {
		return nil, &missingError{"the rotation of " + r.is.Name + " is over: it is " + string(r.is.Stage), "fob log --key " + rotationRef(r.is) + " tells of it"}
	}
	return r, allowed(r.is.Right(r.who))
}

// rotationStatus shows the rotations that are under way, or one.
func (a *app) rotationStatus(ctx context.Context, o *rotateOptions, args []string) error {
	d, err := a.connect(ctx, &o.connection, nil)
	if err != nil {
		return err
	}
	who := learnNames(ctx, d)
	all, fault := d.Rotations()
	var one *desk.Rotating
	if len(args) == 1 {
		r, err := rotationOf(all, args[0])
		if err != nil {
			return errors.Join(err, fault)
		}
		one = &r
	}
	var shown []desk.Rotating
	if one != nil && over(*one) {
		shown = []desk.Rotating{*one}
	} else if shown, err = d.RotationStatus(ctx); err != nil && len(shown) == 0 {
		return err
	}
	if one != nil {
		shown = slices.DeleteFunc(shown, func(r desk.Rotating) bool { return r.ID != one.ID })
	}
	if o.asJSON {
		out := rotationsOutput{Schema: 1, OrganizationID: unlessEmpty(organizationOf(d, who)), AsOf: d.Now().UTC(), Rotations: []rotationOutput{}}
		for _, r := range shown {
			out.Rotations = append(out.Rotations, newRotationOutput(r))
		}
		return errors.Join(writeJSON(a.Out, out), fault)
	}
	if len(shown) == 0 {
		a.say("fob: no rotation is under way")
	}
	out := bufio.NewWriter(a.Out)
	for i, r := range shown {
		if i > 0 {
			_, _ = out.WriteString("\n") // Flush tells of it
		}
		facts := rotationFacts(r, d.Now(), d.Location())
		writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	}
	return errors.Join(out.Flush(), fault)
}

// rotationFacts are a rotation in words.
func rotationFacts(r desk.Rotating, now time.Time, zone *time.Location) []fact {
	fresh := r.NewName
	if r.NewID != "" {
		fresh += " (" + r.NewID + ")"
	} else if r.Stage != desk.RotationPlanned {
		fresh += ", and which one that is isn't certain"
	}
	facts := []fact{
		{"old key", r.Name + " (" + r.KeyID + ")"},
		{"new key", fresh},
		{"stage", string(r.Stage)},
		{"began", moment(r.Began, now, zone)},
	}
	if r.Who != "" {
		facts = append(facts, fact{"by", r.Who})
	}
	if r.Failed != "" {
		facts = append(facts, fact{"last try", r.Failed})
	}
	for _, s := range r.Spots {
		text := "not tried yet"
		switch {
		case s.Done:
			text = "has the new key"
		case s.Error != "":
			text = "has the old key: " + s.Error
		}
		facts = append(facts, fact{"place", s.Name + ": " + text})
	}
	if !r.WaitsUntil.IsZero() {
		facts = append(facts, fact{"waits until", moment(r.WaitsUntil, now, zone)})
	}
	if r.Seen != nil {
		facts = append(facts, fact{"old key seen", seenWords(*r.Seen, now, zone)})
	}
	if r.Silent {
		facts = append(facts, fact{"silent since", moment(r.SilentSince, now, zone)})
	}
	for _, d := range r.Doubts {
		facts = append(facts, fact{"doubt", string(d)})
	}
	if next := r.Next(); next != "" {
		facts = append(facts, fact{"next", next})
	}
	return facts
}

// seenWords say what the search history tells of the old key.
func seenWords(s desk.Sighting, now time.Time, zone *time.Location) string {
	text := string(s.Verdict)
	if !s.Last.IsZero() {
		text = "last " + moment(s.Last, now, zone)
		if s.Workspace != "" {
			text += " in " + visible.Line(s.Workspace)
		}
	}
	if s.Last.IsZero() && !s.From.IsZero() {
		text += " since " + moment(s.From, now, zone)
	}
	if s.Why != "" {
		text += ": " + visible.Line(s.Why)
	}
	return text
}
