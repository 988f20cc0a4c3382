package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

// TestNoKeyIsLost draws a fault for each step and checks what must hold whatever happens.
func TestNoKeyIsLost(t *testing.T) {
	counts := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		o := drawOrder(t, w)
		places := drawPlaces(t, w)
		o.Destinations = nil
		for _, p := range places {
			o.Destinations = append(o.Destinations, p)
		}
		drawFaults(t, w)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		cancelled := rapid.SampledFrom([]string{
			"", "", "", "try keyring", "me", "list claims", "list ", "journal issue.intent", "post", "hold", "put keyring",
			"journal issue.stored",
		}).Draw(t, "cancelled at")
		w.on[cancelled] = cancel
		breaksAt := rapid.SampledFrom([]lifecycle.Stage{
			"", "", "", lifecycle.Trying, lifecycle.Sending, lifecycle.Arrived, lifecycle.Storing, lifecycle.Looking, lifecycle.Done,
		}).Draw(t, "listener breaks at")
		out, err := w.issuer().Issue(ctx, o, func(s lifecycle.Step) {
			if s.Stage == breaksAt {
				panic("the screen has a fault")
			}
		})
		checkNothingLost(t, w, places, out, err)
		checkNothingMadeEarly(t, w, places, out)
		checkJudgement(t, w, out)
		if at, post := slices.Index(w.events, cancelled), slices.Index(w.events, "post"); at >= 0 && at < post {
			t.Fatalf("cancelled at %s, and sent", cancelled)
		}
		counts[fmt.Sprintf("made=%s unanswered=%v kept=%v id=%s", out.Made, out.Unanswered, out.Kept(), out.Certainty)]++
	})
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%6d %s", counts[what], what)
	}
	for _, must := range []string{
		"made=no unanswered=false kept=false id=unknown", "made=unknown unanswered=true kept=false id=likely",
		"made=yes unanswered=false kept=true id=certain", "made=yes unanswered=false kept=false id=certain",
	} {
		if counts[must] == 0 {
			t.Errorf("never came to: %s", must)
		}
	}
}

func drawOrder(t *rapid.T, w *world) lifecycle.Order {
	o := order(w)
	if rapid.Bool().Draw(t, "on the organization") {
		o.Scope = client.Scope{}
	}
	if rapid.Bool().Draw(t, "never expires") {
		o.Draft.ExpiresAt = nil
	}
	if o.Scope.Workspace == "" && rapid.Bool().Draw(t, "everywhere") {
		o.Draft.AllWorkspaces, o.Draft.Workspaces = true, nil
	}
	if rapid.Bool().Draw(t, "unnamed") {
		o.Draft.Name = ""
	}
	return o
}

func drawPlaces(t *rapid.T, w *world) []*place {
	places := []*place{w.place("keyring", secret.Kept)}
	if rapid.Bool().Draw(t, "two places") {
		places = append(places, w.place("clipboard", secret.Sent))
	}
	for _, p := range places {
		switch rapid.SampledFrom([]string{"", "", "", "", "", "try", "put", "put tells", "put breaks"}).Draw(t, p.name) {
		case "try":
			p.tryErr = errBroken
		case "put":
			p.putErr = errBroken
		case "put tells":
			p.putErr, p.tells = errBroken, true
		case "put breaks":
			p.putBreaks = true
		}
	}
	return places
}

func drawFaults(t *rapid.T, w *world) {
	w.answer = rapid.SampledFrom([]string{
		creates, creates, creates, creates, createsPartly, neverSent, lostMade, lostNotMade, refuses, refusesMade, gatewayMade, gatewayNotMade, breaks,
	}).Draw(t, "answer")
	w.widen = rapid.IntRange(0, 5).Draw(t, "widened") == 5
	w.late = rapid.SampledFrom([]int{0, 0, 1, 3, 1000}).Draw(t, "late")
	w.tardy = w.late > 0
	w.hidden = rapid.IntRange(0, 2).Draw(t, "hidden")
	w.holderBreaks = rapid.IntRange(0, 9).Draw(t, "holder breaks") == 9
	for n := range 4 {
		w.appendsFail[n] = rapid.IntRange(0, 9).Draw(t, "append fails") == 9
	}
	for n := range 6 {
		w.listFails[n] = rapid.IntRange(0, 11).Draw(t, "list fails") == 11
		w.partial[n] = rapid.IntRange(0, 7).Draw(t, "list partial") == 7
	}
	if rapid.IntRange(0, 5).Draw(t, "me fails") == 5 {
		w.meErr = &client.Error{Op: "me", Status: rapid.SampledFrom([]int{401, 403, 404, 503}).Draw(t, "status")}
	}
	// Others make keys at the same moment; each differs from ours in something that is shown.
	for n := range rapid.IntRange(0, 2).Draw(t, "foreign") {
		k := client.Key{
			ID: fmt.Sprintf("foreign-%d", n), Name: client.Some("nightly-eval"), ExpiresAt: client.Null[time.Time](),
			User: client.Some(client.PersonRef{ID: "u-ida"}), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims"}}),
		}
		switch rapid.SampledFrom([]string{"name", "maker", "end"}).Draw(t, "differs in") {
		case "name":
			k.Name = client.Some("export")
		case "maker":
			k.User = client.Some(client.PersonRef{ID: "u-ben"})
		case "end":
			k.ExpiresAt = client.Some(w.clock.Add(77 * time.Hour))
		}
		w.foreign = append(w.foreign, k)
	}
}

