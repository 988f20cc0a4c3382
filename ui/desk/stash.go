package desk

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// Stash is what this machine keeps of keys: the index, and the keyring that has their secrets. It needs neither a
// network nor a session.
type Stash struct {
	index *stash.Index
	keys  Keyring
	now   func() time.Time

	// Commands are the person's command destinations by name: one that reads gives its keys back. Nil: none.
	Commands map[string]stash.CommandSpec
}

// OpenStash returns the stash of an index and a keyring. Nothing is touched before its first use.
func OpenStash(index *stash.Index, keys Keyring) *Stash {
	return &Stash{index: index, keys: keys, now: time.Now}
}

// Keeps is the stash of this machine, as an open platform has it.
func (d *Desk) Keeps() *Stash {
	return &Stash{index: d.options.Index, keys: d.options.Keys, now: d.platform.ServerNow, Commands: d.options.Commands}
}

// Stashed is a key of the stash in words. Every text in it but Entry's has been made safe to show.
type Stashed struct {
	Entry  stash.Entry
	ID     string   // the key's id; "" while it isn't known
	Ref    string   // what it is called where it has to be unmistakable: the id, or what it is stored under
	Name   string   // the name, or "9f1c4e2a (unnamed)"
	Named  bool     //
	Type   string   // "service", "personal" or NotShown
	Scope  string   // "all workspaces", "claims-search", "3 workspaces" or NotShown
	Status Status   // by its end alone: whether it was revoked, only the platform knows
	Where  []string // where it is kept, handed to or sent to
	Kept   bool     // kept here: its secret can be had
}

// NewStashed puts an entry into words. now decides about the status.
func NewStashed(e stash.Entry, now time.Time) Stashed {
	s := Stashed{Entry: e, ID: visible.Line(e.KeyID), Type: NotShown, Scope: NotShown}
	s.Ref = s.ID
	if s.Ref == "" {
		s.Ref = visible.Line(e.Account)
	}
	s.Name, s.Named = visible.Line(e.Name), strings.TrimSpace(e.Name) != ""
	if !s.Named {
		s.Name = ShortID(s.Ref) + " (unnamed)"
	}
	if e.Type == Service || e.Type == Personal {
		s.Type = e.Type
	}
	switch {
	case e.AllWorkspaces:
		s.Scope = "all workspaces"
	case len(e.Workspaces) == 1:
		s.Scope = visible.Line(e.Workspaces[0])
	case len(e.Workspaces) > 1:
		s.Scope = plural(len(e.Workspaces), "workspace")
	}
	s.Status = StatusActive
	if e.ExpiresAt != nil {
		s.Status = StatusAt(client.Key{ExpiresAt: client.Some(*e.ExpiresAt)}, now)
	}
	if e.RevokedAt != nil {
		s.Status = StatusRevoked
	}
	for _, p := range e.Places {
		s.Where = append(s.Where, PlaceName(p))
		s.Kept = s.Kept || holds(p)
	}
	return s
}

// PlaceName is a place of the stash for people: "keyring", "env file /srv/app/.env", "command vault", "clipboard".
func PlaceName(p stash.Place) string {
	switch {
	case p.Kind == stash.KindEnvFile:
		return "env file " + visible.Line(p.Where)
	case p.Kind == stash.KindCommand && p.Where != "":
		return "command " + visible.Line(p.Where)
	}
	return visible.Line(p.Kind)
}

// holds tells whether a key's secret can be had from a place.
func holds(p stash.Place) bool {
	return p.Custody == string(secret.Kept) && (p.Kind == stash.KindKeyring || p.Where != "" && (p.Kind == stash.KindEnvFile || p.Kind == stash.KindCommand))
}

// Label is the key's name with the start of its id, for lists of things that are about to happen.
func (s Stashed) Label() string {
	if !s.Named {
		return s.Name
	}
	return s.Name + " (" + ShortID(s.Ref) + ")"
}

// Entries returns what the stash has, in the order it came in. The error is the index's.
func (s *Stash) Entries(ctx context.Context) ([]Stashed, error) {
	entries, err := s.index.Entries(ctx)
	if err != nil {
		return nil, fmt.Errorf("the stash's index can't be read: %w", err)
	}
	all := make([]Stashed, len(entries))
	for i, e := range entries {
		all[i] = NewStashed(e, s.now())
	}
	return all, nil
}

// Find returns the key of the stash that ref stands for: its id or what it is stored under, a start of either of four
// characters at least, or its name. Errors are those of the package's Find, or the index's.
func (s *Stash) Find(ctx context.Context, ref string) (Stashed, error) {
	all, err := s.Entries(ctx)
	if err != nil {
		return Stashed{}, err
	}
	id := func(i int) string {
		if all[i].Entry.KeyID == "" {
			return all[i].Entry.Account
		}
		return all[i].Entry.KeyID
	}
	one, several := find(len(all), ref, func(i int) (string, string) { return id(i), all[i].Entry.Name })
	switch {
	case one >= 0:
		return all[one], nil
	case len(several) == 0:
		return Stashed{}, &NotFoundError{visible.Line(ref), "key in the stash of this machine", true}
	}
	e := &AmbiguousError{Ref: visible.Line(ref)}
	for _, i := range several {
		e.Labels = append(e.Labels, candidate(id(i), all[i].Entry.Name))
	}
	return Stashed{}, e
}

