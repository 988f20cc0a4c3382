package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"fob/client/lifecycle"
	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// moment is one at which fob waits for the test.
type moment struct {
	// event is what fob asks: of the platform "me", "list", "find" (a list after something was made), "create", "patch" or
	// "delete", with ", done" where the platform has done it and its answer never comes; of a keeper its name and "check",
	// "put" or "read".
	event string
	nth   int // which of them, from 1; 0 is the first as well

	// Where one of these is set, fob is let go on from the event, and held further on.
	lock  func(*brink) string // until it waits for the lock of this file
	line  lifecycle.Kind      // until this line is in the journal, and fob would say what it tells of: its terminal takes nothing any more
	lines int                 // as many of them
}

// brink is a fob that waits for the test at one of its steps, with a platform, files and keepers of its own.
type brink struct {
	t       *testing.T
	box     *sandbox.Sandbox
	server  *httptest.Server
	home    string
	env     []string
	keepers map[string]*keeper
	on      *onTerminal
	ahead   atomic.Int64 // how far the platform's clock is ahead: time that has passed

	mu     sync.Mutex
	moment moment         // guarded by mu, as the next three
	met    map[string]int // how often each event was met
	posts  int            // since fob was started
	unlock func()         // of the lock that the test has

	reached chan struct{} // closed when fob is at the event
	free    chan struct{} // closed when nothing waits any more
	freed   sync.Once
	word    string   // that a keeper hears then: "on" goes on, "no" fails; set before free is closed
	tries   *os.File // tells when fob tries to take the lock that the test has
}

// newBrink returns a platform and an empty home. The keepers are destinations of fob's, by their names.
func newBrink(t *testing.T, keepers ...*keeper) *brink {
	t.Helper()
	r := &brink{
		t: t, keepers: map[string]*keeper{}, reached: make(chan struct{}), free: make(chan struct{}),
	}
	r.box = sandbox.New(sandbox.Options{Seed: 1, Keys: 20, History: 1, Now: func() time.Time { return time.Now().Add(time.Duration(r.ahead.Load())) }})
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	r.env = clean(t, "FOB_API_URL="+r.server.URL, "FOB_SESSION_TOKEN="+r.box.SessionToken().Reveal(), "TERM=xterm-256color")
	for _, line := range r.env {
		if home, ok := strings.CutPrefix(line, "FOB_HOME="); ok {
			r.home = home
		}
	}
	if err := os.MkdirAll(r.home, 0o700); err != nil {
		t.Fatal(err)
	}
	var settings strings.Builder
	for _, k := range keepers {
		k.begin(t, r)
		r.keepers[k.name] = k
		fmt.Fprintf(&settings, "[destinations.%s]\ncommand = %s\ncheck = %s\nread = %s\n", k.name, k.argv("put"), k.argv("check"), k.argv("read"))
	}
	if err := os.WriteFile(filepath.Join(r.home, "config.toml"), []byte(settings.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.letGo("no")
		r.server.Close()
	})
	return r
}

func (r *brink) journal() string { return filepath.Join(r.home, "journal.jsonl") }
func (r *brink) index() string   { return filepath.Join(r.home, "stash.json") }

// start starts fob, and returns once it is at the moment.
func (r *brink) start(m moment, args ...string) {
	r.t.Helper()
	r.mu.Lock()
	r.moment, r.met, r.posts = m, map[string]int{}, 0
	for _, k := range r.keepers {
		k.asks(true)
	}
	r.on = startOnTerminal(r.t, r.env, args...)
	r.mu.Unlock()
	select {
	case <-r.reached:
	case <-r.on.over:
		r.t.Fatalf("fob ended before it came to it: %s", r.on.everything())
	case <-time.After(patience):
		r.t.Fatalf("fob did not come to it: %s", r.on.everything())
	}
	switch {
	case m.lock != nil:
		r.waits()
	case m.line != "":
		r.comesTo(m.line, m.lines)
	}
}

