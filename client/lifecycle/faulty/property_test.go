package faulty_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// enough is how many creates an ordinary run breaks. More: go test ./client/lifecycle/faulty -run Schedule -rapid.checks 5000
const enough = 1000

// workers are how many draw schedules at once, each as many as rapid.checks says.
const workers = 2

func TestMain(m *testing.M) {
	flag.Parse()
	if !given("rapid.checks") {
		_ = flag.Set("rapid.checks", "54")
	}
	os.Exit(m.Run())
}

func given(name string) (is bool) {
	flag.Visit(func(f *flag.Flag) { is = is || f.Name == name })
	return is
}

// plan is one action of a schedule, with what goes wrong at it. Empty fields go well.
type plan struct {
	action string // "issue", "revoke", "start": fob begins anew, "shake": others make and revoke keys

	key int // of revoke: which of those that fob knows

	network, at string // a fault of the network, and the step
	once        bool   // one request meets it
	ring        string // a fault of the keyring
	ringAt      string // "try", "put", "read back"
	disk        string // a fault of the journal
	line        lifecycle.Kind
	kill        string // where fob is killed: a stage, or a place on the wire or in the keyring
}

// String is the plan with the names of its fields.
func (p plan) String() string {
	type bare plan
	return fmt.Sprintf("%+v", bare(p))
}

// Places at which fob is killed that are no stages.
const (
	killedUnseen   = "on the wire, the platform saw nothing"
	killedMade     = "on the wire, the platform acted"
	killedUnstored = "in the keyring, nothing is stored"
	killedStored   = "in the keyring, it is stored"
)

var kills = []string{
	string(lifecycle.Trying), string(lifecycle.Tried), string(lifecycle.Asking), string(lifecycle.Reading), string(lifecycle.Writing),
	string(lifecycle.Sending), killedUnseen, killedMade, string(lifecycle.Arrived), string(lifecycle.Storing), killedUnstored,
	killedStored, string(lifecycle.Stored), string(lifecycle.Looking), string(lifecycle.Comparing), string(lifecycle.Done),
}

// quick are the faults of the network without the one that moves megabytes: its cells of the table will do.
var quick = slices.DeleteFunc(faulty.Names(faulty.Network()), func(name string) bool { return name == "huge body" })

func draw(t *rapid.T) plan {
	p := plan{action: rapid.SampledFrom([]string{
		"issue", "issue", "issue", "issue", "issue", "issue", "issue", "issue", "issue", "issue", "issue", "revoke", "revoke", "start", "shake",
	}).Draw(t, "action")}
	one := func(name string, of []string) string { return rapid.SampledFrom(of).Draw(t, name) }
	network := func(steps []string) {
		p.network, p.at = one("network", quick), one("at", steps)
		p.once = rapid.Bool().Draw(t, "once")
	}
	disk := func(kinds ...lifecycle.Kind) {
		p.disk = one("disk", slices.Sorted(maps.Keys(journalFaults)))
		p.line = rapid.SampledFrom(kinds).Draw(t, "line")
	}
	switch p.action {
	case "issue":
		what := one("what goes wrong", []string{
			"network", "network", "network", "network", "network and keyring", "network and disk", "keyring", "disk", "kill", "kill", "kill", "nothing",
		})
		switch what {
		case "network", "network and keyring", "network and disk":
			network(append([]string{"create", "create", "create", "find the id"}, atNetwork...))
		case "kill":
			p.kill = one("kill", kills)
		}
		switch what {
		case "keyring", "network and keyring":
			p.ring, p.ringAt = keyringFaults[rapid.IntRange(0, len(keyringFaults)-1).Draw(t, "ring")].name, one("ring at", []string{"put", "put", "read back", "try"})
		case "disk", "network and disk":
			disk(lifecycle.IssueIntent, lifecycle.IssueStored, lifecycle.IssueOutcome)
		}
	case "revoke":
		p.key = rapid.IntRange(0, 20).Draw(t, "key")
		switch one("what goes wrong", []string{"network", "network", "disk", "nothing"}) {
		case "network":
			network([]string{"delete", "look for it"})
		case "disk":
			disk(lifecycle.RevokeIntent, lifecycle.RevokeOutcome)
		}
	}
	return p
}

