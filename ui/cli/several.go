package cli

import (
	"context"
	"strings"

	"fob/ui/desk"
)

// rotateSeveral rotates the keys, or says what would be done.
func (a *app) rotateSeveral(ctx context.Context, o *rotateOptions, args []string) error {
	listed := len(args) > 0 && args[0] == "-"
	q, asks := a.questions()
	changed := o.cmd.Flags().Changed
	switch {
	case changed("name"):
		return wrongUsage("leave --name out, or name one KEY", "several keys can't have the same name")
	case strings.Contains(strings.Join(o.to, " "), string(desk.InEnvFile)+":"):
		return wrongUsage("take the keyring, or a command; the env files of the old keys are written anyway", "an env file keeps one key")
	}
	if err := o.mayAsk(listed, asks, "--yes rotates them, --dry-run says what would be done"); err != nil {
		return err
	}
	return a.overSeveral(ctx, &severally{
		where: &o.where, o: &o.bulkOptions, verb: "rotate", command: "fob rotate", past: "rotated", listed: listed, args: args, questions: q,
		action: func(f *found, _ desk.Halted) (desk.BulkAction, error) {
			as, err := o.rotation(ctx, f.Desk)
			if err != nil {
				return desk.BulkAction{}, err
			}
			return f.Rotation(ctx, o.scope(), as, nil)
		},
	})
}

// severally is a command about several keys.
type severally struct {
	where         *where
	o             *bulkOptions
	verb, command string // "release", "fob quarantine --release"
	past          string
	listed        bool // the KEYs are on the input
	args          []string
	goneIsDone    bool // an id on the input that no key has is as it was meant to be
	questions     *questions
	action        func(*found, desk.Halted) (desk.BulkAction, error) // with --resume, Halted is what was left
}

// overSeveral carries out a command about several keys.
func (a *app) overSeveral(ctx context.Context, s *severally) error {
	var err error
	if s.listed {
		if s.args, err = a.listedIDs(); err != nil {
			return err
		}
		if len(s.args) == 0 {
			a.say("fob: no ids were read: nothing was " + s.past)
			return a.writeBulk(&bulk{o: s.o}, []bulkKeyOutput{}, nil)
		}
	}
	var f *found
	var h desk.Halted
	if s.o.resume {
		f, h, err = a.resumed(ctx, s.where, s.verb, s.command)
		s.args = h.Left
	} else {
		f, err = a.read(ctx, s.where)
	}
	if err != nil {
		return err
	}
	rows, gone, err := f.choose(s.args, originOf(s.listed, s.o.resume), "nothing was "+s.past)
	if err == nil && len(gone) > 0 && !s.o.resume && !s.goneIsDone {
		err = &missingError{"nothing was " + s.past + ": " + keysGone(gone), "leave them out"}
	}
	if err != nil {
		return err
	}
	if err := f.may(rows...); err != nil {
		return err
	}
	action, err := s.action(f, h)
	if err != nil {
		return err
	}
	if s.o.resume {
		action = action.Resuming(h)
	}
	around, notes, err := a.around(ctx, f, s.o, rows)
	if err != nil {
		return err
	}
	b := &bulk{found: f, o: s.o, notes: notes, resume: s.command + " --resume"}
	b.plans = []desk.BulkPlan{f.PlanBulk(action, s.where.scope(), rows, around)}
	b.goneAlready(gone, s.verb)
	return a.carryOut(ctx, b, s.questions)
}