// at holds fob where it is, if that is the event of the moment, and tells whether it did.
func (r *brink) at(event string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.moment
	if r.met == nil || event != m.event {
		return false
	}
	if r.met[event]++; r.met[event] != max(m.nth, 1) {
		return false
	}
	switch {
	case m.lock != nil:
		r.lock(m.lock(r))
	case m.line != "":
		r.watch(r.home, unix.IN_MODIFY|unix.IN_CREATE)
		if err := unix.IoctlSetInt(int(r.on.tty.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
			r.t.Error(err)
		}
	default:
		close(r.reached)
		r.mu.Unlock()
		<-r.free
		r.mu.Lock()
		return true
	}
	close(r.reached)
	return false
}

// lock takes the lock of a file in fob's stead. Whoever opens the lock's file from then on is fob, that wants it.
func (r *brink) lock(path string) {
	unlock, err := config.Lock(context.Background(), path)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.unlock = unlock
	r.watch(path+".lock", unix.IN_OPEN)
}

// watch has r.tries tell of what happens to a file.
func (r *brink) watch(path string, what uint32) {
	events, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err == nil {
		_, err = unix.InotifyAddWatch(events, path, what)
	}
	if err != nil {
		r.t.Error(err)
	}
	r.tries = os.NewFile(uintptr(events), "inotify")
	r.t.Cleanup(func() { r.tries.Close() })
}

// waits waits until something has happened to the file that is watched.
func (r *brink) waits() {
	r.t.Helper()
	err := r.tries.SetReadDeadline(time.Now().Add(patience))
	if err == nil {
		_, err = r.tries.Read(make([]byte, 4096))
	}
	if err != nil {
		r.t.Fatalf("fob does not come to it: %v: %s", err, r.on.everything())
	}
}

// comesTo waits until so many lines of a kind are in the journal.
func (r *brink) comesTo(kind lifecycle.Kind, lines int) {
	r.t.Helper()
	for {
		n := 0
		for _, e := range r.entries() {
			if e.Kind == kind {
				n++
			}
		}
		if n >= lines {
			return
		}
		r.waits()
	}
}

// entries are those of the journal, all of which have to be readable.
func (r *brink) entries() (all []lifecycle.Entry) {
	r.t.Helper()
	for e, err := range lifecycle.Entries(config.OpenJournal(r.journal())) {
		if err != nil {
			r.t.Errorf("the journal can't be read: %v", err)
		}
		all = append(all, e)
	}
	return all
}

// serve is the platform. What it is asked tells how far fob has come.
func (r *brink) serve(w http.ResponseWriter, req *http.Request) {
	event := r.event(req)
	if r.at(event) && r.word == "no" {
		panic(http.ErrAbortHandler) // fob is dead, and the platform did nothing
	}
	answer := httptest.NewRecorder()
	r.box.ServeHTTP(answer, req)
	r.at(event + ", done")
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// event is what a request is called.
func (r *brink) event(req *http.Request) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case req.Method == http.MethodPost:
		r.posts++
		return "create"
	case req.Method == http.MethodPatch, req.Method == http.MethodDelete:
		return strings.ToLower(req.Method)
	case strings.HasSuffix(req.URL.Path, "/me"):
		return "me"
	case strings.HasSuffix(req.URL.Path, "/token") && r.posts > 0:
		return "find"
	case strings.HasSuffix(req.URL.Path, "/token"):
		return "list"
	}
	return "other"
}

// letGo lets everything go on that waits for the test. word is what a keeper hears.
func (r *brink) letGo(word string) {
	r.freed.Do(func() {
		r.word = word
		close(r.free)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.met = nil; r.unlock != nil {
			r.unlock()
		}
	})
}

// kill kills fob where it is. From then on nothing is held any more.
func (r *brink) kill() {
	r.t.Helper()
	for _, k := range r.keepers {
		k.asks(false)
	}
	r.on.signal(syscall.SIGKILL)
	<-r.on.over
	r.letGo("no")
	if err := unix.IoctlSetInt(int(r.on.tty.Fd()), unix.TCXONC, unix.TCOON); err != nil {
		r.t.Fatal(err)
	}
	r.sane()
}

