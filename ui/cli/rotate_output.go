package cli

import (
	"time"

	"fob/ui/desk"
)

// rotateOutput is what fob rotate --json writes of one rotation. A secret is never in it.
type rotateOutput struct {
	Schema         int             `json:"schema"`
	DryRun         bool            `json:"dry_run"`
	OrganizationID *string         `json:"organization_id"`
	Rotation       *rotationOutput `json:"rotation"` // null: nothing was begun
	Plan           *rotationPlan   `json:"plan"`     // of a rotation that is to begin; null: it had begun before
	Revoked        *string         `json:"revoked"`  // what became of the key that was to be revoked: the words of fob revoke; null: none was
	Warnings       []string        `json:"warnings"`
}

// rotationPlan is a rotation before it begins.
type rotationPlan struct {
	KeyID          string    `json:"key_id"`
	Key            keyOutput `json:"key"`       // the new one, as it is ordered
	Home           []string  `json:"kept_in"`   // where the new key is kept
	Takes          []string  `json:"takes_in"`  // where it takes over
	OverlapSeconds int64     `json:"overlap_s"` // how long the old key waits
}

// rotationsOutput is what fob rotate --status --json writes.
type rotationsOutput struct {
	Schema         int              `json:"schema"`
	AsOf           time.Time        `json:"as_of"` // UTC, by the platform's clock
	OrganizationID *string          `json:"organization_id"`
	Rotations      []rotationOutput `json:"rotations"` // oldest first
}

// rotationOutput is a rotation.
type rotationOutput struct {
	ID          string          `json:"id"`
	KeyID       string          `json:"key_id"` // of the old key
	KeyName     string          `json:"key_name"`
	NewID       *string         `json:"new_id"` // null: it isn't certain, or there is none yet
	NewName     string          `json:"new_name"`
	Candidates  []string        `json:"candidates"` // ids of the keys that the new one may be, where that isn't certain
	Who         *string         `json:"who"`
	Stage       string          `json:"stage"`       // "planned", "making", "placing", "waiting", "finished", "abandoning" or "abandoned"
	BeganAt     *time.Time      `json:"began_at"`    // UTC, as the others
	PlacedAt    *time.Time      `json:"placed_at"`   // when the new key was where the old one is
	WaitsUntil  *time.Time      `json:"waits_until"` // until when the old key waits
	Places      []rotationPlace `json:"places"`
	Error       *string         `json:"error"`        // why the last try to make the new key came to nothing
	Seen        *rotationSeen   `json:"seen"`         // of the old key; null: it was not asked for
	Silent      *bool           `json:"silent"`       // the old key has fallen silent; null: as seen
	SilentSince *time.Time      `json:"silent_since"` //
	Doubts      []string        `json:"doubts"`       // what speaks against revoking the old key
	Suggested   bool            `json:"suggested"`    // nothing speaks against it
	Next        *string         `json:"next"`         // what can be done, in words
}

type rotationPlace struct {
	Where string  `json:"where"`
	Done  bool    `json:"done"`  // it has the new key
	Error *string `json:"error"` // why the last try failed
}

type rotationSeen struct {
	Verdict   string     `json:"verdict"`   // "seen", "not seen" or "cannot tell"
	Last      *time.Time `json:"last"`      // the last query that is known
	Workspace *string    `json:"workspace"` // where that was
	From      *time.Time `json:"from"`      // the window that was looked at
	To        *time.Time `json:"to"`
	Why       *string    `json:"why"`
}

func newRotationOutput(r desk.Rotating) rotationOutput {
	o := rotationOutput{
		ID: r.ID, KeyID: r.KeyID, KeyName: r.Name, NewID: unlessEmpty(r.NewID), NewName: r.NewName, Candidates: notNil(r.Candidates),
		Who: unlessEmpty(r.Who), Stage: string(r.Stage), BeganAt: unlessZero(r.Began), PlacedAt: unlessZero(r.PlacedAt), WaitsUntil: unlessZero(r.WaitsUntil),
		Places: []rotationPlace{}, Error: unlessEmpty(r.Failed), Doubts: []string{}, Suggested: r.Suggested, Next: unlessEmpty(r.Next()),
	}
	for _, s := range r.Spots {
		o.Places = append(o.Places, rotationPlace{s.Name, s.Done, unlessEmpty(withoutSecrets(s.Error))})
	}
	for _, d := range r.Doubts {
		o.Doubts = append(o.Doubts, string(d))
	}
	if s := r.Seen; s != nil {
		o.Seen = &rotationSeen{string(s.Verdict), unlessZero(s.Last), unlessEmpty(s.Workspace), unlessZero(s.From), unlessZero(s.To), unlessEmpty(s.Why)}
		o.Silent, o.SilentSince = &r.Silent, unlessZero(r.SilentSince)
	}
	return o
}

// write writes the JSON of one rotation.
func (r *rotating) write() error {
	out := rotateOutput{
		Schema: 1, DryRun: r.o.dryRun, OrganizationID: unlessEmpty(organizationOf(r.Desk, r.who)), Revoked: unlessEmpty(r.revoked),
		Warnings: append(notNil(r.plan.Warnings), r.warnings...),
	}
	if r.is.ID != "" {
		one := newRotationOutput(r.is)
		out.Rotation = &one
	}
	if row := r.plan.Row; row != nil {
		p := rotationPlan{
			KeyID: row.Key.ID, Key: orderedKey(desk.Order{Draft: r.plan.Draft, RoleName: r.plan.Role}), Takes: notNil(r.plan.Spots),
			OverlapSeconds: int64(r.plan.Overlap.Seconds()), Home: []string{},
		}
		for _, home := range r.plan.Home {
			p.Home = append(p.Home, placeWords(home, r.Desk))
		}
		out.Plan = &p
	}
	return writeJSON(r.app.Out, out)
}
