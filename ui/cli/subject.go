package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// where is the list in which a command finds the keys that it is about.
type where struct {
	connection
	workspace string
}

func (w *where) flags(a *app, cmd *cobra.Command) {
	w.connection.flags(cmd)
	cmd.Flags().StringVarP(&w.workspace, "workspace", "w", "", "look among the keys of this workspace alone, by its `NAME`")
	a.completeWorkspaces(cmd, "workspace")
}

func (w *where) scope() client.Scope { return client.Scope{Workspace: w.workspace} }

func (w *where) check() error {
	if w.cmd.Flags().Changed("workspace") && w.workspace == "" {
		return wrongUsage("leave it out for the whole organization", "--workspace is empty")
	}
	return nil
}

// keyArgument is how the help says what a KEY is.
const keyArgument = "KEY is a key's id, the start of one (four characters at least) or its name. A name that several keys have, or\n" +
	"may have, is refused with a list of them: the ids tell them apart.\n"

// found is a list of keys that was read to find some of them.
type found struct {
	*desk.Desk
	list desk.List
	who  desk.Identity
	of   *where
}

// read opens the platform and reads the list in which keys are looked for.
func (a *app) read(ctx context.Context, w *where) (*found, error) {
	d, err := a.connect(ctx, &w.connection, nil)
	if err != nil {
		return nil, err
	}
	return a.readAt(ctx, d, w)
}

// readAt reads the list in which keys are looked for.
func (a *app) readAt(ctx context.Context, d *desk.Desk, w *where) (*found, error) {
	who := learnNames(ctx, d)
	list, err := d.Keys(ctx, w.scope(), a.tellWaiting())
	if err != nil {
		return nil, refusedList(w.scope(), err)
	}
	if warning := d.ClockWarning(); warning != "" {
		a.warn(warning)
	}
	return &found{d, list, who, w}, nil
}

// key is the key that ref stands for. Of a list that was not read whole only a whole id is taken: another key may be
// meant that is not in it.
func (f *found) key(ref string) (*desk.Row, error) {
	row, err := desk.Find(f.list.Rows, ref)
	var absent *desk.NotFoundError
	switch {
	case err == nil && !f.list.Complete && row.Key.ID != ref:
		return nil, &partlyError{
			fmt.Sprintf("%s, so that %q may be another key", partial(f.list), visible.Line(ref)), "give its whole id, " + visible.Line(row.Key.ID),
		}
	case errors.As(err, &absent) && !f.list.Complete:
		return nil, &partlyError{partial(f.list) + ", and " + visible.Line(ref) + " is not among them", "run it again for the whole list"}
	case errors.As(err, &absent) && f.of.workspace != "":
		absent.Where = "key of workspace " + visible.Line(f.of.workspace)
	}
	return row, err
}

// may fails where it is known that none of the keys may be changed. Of several, those that may not are left out of what
// is done.
func (f *found) may(rows ...*desk.Row) error {
	var no error
	for _, r := range rows {
		right := f.who.OverKey(r)
		if right.No == "" {
			return nil
		}
		if no == nil {
			no = allowed(right)
		}
	}
	if no == nil && f.who.ReadOnly { // whatever it is about
		no = allowed(desk.Right{No: f.who.Why})
	}
	return no
}

// allowed is the error of what may not be done.
func allowed(right desk.Right) error {
	if right.No == "" {
		return nil
	}
	return &desk.NotAllowedError{Why: right.No}
}

// directory is who asks, and what the platform has to choose from.
type directory struct {
	who        desk.Identity
	workspaces []client.Workspace
	roles      []client.Role
}

// readDirectory reads it. What it can't get of roles and workspaces is an error: a key isn't made by half of a choice.
func readDirectory(ctx context.Context, d *desk.Desk) (directory, error) {
	var (
		asked                sync.WaitGroup
		all                  directory
		spaces, who, therole error
	)
	asked.Go(func() { all.workspaces, spaces = d.Workspaces(ctx) })
	asked.Go(func() {
		if all.who, who = d.Who(ctx); who == nil {
			all.roles, therole = d.Roles(ctx)
		}
	})
	asked.Wait()
	if who != nil {
		return all, who
	}
	return all, errors.Join(spaces, therole)
}
