package lifecycle

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/secret"
)

// Fate is what became of a key whose making came to no good end. Its text is for people.
type Fate string

// What may have become of it.
const (
	AtIt     Fate = "under way"        // a fob that lives is at it; it is not judged
	Held     Fate = "held"             // a place of this machine has its secret
	Orphaned Fate = "orphan"           // Candidates may be it, and nobody is known to have its secret
	Nothing  Fate = "nothing was made" // or it is gone again: a whole list has nothing that it could be
	Open     Fate = "cannot tell"      // a list couldn't be read whole, or it is too early
)

const (
	// settleFor is how old an intent has to be before it is said that nothing came of it: its request may have been on
	// its way for a minute, and lists may be late.
	settleFor = 15 * time.Minute
	// atItFor is how old an intent without an outcome has to be before it is judged, where it can't be told whether its
	// fob lives: asking, sending, a keyring that a person unlocks for each place, and looking for the id fit into it.
	atItFor = 10 * time.Minute
)

// Orphan is a key whose making came to no good end, and what a fresh list tells of it.
type Orphan struct {
	Left
	Fate       Fate
	Key        *client.Key  // the one that stands out, nil if none does
	Certainty  Certainty    // how sure it is that Key is the one
	Why        string       // why it isn't certain, or why the fate is what it is; in words
	Candidates []client.Key // the keys that it may be, the best fitting first
	Holding    Holding      // of Held: what has it
	out        Outcome
}

// Holding is what this machine has of a key.
type Holding struct {
	Places []Place      // where it is; none: nowhere
	KeyID  string       // the id, where the machine knows it
	Secret secret.Value // zero where it can't be had
	Later  bool         // a place could not be asked now, and may have it
}

// Reconciler finds out what became of keys whose making was cut off. Platform and Journal are needed.
type Reconciler struct {
	Platform Platform
	Journal  Journal

	Origin       string    // intents of other platforms are passed over
	Organization string    // intents of other organizations as well; "": not known
	Me           client.Me // whose session this is; empty: not known
	Profile      string    // for the journal
	Who          string    // for the journal

	Holds func(id string) bool                // whether this machine has the key with that id; nil: none
	Has   func(context.Context, Left) Holding // what this machine has under an intent's account; nil: nothing
	Mine  func(Left) bool                     // whether this very process is at the intent; nil: at none
	Roles map[string]string                   // role id to name, as far as known
	IDs   map[string]string                   // workspace name to id, as far as known

	Now  func() time.Time                                 // time.Now
	Name func() string                                    // random names for intents; crypto/rand.Text in lower case
	Wait func(ctx context.Context, d time.Duration) error // as a Revoker's
}

var (
	// ErrNotCandidate is returned for a key that isn't among those that an orphan may be.
	ErrNotCandidate = errors.New("the key is not among those that were found")
	errNotSettled   = errors.New("it isn't known what became of it")
)

// Reconcile compares every making of a key that the journal leaves open with fresh lists of the keys, and those as well
// whose secret is safe and whose id was not found out, because fob ended before. It writes nothing.
// The error is the journal's, beside what could be read; a list that can't be read makes the fate Open.
func (r *Reconciler) Reconcile(ctx context.Context) ([]Orphan, error) {
	open, unnamed, err := unfinished(Entries(r.Journal))
	look := &lists{platform: r.Platform, read: map[string]looked{}}
	var all []Orphan
	for _, l := range append(open, unnamed...) {
		if l.Kind != IssueIntent || l.Origin != r.Origin || r.Organization != "" && l.Organization != "" && !strings.EqualFold(l.Organization, r.Organization) {
			continue
		}
		all = append(all, r.judge(ctx, l, look))
	}
	r.contend(all)
	return all, errors.Join(err, ctx.Err())
}

