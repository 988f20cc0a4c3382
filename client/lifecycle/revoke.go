package lifecycle

import (
	"context"
	"errors"
	"time"

	"fob/client"
)

// RevokedState is what became of a key that was to be revoked. Its text is for people.
type RevokedState string

// What may become of it.
const (
	Gone        RevokedState = "revoked"      // the platform said so, or a whole list doesn't have it any more
	AlreadyGone RevokedState = "already gone" // the platform doesn't know it, which is done, too
	StillThere  RevokedState = "still there"  // never sent; or refused or unanswered, and the list has it still
	Unsure      RevokedState = "unknown"      // refused or unanswered, and no list could tell
	NotTried    RevokedState = "not tried"    // stopped before its turn; nothing was sent
)

// Done tells whether the key works no more.
func (s RevokedState) Done() bool { return s == Gone || s == AlreadyGone }

// Revoked is what Revoke found out.
type Revoked struct {
	Key      client.Key   // as it was captured when it was chosen
	State    RevokedState //
	Warnings []string     // what went wrong beside it: the journal couldn't be written
	At       time.Time    // UTC
}

// Result is one key's part of RevokeAll.
type Result struct {
	Revoked
	Index, Total int   // which one, from 0, of how many
	Err          error // nil exactly when State.Done()
}

// Why a key was not revoked, where the platform didn't say it.
var (
	errNoID       = errors.New("the key has no id that could be sent")
	errStillThere = errors.New("the platform did not answer, and the key is still in the list; it may go yet")
	errListed     = errors.New("the platform does not find the key, and yet it is in the list; it may go yet")
	errRefused    = errors.New("the platform refused it, and no whole list could tell whether the key is there still")
	errUnsure     = errors.New("the platform did not answer, and no whole list could tell whether the key is gone")
	// ErrStopped is the error of keys that RevokeAll did not come to.
	ErrStopped = errors.New("stopped before this key's turn")
)

// Revoker revokes keys, each with one DELETE and never a second. Platform and Journal are needed; of the rest, the zero
// values are the defaults.
type Revoker struct {
	Platform Platform
	Journal  Journal

	Scope        client.Scope // where the keys were chosen, for the journal; and the list that has them all if Home is nil
	Profile      string       // for the journal
	Who          string       // for the journal
	Origin       string       // for the journal
	Organization string       // for the journal
	For          string       // the intent of the key's making, where that is what it ends; for the journal
	Rotation     string       // the rotation that this is a step of, for the journal

	// Home tells which list is sure to have a key; it is asked when a DELETE stays unanswered. A list that never had the
	// key would make it look revoked. Nil: that of Scope.
	Home func(client.Key) client.Scope

	Now  func() time.Time                                 // time.Now
	Name func() string                                    // random names for intents; crypto/rand.Text in lower case
	Wait func(ctx context.Context, d time.Duration) error // sleeps for d, or until ctx ends and returns its error

	RevokeFor time.Duration // how long the DELETE's answer is waited for: 60 s
	FindFor   time.Duration // how long the list is asked about an unanswered DELETE: 10 s
}

// Revoke revokes the key with key.ID, and returns an error exactly when it isn't known to be gone. why is for the
// journal. ctx counts before the DELETE, when nothing was sent yet; after it, it only ends the pauses of asking the list.
//
// A journal that can't be written is a warning here, not an obstacle: a leaked key has to go even from a full disk, and
// a revocation, unlike a key, is nothing that could get lost.
func (r *Revoker) Revoke(ctx context.Context, key client.Key, why string) (Revoked, error) {
	out := Revoked{Key: key, State: NotTried, At: r.now().UTC()}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	if !plausible(key.ID) {
		return out, errNoID
	}
	e := Entry{
		Kind: RevokeIntent, Intent: newName(r.Name), Profile: r.Profile, Who: r.Who, Origin: r.Origin,
		Organization: r.Organization, Workspace: r.Scope.Workspace, KeyID: key.ID, Why: why, For: r.For, Rotation: r.Rotation,
	}
	name, _ := key.Name.Get()
	e.KeyName = clip(name)
	r.write(ctx, &out, e)
	err := r.send(ctx, &out)
	out.At = r.now().UTC()
	e.Kind, e.State, e.Why = RevokeOutcome, out.State, ""
	if err != nil {
		e.Error = clip(err.Error())
	}
	r.write(ctx, &out, e)
	return out, err
}

