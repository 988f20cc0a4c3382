package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
	"fob/config/stash"
)

// DefaultOverlap is how long the old key of a rotation waits, unless somebody says otherwise.
const DefaultOverlap = 7 * 24 * time.Hour

// RotationOptions say how a key is rotated.
type RotationOptions struct {
	Answers lifecycle.Answers
	Overlap time.Duration // how long the old key waits; 0: DefaultOverlap, below it: not at all
	Home    []Place       // where the new key is kept; nil: the keyring
}

// RotationPlan is a rotation before it begins, in words. Every text in it has been made safe to show.
type RotationPlan struct {
	Row      *Row                // the old key, as it is now
	Draft    client.Draft        // the new key; as it will be sent
	Name     string              // of the new key
	Role     string              // of the new key
	Spots    []string            // where the new key takes the old one's place
	Files    []string            // the env files of the SDKs among them: the new key may be kept in one as well
	Unknown  []lifecycle.Missing // what has to be said before it can begin
	Warnings []string            // what a person should know, a line each
	Overlap  time.Duration
	Home     []Place
	plan     lifecycle.Plan
}

// ErrNoHome is returned where no place would give the new key back, for the old one's places to be pointed to it.
var ErrNoHome = errors.New("none of the places would give the new key back, to put it where the old one is")

// PlanRotation reads the key of the row again, and plans a new one in its place. Errors are the platform's, *NotFoundError
// where the key is gone, *lifecycle.NotMineError for somebody else's personal key, and ErrNoHome. What has to be said first
// is no error: see RotationPlan.Unknown.
func (d *Desk) PlanRotation(ctx context.Context, row *Row, o RotationOptions) (RotationPlan, error) {
	ground, rows, err := d.ground(ctx, row.list())
	if err != nil {
		return RotationPlan{}, err
	}
	p, err := d.planOn(ctx, ground, rows, row, o)
	if err == nil {
		if untold := d.Rights().Key(p.Row).Untold; untold != "" {
			p.Warnings = append(p.Warnings, untold)
		}
	}
	return p, err
}

// planOn makes a plan on what was read.
func (d *Desk) planOn(ctx context.Context, ground lifecycle.Ground, rows []*Row, row *Row, o RotationOptions) (RotationPlan, error) {
	switch {
	case o.Overlap == 0:
		o.Overlap = DefaultOverlap
	case o.Overlap < 0:
		o.Overlap = 0
	}
	if o.Home == nil {
		o.Home = []Place{{Kind: InKeyring}}
	}
	at := slices.IndexFunc(rows, func(r *Row) bool { return r.Key.ID == row.Key.ID })
	if at < 0 {
		return RotationPlan{}, &NotFoundError{Ref: visible.Line(row.Key.ID), Where: "key of the organization"}
	}
	fresh := rows[at]
	plan, err := lifecycle.PlanRotation(fresh.Key, ground, o.Answers)
	if err != nil {
		return RotationPlan{Row: fresh}, err
	}
	plan.Overlap = o.Overlap
	p := RotationPlan{Row: fresh, Overlap: o.Overlap, Home: o.Home}
	if err := d.spots(ctx, &plan, &p); err != nil {
		return p, err
	}
	for _, home := range p.Home {
		where := home.Path + home.Command
		plan.Home = append(plan.Home, lifecycle.Spot{
			Name: PlaceName(stash.Place{Kind: string(home.Kind), Where: where}), Kind: string(home.Kind), Where: where, Replace: home.Replace,
		})
	}
	p.plan, p.Draft = plan, plan.Draft
	p.Name, p.Role, p.Unknown = visible.Line(plan.Draft.Name), visible.Line(plan.RoleName), plan.Unknown
	if len(plan.Spots) > 0 && !slices.ContainsFunc(o.Home, d.givesBack) {
		return p, ErrNoHome
	}
	for _, s := range plan.Spots {
		p.Spots = append(p.Spots, s.Name)
	}
	p.warn(ground)
	return p, nil
}

// ground reads what plans are made on, and the keys as they are now. scope is the list that has them, where the
// organization's isn't for this person to read.
func (d *Desk) ground(ctx context.Context, scope client.Scope) (lifecycle.Ground, []*Row, error) {
	g := lifecycle.Ground{Now: d.platform.ServerNow()}
	list, err := d.Keys(ctx, client.Scope{}, nil)
	if client.IsForbidden(err) { // organization keys are for admins
		list, err = d.Keys(ctx, scope, nil)
	}
	if err != nil {
		return g, nil, err
	}
	for _, r := range list.Rows {
		g.Keys = append(g.Keys, r.Key)
	}
	if g.Me, err = d.platform.Me(ctx); err != nil && !client.IsNotFound(err) {
		return g, nil, err
	}
	// What can't be read is asked for where it is needed.
	g.Roles, _ = d.Roles(ctx)
	g.Workspaces, _ = d.Workspaces(ctx)
	if policy, err := d.policyOf(ctx, AuditQuestion{}); err == nil {
		g.LongestLife = time.Duration(policy.LongestLifeDays) * 24 * time.Hour
	}
	return g, list.Rows, nil
}

// givesBack tells whether a place that has a key gives it back.
func (d *Desk) givesBack(p Place) bool {
	switch p.Kind {
	case InKeyring, InEnvFile:
		return true
	case InCommand:
		return len(d.options.Commands[p.Command].Read) > 0
	}
	return false
}