func (r *Reconciler) judge(ctx context.Context, l Left, look *lists) Orphan {
	o := Orphan{Left: l, Fate: Open, Certainty: Unknown, out: r.outcome(l)}
	if r.busy(l) {
		o.Fate, o.Why = AtIt, "a fob that is running is at it"
		return o
	}
	if r.Has != nil {
		o.Holding = r.Has(ctx, l)
	}
	if len(l.safe) > 0 && len(o.Holding.Places) == 0 {
		o.Holding.Places = l.safe
	}
	w := r.work(l, &o)
	s, why := r.sight(ctx, w, l, look)
	w.judge(s)
	o.out = w.out
	o.Key, o.Certainty, o.Why, o.Candidates = w.out.Key, w.out.Certainty, w.out.Why, w.out.Candidates
	settled := clock(r.Now).Sub(l.At) >= settleFor
	switch {
	case len(o.Holding.Places) > 0:
		o.Fate = Held
	case len(o.Candidates) > 0:
		o.Fate = Orphaned
		r.known(&o)
	case why != "":
		o.Why = why
	case o.Holding.Later:
		o.Why = "a place that may have its secret could not be asked"
	case !settled:
		o.Why = "nothing that fits is in the list, and it is too early to say that nothing was made"
	default:
		o.Fate, o.Why = Nothing, "nothing that fits is in the whole list"
	}
	return o
}

// known takes up what was certain when the key was made, where the list still has it.
func (r *Reconciler) known(o *Orphan) {
	if o.Entry.Certainty != Certain || o.KeyID == "" {
		return
	}
	o.Certainty, o.Why = Certain, "its secret is not known to be kept anywhere"
}

// busy tells whether a running fob is at an intent.
func (r *Reconciler) busy(l Left) bool {
	if r.Mine != nil && r.Mine(l) {
		return true
	}
	if !l.UnderWay && !l.Arrived {
		return false // its fob has told all that it knows
	}
	if alive, known := Alive(r.Journal, l.Entry); known {
		return alive
	}
	return l.UnderWay && clock(r.Now).Sub(l.At) < atItFor
}

// outcome is what the journal tells of an order.
func (r *Reconciler) outcome(l Left) Outcome {
	o := Outcome{
		Account: l.Account, Intent: l.Intent, Made: l.Made, Unanswered: true,
		Order: Order{
			Scope: client.Scope{Workspace: l.Workspace}, Origin: l.Origin, Organization: l.Organization, Who: l.Who,
			WorkspaceIDs: r.IDs, Rotation: l.Rotation,
		},
	}
	if o.Made == "" {
		o.Made = MadeUnknown
	}
	if what := l.What; what != nil {
		o.Order.Draft, o.Order.RoleName = what.draft(), what.RoleName
		if o.Order.RoleName == "" {
			o.Order.RoleName = r.Roles[what.RoleID]
		}
	}
	return o
}

// draft is the key that was meant.
func (w What) draft() client.Draft {
	return client.Draft{
		Name: w.Name, Personal: w.Personal, OrganizationRole: w.OrganizationRole, RoleID: w.RoleID,
		AllWorkspaces: w.AllWorkspaces, Workspaces: w.Workspaces, ExpiresAt: w.ExpiresAt,
	}
}

// work is the order as it was on its way, as far as the journal tells.
func (r *Reconciler) work(l Left, o *Orphan) *work {
	earliest, _ := span(l)
	w := &work{Issuer: &Issuer{Platform: r.Platform, Journal: r.Journal, Now: r.Now}, told: &teller{}, out: o.out, started: earliest}
	w.before.near = &snapshot{scope: listed(w.out.Order), asOf: earliest, whole: l.Existing == nil || l.Existing.Complete}
	w.me = client.Me{Email: l.Who}
	if l.Who == "" || strings.EqualFold(l.Who, r.Me.Email) || l.Who == r.Me.UserID {
		w.me = r.Me
	}
	if !o.Holding.Secret.IsZero() {
		w.claims = claimsOf(o.Holding.Secret)
		w.out.Unanswered, w.out.Made = false, MadeYes
	}
	return w
}

// span is when an intent was written: by the platform's clock and by the machine's, where they differ. Either may be wrong,
// and a key that was made then must not be taken for an old one, or for one that somebody made later.
func span(l Left) (earliest, latest time.Time) {
	switch {
	case l.Clock == nil:
		return l.At, l.At
	case l.Clock.Before(l.At):
		return *l.Clock, l.At
	}
	return l.At, *l.Clock
}

