package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

func TestIssueGoesInTheOrderThatLosesNothing(t *testing.T) {
	w := newWorld()
	w.late = 2
	o := order(w, w.place("keyring", secret.Kept), w.place("clipboard", secret.Sent))
	o.Fresh = func(context.Context) error { w.event("fresh"); return nil }
	var stages []lifecycle.Stage
	out, err := w.issuer().Issue(t.Context(), o, func(s lifecycle.Step) {
		if len(stages) == 0 || stages[len(stages)-1] != s.Stage {
			stages = append(stages, s.Stage)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"try keyring", "try clipboard", "fresh", "me", "list claims", "list ", "journal issue.intent",
		"post", "hold", "put keyring", "put clipboard", "journal issue.stored",
		"list claims", "list ", "list claims", "journal issue.outcome",
	}
	if diff := cmp.Diff(want, w.events); diff != "" {
		t.Errorf("the order of events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]lifecycle.Stage{
		lifecycle.Trying, lifecycle.Tried, lifecycle.Trying, lifecycle.Tried, lifecycle.Asking, lifecycle.Reading,
		lifecycle.Writing, lifecycle.Sending, lifecycle.Arrived, lifecycle.Storing, lifecycle.Stored, lifecycle.Storing,
		lifecycle.Stored, lifecycle.Looking, lifecycle.Comparing, lifecycle.Done,
	}, stages); diff != "" {
		t.Errorf("the stages (-want +got):\n%s", diff)
	}
	if out.Certainty != lifecycle.Certain || out.Key == nil || out.Key.ID != w.made.ID {
		t.Errorf("the key is %s: %s", out.Certainty, out.Why)
	}
	if !out.Kept() || out.Homeless() || out.Wider() || len(out.Deviations) != 0 || len(out.Warnings) != 0 {
		t.Errorf("kept %v, deviations %v, warnings %v", out.Kept(), out.Deviations, out.Warnings)
	}
	if !w.held[out.Account].Equal(secret.New(w.secret)) {
		t.Error("the holder doesn't have the secret")
	}
	if open, err := lifecycle.Unfinished(w); err != nil || len(open) != 0 {
		t.Errorf("unfinished: %v, %v", open, err)
	}
	intent := entries(t, w)[0]
	if intent.What == nil || intent.What.Name != "nightly-eval" || intent.Account != out.Account || intent.Who != "ida@nordwind.example" ||
		intent.Workspace != "claims" || !slices.Equal(intent.Where, []string{"keyring", "clipboard"}) || intent.Existing.Count != 1 {
		t.Errorf("the intent says too little: %+v", intent)
	}
}

// TestNothingIsMade goes through everything that has to end an order before its POST.
func TestNothingIsMade(t *testing.T) {
	past := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, spoil := range map[string]func(*world, *lifecycle.Order){
		"the destination fails":     func(w *world, o *lifecycle.Order) { o.Destinations[0].(*place).tryErr = errBroken },
		"no destination":            func(_ *world, o *lifecycle.Order) { o.Destinations = nil },
		"the session is unknown":    func(w *world, _ *lifecycle.Order) { w.meErr = &client.Error{Op: "me", Status: 401} },
		"the session may not":       func(w *world, _ *lifecycle.Order) { w.meErr = &client.Error{Op: "me", Status: 403} },
		"the platform is down":      func(w *world, _ *lifecycle.Order) { w.meErr = &client.Error{Op: "me", Unanswered: true} },
		"the session can't refresh": func(_ *world, o *lifecycle.Order) { o.Fresh = func(context.Context) error { return errBroken } },
		"another organization":      func(_ *world, o *lifecycle.Order) { o.Organization = "org-2" },
		"the list can't be read":    func(w *world, _ *lifecycle.Order) { w.listFails[0] = true },
		"the journal can't":         func(w *world, _ *lifecycle.Order) { w.appendsFail[0] = true },
		"the draft is over":         func(_ *world, o *lifecycle.Order) { o.Draft.ExpiresAt = &past },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			o := order(w)
			spoil(w, &o)
			out, err := w.issuer().Issue(t.Context(), o, nil)
			var fault *lifecycle.Error
			if !errors.As(err, &fault) || fault.Made != lifecycle.MadeNo || out.Made != lifecycle.MadeNo {
				t.Errorf("err = %v, made %q", err, out.Made)
			}
			if w.posts != 0 || len(w.held) != 0 {
				t.Errorf("%d requests were sent", w.posts)
			}
			if open, _ := lifecycle.Unfinished(w); len(open) != 0 {
				t.Errorf("the journal says something is unfinished: %+v", open)
			}
		})
	}
}

