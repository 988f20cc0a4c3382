package cli

import (
	"context"
	"fmt"

	"fob/ui/desk"
)

// tryPlaces tries where the secret shall go, before anything is asked or said about the key. It returns what a person
// should know first, and the first failure. With --yes the making itself tries every place and says what fails; then
// only the env files are tried, for what is to be known about them.
func (a *app) tryPlaces(ctx context.Context, o *createOptions, d *desk.Desk, order desk.Order) (notes []string, failed error) {
	making := o.yes && !o.dryRun
	for _, p := range order.Places {
		if making && p.Kind != desk.InEnvFile {
			continue
		}
		var tried desk.Tried
		err := a.withKeyring(ctx, func(ctx context.Context) (err error) {
			tried, err = d.Try(ctx, p, order.Workspace())
			return err
		})
		if err != nil && failed == nil && !making {
			failed = fmt.Errorf("nothing would be made: %s: %w", placeWords(p, d), err)
		}
		notes = append(notes, tried.Warnings...)
	}
	return notes, failed
}