// TestNoScheduleLosesAKey draws what a person does and what breaks meanwhile, and checks after each action that every
// key that was ever ordered is held, or named, or gone, and that none is there twice.
func TestNoScheduleLosesAKey(t *testing.T) {
	var mu sync.Mutex
	broken, verdicts := 0, map[string]int{}
	begun := time.Now()
	t.Run("schedules", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(r *rapid.T) {
					plans := rapid.SliceOfN(rapid.Custom(draw), 12, 16).Draw(r, "schedule")
					var faults []string
					synctest.Test(t, func(*testing.T) {
						n, said, wrong := follow(plans)
						mu.Lock()
						defer mu.Unlock()
						broken, faults = broken+n, wrong
						for verdict, times := range said {
							verdicts[verdict] += times
						}
					})
					for _, fault := range faults {
						r.Error(fault)
					}
				})
			})
		}
	})
	for _, verdict := range slices.Sorted(maps.Keys(verdicts)) {
		t.Logf("%6d %s", verdicts[verdict], verdict)
	}
	t.Logf("%d creates were killed or broken in %s", broken, time.Since(begun).Round(time.Millisecond))
	if broken < enough && !given("rapid.checks") && !t.Failed() {
		t.Errorf("only %d creates were killed or broken, and %d are promised", broken, enough)
	}
	for _, must := range []string{"held", "nothing made", "named, a likely orphan", "named, likely, a likely orphan", "named, certain, a certain orphan", "revoked", "alive, said so"} {
		if verdicts[must] == 0 && !t.Failed() {
			t.Errorf("never came to: %s", must)
		}
	}
}

// faultList is where an office reports to that is one of many.
type faultList struct{ said []string }

type stopped struct{}

func (f *faultList) Helper()                   {}
func (f *faultList) Error(a ...any)            { f.said = append(f.said, fmt.Sprint(a...)) }
func (f *faultList) Errorf(s string, a ...any) { f.said = append(f.said, fmt.Sprintf(s, a...)) }
func (f *faultList) Fatal(a ...any)            { f.Error(a...); panic(stopped{}) }
func (f *faultList) Fatalf(s string, a ...any) { f.Errorf(s, a...); panic(stopped{}) }

// follow does what a schedule says, and returns how many creates it broke, how often each verdict was reached, and what
// was wrong.
func follow(plans []plan) (broken int, verdicts map[string]int, wrong []string) {
	list := &faultList{}
	verdicts = map[string]int{}
	o := open(list, 3)
	defer o.close()
	defer func() {
		if p := recover(); p != nil && p != (stopped{}) {
			panic(p)
		}
		wrong = list.said
	}()
	m := &model{office: o, warned: map[string]bool{}}
	for n, p := range plans {
		verdict, hit := m.do(p)
		if hit && p.action == "issue" {
			broken++
		}
		verdicts[verdict]++
		if n%6 == 5 || n == len(plans)-1 { // each action's own verdict was reached already
			m.check()
		}
		if len(list.said) > 0 {
			list.Errorf("that was action %d: %v, which came to: %s", n+1, p, verdict)
			return broken, verdicts, list.said
		}
	}
	return broken, verdicts, nil
}

// model is what is known of an office from outside.
type model struct {
	*office
	known  []client.Key    // keys whose id fob was certain of
	names  []string        // of every order
	warned map[string]bool // names of which it was said that the stash doesn't list them
}

// do does one action, and tells what came of it and whether a fault was met.
func (m *model) do(p plan) (verdict string, hit bool) {
	switch p.action {
	case "start":
		m.start()
		return "started", false
	case "shake":
		m.shake()
		return "shaken", false
	case "revoke":
		if len(m.known) == 0 {
			return "nothing to revoke", false
		}
		n := p.key % len(m.known)
		verdict = m.revokeUnder(m.known[n], p)
		if _, alive := m.box.SecretOf(m.known[n].ID); !alive {
			m.known = slices.Delete(m.known, n, n+1)
		}
		return verdict, false
	}
	made, hit := m.issueAs(p)
	m.names = append(m.names, made.name)
	verdict = m.verdict(made)
	if verdict == "held, warned" || len(made.issued.Warnings) > 0 {
		m.warned[made.name] = true
	}
	if !made.killed && made.issued.Certainty == lifecycle.Certain {
		m.known = append(m.known, *made.issued.Key)
	}
	if made.killed || strings.HasPrefix(verdict, "named") {
		verdict += m.reconcile(made)
	}
	return verdict, hit
}