func TestAPlatformWithoutMe(t *testing.T) {
	w := newWorld()
	w.meErr = &client.Error{Op: "me", Status: 404}
	// Who the maker is can't be compared then.
	if out, err := w.issuer().Issue(t.Context(), order(w), nil); err != nil || out.Certainty != lifecycle.Likely {
		t.Errorf("%v, %s: %s", err, out.Certainty, out.Why)
	}
	w = newWorld()
	w.meErr = &client.Error{Op: "me", Status: 404}
	w.shape = func(k client.Key) client.Key { k.User = client.Field[client.PersonRef]{}; return k }
	if out, err := w.issuer().Issue(t.Context(), order(w), nil); err != nil || out.Certainty != lifecycle.Certain {
		t.Errorf("%v, %s: %s", err, out.Certainty, out.Why)
	}
}

func TestCancelledAfterThePOSTDropsNothing(t *testing.T) {
	for _, at := range []string{"post", "hold", "put keyring", "journal issue.stored"} {
		t.Run(at, func(t *testing.T) {
			w := newWorld()
			w.late = 1000
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.on[at] = cancel
			begun := w.clock
			ring := w.place("keyring", secret.Kept)
			out, err := w.issuer().Issue(ctx, order(w, ring), nil)
			if err != nil || !out.Kept() || !ring.has[out.Account].Equal(secret.New(w.secret)) {
				t.Errorf("err = %v, kept %v", err, out.Kept())
			}
			if w.clock.Sub(begun) > time.Second {
				t.Errorf("a person who wants to leave waited %s for the id", w.clock.Sub(begun))
			}
			if open, _ := lifecycle.Unfinished(w); len(open) != 0 {
				t.Error("the outcome is missing")
			}
		})
	}
}

func TestUnansweredNamesTheOrphan(t *testing.T) {
	for _, answer := range []string{lostMade, gatewayMade, createsPartly, breaks} {
		t.Run(answer, func(t *testing.T) {
			w := newWorld()
			w.answer, w.late = answer, 3
			out, err := w.issuer().Issue(t.Context(), order(w), nil)
			var fault *lifecycle.Error
			if !errors.As(err, &fault) || fault.Made == lifecycle.MadeNo || !out.Unanswered || w.posts != 1 {
				t.Fatalf("err = %v, unanswered %v, %d requests", err, out.Unanswered, w.posts)
			}
			if len(out.Candidates) != 1 || out.Candidates[0].ID != w.made.ID || out.Certainty != lifecycle.Likely {
				t.Errorf("%s, candidates %v", out.Certainty, out.Candidates)
			}
			if _, err := w.issuer().Discard(t.Context(), out, "nobody has it"); !errors.Is(err, lifecycle.ErrNotCertain) || len(w.deletes) != 0 {
				t.Errorf("a key that is only likely was discarded: %v", err)
			}
			if strings.Contains(err.Error(), w.secret) {
				t.Error("the error repeats the secret")
			}
			last := entries(t, w)[len(entries(t, w))-1]
			if last.Kind != lifecycle.IssueOutcome || !slices.Equal(last.Candidates, []string{w.made.ID}) {
				t.Errorf("the journal doesn't name the orphan: %+v", last)
			}
		})
	}
	t.Run("not made", func(t *testing.T) {
		w := newWorld()
		w.answer = lostNotMade
		begun := w.clock
		out, err := w.issuer().Issue(t.Context(), order(w), nil)
		if err == nil || out.Made != lifecycle.MadeUnknown || len(out.Candidates) != 0 || out.Certainty != lifecycle.Unknown {
			t.Errorf("%v, made %s, %v", err, out.Made, out.Candidates)
		}
		if waited := w.clock.Sub(begun); waited != 10*time.Second {
			t.Errorf("looked for %s, not 10 s", waited)
		}
	})
}