// ErrNotHere is returned for a key of the stash whose secret this machine doesn't have: it was handed over or sent.
var ErrNotHere = errors.New("this machine doesn't have its secret")

// ErrRevoked is returned for a key that was revoked from this machine: its secret opens nothing any more.
var ErrRevoked = errors.New("it was revoked from this machine")

// ErrOtherKey is returned where a place has another key by now than the one that was put there.
var ErrOtherKey = errors.New("another key is there now")

// Secret returns a key's secret and the place that had it: the keyring, otherwise an env file, otherwise a command that
// reads. Errors are ErrRevoked, ErrNotHere, the keyring's *stash.KeyringError, a command's *stash.CommandError, or ErrOtherKey.
func (s *Stash) Secret(ctx context.Context, e stash.Entry) (secret.Value, stash.Place, error) {
	if e.RevokedAt != nil {
		return secret.Value{}, stash.Place{}, fmt.Errorf("%w on %s", ErrRevoked, e.RevokedAt.UTC().Format("2006-01-02 15:04 UTC"))
	}
	var failed error
	for _, kind := range []string{stash.KindKeyring, stash.KindEnvFile, stash.KindCommand} {
		for _, p := range e.Places {
			if p.Kind != kind || !holds(p) {
				continue
			}
			v, err := s.read(ctx, e, p)
			if err == nil {
				return v, p, nil
			}
			if failed == nil {
				failed = err
			}
		}
	}
	if failed != nil {
		return secret.Value{}, stash.Place{}, failed
	}
	where := "nobody knows where it went"
	if len(e.Places) > 0 {
		where = fmt.Sprintf("it was %s: %s", visible.Line(e.Places[0].Custody), PlaceName(e.Places[0]))
	}
	return secret.Value{}, stash.Place{}, fmt.Errorf("%w: %s", ErrNotHere, where)
}

func (s *Stash) read(ctx context.Context, e stash.Entry, p stash.Place) (secret.Value, error) {
	switch p.Kind {
	case stash.KindKeyring:
		v, err := s.keys.Get(ctx, e.Account)
		if same, known := e.Has(v); err == nil && known && !same { // some say that all went well, and give back what they like
			return secret.Value{}, fmt.Errorf("%s: %w", PlaceName(p), ErrOtherKey)
		}
		return v, err
	case stash.KindCommand:
		return s.ask(ctx, e, p)
	}
	name := p.Variable
	if name == "" {
		name = stash.EnvAPIKey
	}
	v, err := keyIn(p.Where, name)
	if err != nil {
		return secret.Value{}, err
	}
	switch {
	case v.IsZero():
		return secret.Value{}, fmt.Errorf("%w: %s is not in %s any more", ErrNotHere, name, visible.Line(p.Where))
	case !fits(v, e):
		return secret.Value{}, fmt.Errorf("%s in %s: %w", name, visible.Line(p.Where), ErrOtherKey)
	}
	return v, nil
}

// ask has a command of the person's give a key back. What it has by now may be another key.
func (s *Stash) ask(ctx context.Context, e stash.Entry, p stash.Place) (secret.Value, error) {
	spec, ok := s.Commands[p.Where]
	if !ok {
		return secret.Value{}, fmt.Errorf("%w: config.toml has no [destinations.%s] any more", ErrNotHere, visible.Line(p.Where))
	}
	v, err := stash.NewCommand(p.Where, spec).For(stash.KeyNames{ID: e.KeyID, Name: cmp.Or(p.As, e.Name)}).Get(ctx, e.Account)
	switch {
	case err != nil:
		return secret.Value{}, err
	case !fits(v, e):
		return secret.Value{}, fmt.Errorf("%s: %w", PlaceName(p), ErrOtherKey)
	}
	return v, nil
}

// keyIn is the value of a variable in the env file at path, zero if it has none.
func keyIn(path, name string) (secret.Value, error) {
	variables, err := stash.ReadEnvFile(path)
	var v secret.Value
	for _, variable := range variables { // readers take the last
		if variable.Name == name {
			v = variable.Value
		}
	}
	return v, err
}

// fits tells whether a secret is the entry's: what an env file or a command has may have been changed by anybody.
func fits(v secret.Value, e stash.Entry) bool {
	if same, known := e.Has(v); known {
		return same
	}
	return ends(v, e)
}

