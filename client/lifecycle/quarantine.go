package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client"
)

// The kinds of entries about quarantine; Entry.Intent is the quarantine's name in all of them.
const (
	QuarantineIntent  Kind = "quarantine.intent"  // a key's roles are about to be lowered; Altered has the old ones
	QuarantineOutcome Kind = "quarantine.outcome" // what became of that
	ReleaseIntent     Kind = "release.intent"     // the old roles are about to be put back
	ReleaseOutcome    Kind = "release.outcome"    // what became of that
)

// Quarantine is a key whose roles were lowered from here, as the journal tells. The platform can't disable a key: it
// still works for what its lowered role allows.
type Quarantine struct {
	Entry               // its intent: Altered has each role as it was and as it was made
	State   EditedState // of the lowering; MaybeChanged while no outcome is known
	Release EditedState // of the last try to put the roles back; "" if there was none
	CutOff  bool        // of the last of both no outcome is written: another fob is at it right now, or a crash cut it off
}

// Change is what was lowered.
func (q Quarantine) Change() client.Change { return q.change(func(a Altered) *string { return a.To }) }

// Restoring is what puts the old roles back exactly.
func (q Quarantine) Restoring() client.Change {
	return q.change(func(a Altered) *string { return a.From })
}

func (q Quarantine) change(side func(Altered) *string) client.Change {
	var c client.Change
	for _, a := range q.Altered {
		switch a.Field {
		case FieldRole:
			c.RoleID = side(a)
		case FieldOrganizationRole:
			c.OrganizationRole = side(a)
		}
	}
	return c
}

// Quarantined returns the keys that are in quarantine, or may be, oldest first. Lines that can't be read are passed over;
// a fault of the journal is returned beside what was read.
func Quarantined(j Journal) ([]Quarantine, error) {
	var open []*Quarantine
	var faults []error
	by := map[string]*Quarantine{}
	over := map[string]bool{}
	for e, err := range Entries(j) {
		if err != nil {
			if _, torn := errors.AsType[*LineError](err); !torn {
				faults = append(faults, err)
			}
			continue
		}
		q := by[e.Intent]
		switch e.Kind {
		case QuarantineIntent:
			for _, earlier := range open { // somebody decided to begin anew
				over[earlier.Intent] = over[earlier.Intent] || earlier.KeyID == e.KeyID && earlier.Origin == e.Origin
			}
			q = &Quarantine{Entry: e, State: MaybeChanged, CutOff: true}
			by[e.Intent], open = q, append(open, q)
		case QuarantineOutcome:
			if q != nil {
				q.State, q.CutOff = e.Edited, false
			}
			over[e.Intent] = e.Edited == AsItWas || e.Edited == NeverAttempted
		case ReleaseIntent:
			if q != nil {
				q.Release, q.CutOff = MaybeChanged, true
			}
		case ReleaseOutcome:
			if q != nil {
				q.Release, q.CutOff = e.Edited, false
			}
			over[e.Intent] = over[e.Intent] || e.Edited.Done()
		case RevokeOutcome:
			for _, q := range open {
				over[q.Intent] = over[q.Intent] || e.State.Done() && q.KeyID == e.KeyID && q.Origin == e.Origin
			}
		}
	}
	var all []Quarantine
	for _, q := range open {
		if !over[q.Intent] {
			all = append(all, *q)
		}
	}
	return all, errors.Join(faults...)
}

// Why a key isn't put into quarantine, or isn't released.
var (
	// ErrNoQuarantine is returned for a key that the journal doesn't have in quarantine: its old role isn't known.
	ErrNoQuarantine = errors.New("the key is not in quarantine from here, so its old role is not known")
	// ErrInQuarantine is returned for a key that is in quarantine already.
	ErrInQuarantine = errors.New("the key is in quarantine already")
	// ErrRoleUnknown is returned for a key whose role isn't shown: it couldn't be put back.
	ErrRoleUnknown = errors.New("the platform does not show the key's role, so it could not be put back")
	// ErrNothingLower is returned for a key that can't have less than it has.
	ErrNothingLower = errors.New("there is no lower role that the key could be given")
)

// MeanwhileError is returned for a key in quarantine whose roles somebody changed since: a person has to decide.
type MeanwhileError struct {
	Quarantine Quarantine
	Now        []Altered // From is what the roles were made, To is what they are now
}

// Error says when it was put into quarantine.
func (e *MeanwhileError) Error() string {
	return fmt.Sprintf("somebody changed the key's role since it was put into quarantine on %s", e.Quarantine.At.UTC().Format(time.DateOnly))
}

// LowestRole is the role with the fewest permissions, of those that are shown and that only let look and search; where
// none shows what it permits, the preset that runs searches and changes nothing.
func LowestRole(roles []client.Role) (client.Role, bool) {
	var best *client.Role
	for i, r := range roles {
		permissions, shown := r.Permissions.Get()
		if r.ID == "" || !shown || len(permissions) == 0 || slices.ContainsFunc(permissions, changes) {
			continue
		}
		fewer := best == nil || len(permissions) < len(best.Permissions.Value)
		if fewer || len(permissions) == len(best.Permissions.Value) && isSearchUser(r) {
			best = &roles[i]
		}
	}
	for i, r := range roles {
		if best == nil && r.ID != "" && isSearchUser(r) && !r.Permissions.Shown() {
			best = &roles[i]
		}
	}
	if best == nil {
		return client.Role{}, false
	}
	return *best, true
}

func isSearchUser(r client.Role) bool {
	return strings.EqualFold(strings.ReplaceAll(strings.TrimSpace(r.Name), "_", " "), "search user")
}

// changes tells whether a permission may be one to change something: whatever isn't known to be one to look or search.
func changes(permission string) bool {
	permission = strings.ToLower(permission)
	return !strings.Contains(permission, "search") && !strings.Contains(permission, "query") && !strings.HasSuffix(permission, "read") && !strings.HasSuffix(permission, "list")
}

// Lowering is what puts a key into quarantine: the lowest role in its workspaces, and Member in place of Admin in the
// organization. Errors are ErrRoleUnknown and ErrNothingLower.
func Lowering(k client.Key, roles []client.Role) (client.Change, error) {
	var c client.Change
	organization, shown := k.OrganizationRole.Get()
	if !shown || organization == "" {
		return c, ErrRoleUnknown
	}
	ref, _ := k.Role.Get()
	if ref = findRole(roles, ref); ref.ID == "" {
		return c, ErrRoleUnknown
	}
	if strings.EqualFold(organization, roleAdmin) {
		member := roleMember
		c.OrganizationRole = &member
	}
	if lowest, ok := LowestRole(roles); ok && !strings.EqualFold(lowest.ID, ref.ID) && !lower(roles, ref.ID, lowest) {
		c.RoleID = &lowest.ID
	}
	if c == (client.Change{}) {
		return c, ErrNothingLower
	}
	return c, nil
}

// lower tells whether the role with that id may do nothing that the other may not, and less than that.
func lower(roles []client.Role, id string, than client.Role) bool {
	for _, r := range roles {
		if !strings.EqualFold(r.ID, id) || !r.Permissions.Shown() || !than.Permissions.Shown() {
			continue
		}
		own, _ := r.Permissions.Get()
		most, _ := than.Permissions.Get()
		return len(own) < len(most) && !slices.ContainsFunc(own, func(p string) bool { return !slices.Contains(most, p) })
	}
	return false
}