func anyOf(faults map[int]bool) bool {
	return slices.Contains(slices.Collect(maps.Values(faults)), true)
}

func checkNothingLost(t *rapid.T, w *world, places []*place, out lifecycle.Outcome, err error) {
	if w.posts > 1 {
		t.Fatalf("%d POSTs", w.posts)
	}
	if w.secret != "" && (strings.Contains(w.written(), w.secret) || err != nil && strings.Contains(err.Error(), w.secret)) {
		t.Fatal("the secret is in the journal or the error")
	}
	arrived := w.made != nil && w.answer == creates
	if arrived != (err == nil) || arrived == out.Secret.IsZero() {
		t.Fatalf("the secret arrived: %v, but err = %v", arrived, err)
	}
	var fault *lifecycle.Error
	if !arrived && (!errors.As(err, &fault) || fault.Made != out.Made) {
		t.Fatalf("err = %v, made %s", err, out.Made)
	}
	// A refusal that isn't true is believed where no list could belie it.
	blind := w.answer == refusesMade && (w.tardy || anyOf(w.listFails) || anyOf(w.partial))
	if w.made != nil && out.Made == lifecycle.MadeNo && !blind {
		t.Fatal("a key was made, and it is said that none was")
	}
	if w.made == nil && out.Made == lifecycle.MadeYes {
		t.Fatal("no key was made, and it is said that one was")
	}
	if arrived {
		if !w.held[out.Account].Equal(secret.New(w.secret)) {
			t.Fatal("the holder doesn't have it")
		}
		kept := false
		for n, p := range places {
			has := p.has[out.Account].Equal(secret.New(w.secret))
			if has != (out.Places[n].Err == nil) {
				t.Fatalf("%s has it: %v, but it is said: %v", p.name, has, out.Places[n].Err)
			}
			if text := fmt.Sprintf("%v %+v %#v", out.Places[n].Err, out.Places[n], out); strings.Contains(text, w.secret) {
				t.Fatal("the outcome prints the secret")
			}
			kept = kept || has && p.custody.Safe()
		}
		if kept != out.Kept() {
			t.Fatalf("kept is %v", out.Kept())
		}
	}
	if w.made != nil && !arrived && out.Made != lifecycle.MadeNo {
		if !out.Unanswered {
			t.Fatal("a secret never came, and that isn't said")
		}
		shown := slices.ContainsFunc(out.Candidates, func(k client.Key) bool { return k.ID == w.made.ID })
		reachable := w.late == 0 && w.lists > 8 // the drawn faults of lists are over by then
		if reachable && !shown {
			t.Fatalf("the orphan is not named: %v", out.Candidates)
		}
	}
}

func checkNothingMadeEarly(t *rapid.T, w *world, places []*place, out lifecycle.Outcome) {
	barred := w.appendsFail[0]
	for _, p := range places {
		barred = barred || p.tryErr != nil
	}
	if barred && (w.posts != 0 || out.Made != lifecycle.MadeNo) {
		t.Fatal("a key was ordered without a place for it, or without a journal")
	}
	post := slices.Index(w.events, "post")
	if post < 0 {
		return
	}
	if !slices.Contains(w.events[:post], "journal issue.intent") {
		t.Fatal("the intent was not written before the POST")
	}
	if put := slices.Index(w.events, "put "+places[0].name); put >= 0 && put != post+2 {
		t.Fatalf("between the POST and the first place came %v", w.events[post+1:put])
	}
	if n := len(out.Warnings); w.appends >= 2 && w.appendsFail[1] && n == 0 {
		t.Fatal("the journal failed after the key was made, and that isn't said")
	}
}

func checkJudgement(t *rapid.T, w *world, out lifecycle.Outcome) {
	if out.Certainty == lifecycle.Certain {
		if out.Key == nil || out.Key.ID != w.made.ID || out.Unanswered || out.Why != "" {
			t.Fatalf("certain, but wrong: %+v", out.Key)
		}
	} else if out.Why == "" {
		t.Fatal("not certain, and it isn't said why")
	}
	for _, k := range w.keys[:2] {
		for _, c := range out.Candidates {
			if c.ID == k.ID && !w.partial[0] && !w.partial[1] {
				t.Fatalf("%s existed before", c.ID)
			}
		}
	}
}
