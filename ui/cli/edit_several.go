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
	return a.overSeveral(ctx, &severally{
		where: &o.where, o: &o.bulkOptions, verb: "edit", command: "fob edit", past: "changed", listed: listed, args: args, questions: q,
		action: func(f *found, h desk.Halted) (desk.BulkAction, error) {
			change, err := a.changeOf(ctx, o, f, h)
			return f.Editing(change), err
		},
	})
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
