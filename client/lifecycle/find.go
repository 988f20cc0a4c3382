package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	"fob/client"
)

// listed returns the list in which the order's key will appear. A workspace's list has only the keys of that workspace
// alone; every other key is found in the organization's.
func listed(o Order) client.Scope {
	if d := o.Draft; o.Scope.Workspace != "" && !d.AllWorkspaces && len(d.Workspaces) == 1 && d.Workspaces[0] == o.Scope.Workspace {
		return o.Scope
	}
	return client.Scope{}
}

// snapshot is a list as it was before the order.
type snapshot struct {
	scope  client.Scope
	ids    map[string]struct{}
	whole  bool
	blind  bool      // it couldn't be read: what is new can be told by its age alone
	asOf   time.Time // the server's clock; zero if it didn't tell
	newest string
}

func newSnapshot(scope client.Scope, l client.Listing[client.Key]) *snapshot {
	s := &snapshot{scope: scope, ids: make(map[string]struct{}, len(l.Items)), whole: l.Complete, asOf: l.AsOf}
	var last time.Time
	for _, k := range l.Items {
		s.ids[k.ID] = struct{}{}
		if at, ok := k.CreatedAt.Get(); ok && at.After(last) {
			last, s.newest = at, k.ID
		}
	}
	return s
}

// before is what existed before the order: the list in which the key will appear and, where that is a workspace's, the
// organization's as well: a key that the platform made for more workspaces than asked appears only there. wide is nil
// where near is the organization's, and blind where it can't be had: that list is not everybody's to read.
type before struct {
	near, wide *snapshot
}

func (b before) has(id string) bool {
	for _, s := range []*snapshot{b.near, b.wide} {
		if s != nil {
			if _, ok := s.ids[id]; ok {
				return true
			}
		}
	}
	return false
}

// readBefore reads the ids of the keys that exist.
func (w *work) readBefore(ctx context.Context) error {
	w.told.say(Step{Stage: Reading})
	scope := listed(w.out.Order)
	list, err := w.read(ctx, scope, Reading)
	if err = firstError(err, ctx.Err()); err != nil {
		return err
	}
	w.before.near = newSnapshot(scope, list)
	if scope.Workspace == "" {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, widerFor)
	defer cancel()
	list, err = w.read(short, client.Scope{}, Reading)
	w.before.wide = newSnapshot(client.Scope{}, list)
	w.before.wide.blind = err != nil || !list.Complete
	return ctx.Err()
}

// read reads one list and tells how far it has come.
func (w *work) read(ctx context.Context, scope client.Scope, stage Stage) (list client.Listing[client.Key], err error) {
	err = guard(func() (err error) {
		list, err = w.Platform.ListKeys(ctx, scope, func(p client.Progress[client.Key]) {
			w.told.say(Step{Stage: stage, Read: p.Read, Announced: p.Announced, Retrying: p.Retrying})
		})
		return err
	})
	if _, partial := errors.AsType[*client.PartialError](err); partial {
		list.Complete, err = false, nil // what was read is still worth something
	}
	return list, err
}

// sighting is what one look at the lists showed.
type sighting struct {
	fresh []client.Key    // keys that weren't there before
	near  map[string]bool // which of them the order's own list has
	whole bool            // every list that was looked at was whole, before and now
	named *client.Key     // the key whose id the platform's own answer told, if a list has it
}

// find looks for the new key until one stands out, or until FindFor is over: lists may show a key late.
func (w *work) find(ctx context.Context) {
	limit := orDefault(w.FindFor, findFor)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit+answerFor)
	defer cancel()
	start, waited := w.now(), time.Duration(0)
	var best sighting
	var fault error
	seen := false
	for next := 250 * time.Millisecond; ; next = min(2*next, 2*time.Second) {
		w.told.say(Step{Stage: Looking})
		got, err := w.look(own)
		if fault = err; err == nil {
			best, seen = got, true
			if w.settled(got) {
				break
			}
		}
		// Whichever is longer: the clock may be a test's or jump, and a look may take its time.
		left := limit - max(waited, w.now().Sub(start))
		if left <= 0 || ctx.Err() != nil {
			break
		}
		next = min(next, left)
		w.told.say(Step{Stage: Looking, Wait: next})
		if pause(ctx, w.Wait, next) != nil {
			break // the person wants to leave; the secret is where it belongs
		}
		waited += next
	}
	w.judge(best)
	if !seen && w.out.Certainty != Certain {
		w.out.Why = "the list could not be read: " + scrub(w.out.Secret, fault).Error()
	}
}

// belied tells whether the list shows the key that an answer said was refused, as something that stands before the
// platform may say after the platform has made it. It looks once: what a refusal says is true almost always. A new key
// that nothing speaks against counts, and it is likely at most: it may be a stranger's.
func (w *work) belied(ctx context.Context, refusal error) bool {
	if status(refusal) == 0 {
		return false // it was never sent
	}
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), beliedFor)
	defer cancel()
	w.told.say(Step{Stage: Looking})
	s, err := w.look(own)
	if err != nil || !slices.ContainsFunc(s.fresh, func(k client.Key) bool { return !w.fit(k).other }) {
		return false
	}
	w.out.Made, w.out.Unanswered = MadeUnknown, true
	w.judge(s)
	return true
}

// look reads the list in which the key should be, and the organization's if it isn't there.
func (w *work) look(ctx context.Context) (sighting, error) {
	var s sighting
	s.whole, s.near = true, map[string]bool{}
	taken := map[string]bool{}
	add := func(base *snapshot) error {
		list, err := w.read(ctx, base.scope, Looking)
		if err != nil {
			return err
		}
		s.whole = s.whole && base.whole && list.Complete
		for _, k := range list.Items {
			if k.ID == "" || w.before.has(k.ID) || taken[k.ID] {
				continue
			}
			if base.blind && !w.young(k) {
				continue
			}
			taken[k.ID] = true
			s.fresh = append(s.fresh, k)
			s.near[k.ID] = base == w.before.near
			if k.ID == w.out.Issued.Key.ID {
				s.named = &k
			}
		}
		return nil
	}
	if err := add(w.before.near); err != nil {
		return s, err
	}
	if w.before.wide != nil && !w.settled(s) {
		// Its failing costs nothing that the near list has shown.
		if err := add(w.before.wide); err != nil {
			s.whole = false
		}
	}
	return s, nil
}

// young tells whether a key shows that it was made since this order began.
func (w *work) young(k client.Key) bool {
	at, ok := k.CreatedAt.Get()
	return ok && !w.before.near.asOf.IsZero() && !at.Before(w.before.near.asOf.Add(-clockSlack))
}

// settled tells whether looking on would change nothing: the key that the platform named is there, or one that fits in
// everything and is tied to the order by more than being new, or one that has its very name. A key that merely differs
// may be somebody else's, made at the same moment, and ours may be late.
func (w *work) settled(s sighting) bool {
	if w.answered() {
		return s.named != nil
	}
	for _, k := range s.fresh {
		if f := w.fit(k); f.exact() && f.tied || !f.other && f.byName {
			return true
		}
	}
	return false
}
