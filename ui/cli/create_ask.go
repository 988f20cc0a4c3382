package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"fob/client"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// ask asks for what the flags left out, in the order of the wizard.
func (o *createOptions) ask(ctx context.Context, q *questions, d *desk.Desk, all directory) error {
	for _, step := range []func(context.Context, *questions, *desk.Desk, directory) error{
		o.askType, o.askName, o.askExpiry, o.askReach, o.askRole, o.askPlace,
	} {
		if err := step(ctx, q, d, all); err != nil {
			return err
		}
	}
	return nil
}

func (o *createOptions) askType(ctx context.Context, q *questions, _ *desk.Desk, _ directory) error {
	if o.cmd.Flags().Changed("type") || o.yes {
		return nil
	}
	i, err := q.choose(ctx, "What kind of key?", []choice{
		{desk.Service, "belongs to nobody, stays when people leave"},
		{desk.Personal, "yours, and stops working when you leave"},
	}, 0)
	o.kind = []string{desk.Service, desk.Personal}[i]
	return err
}

func (o *createOptions) askName(ctx context.Context, q *questions, d *desk.Desk, _ directory) (err error) {
	if o.cmd.Flags().Changed("name") || o.yes {
		return nil
	}
	o.name, err = q.text(ctx, "What shall it be called? Enter alone gives it no name, and its id stands for it", "", func(name string) error {
		return problemWith(d, name)
	})
	return err
}

// problemWith is what the desk says against a name.
func problemWith(d *desk.Desk, name string) error {
	var all desk.Problems
	if errors.As(d.Validate(desk.Order{Draft: client.Draft{Name: name}}), &all) {
		for _, p := range all {
			if p.Field == "name" {
				return errors.New(p.Text)
			}
		}
	}
	return nil
}

// expiries are the ends that are offered, the second first.
var expiries = []struct{ label, text string }{
	{"30 days", "30d"}, {"90 days", "90d"}, {"180 days", "180d"}, {"1 year", "365d"}, {"a date of your own", ""}, {"never", "never"},
}

const expiryPreset = 1

func (o *createOptions) askExpiry(ctx context.Context, q *questions, d *desk.Desk, _ directory) error {
	if o.expires != "" {
		return nil
	}
	choices := make([]choice, len(expiries))
	for i, e := range expiries {
		choices[i].label = e.label
		if e.text == "never" {
			choices[i].note = "only for keys that you are sure to review"
		} else if at, err := d.ParseExpiry(e.text); err == nil && at != nil {
			choices[i].note = "until " + at.In(d.Location()).Format("2 January 2006")
		}
	}
	i, err := q.choose(ctx, "When shall it stop working?", choices, expiryPreset)
	if err != nil {
		return err
	}
	if o.expires = expiries[i].text; o.expires != "" {
		return nil
	}
	o.expires, err = q.text(ctx, "Until when? For example 2027-01-31, the end of that day", "", func(text string) error {
		_, err := d.ParseExpiry(text)
		return err
	})
	return err
}

func (o *createOptions) askReach(ctx context.Context, q *questions, _ *desk.Desk, all directory) error {
	if o.reaches() {
		return nil
	}
	if whole := all.who.Over(client.Scope{}); whole.No != "" {
		return o.askOne(ctx, q, all, whole)
	}
	if len(all.workspaces) > 0 {
		i, err := q.choose(ctx, "Which workspaces does it reach?", []choice{
			{"chosen workspaces", "you choose them next"}, {"every workspace", "future ones, too"},
		}, 0)
		if err != nil {
			return err
		}
		if i == 0 {
			return o.askWorkspaces(ctx, q, all.workspaces)
		}
		o.all = true
		return nil
	}
	yes, err := q.confirm(ctx, "The platform names no workspaces. Shall it reach every one, future ones too?")
	if err == nil && !yes {
		return errDeclined
	}
	o.all = yes
	return err
}