// What stands before the platform may refuse after the platform has acted: the list tells, where it can be read.
func TestARefusalThatTheListBelies(t *testing.T) {
	w := newWorld()
	w.answer = refusesMade
	out, err := w.issuer().Issue(t.Context(), order(w), nil)
	var fault *lifecycle.Error
	if !errors.As(err, &fault) || fault.Made != lifecycle.MadeUnknown || !out.Unanswered || out.Certainty != lifecycle.Likely {
		t.Fatalf("err = %v, unanswered %v, %s", err, out.Unanswered, out.Certainty)
	}
	if len(out.Candidates) != 1 || out.Candidates[0].ID != w.made.ID || len(intents(t, w)) != 1 {
		t.Errorf("candidates %v, unfinished %v", out.Candidates, intents(t, w))
	}
	for name, spoil := range map[string]func(w *world){
		"the list can't be read": func(w *world) { w.listFails[2], w.listFails[3] = true, true },
		"somebody else's key": func(w *world) {
			w.answer = refuses
			w.on["post"] = func() { w.keys = append(w.keys, client.Key{ID: "x", Name: client.Some("export")}) }
		},
	} {
		w := newWorld()
		w.answer = refusesMade
		spoil(w)
		if out, err := w.issuer().Issue(t.Context(), order(w), nil); !errors.As(err, &fault) || fault.Made != lifecycle.MadeNo || len(intents(t, w)) != 0 {
			t.Errorf("%s: %v, made %s", name, err, out.Made)
		}
	}
}

func TestHomelessKeyIsDiscardedOnlyWhenCertain(t *testing.T) {
	w := newWorld()
	ring := w.place("keyring", secret.Kept)
	ring.putErr, ring.tells = errBroken, true
	out, err := w.issuer().Issue(t.Context(), order(w, ring), nil)
	if err != nil || !out.Homeless() || out.Kept() || out.Failed() != 1 {
		t.Fatalf("%v, homeless %v", err, out.Homeless())
	}
	if p := out.Places[0]; !errors.Is(p.Err, errBroken) || strings.Contains(p.Err.Error(), w.secret) || p.Custody != "" {
		t.Errorf("the place says %q", p.Err)
	}
	done, err := w.issuer().Discard(t.Context(), out, "no destination took it")
	if err != nil || done.State != lifecycle.Gone || !slices.Equal(w.deletes, []string{w.made.ID}) {
		t.Errorf("%v, %s, deleted %v", err, done.State, w.deletes)
	}
	if strings.Contains(w.written(), w.secret) {
		t.Error("the secret is in the journal")
	}
}

func TestLaterPlaces(t *testing.T) {
	w := newWorld()
	first, second := w.place("display", secret.Sent), w.place("keyring", secret.Kept)
	i := w.issuer()
	out, err := i.Issue(t.Context(), order(w, first), nil)
	if err != nil || out.Kept() {
		t.Fatalf("%v: a display keeps nothing", err)
	}
	w.appendsFail[w.appends] = true
	p := i.Place(t.Context(), out, second)
	out.Places = append(out.Places, p)
	if p.Err != nil || p.Custody != secret.Kept || !out.Kept() || p.Warning == "" {
		t.Errorf("%+v", p)
	}
	if err := i.Abandon(t.Context(), out); err != nil {
		t.Error(err)
	}
	if all := entries(t, w); all[len(all)-1].Kind != lifecycle.IssueAbandoned || all[len(all)-1].KeyID != w.made.ID {
		t.Errorf("the journal ends in %+v", all[len(all)-1])
	}
	if p := i.Place(t.Context(), lifecycle.Outcome{}, second); p.Err == nil {
		t.Error("nothing was stored as a secret")
	}
}

