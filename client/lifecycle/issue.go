package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"fob/client"
)

// Order is everything that is decided before a key is made.
type Order struct {
	Draft        client.Draft
	Scope        client.Scope                // where it is made; decides which list is read to find the new key's id
	Profile      string                      // what this machine calls the platform and its organization, for the journal
	Origin       string                      // the platform's address, for the journal
	Organization string                      // the organization's id, and the session's own where GET /me shows one; "": taken from there
	Who          string                      // who makes it, for the journal; "": taken from GET /me
	RoleName     string                      // the name of Draft.RoleID, "" if not known: lists may show the name alone
	WorkspaceIDs map[string]string           // name to id, as far as known: lists may show ids alone; may be nil
	Destinations []Destination               // where the secret goes, at least one
	Fresh        func(context.Context) error // makes sure that the session lives for a while; may be nil
	Rotation     string                      // the rotation whose replacement this is, for the journal; "": none
}

// Issuer makes keys in the order of steps that loses none. Platform, Journal and Holder are needed; of the rest, the
// zero values are the defaults. It may be used for several orders, also at once.
type Issuer struct {
	Platform Platform
	Journal  Journal
	Holder   Holder

	Now     func() time.Time                                 // time.Now
	Clock   func() time.Time                                 // this machine's clock where Now is the platform's, which may be told wrong; nil: Now is all there is
	Account func() string                                    // random names for accounts and intents; crypto/rand.Text in lower case
	Wait    func(ctx context.Context, d time.Duration) error // sleeps for d, or until ctx ends and returns its error

	FindFor   time.Duration // how long the new key is looked for: 10 s
	CreateFor time.Duration // how long the POST's answer is waited for: 60 s
	PutFor    time.Duration // how long one destination may take: 2 min, a person may have to unlock a keyring
}

const (
	findFor   = 10 * time.Second
	answerFor = time.Minute
	putFor    = 2 * time.Minute
	// beliedFor is how long one look at the list may take after a refusal, which is what it says in almost every case.
	beliedFor = 5 * time.Second
	// journalFor is how long a line about something that has happened already may take: a lock may be held.
	journalFor = 10 * time.Second
	// widerFor is how long reading the organization's list beside a workspace's may take. It serves only to find a key
	// that was made wider than asked, so it must not hold up the making of keys for long.
	widerFor = 15 * time.Second
)

var (
	errNowhere      = errors.New("no destination is chosen for the new key")
	errNoSecret     = errors.New("the platform's answer held no secret")
	errOrganization = errors.New("the session belongs to another organization than the order")
	errEmptyHanded  = errors.New("the outcome holds no secret")
)

// Check tries one destination, for the review step, and tells how long that took. It leaves nothing behind.
func (i *Issuer) Check(ctx context.Context, d Destination) (time.Duration, error) {
	start := i.now()
	err := guard(func() error { return d.Try(ctx) })
	return i.now().Sub(start), err
}

// Issue makes one key: it tries the destinations, asks who the session belongs to, reads the keys that exist, writes
// the intent into the journal, sends one POST, and puts the secret into the holder and the destinations the moment it
// arrives; only then it looks for the new key's id and compares what was made with what was asked.
//
// Whenever no secret came back the error is an *Error: its Made says whether nothing was made, a key was made, or one
// may have been; in the last two cases the Outcome is Unanswered and its Candidates are the likely orphans. A key whose
// secret arrived is no error, even if no destination took it: see Outcome.Homeless.
//
// ctx ends everything before the POST, and nothing was made then. After it, ctx ends only the pauses of looking for the
// id: the answer is waited for until its own deadline. tell may be nil; it is called from one goroutine at a time, and
// must return soon, for the steps wait for it.
func (i *Issuer) Issue(ctx context.Context, o Order, tell func(Step)) (Outcome, error) {
	w := &work{Issuer: i, told: &teller{tell: tell}, started: i.now()}
	w.out = Outcome{Account: i.name(), Order: o, Made: MadeNo, Certainty: Unknown, Why: "nothing was made"}
	w.out.Intent = w.out.Account
	if stage, err := w.prepare(ctx); err != nil {
		return w.out, &Error{stage, MadeNo, err}
	}
	sent := w.send(ctx)
	switch {
	case w.out.Made == MadeNo && w.belied(ctx, sent):
		w.finish(ctx, sent)
		return w.out, &Error{Sending, w.out.Made, sent}
	case w.out.Made == MadeNo:
		w.finish(ctx, sent)
		return w.out, &Error{Sending, MadeNo, sent}
	case !w.out.Unanswered:
		w.store(ctx)
	}
	w.claims = claimsOf(w.out.Secret)
	w.find(ctx)
	w.finish(ctx, sent)
	if w.out.Unanswered {
		return w.out, &Error{Sending, w.out.Made, sent}
	}
	return w.out, nil
}

// work is one order on its way.
type work struct {
	*Issuer
	told    *teller
	out     Outcome
	me      client.Me
	claims  claims
	before  before
	started time.Time
}

// prepare does everything that comes before the POST, and returns the stage that failed.
func (w *work) prepare(ctx context.Context) (Stage, error) {
	o := &w.out.Order
	if err := Validate(o.Draft, w.now()); err != nil {
		return Checking, err
	}
	if len(o.Destinations) == 0 {
		return Checking, errNowhere
	}
	for _, d := range o.Destinations {
		w.told.say(Step{Stage: Trying, Destination: d.Name()})
		took, err := w.Check(ctx, d)
		w.told.say(Step{Stage: Tried, Destination: d.Name(), Took: took, Err: err})
		if err = firstError(err, ctx.Err()); err != nil {
			return Trying, fmt.Errorf("%s: %w", d.Name(), err)
		}
	}
	w.told.say(Step{Stage: Asking})
	if err := w.ask(ctx); err != nil {
		return Asking, err
	}
	if err := w.readBefore(ctx); err != nil {
		return Reading, err
	}
	w.told.say(Step{Stage: Writing})
	if err := ctx.Err(); err != nil {
		return Writing, err
	}
	if err := Append(ctx, w.Journal, w.intent()); err != nil {
		// Its line may be there all the same: then it should not look unfinished for ever.
		_ = w.append(ctx, w.outcome(err))
		return Writing, fmt.Errorf("the journal can't be written: %w", err)
	}
	if err := firstError(ctx.Err(), w.first()); err != nil {
		w.finish(ctx, err)
		return Sending, err
	}
	return "", nil
}