func (r *Revoker) send(ctx context.Context, out *Revoked) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), orDefault(r.RevokeFor, answerFor))
	defer cancel()
	err := guard(func() error { return r.Platform.RevokeKey(own, out.Key.ID) })
	switch {
	case err == nil:
		out.State = Gone
		return nil
	case unknownKey(err):
		// What stands before the platform may say so of a key that is alive; to believe it would leave the key so. A list
		// may have a key for a while that is gone.
		asking{r.Now, r.Wait, beliedFor}.until(ctx, func(ctx context.Context) bool {
			out.State = r.see(ctx, out.Key)
			return out.State != StillThere
		})
		if out.State == StillThere {
			return errors.Join(errListed, err)
		}
		out.State = AlreadyGone
		return nil
	case undecided(err):
		return r.ask(ctx, out, err)
	case status(err) == 0: // it was never sent
		out.State = StillThere
		return err
	}
	return r.refused(ctx, out, err)
}

// refused takes one look at the list after a refusal: what stands before the platform may refuse what the platform did.
func (r *Revoker) refused(ctx context.Context, out *Revoked, refusal error) error {
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), beliedFor)
	defer cancel()
	switch out.State = r.see(short, out.Key); out.State {
	case Gone:
		return nil
	case Unsure:
		return errors.Join(errRefused, refusal)
	default:
		return refusal
	}
}

// ask lets the key's list tell what became of an undecided DELETE.
func (r *Revoker) ask(ctx context.Context, out *Revoked, cause error) error {
	asking{r.Now, r.Wait, r.FindFor}.until(ctx, func(ctx context.Context) bool {
		out.State = r.see(ctx, out.Key)
		return out.State == Gone
	})
	switch out.State {
	case Gone:
		return nil
	case StillThere:
		return errors.Join(errStillThere, cause)
	default:
		return errors.Join(errUnsure, cause)
	}
}

// see looks for a key in its list. That it is there is certain; that it isn't is, only if the list is whole.
func (r *Revoker) see(ctx context.Context, key client.Key) RevokedState {
	state := Unsure
	_ = guard(func() error {
		list, err := r.Platform.ListKeys(ctx, r.home(key), nil)
		for _, k := range list.Items {
			if k.ID == key.ID {
				state = StillThere
				return nil
			}
		}
		if err == nil && list.Complete {
			state = Gone
		}
		return err
	})
	return state
}

// RevokeAll revokes keys one after another, in the given order, and tells each result when it is there; tell may be
// nil. When ctx ends, the one in flight is finished and the others are NotTried, as they are after a 401, which all of
// them would get. The results are as many as the keys, in their order.
func (r *Revoker) RevokeAll(ctx context.Context, keys []client.Key, why string, tell func(Result)) []Result {
	tell = unlessBroken(tell)
	results := make([]Result, len(keys))
	ids := make([]string, len(keys))
	for n, key := range keys {
		ids[n] = key.ID
		results[n] = Result{Revoked: Revoked{Key: key, State: NotTried, At: r.now().UTC()}, Index: n, Total: len(keys)}
	}
	inTurn(ctx, ids, func(ctx context.Context, n int) Turn {
		var err error
		results[n].Revoked, err = r.Revoke(ctx, keys[n], why)
		return Turn{Err: err}
	}, func(t Turn) {
		results[t.Index].Err = t.Err
		tell(results[t.Index])
	})
	return results
}

// home is the list that has the key.
func (r *Revoker) home(key client.Key) client.Scope {
	if r.Home == nil {
		return r.Scope
	}
	return r.Home(key)
}

func (r *Revoker) write(ctx context.Context, out *Revoked, e Entry) {
	e.At = r.now()
	writeAside(ctx, r.Journal, e, &out.Warnings)
}

func (r *Revoker) now() time.Time { return clock(r.Now) }
