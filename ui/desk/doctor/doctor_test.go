package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
)

// named returns the finding of a name.
func named(t *testing.T, findings []Finding, name string) Finding {
	t.Helper()
	for _, f := range findings {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("nothing was found of %s", name)
	return Finding{}
}

func examine(t *testing.T, p Patient) []Finding {
	t.Helper()
	return Examine(t.Context(), p)
}

// Of nothing at all there is a finding for every name, in order, and nothing is wrong.
func TestNothingIsSetUp(t *testing.T) {
	findings := examine(t, Patient{})
	if len(findings) != len(Names) {
		t.Fatalf("%d findings", len(findings))
	}
	for i, f := range findings {
		if f.Name != Names[i] || f.State == Fail || f.Seen == "" {
			t.Errorf("%d: %+v", i, f)
		}
	}
}

// Every name is looked at by exactly one look.
func TestEveryNameHasALook(t *testing.T) {
	times := map[string]int{}
	for _, l := range (&examination{}).looks() {
		for _, name := range l.names {
			times[name]++
		}
	}
	for _, name := range Names {
		if times[name] != 1 {
			t.Errorf("%s is looked at %d times", name, times[name])
		}
	}
	if len(times) != len(Names) {
		t.Errorf("%d names of %d", len(times), len(Names))
	}
}

// What panics and what hangs doesn't take the others along, and nobody waits for it.
func TestALookThatPanicsOrHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		defer close(never)
		var slow []string
		var mu sync.Mutex
		e := &examination{Patient: Patient{Slow: func(names []string) {
			mu.Lock()
			defer mu.Unlock()
			slow = names
		}}}
		began := time.Now()
		findings := e.examine(t.Context(), []look{
			{[]string{Address, Certificate, Clock}, time.Minute, func(context.Context) []Finding { panic("nobody thought of this") }},
			{[]string{Keyring}, 3 * time.Second, func(context.Context) []Finding { <-never; return nil }},
			{[]string{Versions}, time.Second, e.versions},
		})
		for _, name := range []string{Address, Certificate, Clock} {
			if f := named(t, findings, name); f.State != Fail || !strings.Contains(f.Seen, "nobody thought of this") || f.Advice == "" {
				t.Errorf("%+v", f)
			}
		}
		if f := named(t, findings, Keyring); f.State != Fail || f.Seen != "no end within 3s" {
			t.Errorf("%+v", f)
		}
		if f := named(t, findings, Versions); f.State != OK {
			t.Errorf("%+v", f)
		}
		if took := time.Since(began); took != 3*time.Second+grace {
			t.Errorf("it took %s", took)
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Contains(slow, Keyring) || slices.Contains(slow, Versions) {
			t.Errorf("still waited for: %q", slow)
		}
	})
}

// Interrupted, what wasn't seen is skipped and not called wrong.
func TestInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		never := make(chan struct{})
		defer close(never)
		time.AfterFunc(time.Second, cancel)
		findings := (&examination{}).examine(ctx, []look{{[]string{Keyring}, time.Minute, func(context.Context) []Finding { <-never; return nil }}})
		if f := named(t, findings, Keyring); f.State != Skipped || f.Seen != "interrupted" {
			t.Errorf("%+v", f)
		}
	})
}

// No finding has the session in it, whoever says it.
func TestNoSecretInAFinding(t *testing.T) {
	session := "s3ss10n-" + rand.Text()
	e := &examination{}
	e.keep(secret.New(session))
	f := e.safe(fail(Rights, "it said "+session+"\x1b[2J", session).with("name", session).with("keys", 3))
	if strings.Contains(f.Seen+f.Advice+f.Facts["name"].(string), session) || strings.Contains(f.Seen, "\x1b") || f.Facts["keys"] != 3 {
		t.Errorf("%+v", f)
	}
}

type ring struct{ err error }

func (r ring) Try(context.Context) error { return r.err }

func TestKeyring(t *testing.T) {
	for _, c := range []struct {
		err  error
		want State
		word string
	}{
		{nil, OK, "writes, reads and deletes in "},
		{&stash.KeyringError{Kind: stash.NoBus, Op: "try"}, Warn, "absent: "},
		{&stash.KeyringError{Kind: stash.NoService, Op: "try"}, Warn, "absent: "},
		{&stash.KeyringError{Kind: stash.Locked, Op: "try"}, Warn, "locked: "},
		{&stash.KeyringError{Kind: stash.Silent, Op: "try", Waited: 3 * time.Second}, Fail, "silent: "},
		{&stash.KeyringError{Kind: stash.Lying, Op: "try"}, Fail, "lying: "},
		{errors.New("strange"), Fail, "other: strange"},
	} {
		f := named(t, examine(t, Patient{Keyring: ring{c.err}}), Keyring)
		if f.State != c.want || !strings.HasPrefix(f.Seen, c.word) {
			t.Errorf("%v: %+v", c.err, f)
		}
		if _, is := errors.AsType[*stash.KeyringError](c.err); is && f.Advice == "" {
			t.Errorf("%v: nothing to do", c.err)
		}
	}
}

