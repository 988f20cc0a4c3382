package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
)

const (
	verbRotate     = "rotate"
	verbQuarantine = "quarantine"
	verbRelease    = "release"
)

// fieldKey is what a rotation changes: which key it is.
const fieldKey = "key"

// Rotation is the action that rotates keys chosen in scope. What a plan of several keys needs is read once, here. A key
// of which something would have to be asked, and somebody else's personal key, are left out; one whose rotation was cut
// off is gone on with. A key is judged once: planning the same keys again asks nobody, and gives no other names.
func (d *Desk) Rotation(ctx context.Context, scope client.Scope, o RotationOptions, tell func(Step)) (BulkAction, error) {
	ground, rows, err := d.ground(ctx, scope)
	if err != nil {
		return BulkAction{}, err
	}
	all, err := d.rotations()
	if err != nil {
		return BulkAction{}, err
	}
	open := map[string]lifecycle.Rotation{}
	for _, r := range all {
		if _, earlier := open[r.KeyID]; r.Open() && !earlier {
			open[r.KeyID] = r
		}
	}
	judge := func(i *BulkItem) {
		switch r, at := open[i.Row.Key.ID]; {
		case at && r.Stage == lifecycle.Waiting && len(r.Unplaced()) == 0:
			i.Skip = "it is replaced already, and waits until it is revoked"
			return
		case at:
			i.Would = "its rotation, which is " + string(r.Stage) + ", is gone on with"
			return
		}
		p, err := d.planOn(ctx, ground, rows, i.Row, o)
		if err == nil && len(p.Unknown) > 0 {
			err = &UnknownError{Unknown: p.Unknown}
		}
		if err != nil {
			i.Skip, i.Refused = visible.Line(err.Error()), err
			return
		}
		i.successor, i.Would = &p.Draft, "is replaced by "+p.Name
		if len(p.Spots) > 0 {
			i.Would += ", which is put into " + strings.Join(p.Spots, ", ")
		}
		i.Changes = []Difference{{fieldKey, i.Row.Name, p.Name}}
		i.Warnings = append(i.Warnings, p.Warnings...)
		ground.Keys = append(ground.Keys, client.Key{Name: client.Some(p.Draft.Name)}) // the next one takes another name
	}
	// A plan that is put into another order says the same of each key: its name is taken once.
	judged := map[string]BulkItem{}
	return BulkAction{
		Verb: verbRotate, Doing: "rotating", Past: "rotated",
		Judge: func(i *BulkItem) {
			was, known := judged[i.Row.Key.ID]
			if !known {
				judge(i)
				judged[i.Row.Key.ID] = *i
				return
			}
			was.Row, was.Last = i.Row, i.Last
			*i = was
		},
		Do: func(ctx context.Context, i *BulkItem) (BulkResult, error) { return d.rotateOne(ctx, i, o, tell) },
	}, nil
}

// errOtherwise is why a key of a plan isn't rotated: what would be made now isn't what the plan showed.
var errOtherwise = errors.New("it was changed since the plan was made, and nothing was sent")

// rotateOne rotates a key of a plan, as the plan shows it.
func (d *Desk) rotateOne(ctx context.Context, i *BulkItem, o RotationOptions, tell func(Step)) (BulkResult, error) {
	if i.successor != nil {
		o.Answers.Name = &i.successor.Name
	}
	p, err := d.PlanRotation(ctx, i.Row, o)
	if err == nil && i.successor != nil && !alike(p.Draft, *i.successor) {
		err = errOtherwise
	}
	if err != nil {
		return BulkResult{State: string(NotTried)}, err
	}
	r, err := d.BeginRotation(ctx, p, tell)
	var open *RotationOpenError
	if errors.As(err, &open) {
		r, err = d.ResumeRotation(ctx, open.Rotation.Intent, o.Home, tell)
	}
	got := BulkResult{State: string(NotTried), Warnings: r.Warnings}
	if r.ID != "" {
		got.State = string(r.Stage)
	}
	if errors.Is(err, ErrUnkept) { // the old key has nobody in its place
		if r.Issued == nil {
			return got, err
		}
		if _, gone := d.DiscardHomeless(ctx, r.Issued.Account); gone == nil {
			return got, errors.New("no place took the new key, and it is revoked again")
		}
		got.Issued = r.Issued
		return got, err
	}
	if r.NewID != "" {
		i.Changes = []Difference{{fieldKey, visible.Line(r.KeyID), visible.Line(r.NewID)}}
		got.Became = "replaced by " + r.NewName
	}
	if err == nil {
		err = r.Unplaced()
	}
	return got, err
}