// issueAs makes a key while things go wrong as planned.
func (m *model) issueAs(p plan) (made, bool) {
	o := m.office
	suffered, hit := o.proxy.Suffered(), false
	var dead atomic.Bool // the keyring's worker is a goroutine of its own
	die := func() {
		if dead.Load() {
			runtime.Goexit()
		}
	}
	fault, at := faulty.Armed{Times: -1}, lifecycle.Sending
	switch {
	case p.kill == killedUnseen:
		fault.Fault = faulty.Named("stalled, the platform saw nothing")
	case p.kill == killedMade:
		fault.Fault = faulty.Named("stalled before the headers")
	case p.network != "":
		fault.Fault, at = faulty.Named(p.network), stageOf[p.at]
		if p.once {
			fault.Times = 1
		}
	default:
		fault.Times = 0
	}
	o.journal.before = func(kind lifecycle.Kind, line []byte) error {
		die()
		if p.disk == "" || kind != p.line {
			return nil
		}
		hit = true
		return journalFaults[p.disk](o, line)
	}
	var ring keyringFault
	for _, f := range keyringFaults {
		if f.name == p.ring {
			ring = f
		}
	}
	switch p.kill {
	case killedUnstored:
		ring = keyringFault{set: func(v *vault, _, _ string) error { dead.Store(true); <-v.gone; return nil }}
	case killedStored:
		ring = keyringFault{set: func(v *vault, account, value string) error {
			_ = v.store(account, value)
			dead.Store(true)
			<-v.gone
			return nil
		}}
	}
	switch p.ringAt {
	case "put":
		ring.get = nil
	case "read back":
		ring.set = nil
	}
	if p.ringAt == "try" {
		hit = true
		o.vault.fail(ring.set, ring.get)
	}
	armed := at == lifecycle.Asking && fault.Times < 0
	if armed {
		o.proxy.Arm(fault)
	}
	result := o.issue(func(s desk.Step) {
		die()
		if string(s.Stage) == p.kill {
			hit = true
			runtime.Goexit()
		}
		switch {
		case s.Stage == at && !armed:
			armed = true
			o.proxy.Arm(fault)
			dead.Store(p.kill == killedUnseen || p.kill == killedMade) // nothing is done any more once the answer doesn't come
		case s.Stage != at && s.Stage != lifecycle.Trying && s.Stage != lifecycle.Tried:
			o.proxy.Arm()
		}
		switch s.Stage {
		case lifecycle.Asking:
			o.vault.fail(nil, nil)
		case lifecycle.Sending:
			hit = hit || p.ring != "" && p.ringAt != "try"
			if p.ringAt != "try" {
				o.vault.fail(ring.set, ring.get)
			}
		}
	})
	o.proxy.Arm()
	o.vault.fail(nil, nil)
	o.journal.before = nil
	return result, hit || dead.Load() || o.proxy.Suffered() > suffered
}

// revokeUnder revokes a key that fob knows, while things go wrong as planned.
func (m *model) revokeUnder(key client.Key, p plan) string {
	o := m.office
	if p.disk != "" {
		return o.revokeOn(key, func(kind lifecycle.Kind, line []byte) error {
			if kind != p.line {
				return nil
			}
			return journalFaults[p.disk](o, line)
		})
	}
	if p.network == "" {
		return o.revoke(key)
	}
	armed := []faulty.Armed{{Fault: faulty.Named(p.network), Times: -1}}
	if p.once {
		armed[0].Times = 1
	}
	deletes := o.proxy.Count(http.MethodDelete)
	if p.at == "look for it" {
		armed = []faulty.Armed{{Fault: faulty.Named("reset after the platform acted"), Times: 1}, armed[0]}
	} else {
		o.proxy.Watch(func(r *http.Request) {
			if r.Method == http.MethodGet && o.proxy.Count(http.MethodDelete) > deletes {
				o.proxy.Arm()
			}
		})
	}
	o.journal.after = func(kind lifecycle.Kind) {
		if kind == lifecycle.RevokeIntent {
			o.proxy.Arm(armed...)
		}
	}
	verdict := o.revoke(key)
	o.journal.after = nil
	o.proxy.Watch(nil)
	o.start() // a new one has no seam
	return verdict
}