// ends tells whether a secret ends when the entry says its key does. A secret without readable claims can't be told apart.
func ends(v secret.Value, e stash.Entry) bool {
	c, err := client.ClaimsOf(v)
	if err != nil {
		return true
	}
	at, ok := c.ExpiresAt.Get()
	if e.ExpiresAt == nil {
		return !ok
	}
	return ok && sameSecond(at, *e.ExpiresAt)
}

func sameSecond(a, b time.Time) bool { return a.Sub(b).Abs() <= time.Second }

// Removed is what came of taking a key out of the stash.
type Removed struct {
	Stashed
	Left []string // where its secret still is; none of these places is touched
}

// Remove takes a key out of the keyring and the index. The key itself goes on working on the platform. What the keyring
// doesn't have any more is no error; what it can't be asked is, and then nothing is removed.
func (s *Stash) Remove(ctx context.Context, e Stashed) (Removed, error) {
	r := Removed{Stashed: e}
	for _, p := range e.Entry.Places {
		if p.Kind != stash.KindKeyring {
			r.Left = append(r.Left, PlaceName(p))
			continue
		}
		if err := s.keys.Delete(ctx, e.Entry.Account); err != nil && stash.KindOf(err) != stash.NotFound {
			return Removed{}, err
		}
	}
	if err := s.index.Remove(ctx, e.Entry.Account); err != nil && !errors.Is(err, stash.ErrNoEntry) {
		return Removed{}, fmt.Errorf("its secret was removed, but the stash's index can't be written: %w", err)
	}
	return r, nil
}

// Addition is a key that lies around and is taken into the stash.
type Addition struct {
	Secret         secret.Value
	Origin         string // of its platform: "https://host"
	OrganizationID string // "" if that isn't known
	Row            *Row   // which key it is; nil if that isn't certain
	Name           string // what to call it where Row is nil
	File, Variable string // the env file that it lies in and its name there; "" if in none
}

// Add stores the secret in the keyring, where it is read back, and then writes the index. If the index can't be written
// the keyring is left as it was.
func (s *Stash) Add(ctx context.Context, a Addition) (Stashed, error) {
	now := s.now().UTC()
	e := stash.Entry{
		Account: strings.ToLower(rand.Text()), Origin: a.Origin, OrganizationID: a.OrganizationID, Name: a.Name, CreatedAt: now,
		Places: []stash.Place{{Kind: stash.KindKeyring, Where: s.keys.Name(), Custody: string(secret.Kept), At: now, ReadBackAt: &now}},
	}
	if claims, err := client.ClaimsOf(a.Secret); err == nil {
		if at, ok := claims.ExpiresAt.Get(); ok {
			e.ExpiresAt = &at
		}
		if at, ok := claims.IssuedAt.Get(); ok {
			e.CreatedAt = at
		}
	}
	if a.Row != nil {
		a.Row.describe(&e)
	}
	if a.File != "" {
		p := stash.Place{Kind: stash.KindEnvFile, Where: located(a.File), Custody: string(secret.Kept), At: now, ReadBackAt: &now}
		if a.Variable != stash.EnvAPIKey {
			p.Variable = a.Variable
		}
		e.Places = append(e.Places, p)
	}
	if err := s.keys.Put(ctx, e.Account, a.Secret); err != nil {
		return Stashed{}, err
	}
	e.Print = stash.PrintOf(e.Account, a.Secret)
	if err := note(context.WithoutCancel(ctx), s.index, e); err != nil {
		if failed := s.keys.Delete(context.WithoutCancel(ctx), e.Account); failed != nil {
			err = fmt.Errorf("%w; and it is in the keyring now: %w", err, failed)
		}
		return Stashed{}, fmt.Errorf("the stash's index can't be written: %w", err)
	}
	return NewStashed(e, s.now()), nil
}

// describe writes what the platform shows of the key into an entry.
func (r *Row) describe(e *stash.Entry) {
	e.KeyID = r.Key.ID
	if name, ok := r.Key.Name.Get(); ok {
		e.Name = name
	}
	if r.Type != NotShown {
		e.Type = r.Type
	}
	e.AllWorkspaces, e.Workspaces = r.All, slices.Clone(r.Reach)
	sent, _ := r.Key.Workspaces.Get()
	for i := range e.Workspaces { // as they are called, not as they are shown
		if i < len(sent) && sent[i].Name != "" {
			e.Workspaces[i] = sent[i].Name
		}
	}
	if at, ok := r.Key.CreatedAt.Get(); ok {
		e.CreatedAt = at
	}
}

// Holding returns the key of the stash that has this very secret, and tells how many could not be read to compare.
func (s *Stash) Holding(ctx context.Context, v secret.Value) (found *Stashed, unread int, err error) {
	all, err := s.Entries(ctx)
	if err != nil {
		return nil, 0, err
	}
	for i, e := range all {
		if !e.Kept {
			continue
		}
		switch had, _, err := s.Secret(ctx, e.Entry); {
		case err != nil:
			unread++
		case had.Equal(v):
			return &all[i], 0, nil
		}
	}
	return nil, unread, nil
}
