package desk

import (
	"context"
	"slices"

	"fob/config"
)

// LastWorkspace is the workspace to begin with: the profile's, else the one that this machine last showed at this
// platform, if it is among names; the first of them otherwise, "" if there are none.
func (d *Desk) LastWorkspace(ctx context.Context, names []string) string {
	if own := d.options.Profile.Workspace; own != "" && slices.Contains(names, own) {
		return own
	}
	if d.options.State != nil {
		if state, err := d.options.State.Load(ctx); err == nil {
			if last := state.Workspace(d.Origin(), d.options.OrganizationID); slices.Contains(names, last) {
				return last
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[0]
}

// RememberWorkspace notes the workspace for the next start. What this machine remembers may be forgotten without harm,
// so that a disk which takes nothing is no error here.
func (d *Desk) RememberWorkspace(ctx context.Context, name string) {
	if d.options.State == nil {
		return
	}
	_ = d.options.State.Update(ctx, func(s *config.State) error {
		s.SetWorkspace(d.Origin(), d.options.OrganizationID, name)
		return nil
	})
}