// contend makes sure that no key is taken for what came of two orders.
func (r *Reconciler) contend(all []Orphan) {
	claimed := map[string]int{}
	for _, o := range all {
		if o.Key != nil && o.Fate == Orphaned && o.Certainty != Certain {
			claimed[o.Key.ID]++
		}
	}
	for i, o := range all {
		if o.Key != nil && o.Fate == Orphaned && o.Certainty != Certain && claimed[o.Key.ID] > 1 {
			all[i].Key, all[i].Certainty = nil, Unknown
			all[i].Why = "another order that was cut off may have made it as well"
		}
	}
}

// lists are the lists that were read for a reconciliation, each once.
type lists struct {
	platform Platform
	read     map[string]looked
}

type looked struct {
	list client.Listing[client.Key]
	err  error
}

func (l *lists) of(ctx context.Context, s client.Scope) (client.Listing[client.Key], error) {
	if known, ok := l.read[s.Workspace]; ok {
		return known.list, known.err
	}
	var one looked
	one.err = guard(func() (err error) {
		one.list, err = l.platform.ListKeys(ctx, s, nil)
		return err
	})
	if _, partial := errors.AsType[*client.PartialError](one.err); partial {
		one.list.Complete, one.err = false, nil
	}
	l.read[s.Workspace] = one
	return one.list, one.err
}

// sight returns the keys that an intent may have made. why says what keeps it from being all of them, "" if nothing does.
func (r *Reconciler) sight(ctx context.Context, w *work, l Left, look *lists) (s sighting, why string) {
	s.whole, s.near = true, map[string]bool{}
	near := w.before.near.scope
	scopes := []client.Scope{near}
	if near.Workspace != "" {
		scopes = append(scopes, client.Scope{}) // a key that was made wider than asked is there alone
	}
	ageless := false
	for n, scope := range scopes {
		list, err := look.of(ctx, scope)
		switch {
		case err != nil && n > 0 && status(err) == http.StatusForbidden:
			continue // that list isn't everybody's to read
		case err != nil:
			s.whole, why = false, "the list could not be read: "+err.Error()
			continue
		case !list.Complete:
			s.whole, why = false, "the list could not be read whole: "+list.Why
		}
		for _, k := range list.Items {
			fits, dated := r.may(w, l, k)
			if !fits || slices.ContainsFunc(s.fresh, func(other client.Key) bool { return other.ID == k.ID }) {
				continue
			}
			ageless = ageless || !dated
			s.fresh, s.near[k.ID] = append(s.fresh, k), n == 0
		}
	}
	if ageless && !w.claims.readable {
		s.whole = false // what is old can't be told from what is new
	}
	return s, why
}

// may tells whether a key may have come of an intent, and whether that it is new is known.
func (r *Reconciler) may(w *work, l Left, k client.Key) (fits, dated bool) {
	certain := l.Certainty == Certain && l.KeyID != ""
	switch {
	case k.ID == "" || l.Existing != nil && (l.Existing.Prints.has(k.ID) || k.ID == l.Existing.Newest):
		return false, true
	case certain:
		return k.ID == l.KeyID, true
	case w.claims.readable && k.ID == r.held(l):
		return true, true
	case r.Holds != nil && r.Holds(k.ID):
		return false, true // that one has an owner here
	}
	f := w.fit(k)
	if f.other {
		return false, true
	}
	made, shown := k.CreatedAt.Get()
	switch {
	case shown:
		_, latest := span(l)
		return !made.After(latest.Add(settleFor)), true // fit has looked at the other end
	case l.Existing != nil && l.Existing.Whole && len(l.Existing.Prints) > 0:
		return true, true
	}
	return f.exact() && (f.byName || w.out.Order.Draft.Name == "" && f.tied), false
}

// held is the id that the machine knows of the intent's key.
func (r *Reconciler) held(l Left) string {
	if l.Certainty == Certain {
		return l.KeyID
	}
	return ""
}
