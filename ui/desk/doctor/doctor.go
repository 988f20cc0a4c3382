// Package doctor looks at what fob depends on (the terminal, the keyring, its files, the way to the platform, the
// session) and says of each whether it is well, what was seen, and what to do. It needs nothing of what it looks at: each
// look has a deadline of its own, they are taken at the same time, and one that fails, hangs or panics ends no other.
package doctor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
)

// State is how something is.
type State string

// The states.
const (
	OK      State = "ok"
	Warn    State = "warn" // fob works, with something less, or not yet
	Fail    State = "fail" // something is wrong
	Skipped State = "skipped"
)

// Finding is what was found of one thing. Its texts are one line each, safe to show, and without secrets.
type Finding struct {
	Name   string // of what was looked at; see Names
	State  State
	Seen   string
	Advice string         // what to do about it; "" if there is nothing to do
	Took   time.Duration  // how long the look took
	Facts  map[string]any // the same for programs: texts, numbers and truths
}

// The names of what is looked at.
const (
	Terminal    = "terminal"
	Colours     = "colours"
	Size        = "size"
	Clipboard   = "clipboard"
	Multiplexer = "multiplexer"
	Keyring     = "keyring"
	Settings    = "settings"
	StateFile   = "state"
	Journal     = "journal"
	Stash       = "stash"
	Policy      = "policy"
	Folders     = "folders"
	Address     = "address"
	Certificate = "certificate"
	Proxy       = "proxy"
	Clock       = "clock"
	Session     = "session"
	Rights      = "rights"
	Versions    = "versions"
)

// Names are all of them, in the order in which findings are returned.
var Names = []string{
	Terminal, Colours, Size, Clipboard, Multiplexer, Keyring, Settings, StateFile, Journal, Stash, Policy, Folders,
	Address, Certificate, Proxy, Clock, Session, Rights, Versions,
}

// Patient is what is looked at. The zero Patient is one where nothing is set up.
type Patient struct {
	Version string // fob's own
	Screen  Screen
	Getenv  func(string) string // nil: an empty environment
	Keyring interface {
		Try(ctx context.Context) error
	} // under a service name of its own; nil: none is tried
	Dirs     func() (config.Dirs, error) // nil: no files are looked at
	APIURL   config.Setting
	CAFile   string
	Identity // as whom
	// OnExchange, if set, is told of every request of the session's and its answer.
	OnExchange func(client.Exchange)
	// Slow, if set, is told once what is still being looked at when that takes long.
	Slow func(names []string)
}

// Identity is as whom the platform is talked to.
type Identity struct {
	// Session returns the session, and may take its time: it may be in a keyring, and need to be renewed. One that holds
	// nothing means that nobody is signed in. Its error is one of the place where it is kept.
	Session        func(ctx context.Context) (Held, error)
	OrganizationID string
	ReadOnly       bool // nothing is changed, whatever the session may do
}

// Held is a session, and what is known of it beside what it says itself.
type Held struct {
	Value   secret.Value
	From    string // where it is from, for people: "FOB_SESSION_TOKEN", "the OS keyring"
	Given   bool   // it came from outside: nobody but who gave it can give another
	Renewed bool   // fob renews it by itself
}

// slowAfter is how long everything may take before it is said what is waited for.
const slowAfter = 2 * time.Second

// look is a look at one thing, or at several that are seen at once.
type look struct {
	names  []string
	within time.Duration
	take   func(context.Context) []Finding
}

// grace is how long a look may take to hear that its time is over.
const grace = 200 * time.Millisecond

// Examine looks at everything, and returns a finding for each of Names in their order. When ctx ends, what wasn't seen
// by then is skipped.
func Examine(ctx context.Context, p Patient) []Finding {
	if p.Getenv == nil {
		p.Getenv = func(string) string { return "" }
	}
	e := &examination{Patient: p}
	e.session = sync.OnceValues(func() (Held, error) { return e.findSession(ctx) })
	return e.examine(ctx, e.looks())
}

// examination is one run of the doctor.
type examination struct {
	Patient
	session func() (Held, error) // the session, once it was found; waits for that

	mu      sync.Mutex
	secrets []secret.Value // what must not be in a finding
}

