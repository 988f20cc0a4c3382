package lifecycle

import (
	"context"
	"strings"

	"fob/client"
)

// Meanwhile is what a person decides where somebody else changed the roles of a key in quarantine.
type Meanwhile string

// The decisions.
const (
	Undecided Meanwhile = ""          // a *MeanwhileError is returned
	Overwrite Meanwhile = "overwrite" // the roles are lowered anew from what they are now, or put back over it
	KeepIt    Meanwhile = "keep"      // of a release: the roles stay as somebody made them, and the quarantine ends
)

// Quarantine lowers the key's roles with one PATCH of what differs, after its old roles are in the journal: where that
// can't be written, nothing is sent. key is as a fresh list shows it, and roles are those of the organization. The error
// is nil exactly when the roles are known to be lowered; otherwise ErrRoleUnknown, ErrNothingLower, ErrInQuarantine, a
// *MeanwhileError, or the PATCH's, as of Edit.
func (e *Editor) Quarantine(ctx context.Context, key client.Key, roles []client.Role, decided Meanwhile) (Edited, error) {
	out := Edited{Key: key, State: NeverAttempted, At: e.now().UTC()}
	if !plausible(key.ID) {
		return out, errNoID
	}
	key.Role = whole(key, roles)
	q, err := QuarantineOf(e.Journal, e.Origin, key.ID)
	switch {
	case err == nil && q.now(key, q.Change()) == nil:
		return out, ErrInQuarantine
	case err == nil && q.now(key, q.Restoring()) != nil && decided != Overwrite:
		return out, &MeanwhileError{q, q.now(key, q.Change())}
	case err != nil && err != ErrNoQuarantine: //nolint:errorlint // it is returned as it is
		return out, err
	}
	change, err := Lowering(key, roles)
	if err = firstError(err, ctx.Err()); err != nil {
		return out, err
	}
	out.Key, out.Sent = key, change
	entry := e.entry(QuarantineIntent, newName(e.Name), key)
	entry.Altered = Alterations(key, change)
	return e.settle(ctx, out, entry, QuarantineOutcome)
}

// Release puts the roles back that a key had before its quarantine. The error is nil exactly when they are as they were,
// or as KeepIt leaves them: otherwise ErrNoQuarantine, a *MeanwhileError, or the PATCH's.
func (e *Editor) Release(ctx context.Context, key client.Key, roles []client.Role, decided Meanwhile) (Edited, error) {
	out := Edited{Key: key, State: NeverAttempted, At: e.now().UTC()}
	q, err := QuarantineOf(e.Journal, e.Origin, key.ID)
	if err = firstError(err, ctx.Err()); err != nil {
		return out, err
	}
	key.Role = whole(key, roles)
	out.Key = key
	entry := e.entry(ReleaseOutcome, q.Intent, key)
	differs := q.now(key, q.Change())
	switch {
	case q.now(key, q.Restoring()) == nil:
		out.State = AlreadySo
	case differs != nil && decided == KeepIt:
		out.State, entry.Why = AlreadySo, "left as somebody made it"
	case differs != nil && decided != Overwrite:
		return out, &MeanwhileError{q, differs}
	default:
		out.Sent = Needed(key, q.Restoring())
		entry.Kind, entry.Altered = ReleaseIntent, Alterations(key, out.Sent)
		return e.settle(ctx, out, entry, ReleaseOutcome)
	}
	entry.Edited = out.State
	return out, Append(ctx, e.Journal, entry)
}

// settle writes the intent, sends the PATCH, and writes what became of it.
func (e *Editor) settle(ctx context.Context, out Edited, entry Entry, outcome Kind) (Edited, error) {
	if err := Append(ctx, e.Journal, entry); err != nil {
		return out, err
	}
	err := e.send(ctx, &out)
	out.At = e.now().UTC()
	entry.Kind, entry.Edited, entry.Altered = outcome, out.State, nil
	if err != nil {
		entry.Error = clip(err.Error())
	}
	e.write(ctx, &out, entry)
	return out, err
}

func (e *Editor) entry(kind Kind, intent string, key client.Key) Entry {
	return Entry{
		At: e.now(), Kind: kind, Intent: intent, Profile: e.Profile, Who: e.Who, Origin: e.Origin, Organization: e.Organization,
		Workspace: e.Scope.Workspace, KeyID: key.ID, KeyName: clip(key.Name.Value),
	}
}

// QuarantineOf returns the quarantine of a key: ErrNoQuarantine if it isn't in any.
func QuarantineOf(j Journal, origin, id string) (Quarantine, error) {
	all, err := Quarantined(j)
	for _, q := range all {
		if q.KeyID == id && q.Origin == origin {
			return q, nil
		}
	}
	if err != nil {
		return Quarantine{}, err
	}
	return Quarantine{}, ErrNoQuarantine
}

// now tells how the key's roles differ from what they should be: nil if nothing that is shown does.
func (q Quarantine) now(key client.Key, should client.Change) []Altered {
	var all []Altered
	for _, f := range fieldsOf(key, should) {
		if f.same() || f.name == FieldRole && f.shown && strings.EqualFold(f.from, f.to) {
			continue
		}
		a := Altered{Field: f.name, From: &f.to}
		if f.shown {
			a.To = &f.from
		}
		all = append(all, a)
	}
	return all
}

// whole is the key's role with its id, where its name alone is shown.
func whole(key client.Key, roles []client.Role) client.Field[client.RoleRef] {
	if ref, ok := key.Role.Get(); ok {
		return client.Some(findRole(roles, ref))
	}
	return key.Role
}
