package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

func deeds(t testing.TB, w *world) []*lifecycle.Deed {
	t.Helper()
	log, err := lifecycle.Deeds(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return log.Deeds
}

// Whatever the journal says of one intent becomes one deed with one end, and only what is unfinished is open.
func TestWhatComesOfADeed(t *testing.T) {
	const (
		begun   = `{"v":1,"kind":"issue.intent","intent":"a","what":{"name":"nightly"},"where":["the keyring"]}`
		sent    = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the clipboard","custody":"sent"}]}`
		failed  = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the keyring","error":"locked"}]}`
		kept    = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"the keyring","custody":"kept"}]}`
		handed  = `{"v":1,"kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"vault","custody":"handed over"}]}`
		made    = `{"v":1,"kind":"issue.outcome","intent":"a","made":"yes","certainty":"certain","key_id":"k-1"}`
		orphan  = `{"v":1,"kind":"issue.outcome","intent":"a","made":"unknown","certainty":"likely","key_id":"k-1","candidates":["k-1","k-2"]}`
		nothing = `{"v":1,"kind":"issue.outcome","intent":"a","made":"no","error":"403"}`
		left    = `{"v":1,"kind":"issue.abandoned","intent":"a"}`
		gone    = `{"v":1,"kind":"revoke.outcome","intent":"r","key_id":"k-1","state":"revoked"}`
		later   = `{"v":9,"kind":"issue.outcome","intent":"a","made":["perhaps"]}`

		revoke  = `{"v":1,"kind":"revoke.intent","intent":"a","key_id":"k-1","key_name":"old"}`
		edit    = `{"v":1,"kind":"edit.intent","intent":"a","key_id":"k-1"}`
		planned = `{"v":1,"kind":"rotate.planned","intent":"a","key_id":"k-1","key_name":"ingest","what":{"name":"ingest~2"},"overlap":60}`
		making  = `{"v":1,"kind":"issue.intent","intent":"b","rotation":"a","account":"x"}`
		safely  = `{"v":1,"kind":"issue.outcome","intent":"b","rotation":"a","made":"yes","certainty":"certain","key_id":"k-2","places":[{"destination":"the keyring","custody":"kept"}]}`
		waiting = `{"v":1,"kind":"rotate.waiting","intent":"a"}`
		lower   = `{"v":1,"kind":"quarantine.intent","intent":"a","key_id":"k-1","altered":[{"field":"role","from":"r","to":"s"}]}`
		lowered = `{"v":1,"kind":"quarantine.outcome","intent":"a","edited":"changed"}`
		rotate  = `{"v":3,"kind":"rotate.intent","intent":"a","key_id":"k-1","key_name":"ingest","overlap":{"days":7}}`
	)
	state := func(s string) string { return `{"v":1,"kind":"revoke.outcome","intent":"a","state":"` + s + `"}` }
	edited := func(s string) string { return `{"v":1,"kind":"edit.outcome","intent":"a","edited":"` + s + `"}` }
	for name, tc := range map[string]struct {
		lines []string
		want  string // of intent a: action, end, and + if it is open
	}{
		"cut off":                    {[]string{begun}, "issue unfinished+"},
		"cut off after storing":      {[]string{begun, kept}, "issue done"},
		"cut off after sending":      {[]string{begun, sent}, "issue unfinished+"},
		"kept":                       {[]string{begun, kept, made}, "issue done"},
		"handed over":                {[]string{begun, handed, made}, "issue done"},
		"not stored":                 {[]string{begun, failed, made}, "issue not kept+"},
		"not stored, then kept":      {[]string{begun, failed, made, kept}, "issue done"},
		"only sent":                  {[]string{begun, sent, made}, "issue not kept+"},
		"left":                       {[]string{begun, sent, made, left}, "issue left knowingly"},
		"nothing made":               {[]string{begun, nothing}, "issue nothing made"},
		"unanswered":                 {[]string{begun, orphan}, "issue unanswered+"},
		"unanswered, revoked since":  {[]string{begun, orphan, gone}, "issue revoked"},
		"not stored, revoked since":  {[]string{begun, failed, made, gone}, "issue revoked"},
		"kept, revoked since":        {[]string{begun, kept, made, gone}, "issue done"},
		"a newer outcome":            {[]string{begun, later}, "issue unknown"},
		"an outcome alone":           {[]string{made}, "issue not kept"},
		"an unanswered one alone":    {[]string{orphan}, "issue unanswered"},
		"an unknown stage of issue":  {[]string{begun, kept, `{"v":1,"kind":"issue.moved","intent":"a"}`}, "issue done"},
		"torn in between":            {[]string{begun, kept[:40], made}, "issue not kept+"},
		"revoke, cut off":            {[]string{revoke}, "revoke unfinished+"},
		"revoked":                    {[]string{revoke, state("revoked")}, "revoke done"},
		"already gone":               {[]string{revoke, state("already gone")}, "revoke done"},
		"still there":                {[]string{revoke, state("still there")}, "revoke failed"},
		"revoke unanswered":          {[]string{revoke, state("unknown")}, "revoke unanswered"},
		"revoke not tried":           {[]string{revoke, state("not tried")}, "revoke failed"},
		"a newer state":              {[]string{revoke, state("put to sleep")}, "revoke unknown"},
		"edit, cut off":              {[]string{edit}, "edit unfinished+"},
		"changed":                    {[]string{edit, edited("changed")}, "edit done"},
		"as it was":                  {[]string{edit, edited("as it was")}, "edit failed"},
		"edit unanswered":            {[]string{edit, edited("unknown")}, "edit unanswered"},
		"rotation begun":             {[]string{rotate}, "rotate unfinished+"},
		"rotation waiting":           {[]string{rotate, `{"v":3,"kind":"rotate.waiting","intent":"a"}`}, "rotate waiting"},
		"rotation ended":             {[]string{rotate, `{"v":3,"kind":"rotate.outcome","intent":"a"}`}, "rotate unknown"},
		"rotation failed":            {[]string{rotate, `{"v":3,"kind":"rotate.outcome","intent":"a","error":"boom"}`}, "rotate failed"},
		"rotation in our words":      {[]string{rotate, `{"v":1,"kind":"rotate.outcome","intent":"a","state":"revoked"}`}, "rotate done"},
		"rotation planned":           {[]string{planned}, "rotate unfinished+"},
		"rotation, making":           {[]string{planned, making}, "rotate unfinished+"},
		"rotation, old key waits":    {[]string{planned, making, safely, waiting}, "rotate waiting+"},
		"rotation finished":          {[]string{planned, making, safely, waiting, gone}, "rotate done"},
		"rotation abandoned":         {[]string{planned, making, safely, waiting, `{"v":1,"kind":"rotate.abandoned","intent":"a"}`}, "rotate taken back"},
		"rotation, old key is gone":  {[]string{planned, gone}, "rotate taken back"},
		"rotation of a newer fob":    {[]string{planned, `{"v":9,"kind":"rotate.paused","intent":"a"}`}, "rotate paused"},
		"quarantine, cut off":        {[]string{lower}, "quarantine unfinished+"},
		"quarantine":                 {[]string{lower, lowered}, "quarantine done"},
		"quarantine refused":         {[]string{lower, `{"v":1,"kind":"quarantine.outcome","intent":"a","edited":"as it was"}`}, "quarantine failed"},
		"a kind without a stage":     {[]string{`{"v":1,"kind":"audit","intent":"a"}`}, "audit unknown"},
		"a kind of several stages":   {[]string{`{"v":1,"kind":"bulk.revoke.intent","intent":"a"}`}, "bulk unfinished+"},
		"a kind that is only a dot":  {[]string{`{"v":1,"kind":".","intent":"a"}`}, " unknown"},
		"a kind with nothing behind": {[]string{`{"v":1,"kind":"rotate.","intent":"a"}`}, "rotate unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			for _, line := range tc.lines {
				w.journal = append(w.journal, []byte(line))
			}
			var got []string
			for _, d := range deeds(t, w) {
				if d.Intent != "a" {
					continue
				}
				text := d.Action + " " + string(d.End)
				if d.Open() {
					text += "+"
				}
				got = append(got, text)
			}
			if !slices.Equal(got, []string{tc.want}) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// A release has the name of its quarantine, and is a deed of its own; the parts of a rotation say what they are of.
func TestDeedsThatBelongTogether(t *testing.T) {
	w := newWorld()
	for _, line := range []string{
		`{"v":1,"kind":"quarantine.intent","intent":"q","key_id":"k-1"}`,
		`{"v":1,"kind":"quarantine.outcome","intent":"q","edited":"changed"}`,
		`{"v":1,"kind":"release.intent","intent":"q","key_id":"k-1"}`,
		`{"v":1,"kind":"release.outcome","intent":"q","edited":"as it was"}`,
		`{"v":1,"kind":"rotate.planned","intent":"a","key_id":"k-1","key_name":"ingest","what":{"name":"ingest~2"},"spots":[{"name":"env file x"}]}`,
		`{"v":1,"kind":"issue.intent","intent":"b","rotation":"a","what":{"name":"ingest~2"}}`,
		`{"v":1,"kind":"rotate.placed","intent":"a","places":[{"destination":"env file x","error":"full"}]}`,
		`{"v":1,"kind":"rotate.placed","intent":"a","places":[{"destination":"env file x","custody":"kept"}]}`,
	} {
		w.journal = append(w.journal, []byte(line))
	}
	by := map[string]*lifecycle.Deed{}
	for _, d := range deeds(t, w) {
		by[d.Action] = d
	}
	if len(by) != 4 || by["quarantine"].End != lifecycle.EndDone || by["release"].End != lifecycle.EndFailed || by["issue"].Rotation != "a" {
		t.Errorf("%+v", by)
	}
	r := by["rotate"]
	if r.KeyName != "ingest" || r.Rotated == nil || !slices.Equal(r.Where, []string{"env file x"}) || len(r.Places) != 1 || r.Places[0].Custody != "kept" {
		t.Errorf("%+v", r)
	}
}

// A deed has everything that its entries say, the newest deed is the first, and a line that can't be read takes nothing
// from the others.
func TestEntriesAreJoined(t *testing.T) {
	w := newWorld()
	for _, line := range []string{
		`{"v":1,"at":"2026-11-01T08:00:00Z","kind":"issue.intent","intent":"a","account":"acc","profile":"eu","who":"ida@x","origin":"https://p","organization":"o-1","workspace":"claims","what":{"name":"nightly","role_name":"Editor","workspaces":["claims"]},"where":["ring","vault"]}`,
		`{"v":1,"at":"2026-11-03T08:00:00+01:00","kind":"revoke.intent","intent":"r","key_id":"k-2","key_name":"old","why":"leaked"}`,
		`{"v":1,"at":"2026-11-01T08:00:01Z","kind":"issue.stored","intent":"a","made":"yes","places":[{"destination":"ring","custody":"kept","at":"2026-11-01T08:00:01Z"}]}`,
		`{"v":1,"at":"2026-11-03T07:00`,
		`not JSON`,
		`{"v":1,"at":"2026-11-03T07:00:05Z","kind":"revoke.outcome","intent":"r","key_id":"k-2","state":"still there","error":"403"}`,
		`{"v":1,"at":"2026-11-01T08:00:09Z","kind":"issue.outcome","intent":"a","made":"yes","certainty":"likely","why":"two are new","key_id":"k-1","key_name":"Nightly","candidates":["k-1","k-3"],"places":[{"destination":"ring","custody":"kept","at":"2026-11-01T08:00:01Z"},{"destination":"vault","error":"refused","at":"2026-11-01T08:00:02Z"}]}`,
		`{"v":7,"at":"2026-11-04T07:00:00Z","kind":"quarantine.lowered","intent":"q","who":"ana@x","key_id":"k-9","where":"elsewhere"}`,
		`{"v":1,"kind":"edit.intent"}`,
		`{"v":1,"kind":"edit.intent"}`,
	} {
		w.journal = append(w.journal, []byte(line))
	}
	log, err := lifecycle.Deeds(t.Context(), w)
	if err != nil || log.Unreadable != 2 || log.First != 4 {
		t.Fatalf("%v, %d unreadable from line %d", err, log.Unreadable, log.First)
	}
	var order []string
	for _, d := range log.Deeds {
		order = append(order, d.Intent)
	}
	if !slices.Equal(order, []string{"q", "r", "a", "", ""}) { // what belongs to no intent is joined with nothing
		t.Fatalf("order %q", order)
	}
	q, r, a := log.Deeds[0], log.Deeds[1], log.Deeds[2]
	if q.Action != "quarantine" || q.End != "lowered" || q.Who != "ana@x" || q.KeyID != "k-9" || q.Open() {
		t.Errorf("%+v", q)
	}
	if r.KeyName != "old" || r.Why != "leaked" || r.Error != "403" || !r.At.Equal(time.Date(2026, 11, 3, 7, 0, 0, 0, time.UTC)) ||
		r.Ended.Sub(r.At) != 5*time.Second {
		t.Errorf("%+v", r)
	}
	if a.Profile != "eu" || a.Who != "ida@x" || a.Origin != "https://p" || a.Organization != "o-1" || a.Workspace != "claims" || a.Account != "acc" ||
		a.KeyID != "k-1" || a.KeyName != "Nightly" || a.What.RoleName != "Editor" || len(a.Where) != 2 || len(a.Candidates) != 2 ||
		a.Certainty != lifecycle.Likely || a.Why != "two are new" || len(a.Entered) != 3 || a.End != lifecycle.EndDone {
		t.Errorf("%+v", a)
	}
	if len(a.Places) != 2 || a.Places[0].Destination != "ring" || a.Places[1].Error != "refused" {
		t.Errorf("places %+v", a.Places)
	}
}

// What this program writes is read as what it did, with the profile it was given.
func TestADeedOfOurOwn(t *testing.T) {
	w := newWorld()
	o := order(w, w.place("keyring", secret.Kept))
	o.Profile, o.Who = "eu", "ida@x"
	out, err := w.issuer().Issue(t.Context(), o, nil)
	if err != nil || out.Key == nil {
		t.Fatal(err)
	}
	r := lifecycle.Revoker{Platform: w, Journal: w, Profile: "eu", Now: w.now, Wait: w.wait}
	if _, err := r.Revoke(t.Context(), *out.Key, "over"); err != nil {
		t.Fatal(err)
	}
	e := lifecycle.Editor{Platform: noPatch{w}, Journal: w, Profile: "eu", Now: w.now, Wait: w.wait}
	if _, err := e.Edit(t.Context(), *out.Key, client.Change{Name: new("other")}); err == nil {
		t.Fatal("the change went through")
	}
	var got []string
	for _, d := range deeds(t, w) {
		got = append(got, fmt.Sprintf("%s %s %s %s", d.Profile, d.Action, d.KeyID, d.End))
	}
	slices.Sort(got)
	if want := []string{"eu edit " + out.Key.ID + " failed", "eu issue " + out.Key.ID + " done", "eu revoke " + out.Key.ID + " done"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

type noPatch struct{ *world }

func (noPatch) UpdateKey(context.Context, string, client.Change) error {
	return &client.Error{Op: "change a key", Status: 403}
}

type faulty struct{ lines []string }

func (faulty) Append(context.Context, []byte) error { return errBroken }

func (f faulty) Lines() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for _, line := range f.lines {
			if !yield([]byte(line), nil) {
				return
			}
		}
		yield(nil, errBroken)
	}
}

// A journal that fails on the way is told of beside what was read until then, and so is one that nobody waits for.
func TestDeedsOfAFailingJournal(t *testing.T) {
	j := faulty{[]string{`{"v":1,"kind":"revoke.intent","intent":"r"}`}}
	log, err := lifecycle.Deeds(t.Context(), j)
	if !errors.Is(err, errBroken) || len(log.Deeds) != 1 || !log.Deeds[0].Open() {
		t.Errorf("%+v, %v", log, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if log, err := lifecycle.Deeds(ctx, j); !errors.Is(err, context.Canceled) || len(log.Deeds) != 0 {
		t.Errorf("%+v, %v", log, err)
	}
}

func FuzzDeeds(f *testing.F) {
	f.Add([]byte(`{"v":1,"kind":"issue.intent","intent":"a"}` + "\n" + `{"v":1,"kind":"issue.outcome","intent":"a","made":"unknown"}`))
	f.Add([]byte(`{"v":9,"kind":"rotate.waiting","intent":"a","places":3}` + "\n" + `{"v":1,"kind":".."}`))
	f.Add([]byte("\xff{\n{}\n[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld()
		for line := range strings.Lines(string(data)) {
			w.journal = append(w.journal, []byte(strings.TrimSuffix(line, "\n")))
		}
		read, torn := 0, 0
		for _, err := range lifecycle.Entries(w) {
			if err != nil {
				torn++
				continue
			}
			read++
		}
		log, err := lifecycle.Deeds(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		open, heard := 0, 0
		for _, d := range log.Deeds {
			heard += len(d.Entered)
			if d.End == "" {
				t.Errorf("%+v has no end", d)
			}
			if d.Left != nil {
				open++
			}
		}
		left, _ := lifecycle.Unfinished(w)
		if heard != read || log.Unreadable != torn || open > len(left) {
			t.Errorf("%d of %d entries, %d of %d torn, %d of %d open", heard, read, log.Unreadable, torn, open, len(left))
		}
	})
}
