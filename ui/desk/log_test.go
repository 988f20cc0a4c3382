package desk_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/config"
	"fob/ui/desk"
)

// logOf reads a journal of these lines.
func logOf(t *testing.T, lines ...string) desk.Log {
	t.Helper()
	j := config.NewMemoryJournal()
	for _, line := range lines {
		if err := j.Append(t.Context(), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	log, err := desk.ReadLog(t.Context(), j, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestDeedInWords(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  desk.Deed
	}{
		"a service key": {
			[]string{
				`{"v":1,"kind":"issue.intent","intent":"a","workspace":"claims","what":{"name":"n","role_name":"Editor","organization_role":"MEMBER","workspaces":["claims"],"expires_at":"2027-02-20T22:59:59Z"},"where":["ring","vault"]}`,
				`{"v":1,"kind":"issue.outcome","intent":"a","made":"yes","certainty":"certain","key_id":"7b2f1c7e-1","places":[{"destination":"vault","error":"refused"},{"destination":"ring","custody":"kept"}],"deviations":[{"field":"role","asked":"Editor","got":"Admin","wider":true}]}`,
			},
			desk.Deed{
				Kind: "issue", Name: "n", ID: "7b2f1c7e-1", Came: "done", Scope: "claims", Said: "role: asked Editor, made Admin",
				Settings: "service key, Editor, Member in the organization, claims, until 2027-02-20 22:59 UTC",
				Where:    []string{"vault: failed: refused", "ring: kept"},
			},
		},
		"a key of its own, for everything": {
			[]string{`{"v":1,"kind":"issue.intent","intent":"a","what":{"personal":true,"organization_role":"ADMIN","all_workspaces":true},"where":["ring"]}`},
			desk.Deed{
				Kind: "issue", Name: "(unnamed)", Came: "unfinished", Scope: "the organization", Settings: "personal key, Admin, every workspace, never expires",
				Where: []string{"ring"},
			},
		},
		"a change": {
			[]string{`{"v":1,"kind":"edit.outcome","intent":"a","key_id":"9f1c4e2a-1","altered":[{"field":"name","from":"","to":"b"},{"field":"role","from":null,"to":"r"}],"edited":"as it was","error":"403"}`},
			desk.Deed{
				Kind: "edit", Name: "9f1c4e2a (unnamed)", ID: "9f1c4e2a-1", Came: "failed", Scope: "the organization", Said: "403",
				Settings: "name from (none) to b, role from not shown to r",
			},
		},
		"already gone": {
			[]string{`{"v":1,"kind":"revoke.outcome","intent":"a","key_id":"k","key_name":"old","state":"already gone"}`},
			desk.Deed{Kind: "revoke", Name: "old", ID: "k", Came: "done", Scope: "the organization", Said: "already gone"},
		},
		"nothing is known": {
			[]string{`{"v":1,"kind":"dance"}`},
			desk.Deed{Kind: "dance", Name: desk.NotKnown, Came: "unknown", Scope: "the organization"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			log := logOf(t, c.lines...)
			if len(log.Deeds) != 1 {
				t.Fatalf("%d deeds", len(log.Deeds))
			}
			d, w := log.Deeds[0], c.want
			if d.Kind != w.Kind || d.Name != w.Name || d.ID != w.ID || d.Came != w.Came || d.Scope != w.Scope || d.Said != w.Said || d.Settings != w.Settings ||
				strings.Join(d.Where, "|") != strings.Join(w.Where, "|") {
				t.Errorf("%+v\nwant %+v", d, w)
			}
			if (d.Advice != "") != d.Open() {
				t.Errorf("advice %q of one that is open: %v", d.Advice, d.Open())
			}
		})
	}
}

// What is unfinished says here what it says at the start, and what a newer fob has begun says whose it is.
func TestAdviceOfDeeds(t *testing.T) {
	log := logOf(
		t,
		`{"v":1,"at":"2026-11-02T08:00:00Z","kind":"revoke.intent","intent":"r","key_id":"k-1","key_name":"old"}`,
		`{"v":1,"at":"2026-11-01T08:00:00Z","kind":"rotate.intent","intent":"n","key_id":"k-2","key_name":"new"}`,
		`{"v":1,"at":"2026-11-03T08:00:00Z","kind":"rotate.waiting","intent":"w","key_id":"k-2"}`,
	)
	if log.Open() != 2 {
		t.Errorf("%d open", log.Open())
	}
	if got := log.Deeds[1].Advice; !strings.Contains(got, "old was being revoked, and whether it is gone isn't known") {
		t.Errorf("advice %q", got)
	}
	if got := log.Deeds[2].Advice; !strings.Contains(got, "a newer fob began it") {
		t.Errorf("advice %q", got)
	}
	if got := strings.Join(log.Deeds[0].Stages, " "); got != "rotate.waiting" || log.Deeds[0].Came != "waiting" {
		t.Errorf("stages %q", got)
	}
}

// Nothing in the journal does anything but stand there.
func TestHostileDeeds(t *testing.T) {
	const evil = `\u001b]0;owned\u0007\u202e\u2028\tevil`
	const line = `{"v":1,"kind":"EVIL.EVIL","intent":"EVIL","account":"EVIL","profile":"EVIL","who":"EVIL","origin":"EVIL","organization":"EVIL",` +
		`"workspace":"EVIL","what":{"name":"EVIL","role_name":"EVIL","organization_role":"EVIL","workspaces":["EVIL","EVIL"]},"where":["EVIL"],` +
		`"places":[{"destination":"EVIL","custody":"EVIL","error":"EVIL"}],"key_id":"EVIL","key_name":"EVIL","certainty":"EVIL","candidates":["EVIL"],` +
		`"deviations":[{"field":"EVIL","asked":"EVIL","got":"EVIL"}],"altered":[{"field":"EVIL","from":"EVIL","to":"EVIL"}],"why":"EVIL","error":"EVIL"}`
	log := logOf(t, strings.ReplaceAll(line, "EVIL", evil))
	if len(log.Deeds) != 1 {
		t.Fatalf("%d deeds, %d unreadable", len(log.Deeds), log.Unreadable)
	}
	d := log.Deeds[0]
	for _, text := range append([]string{d.Name, d.ID, d.Kind, d.Came, d.Said, d.By, d.Profile, d.Scope, d.Settings, d.Advice}, append(d.Where, d.Stages...)...) {
		for _, r := range text {
			if !unicode.IsPrint(r) {
				t.Errorf("%q in %q", r, text)
			}
		}
	}
}

func TestAboutAKey(t *testing.T) {
	d := desk.Deed{Deed: &lifecycle.Deed{KeyID: "7b2f1c7e-3a55", KeyName: "nightly", Candidates: []string{"9f1c4e2a-1"}}}
	for ref, want := range map[string]bool{
		"nightly": true, "night": false, "Nightly": false, "7b2f": true, "7B2F1C7E": true, "7b2f1c7e-3a55": true, "7b2": false, "7b2f1c7e-3a556": false,
		"9f1c4e2a": true, "": false,
	} {
		if d.About(ref) != want {
			t.Errorf("%q: %v", ref, !want)
		}
	}
}

func TestLogWarning(t *testing.T) {
	for want, l := range map[string]desk.Log{
		"": {}, "line 7 of the journal can't be read, and is left out": {Unreadable: 1, First: 7},
		"1,200 lines of the journal can't be read: line 7, …": {Unreadable: 1200, First: 7},
	} {
		if got := l.Warning(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// BenchmarkLog is what a screen, and fob log, wait for: a journal of 100,000 lines as deeds, newest first, in words. The
// bound is a plain program that reads the same lines and decodes the same fields of each.
func BenchmarkLog(b *testing.B) {
	const lines = 100_000
	path := filepath.Join(b.TempDir(), "journal.jsonl")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	out := bufio.NewWriter(f)
	for i := 0; i < lines; i += 4 {
		at := time.Date(2024, 1, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339)
		head := func(kind, intent string) string {
			return fmt.Sprintf(`{"v":1,"at":%q,"kind":%q,"intent":"%s%d","account":"acc%d","who":"ida@nordwind.example","origin":"https://api.cloud.deepset.ai","organization":"0af67f3b-6deb-48b3-9219-430a81ca8217"`, at, kind, intent, i, i)
		}
		fmt.Fprintf(out, `%s,"what":{"name":"key-%d","personal":false,"organization_role":"MEMBER","role_id":"r-1","role_name":"Editor","all_workspaces":false,"workspaces":["claims-search"],"expires_at":"2027-02-20T22:59:59Z"},"where":["the OS keyring of this machine"]}`+"\n", head("issue.intent", "i"), i)
		fmt.Fprintf(out, `%s,"made":"yes","places":[{"destination":"the OS keyring of this machine","custody":"kept","at":%q}]}`+"\n", head("issue.stored", "i"), at)
		fmt.Fprintf(out, `%s,"made":"yes","certainty":"certain","key_id":"%08x-0000-4000-8000-000000000000","key_name":"key-%d","candidates":["%08x-0000-4000-8000-000000000000"]}`+"\n", head("issue.outcome", "i"), i, i, i)
		fmt.Fprintf(out, `%s,"key_id":"%08x-0000-4000-8000-000000000000","state":"revoked"}`+"\n", head("revoke.outcome", "r"), i)
	}
	if err := out.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	plain := func() int {
		f, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		n := 0
		for in := bufio.NewScanner(f); in.Scan(); n++ {
			var e lifecycle.Entry
			if err := json.Unmarshal(in.Bytes(), &e); err != nil {
				b.Fatal(err)
			}
		}
		return n
	}
	var ours, bound time.Duration
	for b.Loop() {
		began := time.Now()
		if n := plain(); n != lines {
			b.Fatalf("%d lines", n)
		}
		bound += time.Since(began)
		began = time.Now()
		log, err := desk.ReadLog(b.Context(), config.OpenJournal(path), time.UTC)
		ours += time.Since(began)
		if err != nil || len(log.Deeds) != lines/2 || log.Open() != 0 {
			b.Fatalf("%d deeds, %d open: %v", len(log.Deeds), log.Open(), err)
		}
	}
	b.ReportMetric(float64(bound.Milliseconds())/float64(b.N), "ms_plain")
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms_log")
	b.ReportMetric(float64(ours)/float64(bound), "x_of_bound")
	b.ReportMetric(0, "ns/op")
}

// What the demo remembers is in this program alone: a command in another terminal would know of nothing.
func TestAdviceInTheDemoIsAKey(t *testing.T) {
	const planned = `{"v":1,"at":"2026-11-02T08:00:00Z","kind":"rotate.planned","intent":"p","key_id":"7b2f1c7e-3a55","key_name":"ci-eval","what":{"name":"ci-eval~2"}}`
	for demo, want := range map[bool]string{true: "R on the key ", false: "fob rotate --resume 7b2f1c7e "} {
		j := config.NewMemoryJournal()
		if err := j.Append(t.Context(), []byte(planned)); err != nil {
			t.Fatal(err)
		}
		d, err := desk.Open(desk.Options{APIURL: "http://127.0.0.1:9", Session: secret.New("s3ss10n"), Journal: j, Demo: demo})
		if err != nil {
			t.Fatal(err)
		}
		log, err := d.Log(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := log.Deeds[0].Advice; !strings.HasPrefix(got, want) {
			t.Errorf("demo %v: advice %q", demo, got)
		}
		d.Close()
	}
}