// askOne asks for a single workspace, of those in which the person may make a key, as far as is known: more than one is
// the organization's matter. whole says why that isn't theirs.
func (o *createOptions) askOne(ctx context.Context, q *questions, all directory, whole desk.Right) error {
	var names []string
	var choices []choice
	for _, w := range all.workspaces {
		if all.who.Over(client.Scope{Workspace: w.Name}).No == "" {
			names, choices = append(names, w.Name), append(choices, choice{visible.Line(w.Name), ""})
		}
	}
	if len(names) == 0 {
		return allowed(whole)
	}
	i, err := q.choose(ctx, "Which workspace does it reach?", choices, -1)
	if err == nil {
		o.workspaces = names[i : i+1]
	}
	return err
}

func (o *createOptions) askWorkspaces(ctx context.Context, q *questions, all []client.Workspace) error {
	choices := make([]choice, len(all))
	for i, w := range all {
		choices[i].label = visible.Line(w.Name)
	}
	places, err := q.several(ctx, "Which ones?", choices)
	for _, i := range places {
		o.workspaces = append(o.workspaces, all[i].Name)
	}
	return err
}

func (o *createOptions) askRole(ctx context.Context, q *questions, _ *desk.Desk, all directory) error {
	if o.may() {
		return nil
	}
	if len(all.roles) == 0 {
		q.app.say("The platform names no roles: the key will have your own, and may do what you may.")
		o.role = ownRole
		return nil
	}
	choices := make([]choice, len(all.roles))
	for i, r := range all.roles {
		choices[i] = choice{visible.Line(r.Name), visible.Line(r.Description)}
	}
	i, err := q.choose(ctx, "What may it do?", choices, -1)
	if err == nil {
		o.role = all.roles[i].ID
	}
	return err
}

func (o *createOptions) askPlace(ctx context.Context, q *questions, d *desk.Desk, _ directory) error {
	if len(o.places) > 0 {
		return nil
	}
	p, err := askPlace(ctx, q, d, o.name, o.scope().Workspace)
	o.places = []desk.Place{p}
	return err
}

// askPlace asks where a secret goes, and tries that, until a place works. The profile's destination is preset. name is
// the key's, workspace its only one.
func askPlace(ctx context.Context, q *questions, d *desk.Desk, name, workspace string) (desk.Place, error) {
	var choices []choice
	var places []desk.Place
	if err := d.ReachKeyring(ctx); err != nil {
		q.app.say("! " + strings.TrimSuffix(err.Error(), "."))
	}
	own, path := d.Preset()
	preset := 0
	for n, c := range d.PlaceChoices() {
		if n == own {
			preset = len(choices)
		}
		if c.Kind != desk.OnDisplay { // a screen that lines run over shows it to whoever scrolls back
			choices, places = append(choices, choice{c.Label, c.Note}), append(places, c.Place())
		}
	}
	for {
		i, err := q.choose(ctx, "Where shall its secret go?", choices, preset)
		if err != nil {
			return desk.Place{}, err
		}
		p := places[i]
		p.KeyName = name
		if p.Kind == desk.InEnvFile {
			if p.Path, err = q.text(ctx, "Which file?", cmp.Or(path, "./.env"), nil); err != nil {
				return p, err
			}
		}
		ok, err := try(ctx, q, d, &p, workspace)
		if ok || err != nil {
			return p, err
		}
	}
}

// try tries a place, and asks before the key of an env file is replaced. It tells whether the place will do.
func try(ctx context.Context, q *questions, d *desk.Desk, p *desk.Place, workspace string) (bool, error) {
	q.app.say("Trying it …")
	tried, err := d.Try(ctx, *p, workspace)
	if errors.Is(err, stash.ErrHasKey) {
		yes, err := q.confirm(ctx, "The file has an API_KEY already, and it may be the only copy. Replace it?")
		if err != nil || !yes {
			return false, err
		}
		p.Replace = true
		tried, err = d.Try(ctx, *p, workspace)
		if err != nil {
			q.wrong(err.Error())
			return false, ctx.Err()
		}
		warnOf(q, tried)
		return true, nil
	}
	if err != nil {
		q.wrong(strings.TrimSuffix(err.Error(), "."))
		return false, ctx.Err()
	}
	warnOf(q, tried)
	return true, nil
}

// warnOf says what a person should know of a place.
func warnOf(q *questions, tried desk.Tried) {
	for _, text := range tried.Warnings {
		q.app.say("! " + text)
	}
	q.app.say("It works.")
}