// spots finds where the old key is, as far as this machine knows.
func (d *Desk) spots(ctx context.Context, plan *lifecycle.Plan, p *RotationPlan) error {
	entries, err := d.options.Index.Entries(ctx)
	if err != nil {
		return fmt.Errorf("the stash's index can't be read: %w", err)
	}
	here, stays := false, false
	p.Home = slices.Clone(p.Home)
	for _, e := range entries {
		if e.KeyID != plan.Old.ID || e.Origin != d.Origin() || e.RevokedAt != nil {
			continue
		}
		here = true
		if plan.Account == "" {
			plan.Account = e.Account
		}
		for _, place := range e.Places {
			s := lifecycle.Spot{Kind: place.Kind, Where: place.Where, Variable: place.Variable, Name: PlaceName(place)}
			switch {
			case place.Kind == stash.KindKeyring, place.Kind == stash.KindMemory:
				stays = stays || holds(place)
				continue // the new key has a home of its own
			case p.isHome(place):
				stays = stays || d.filesEach(place)
				continue
			case place.Kind == stash.KindEnvFile:
				if place.Variable == "" {
					p.mayReplace(place, e)
					p.Files = append(p.Files, place.Where)
				}
				if place.Variable != "" {
					s.Name += " (" + visible.Line(place.Variable) + ")"
				}
			case place.Kind == stash.KindCommand && place.Where != "":
				if s.As = place.As; s.As == "" {
					s.As = e.Name
				}
				stays = stays || d.filesEach(place)
				p.Warnings = append(p.Warnings, d.filedBy(place.Where)...)
			default:
				p.Warnings = append(p.Warnings, "the old key also went to: "+s.Name+". Whatever took it from there has to be given the new one by hand")
				continue
			}
			if !slices.ContainsFunc(plan.Spots, func(known lifecycle.Spot) bool { return known.Name == s.Name }) {
				plan.Spots = append(plan.Spots, s)
			}
		}
	}
	if !here {
		p.Warnings = append(p.Warnings, "this machine doesn't know where the old key is used: whatever works with it has to be given the new one by hand")
	}
	if len(plan.Spots) > 0 && !stays {
		p.warnOfTheOnlyCopy(d.options.Keys.Try(ctx))
	}
	return nil
}

// warnOfTheOnlyCopy says that there is no way back where nothing takes the old key before the new one is in its place.
func (p *RotationPlan) warnOfTheOnlyCopy(keyring error) {
	if keyring == nil {
		return // it is set aside there
	}
	p.Warnings = append(p.Warnings, "this machine has the old key only where the new one takes its place, and nothing else takes it ("+
		visible.Line(keyring.Error())+"): fob rotate --abandon can't put it back then; keep a copy of it elsewhere if you may want to go back")
}

// isHome tells whether a command that has the old key is where the new one is kept anyway. An env file isn't left out for
// that: it has one key alone, and the old one may have to be put back there.
func (p *RotationPlan) isHome(place stash.Place) bool {
	return slices.ContainsFunc(p.Home, func(home Place) bool {
		return home.Kind == InCommand && place.Kind == stash.KindCommand && place.Where == home.Command
	})
}

// filesEach tells whether a command keeps the old key beside the new one, and gives it back.
func (d *Desk) filesEach(p stash.Place) bool {
	spec, known := d.options.Commands[p.Where]
	return known && holds(p) && len(spec.Read) > 0 && len(d.filedBy(p.Where)) > 0
}

// mayReplace lets the new key be kept in an env file that has the old one now.
func (p *RotationPlan) mayReplace(place stash.Place, e stash.Entry) {
	for i, home := range p.Home {
		if home.Kind != InEnvFile || !sameLine(place, stash.Place{Kind: stash.KindEnvFile, Where: home.Path}) {
			continue
		}
		if there, err := keyIn(home.Path, stash.EnvAPIKey); err == nil && fits(there, e) {
			p.Home[i].Replace = true
		}
	}
}

// filedBy says that a command files keys by something that differs from key to key.
func (d *Desk) filedBy(command string) []string {
	spec, ok := d.options.Commands[command]
	if !ok {
		return []string{"config.toml has no [destinations." + visible.Line(command) + "] any more, so the new key can't be handed to it"}
	}
	for _, argument := range spec.Command {
		if argument == config.PlaceholderID || argument == config.PlaceholderAccount {
			return []string{fmt.Sprintf("the command %s files keys by %s: whatever reads them there has to be told of the new one", visible.Line(command), argument)}
		}
	}
	return nil
}

func (p *RotationPlan) warn(g lifecycle.Ground) {
	for _, line := range lifecycle.Unusual(p.Draft, g.Keys) {
		p.Warnings = append(p.Warnings, visible.Line(line))
	}
	if p.Row.Status == StatusExpired {
		p.Warnings = append(p.Warnings, "the old key has expired: nothing works with it any more")
	}
	if wants, ok := p.Row.Key.Personal.Get(); ok && wants != p.Draft.Personal {
		p.Warnings = append(p.Warnings, "the type changes: the new key is a "+map[bool]string{true: Personal, false: Service}[p.Draft.Personal]+" key")
	}
	end, ends := p.Row.Key.ExpiresAt.Get()
	born, dated := p.Row.Key.CreatedAt.Get()
	if at := p.Draft.ExpiresAt; at != nil && g.LongestLife > 0 && (!ends || dated && end.Sub(born) > g.LongestLife) {
		p.Warnings = append(p.Warnings, "its life is shorter than the old one's: the policy allows "+Days(int(g.LongestLife/(24*time.Hour))))
	}
}

// kept tells whether an entry has a place of that kind that keeps it.
func keptIn(e stash.Entry, kind string) bool {
	return slices.ContainsFunc(e.Places, func(p stash.Place) bool { return p.Kind == kind && p.Custody == string(secret.Kept) })
}