// alike tells whether two drafts are of keys that may the same. When they end depends on when they are made.
func alike(a, b client.Draft) bool {
	return a.Personal == b.Personal && a.RoleID == b.RoleID && a.OrganizationRole == b.OrganizationRole &&
		a.AllWorkspaces == b.AllWorkspaces && slices.Equal(slices.Sorted(slices.Values(a.Workspaces)), slices.Sorted(slices.Values(b.Workspaces)))
}

// Unplaced is the error of a rotation whose new key isn't everywhere where the old one is, nil if it is.
func (r Rotating) Unplaced() error {
	var names []string
	for _, s := range r.Spots {
		if !s.Done {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("the old key is still in %s", strings.Join(names, ", "))
}

// Deciding asks a person about a key in quarantine that somebody changed meanwhile: now is how its roles differ.
type Deciding func(ctx context.Context, row *Row, now []Difference) (Meanwhile, error)

// Quarantining is the action that puts keys into quarantine, or releases them. decided is what is done about a key that
// somebody changed meanwhile; where it is Undecided, ask is asked, which may be nil.
func (d *Desk) Quarantining(ctx context.Context, release bool, decided Meanwhile, ask Deciding) (BulkAction, error) {
	roles, err := d.Roles(ctx)
	if err != nil && !client.IsNotFound(err) && !client.IsForbidden(err) {
		return BulkAction{}, err
	}
	all, err := lifecycle.Quarantined(d.options.Journal)
	if err != nil {
		return BulkAction{}, err
	}
	in := map[string]lifecycle.Quarantine{}
	for _, q := range all {
		if q.Origin == d.Origin() {
			in[q.KeyID] = q
		}
	}
	a := BulkAction{Verb: verbQuarantine, Doing: "putting into quarantine", Past: "put into quarantine"}
	if release {
		a = BulkAction{Verb: verbRelease, Doing: "releasing", Past: "released"}
		a.Judge = func(i *BulkItem) {
			q, ok := in[i.Row.Key.ID]
			if !ok {
				i.Skip, i.Refused = ErrNoQuarantine.Error(), ErrNoQuarantine
				return
			}
			i.Changes = d.Plan(i.Row, q.Restoring())
			i.Would = becomes(i.Changes)
		}
	} else {
		a.Lowers = func(*Row) bool { return true }
		a.Demotes = func(*Row) bool { return true }
		a.Judge = func(i *BulkItem) {
			change, err := lifecycle.Lowering(i.Row.Key, roles)
			_, already := in[i.Row.Key.ID]
			switch {
			case already && errors.Is(err, ErrNothingLower):
				i.Would = "is so already, nothing is sent"
				return
			case err != nil:
				i.Skip, i.Refused = err.Error(), err
				return
			}
			i.Changes = d.Plan(i.Row, change)
			i.Would = becomes(i.Changes)
			i.Warnings = append(i.Warnings, Still(i.Row, change, roles))
		}
	}
	a.Do = func(ctx context.Context, i *BulkItem) (BulkResult, error) {
		do := d.Quarantine
		if release {
			do = d.Release
		}
		edited, err := do(ctx, i.Row, decided)
		var meanwhile *MeanwhileError
		if errors.As(err, &meanwhile) && ask != nil {
			answer, failed := ask(ctx, i.Row, d.MeanwhileWords(meanwhile))
			if err = failed; err == nil && answer != Undecided {
				edited, err = do(ctx, i.Row, answer)
			} else if err == nil {
				err = meanwhile
			}
		}
		if errors.Is(err, ErrInQuarantine) {
			edited.State, err = AlreadySo, nil
		}
		return BulkResult{State: string(edited.State), Key: edited.Key, Warnings: edited.Warnings}, err
	}
	return a, nil
}

func becomes(changes []Difference) string {
	if len(changes) == 0 {
		return "is so already, nothing is sent"
	}
	words := make([]string, len(changes))
	for n, c := range changes {
		words[n] = c.Field + " " + c.Before + " becomes " + c.After
	}
	return strings.Join(words, ", ")
}