func (e *examination) looks() []look {
	const quick, files = 3 * time.Second, 5 * time.Second
	return []look{
		{[]string{Terminal}, quick, e.terminal},
		{[]string{Colours}, quick, e.colours},
		{[]string{Size}, quick, e.size},
		{[]string{Clipboard}, quick, e.clipboard},
		{[]string{Multiplexer}, quick, e.multiplexer},
		{[]string{Keyring}, keyringWithin, e.keyring},
		{[]string{Settings}, files, e.settings},
		{[]string{StateFile}, files, e.stateFile},
		{[]string{Journal}, files, e.journal},
		{[]string{Stash}, files, e.stash},
		{[]string{Policy}, files, e.policy},
		{[]string{Folders}, files, e.folders},
		{[]string{Address, Certificate, Clock}, 10 * time.Second, e.reach},
		{[]string{Proxy}, quick, e.proxy},
		{[]string{Session}, sessionWithin, e.lookAtSession},
		{[]string{Rights}, sessionWithin + 8*time.Second, e.rights},
		{[]string{Versions}, quick, e.versions},
	}
}

func (e *examination) examine(ctx context.Context, looks []look) []Finding {
	var (
		all     sync.WaitGroup
		mu      sync.Mutex
		found   = make(map[string]Finding, len(Names))
		pending = func() (names []string) {
			mu.Lock()
			defer mu.Unlock()
			for _, name := range Names {
				if _, done := found[name]; !done {
					names = append(names, name)
				}
			}
			return names
		}
	)
	if e.Slow != nil {
		timer := time.AfterFunc(slowAfter, func() { e.Slow(pending()) })
		defer timer.Stop()
	}
	for _, l := range looks {
		all.Go(func() {
			began := time.Now()
			findings := l.run(ctx)
			took := time.Since(began)
			mu.Lock()
			defer mu.Unlock()
			for _, f := range findings {
				if f.Took == 0 {
					f.Took = took
				}
				found[f.Name] = f
			}
		})
	}
	all.Wait()
	findings := make([]Finding, 0, len(Names))
	for _, name := range Names {
		f, ok := found[name]
		if !ok {
			f = fail(name, "nothing was found out", "")
		}
		findings = append(findings, e.safe(f))
	}
	return findings
}

// run takes a look, and leaves it behind where it doesn't hear that its time is over.
func (l look) run(ctx context.Context) []Finding {
	ctx, cancel := context.WithTimeout(ctx, l.within)
	defer cancel()
	result := make(chan []Finding, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				result <- l.each(func(name string) Finding {
					return fail(name, fmt.Sprintf("looking at it failed: %v", r), "this is a fault of fob's own: please report it")
				})
			}
		}()
		result <- l.take(ctx)
	}()
	select {
	case findings := <-result:
		return findings
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case findings := <-result:
		return findings
	case <-timer.C:
	}
	return l.each(func(name string) Finding {
		if context.Cause(ctx) != context.DeadlineExceeded { //nolint:errorlint // the deadline's own, or somebody's interruption
			return skip(name, "interrupted")
		}
		return fail(name, fmt.Sprintf("no end within %s", l.within), "something that it reads doesn't answer: a pipe, a network drive, a program")
	})
}

func (l look) each(of func(string) Finding) []Finding {
	findings := make([]Finding, len(l.names))
	for i, name := range l.names {
		findings[i] = of(name)
	}
	return findings
}

// keep notes what must not be in a finding.
func (e *examination) keep(v secret.Value) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.secrets = append(e.secrets, v)
}

// safe makes the texts of a finding safe to show.
func (e *examination) safe(f Finding) Finding {
	e.mu.Lock()
	defer e.mu.Unlock()
	clean := func(text string) string {
		for _, v := range e.secrets {
			text = v.Redact(text)
		}
		return visible.Line(secret.Cut(text))
	}
	f.Seen, f.Advice = clean(f.Seen), clean(f.Advice)
	for name, fact := range f.Facts {
		if text, ok := fact.(string); ok {
			f.Facts[name] = clean(text)
		}
	}
	return f
}

func ok(name, seen string) Finding { return Finding{Name: name, State: OK, Seen: seen} }

func skip(name, why string) Finding { return Finding{Name: name, State: Skipped, Seen: why} }

func warn(name, seen, advice string) Finding {
	return Finding{Name: name, State: Warn, Seen: seen, Advice: advice}
}

func fail(name, seen, advice string) Finding {
	return Finding{Name: name, State: Fail, Seen: seen, Advice: advice}
}

func (f Finding) with(name string, fact any) Finding {
	if f.Facts == nil {
		f.Facts = map[string]any{}
	}
	f.Facts[name] = fact
	return f
}

func one(f Finding) []Finding { return []Finding{f} }
