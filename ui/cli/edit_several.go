package cli

import (
	"context"
	"fmt"
	"strings"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// editSeveral makes the same change of several keys, or says what it would change.
func (a *app) editSeveral(ctx context.Context, o *editOptions, args []string) error {
	listed := len(args) > 0 && args[0] == "-"
	q, asks := a.questions()
	switch {
	case o.cmd.Flags().Changed("name"):
		return wrongUsage("leave --name out, or name one KEY", "several keys can't have the same name")
	case o.resume && o.says():
		return wrongUsage("leave the flags out: what was to be changed is known", "--resume goes on with the change as it was")
	case !o.resume && !o.says():
		return wrongUsage("--role, --organization-role and --type say it", "what shall be changed of the keys?")
	}
	if err := o.mayAsk(listed, asks, "--yes changes them, --dry-run says what would change"); err != nil {
		return err
	}
	if listed {
		var err error
		if args, err = a.listedIDs(); err != nil {
			return err
		}
		if len(args) == 0 {
			a.say("fob: no ids were read: there is nothing to change")
			return a.writeBulk(&bulk{o: &o.bulkOptions}, []bulkKeyOutput{}, nil)
		}
	}
	var f *found
	var h desk.Halted
	var err error
	if o.resume {
		f, h, err = a.resumed(ctx, &o.where, "edit")
		args = h.Left
	} else {
		f, err = a.read(ctx, &o.where)
	}
	if err != nil {
		return err
	}
	rows, gone, err := f.choose(args, originOf(listed, o.resume), "nothing was changed")
	if err == nil && len(gone) > 0 && !o.resume {
		err = &missingError{"nothing was changed: " + keysGone(gone), "leave them out"}
	}
	if err != nil {
		return err
	}
	if err := f.may(rows...); err != nil {
		return err
	}
	change, err := a.changeOf(ctx, o, f, h)
	if err != nil {
		return err
	}
	around, notes, err := a.around(ctx, f, &o.bulkOptions, rows)
	if err != nil {
		return err
	}
	action := f.Editing(change)
	if o.resume {
		action = action.Resuming(h)
	}
	b := &bulk{found: f, o: &o.bulkOptions, notes: notes, resume: "fob edit --resume"}
	b.plans = []desk.BulkPlan{f.PlanBulk(action, o.scope(), rows, around)}
	b.goneAlready(gone, "edit")
	return a.carryOut(ctx, b, q)
}

// changeOf is what the flags come to, or what was left to be made.
func (a *app) changeOf(ctx context.Context, o *editOptions, f *found, h desk.Halted) (client.Change, error) {
	if o.resume {
		return h.Change, nil
	}
	roles, err := f.Roles(ctx)
	if err != nil && o.cmd.Flags().Changed("role") {
		return client.Change{}, err
	}
	return o.change(roles)
}

// keysGone names ids that no key has, the first ones where there are many.
func keysGone(ids []string) string {
	shown := make([]string, 0, 10)
	for _, id := range ids[:min(len(ids), cap(shown))] {
		shown = append(shown, visible.Line(id))
	}
	text := "no key has the id " + strings.Join(shown, ", ")
	if n := len(ids) - len(shown); n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}