// slow waits for its context to end, as whatever hangs does.
type slow struct {
	*world
	*place
}

func (s slow) CreateKey(ctx context.Context, _ client.Draft) (client.Issued, error) {
	<-ctx.Done()
	return client.Issued{}, &client.Error{Op: "create key", Unanswered: true, Err: ctx.Err()}
}

func (s slow) Put(ctx context.Context, _ string, _ secret.Value) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestNothingIsWaitedForWithoutEnd(t *testing.T) {
	w := newWorld()
	i := w.issuer()
	i.CreateFor, i.PutFor = time.Millisecond, time.Millisecond
	hangs := slow{place: w.place("keyring", secret.Kept)}
	out, err := i.Issue(t.Context(), order(w, hangs), nil)
	if err != nil || !out.Homeless() || !errors.Is(out.Places[0].Err, context.DeadlineExceeded) {
		t.Errorf("%v, places %v", err, out.Places)
	}
	i.Platform = slow{world: w}
	if out, err := i.Issue(t.Context(), order(w), nil); !errors.Is(err, context.DeadlineExceeded) || !out.Unanswered {
		t.Errorf("%v, unanswered %v", err, out.Unanswered)
	}
}

func TestCancelledBeforeThePOSTSendsNothing(t *testing.T) {
	for _, at := range []string{"try keyring", "me", "list claims", "list ", "journal issue.intent"} {
		t.Run(at, func(t *testing.T) {
			w := newWorld()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.on[at] = cancel
			out, err := w.issuer().Issue(ctx, order(w), nil)
			if !errors.Is(err, context.Canceled) || out.Made != lifecycle.MadeNo || w.posts != 0 {
				t.Errorf("%v, made %s, %d requests", err, out.Made, w.posts)
			}
			if open, _ := lifecycle.Unfinished(w); len(open) != 0 {
				t.Error("the journal says that something is unfinished")
			}
		})
	}
}

func TestAnIntentThatIsThereAllTheSame(t *testing.T) {
	w := newWorld()
	w.appendsFail[0], w.unsaid = true, true
	if _, err := w.issuer().Issue(t.Context(), order(w), nil); err == nil || w.posts != 0 {
		t.Errorf("%v, %d requests", err, w.posts)
	}
	if open, _ := lifecycle.Unfinished(w); len(open) != 0 || len(w.journal) != 2 {
		t.Errorf("unfinished for ever: %+v", open)
	}
}

func TestAnIDWithoutASecretIsOnlyLikely(t *testing.T) {
	w := newWorld()
	w.answer, w.tellsID = createsPartly, "new-told"
	w.on["list claims"] = func() {
		if w.made != nil {
			w.keys[2].ID = "new-told"
		}
	}
	out, err := w.issuer().Issue(t.Context(), order(w), nil)
	if err == nil || out.Made != lifecycle.MadeYes || out.Certainty != lifecycle.Likely || out.Key == nil || out.Key.ID != "new-told" {
		t.Errorf("%v, made %s, %s", err, out.Made, out.Certainty)
	}
}

// TestALoudPlatformFitsIntoTheJournal: a line of a journal has a limit, and what a stranger said may not reach it.
func TestALoudPlatformFitsIntoTheJournal(t *testing.T) {
	w := newWorld()
	loud := strings.Repeat("x", 3<<20)
	w.shape = func(k client.Key) client.Key {
		k.Workspaces = client.Some([]client.WorkspaceRef{{Name: loud}})
		return k
	}
	if out, err := w.issuer().Issue(t.Context(), order(w), nil); err != nil || !out.Wider() {
		t.Fatalf("%v, deviations %d", err, len(out.Deviations))
	}
	w.keys[0].Name = client.Some(loud)
	if _, err := w.revoker().Revoke(t.Context(), w.keys[0], ""); err != nil {
		t.Fatal(err)
	}
	if n := len(w.written()); n > 64<<10 {
		t.Errorf("the journal has %d bytes", n)
	}
}