// sane fails if the terminal isn't as it was.
func (r *brink) sane() {
	r.t.Helper()
	after, err := term.GetState(int(r.on.tty.Fd()))
	if err != nil {
		r.t.Fatal(err)
	}
	if !reflect.DeepEqual(r.on.before, after) {
		r.t.Error("the terminal's settings are not what they were")
	}
	if all := r.on.everything(); strings.LastIndex(all, altScreen) > strings.LastIndex(all, leftAltScreen) {
		r.t.Error("the alternative screen was not left")
	}
}

// platformKey is a key as the platform lists it.
type platformKey struct{ id, all string }

// listed are the keys of the platform that have that name.
func (r *brink) listed(name string) (all []platformKey) {
	r.t.Helper()
	q := httptest.NewRequest(http.MethodGet, "/api/v1/token?limit=100", nil)
	q.Header.Set("Authorization", "Bearer "+r.box.SessionToken().Reveal())
	w := httptest.NewRecorder()
	r.box.ServeHTTP(w, q)
	var page struct{ Data []json.RawMessage }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Data) < 20 {
		r.t.Fatalf("%v: %s", err, w.Body)
	}
	for _, one := range page.Data {
		var k struct {
			ID   string  `json:"api_token_id"`
			Name *string `json:"name"`
		}
		if err := json.Unmarshal(one, &k); err != nil {
			r.t.Fatal(err)
		}
		if k.Name != nil && *k.Name == name {
			all = append(all, platformKey{k.ID, string(one)})
		}
	}
	return all
}

// alive returns the ids of the keys that have that name.
func (r *brink) alive(name string) (ids []string) {
	r.t.Helper()
	for _, k := range r.listed(name) {
		ids = append(ids, k.id)
	}
	return ids
}

// has tells whether a text has the secret of the key.
func (r *brink) has(text, id string) bool {
	v, ok := r.box.SecretOf(id)
	return ok && v.Redact(text) != text
}

// heldBy tells whether the keeper has the key.
func (r *brink) heldBy(keeper, id string) bool {
	return slices.ContainsFunc(r.keepers[keeper].kept(), func(text string) bool { return r.has(text, id) })
}

// indexed is what the index has of a key, false if it has nothing. The index has to be readable.
func (r *brink) indexed(id string) (stash.Entry, bool) {
	r.t.Helper()
	entries, err := stash.OpenIndex(r.index()).Entries(context.Background())
	if err != nil {
		r.t.Errorf("the index can't be read: %v", err)
	}
	v, ok := r.box.SecretOf(id)
	for _, e := range entries {
		if ok && e.Print == stash.PrintOf(e.Account, v) {
			return e, true
		}
	}
	return stash.Entry{}, false
}

// leaseless is a journal of which nobody can tell who has it: what the test's own program begins is not under way.
type leaseless struct{ lifecycle.Journal }

// inside is a desk over the same platform and files, in the test's own program. Without a lease, what it begins is nothing
// that a fob is at, and it can't tell whether the others are.
func (r *brink) inside(leased bool) *desk.Desk {
	r.t.Helper()
	commands := map[string]config.CommandDestination{}
	for name, k := range r.keepers {
		commands[name] = config.CommandDestination{Command: k.command("put"), Check: k.command("check"), Read: k.command("read")}
	}
	journal := lifecycle.Journal(config.OpenJournal(r.journal()))
	if !leased {
		journal = leaseless{journal}
	}
	d, err := desk.Open(desk.Options{
		APIURL: r.server.URL, Session: r.box.SessionToken(), Journal: journal,
		Index: stash.OpenIndex(r.index()), Keys: stash.NewMemory(), Commands: commands, Location: time.UTC,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(d.Close)
	return d
}