func TestTerminal(t *testing.T) {
	gone, garbled := errors.New("gone"), errors.New("garbled")
	screen := func(took time.Duration, err error) Screen {
		return Screen{In: true, Out: true, Gone: gone, Garbled: garbled, Ask: func(context.Context) (time.Duration, error) { return took, err }}
	}
	for _, c := range []struct {
		screen Screen
		want   State
		seen   string
	}{
		{Screen{}, Skipped, "neither input nor output is a terminal"},
		{Screen{Out: true}, Skipped, "the input is no terminal"},
		{Screen{In: true, Out: true, Unasked: errors.New("in the background")}, OK, "there is one; not asked: in the background"},
		{screen(40*time.Millisecond, nil), OK, "answers in 40 ms"},
		{screen(0, garbled), Warn, "answers something that is no answer, or somebody typed"},
		{screen(0, context.DeadlineExceeded), Warn, "doesn't answer within 1s"},
		{screen(0, gone), Fail, "the terminal went away"},
	} {
		if f := named(t, examine(t, Patient{Screen: c.screen}), Terminal); f.State != c.want || f.Seen != c.seen {
			t.Errorf("%+v", f)
		}
	}
}

func TestSizeAndColours(t *testing.T) {
	at := func(width, height int, utf8 bool, environ ...string) []Finding {
		return examine(t, Patient{Getenv: environment(environ...), Screen: Screen{Out: true, Width: width, Height: height, MinWidth: 60, MinHeight: 16, UTF8: utf8}})
	}
	for _, c := range []struct {
		width, height int
		want          State
	}{{80, 24, OK}, {60, 16, OK}, {59, 16, Warn}, {60, 15, Warn}, {0, 0, Warn}} {
		if f := named(t, at(c.width, c.height, true), Size); f.State != c.want || (f.State == Warn) != (f.Advice != "") {
			t.Errorf("%dx%d: %+v", c.width, c.height, f)
		}
	}
	for _, c := range []struct {
		environ []string
		utf8    bool
		want    State
		seen    string
	}{
		{[]string{"TERM=xterm", "LANG=C.UTF-8"}, true, OK, "TERM xterm · colours · UTF-8, LANG C.UTF-8"},
		{[]string{"TERM=xterm", "NO_COLOR=1", "LC_ALL=C.UTF-8", "LANG=C"}, true, OK, "TERM xterm · no colours: NO_COLOR is set · UTF-8, LC_ALL C.UTF-8"},
		{[]string{"TERM=xterm"}, false, Warn, "TERM xterm · colours · not UTF-8, not set"},
		{[]string{"TERM=dumb", "LANG=C.UTF-8"}, true, Warn, "TERM dumb · no colours · UTF-8, LANG C.UTF-8"},
	} {
		if f := named(t, at(80, 24, c.utf8, c.environ...), Colours); f.State != c.want || f.Seen != c.seen {
			t.Errorf("%q: %+v", c.environ, f)
		}
	}
}

func environment(environ ...string) func(string) string {
	return func(name string) string {
		for _, e := range environ {
			if value, found := strings.CutPrefix(e, name+"="); found {
				return value
			}
		}
		return ""
	}
}

func TestProxy(t *testing.T) {
	for _, c := range []struct {
		address string
		environ []string
		want    State
		seen    string
	}{
		{"https://a.example", nil, OK, "none is set"},
		{"https://a.example", []string{"ALL_PROXY=socks5://p"}, Warn, "ALL_PROXY is set, and not used"},
		{"https://a.example", []string{"https_proxy=p.example:3128"}, OK, "https_proxy applies: http://p.example:3128"},
		{"https://a.example", []string{"HTTPS_PROXY=http://me:hunter2@p.example"}, OK, "HTTPS_PROXY applies: http://p.example (with a name and password, not shown)"},
		{"https://a.example", []string{"HTTPS_PROXY=http://me:hunter2@p.example", "NO_PROXY=.example"}, OK, "NO_PROXY makes an exception of this address; HTTPS_PROXY is not used"},
		{"https://a.example", []string{"HTTP_PROXY=http://me:hunter2@p.example"}, OK, "HTTP_PROXY is set, and not for addresses of https"},
		{"https://a.example", []string{"HTTPS_PROXY=http://me:hunter2@p.example:no"}, Fail, "HTTPS_PROXY is no address of a proxy"},
		{"https://a.example", []string{"HTTPS_PROXY=http://me:hunter2%@"}, Fail, "HTTPS_PROXY is no address of a proxy"},
		{"http://127.0.0.1:1", []string{"HTTP_PROXY=http://me:hunter2@p.example", "no_proxy=b.example"}, OK, "this machine itself is reached without one; HTTP_PROXY is not used"},
		{"", []string{"HTTPS_PROXY=http://me:hunter2@p.example"}, Skipped, "set, and there is no address to go to"},
	} {
		e := &examination{Patient: Patient{Getenv: environment(c.environ...), APIURL: config.Setting{Value: c.address}}}
		f := e.proxy(t.Context())[0]
		if f.State != c.want || f.Seen != c.seen {
			t.Errorf("%q: %+v", c.environ, f)
		}
		if strings.Contains(f.Advice, "hunter2") || f.Facts["proxy"] != nil && strings.Contains(f.Facts["proxy"].(string), "hunter2") {
			t.Errorf("the password is in %+v", f)
		}
	}
}