// first makes sure that a rotation gets one new key: of two fobs that wrote their intents, the one whose line is first
// sends, and neither does where the rotation was abandoned meanwhile.
func (w *work) first() error {
	if w.out.Order.Rotation == "" {
		return nil
	}
	at, err := RotationOf(w.Journal, w.out.Order.Rotation)
	switch {
	case err != nil:
		return err
	case !at.Open():
		return ErrRotationOver
	case at.Making.Intent != w.out.Intent:
		return ErrElsewhere
	}
	return nil
}

// ask makes sure that the session lives and belongs to the order's organization. A platform that has no GET /me is
// asked no further; everything else that isn't an answer ends the order, because a POST is never sent twice, not even
// after a 401.
func (w *work) ask(ctx context.Context) error {
	o := &w.out.Order
	if o.Fresh != nil {
		if err := guard(func() error { return o.Fresh(ctx) }); err != nil {
			return err
		}
	}
	err := guard(func() (err error) {
		w.me, err = w.Platform.Me(ctx)
		return err
	})
	switch status(err) {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		w.me, err = client.Me{}, nil
	}
	if err = firstError(err, ctx.Err()); err != nil {
		return err
	}
	if id := w.me.Organization.ID; id != "" && o.Organization != "" && !strings.EqualFold(id, o.Organization) {
		return errOrganization
	}
	o.Organization = cmp.Or(o.Organization, w.me.Organization.ID)
	if o.Who == "" {
		o.Who = cmp.Or(w.me.Email, w.me.UserID)
	}
	return nil
}

// send makes the key. From here on the caller's context cancels nothing.
func (w *work) send(ctx context.Context) error {
	w.told.say(Step{Stage: Sending})
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), orDefault(w.CreateFor, answerFor))
	defer cancel()
	err := guard(func() (err error) {
		w.out.Issued, err = w.Platform.CreateKey(own, w.out.Order.Draft)
		return err
	})
	w.out.Secret = w.out.Issued.Secret
	switch {
	case !w.out.Secret.IsZero(): // whatever err says: a secret that came is never dropped
		w.out.Made, w.out.MadeAt, w.out.Why = MadeYes, w.now().UTC(), "it has not been looked for in the list yet"
		_ = guard(func() error { w.Holder.Hold(w.out); return nil })
		w.told.say(Step{Stage: Arrived})
		return nil
	case err == nil:
		w.out.Made, w.out.Unanswered, err = MadeYes, true, errNoSecret
	case undecided(err):
		w.out.Made, w.out.Unanswered = MadeUnknown, true
	}
	return err
}

// store puts the secret into every destination, one after the other, and writes down where it is. Nothing else is
// looked up before.
func (w *work) store(ctx context.Context) {
	for _, d := range w.out.Order.Destinations {
		w.told.say(Step{Stage: Storing, Destination: d.Name()})
		start := w.now()
		p := w.put(ctx, w.out, d)
		w.told.say(Step{Stage: Stored, Destination: d.Name(), Took: w.now().Sub(start), Err: p.Err})
		w.out.Places = append(w.out.Places, p)
	}
	w.write(ctx, w.stored(w.out, w.out.Places))
}

// put is one try at one destination, on a context of its own.
func (i *Issuer) put(ctx context.Context, o Outcome, d Destination) Placed {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), orDefault(i.PutFor, putFor))
	defer cancel()
	p := Placed{Destination: d.Name()}
	p.Err = scrub(o.Secret, guard(func() error { return d.Put(own, o.Account, o.Secret) }))
	if p.Err == nil {
		p.Custody = d.Custody()
	}
	p.At = i.now().UTC()
	return p
}

// finish says and writes down what is known in the end; err is what the POST ended in.
func (w *work) finish(ctx context.Context, err error) {
	switch k := w.out.Key; {
	case k != nil:
		w.told.say(Step{Stage: Comparing})
		w.out.Deviations = compare(w.out.Order, *k, w.claims)
	case !w.out.Secret.IsZero():
		w.told.say(Step{Stage: Comparing})
		w.out.Deviations = compare(w.out.Order, client.Key{}, w.claims) // the secret tells its expiry at least
	}
	w.write(ctx, w.outcome(err))
	if w.told.broken() {
		w.out.Warnings = append(w.out.Warnings, "the steps could not be shown to the end")
	}
	w.told.say(Step{Stage: Done})
}

// write appends an entry about what has happened already. That it can't is a warning: the key is made, and more
// important than the line about it.
func (w *work) write(ctx context.Context, e Entry) {
	if err := w.append(ctx, e); err != nil {
		text := "the journal could not be written: " + scrub(w.out.Secret, err).Error()
		if !slices.Contains(w.out.Warnings, text) {
			w.out.Warnings = append(w.out.Warnings, text)
		}
	}
}

func (i *Issuer) append(ctx context.Context, e Entry) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), journalFor)
	defer cancel()
	return Append(own, i.Journal, e)
}

func (i *Issuer) now() time.Time { return clock(i.Now) }

func (i *Issuer) name() string { return newName(i.Account) }
