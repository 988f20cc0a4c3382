package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

// intents are the names of what the journal has begun and not ended, each with a + where it is under way.
func intents(t *testing.T, w *world) []string {
	t.Helper()
	open, err := lifecycle.Unfinished(w)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range open {
		name := l.Intent
		if l.UnderWay {
			name += "+"
		}
		if l.Arrived {
			name += "!"
		}
		all = append(all, name)
	}
	return all
}

// The making of a key ends only when its secret is safe, when there is no key, or when a person gave it up.
func TestWhatEndsTheMakingOfAKey(t *testing.T) {
	const (
		begun   = `{"v":1,"kind":"issue.intent","intent":"a","at":"2026-11-22T21:00:00Z"}`
		sent    = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the clipboard","custody":"sent"}]}`
		failed  = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the keyring","custody":"kept","error":"locked"}]}`
		kept    = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the keyring","custody":"kept"}]}`
		handed  = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"vault","custody":"handed over"}]}`
		certain = `{"v":1,"kind":"issue.outcome","intent":"a","made":"yes","certainty":"certain","key_id":"k-1","candidates":["k-1","k-2"],"places":[{"destination":"the clipboard","custody":"sent"}]}`
		likely  = `{"v":1,"kind":"issue.outcome","intent":"a","made":"unknown","certainty":"likely","key_id":"k-1","candidates":["k-1","k-2"]}`
		nothing = `{"v":1,"kind":"issue.outcome","intent":"a","made":"no"}`
		left    = `{"v":1,"kind":"issue.abandoned","intent":"a"}`
		gone1   = `{"v":1,"kind":"revoke.outcome","intent":"r","key_id":"k-1","state":"revoked"}`
		gone2   = `{"v":1,"kind":"revoke.outcome","intent":"r","key_id":"k-2","state":"already gone"}`
		alive   = `{"v":1,"kind":"revoke.outcome","intent":"r","key_id":"k-1","state":"still there"}`
		noID    = `{"v":1,"kind":"revoke.outcome","intent":"r","state":"revoked"}`
	)
	for name, tc := range map[string]struct {
		lines []string
		want  string
	}{
		"cut off before the answer": {[]string{begun}, "a+"},
		"sent, looking":             {[]string{begun, sent}, "a+!"},
		"failed, looking":           {[]string{begun, failed}, "a+!"},
		"kept":                      {[]string{begun, kept}, ""},
		"handed over":               {[]string{begun, handed}, ""},
		"sent, and found":           {[]string{begun, sent, certain}, "a!"},
		"sent, then kept":           {[]string{begun, sent, certain, kept}, ""},
		"kept, and the outcome":     {[]string{begun, kept, certain}, ""},
		"nothing made":              {[]string{begun, nothing}, ""},
		"an orphan":                 {[]string{begun, likely}, "a"},
		"left knowingly":            {[]string{begun, sent, certain, left}, ""},
		"revoked":                   {[]string{begun, sent, certain, gone1}, ""},
		"another one revoked":       {[]string{begun, sent, certain, gone2}, "a!"},
		"not revoked":               {[]string{begun, sent, certain, alive}, "a!"},
		"a candidate revoked":       {[]string{begun, likely, gone2}, ""},
		"something revoked":         {[]string{begun, sent, noID}, "a+!"},
		"a torn line between":       {[]string{begun, sent[:30], likely}, "a"},
		"only a torn line":          {[]string{begun[:20]}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, line := range tc.lines {
				w.journal = append(w.journal, []byte(line))
			}
			if got := strings.Join(intents(t, w), " "); got != tc.want {
				t.Errorf("unfinished %q, want %q", got, tc.want)
			}
		})
	}
}

// A key whose secret no place took is unfinished until it is revoked.
func TestAHomelessKeyIsUnfinished(t *testing.T) {
	w := newWorld()
	ring := w.place("keyring", secret.Kept)
	ring.putErr = errBroken
	i := w.issuer()
	out, err := i.Issue(t.Context(), order(w, ring), nil)
	if err != nil {
		t.Fatal(err)
	}
	if open := intents(t, w); !slices.Equal(open, []string{out.Intent + "!"}) {
		t.Errorf("unfinished %v", open)
	}
	if _, err := i.Discard(t.Context(), out, "no destination took it"); err != nil {
		t.Fatal(err)
	}
	if open := intents(t, w); len(open) != 0 {
		t.Errorf("unfinished %v after it was revoked", open)
	}
}

// A DELETE without an answer is judged by a list that had the key. One that is wider than asked was never in the list of
// the order's workspace, even if nothing else shows that.
func TestAWiderKeyIsNotTakenForRevoked(t *testing.T) {
	for name, shape := range map[string]func(client.Key) client.Key{
		"shown":     func(k client.Key) client.Key { return k },
		"not shown": func(k client.Key) client.Key { k.Workspaces = client.Field[[]client.WorkspaceRef]{}; return k },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.widen, w.shape = true, shape
			w.onDelete = func(string) error { return &client.Error{Op: "revoke", Unanswered: true} }
			i := w.issuer()
			out, err := i.Issue(t.Context(), order(w), nil)
			if err != nil || out.Key == nil {
				t.Fatalf("%v, %+v", err, out.Key)
			}
			done, err := i.DiscardChosen(t.Context(), out, *out.Key, "wider than asked")
			if err == nil || done.State != lifecycle.StillThere {
				t.Errorf("%s, %v, and it is alive", done.State, err)
			}
			if all := entries(t, w); all[len(all)-2].Why != "wider than asked" {
				t.Errorf("the journal says %q", all[len(all)-2].Why)
			}
		})
	}
}
