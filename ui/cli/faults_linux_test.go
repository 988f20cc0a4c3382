package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// keeper is a program that keeps a key in a file. At each of its steps it says so, and waits for a word.
const keeper = `#!/bin/sh
dir=${0%/*}
if [ "$1" = put ]; then v=$(cat); fi
echo "$1" > "$dir/arrived"
read -r word < "$dir/go"
[ "$word" = on ] || exit 1
case $1 in
put) printf %s "$v" > "$dir/kept" ;;
read) cat "$dir/kept" ;;
esac
`

// atProcess are the steps of fob create, in their order. Each is a moment at which fob waits for the test.
var atProcess = []string{
	"try", "ask who", "read the list", "intent", "create", "created", "put", "read back", "index", "stored", "find the id", "outcome", "which key",
}

// brink is a fob create whose every step waits for the test.
type brink struct {
	t      *testing.T
	box    *sandbox.Sandbox
	server *httptest.Server
	home   string
	keeper string // its folder
	on     *onTerminal
	step   string

	reached chan struct{} // closed when fob is at the step
	free    chan struct{} // closed when nothing waits any more
	once    sync.Once
	freed   sync.Once
	posts   int
	goes    *os.File
	unlock  func()
	tries   *os.File // tells when fob tries to take the lock that the test has
}

// begin starts a fob create, and returns once it is at the step.
func begin(t *testing.T, step string) *brink {
	t.Helper()
	r := &brink{
		t: t, box: sandbox.New(sandbox.Options{Seed: 1, Keys: 20, History: 1}), keeper: t.TempDir(), step: step,
		reached: make(chan struct{}), free: make(chan struct{}),
	}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	r.writeKeeper()
	env := clean(t, "FOB_API_URL="+r.server.URL, "FOB_SESSION_TOKEN="+r.box.SessionToken().Reveal(), "TERM=xterm-256color")
	for _, line := range env {
		if home, ok := strings.CutPrefix(line, "FOB_HOME="); ok {
			r.home = home
		}
	}
	if err := os.MkdirAll(r.home, 0o700); err != nil {
		t.Fatal(err)
	}
	command := func(step string) string { return fmt.Sprintf("[%q, %q]", filepath.Join(r.keeper, "keeper"), step) }
	settings := "[destinations.file]\ncommand = " + command("put") + "\ncheck = " + command("check") + "\nread = " + command("read") + "\n"
	if err := os.WriteFile(filepath.Join(r.home, "config.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.letGo("no")
		r.server.Close()
	})
	if step == "intent" {
		r.lock(r.journal())
	}
	r.on = startOnTerminal(t, env, "create", "--yes", "--type", "service", "--name", "ordered", "--workspace", "claims-search",
		"--role", "Editor", "--expires", "90d", "--to", "command:file")
	select {
	case <-r.reached:
	case <-r.on.over:
		t.Fatalf("fob ended before it came to it: %s", r.on.everything())
	case <-time.After(patience):
		t.Fatalf("fob did not come to it: %s", r.on.everything())
	}
	if r.waitsFor() != "" {
		r.waits()
	}
	return r
}

func (r *brink) journal() string { return filepath.Join(r.home, "journal.jsonl") }
func (r *brink) index() string   { return filepath.Join(r.home, "stash.json") }

// waitsFor is the file whose lock the test has at the step, "" for none.
func (r *brink) waitsFor() string {
	switch r.step {
	case "intent", "stored", "outcome":
		return r.journal()
	case "index", "which key":
		return r.index()
	}
	return ""
}

func (r *brink) here() { r.once.Do(func() { close(r.reached) }) }

// at holds fob where it is, if that is the step.
func (r *brink) at(step string) {
	if r.step == step {
		r.here()
		<-r.free
	}
}

func (r *brink) lock(path string) {
	unlock, err := config.Lock(context.Background(), path)
	if err != nil {
		r.t.Error(err)
		return
	}
	r.unlock = unlock
	// Whoever opens the lock's file from now on is fob, that wants it.
	events, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err == nil {
		_, err = unix.InotifyAddWatch(events, path+".lock", unix.IN_OPEN)
	}
	if err != nil {
		r.t.Error(err)
	}
	r.tries = os.NewFile(uintptr(events), "inotify")
	r.t.Cleanup(func() { r.tries.Close() })
}

// serve is the platform. What it is asked tells how far fob has come.
func (r *brink) serve(w http.ResponseWriter, req *http.Request) {
	list := strings.HasSuffix(req.URL.Path, "/token")
	switch {
	case req.Method == http.MethodPost:
		r.posts++
		r.at("create")
		answer := httptest.NewRecorder()
		r.box.ServeHTTP(answer, req)
		r.at("created")
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
		return
	case strings.HasSuffix(req.URL.Path, "/me"):
		r.at("ask who")
	case list && r.posts == 0:
		r.at("read the list")
		if r.step == "intent" {
			defer r.here()
		}
	case list:
		r.at("find the id")
		if r.step == "outcome" || r.step == "which key" {
			r.once.Do(func() {
				r.lock(r.waitsFor())
				close(r.reached)
			})
		}
	}
	r.box.ServeHTTP(w, req)
}

// writeKeeper writes the program and the two pipes by which it talks to the test.
func (r *brink) writeKeeper() {
	r.t.Helper()
	pipe := func(name string) *os.File {
		path := filepath.Join(r.keeper, name)
		if err := syscall.Mkfifo(path, 0o600); err != nil {
			r.t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0) // both ends, so that nobody waits for somebody to open it
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { f.Close() })
		return f
	}
	arrived := pipe("arrived")
	r.goes = pipe("go")
	if err := os.WriteFile(filepath.Join(r.keeper, "keeper"), []byte(keeper), 0o700); err != nil { //nolint:gosec // it is a program
		r.t.Fatal(err)
	}
	steps := map[string]string{"check": "try", "put": "put", "read": "read back"}
	go func() {
		word := make([]byte, 64)
		for {
			n, err := arrived.Read(word)
			if err != nil {
				return
			}
			said := strings.TrimSpace(string(word[:n]))
			if steps[said] == r.step {
				r.here()
				continue // letGo says the word
			}
			if said == "read" && (r.step == "index" || r.step == "stored") {
				r.lock(r.waitsFor())
				r.here()
			}
			_, _ = r.goes.WriteString("on\n")
		}
	}()
}

// waits waits until fob has tried to take the lock that the test has.
func (r *brink) waits() {
	r.t.Helper()
	tried := make(chan error, 1)
	go func() {
		_, err := r.tries.Read(make([]byte, 4096))
		tried <- err
	}()
	select {
	case err := <-tried:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(patience):
		r.t.Fatalf("fob does not wait for the lock: %s", r.on.everything())
	}
}

// letGo lets everything go on that waits for the test. word is what the keeper hears.
func (r *brink) letGo(word string) {
	r.freed.Do(func() {
		close(r.free)
		if r.unlock != nil {
			r.unlock()
		}
		if r.step == "try" || r.step == "put" || r.step == "read back" {
			_, _ = r.goes.WriteString(word + "\n")
		}
	})
}

// verdict says what became of the key, and fails where it is lost.
func (r *brink) verdict() string {
	r.t.Helper()
	r.sane()
	if r.posts > 1 {
		r.t.Errorf("%d POSTs", r.posts)
	}
	unfinished := r.unfinished()
	ids := r.alive()
	switch {
	case len(ids) > 1:
		r.t.Errorf("%d keys exist for one order", len(ids))
		return "TWO KEYS"
	case len(ids) == 0 && strings.Contains(r.on.everything(), "and is revoked again"):
		return "revoked again"
	case len(ids) == 0 && unfinished == "":
		return "nothing made"
	case len(ids) == 0:
		return "nothing made, not known"
	}
	v, ok := r.box.SecretOf(ids[0])
	if !ok {
		r.t.Fatal("it is gone")
	}
	kept, _ := os.ReadFile(filepath.Join(r.keeper, "kept"))
	held, listed, known := string(kept) == v.Reveal(), false, false
	entries, err := stash.OpenIndex(r.index()).Entries(context.Background())
	if err != nil {
		r.t.Errorf("the index can't be read: %v", err)
	}
	for _, e := range entries {
		if e.Print == stash.PrintOf(e.Account, v) {
			listed, known = true, e.KeyID == ids[0]
		}
	}
	said := r.on.everything()
	switch {
	case held && listed && known:
		return "held"
	case held && listed:
		return "held, id unknown"
	case held && strings.Contains(said, "the stash's index could not be written"):
		return "held, warned"
	case unfinished == "":
		r.t.Errorf("a key exists that nobody holds, and the next start doesn't name it; fob said:\n%s", said)
		return "LOST"
	case held:
		return "named, stored"
	}
	return "named"
}

// alive returns the ids of the keys that were made.
func (r *brink) alive() (ids []string) {
	r.t.Helper()
	q := httptest.NewRequest(http.MethodGet, "/api/v1/token?limit=100", nil)
	q.Header.Set("Authorization", "Bearer "+r.box.SessionToken().Reveal())
	w := httptest.NewRecorder()
	r.box.ServeHTTP(w, q)
	var page struct {
		Data []struct {
			ID   string  `json:"api_token_id"`
			Name *string `json:"name"`
		} `json:"data"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Data) < 20 {
		r.t.Fatalf("%v: %s", err, w.Body)
	}
	for _, k := range page.Data {
		if k.Name != nil && *k.Name == "ordered" {
			ids = append(ids, k.ID)
		}
	}
	return ids
}

// unfinished is what the next start says. It fails if a file of fob's can't be read.
func (r *brink) unfinished() string {
	r.t.Helper()
	journal := config.OpenJournal(r.journal())
	for _, err := range lifecycle.Entries(journal) {
		if err != nil {
			r.t.Errorf("the journal can't be read: %v", err)
		}
	}
	d, err := desk.Open(desk.Options{APIURL: r.server.URL, Session: r.box.SessionToken(), Journal: journal})
	if err != nil {
		r.t.Fatal(err)
	}
	lines, err := d.Unfinished(time.Time{})
	if err != nil {
		r.t.Errorf("the journal can't be read: %v", err)
	}
	return strings.Join(lines, "\n")
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

// hears waits until fob has ended, or says that it will once what it is at is done.
func (r *brink) hears() {
	r.t.Helper()
	late := time.After(patience)
	for {
		all, more := r.on.output()
		if strings.Contains(all, "ending once what was begun is done") {
			return
		}
		select {
		case <-more:
		case <-r.on.over:
			return
		case <-late:
			r.t.Fatalf("fob takes no notice of the signal: %s", all)
		}
	}
}

// answers has the key revoked if fob asks what shall become of it, and waits for fob's end.
func (r *brink) answers() {
	r.t.Helper()
	late := time.After(patience)
	for asked := false; ; {
		all, more := r.on.output()
		if !asked && strings.Contains(all, "Number (Enter takes 1): ") {
			asked = true
			r.on.types("2\r")
		}
		select {
		case <-more:
		case <-r.on.over:
			return
		case <-late:
			r.t.Fatalf("fob did not end: %s", all)
		}
	}
}

// TestFaultsOfTheProcess ends fob at every step of making a key.
func TestFaultsOfTheProcess(t *testing.T) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	table := &faulty.Table{
		Title: "The process, while a key is made", Corner: "fault", Rows: []string{"kill -9", "INT", "TERM", "HUP", "disk full from here on"},
		Note:    "*create*: the platform has the request and did nothing yet; *created*: it did, and its answer never comes before the fault.",
		Columns: atProcess,
	}
	table.Measure(t, "../../client/lifecycle/FAULTS.md", func(t *testing.T, fault, step string) string {
		r := begin(t, step)
		switch fault {
		case "kill -9":
			r.on.signal(syscall.SIGKILL)
			<-r.on.over
			r.letGo("no")
			return r.verdict()
		case "disk full from here on":
			none := unix.Rlimit{}
			if err := unix.Prlimit(r.on.cmd.Process.Pid, unix.RLIMIT_FSIZE, &none, nil); err != nil {
				t.Fatal(err)
			}
			r.letGo("on")
			r.answers()
			return r.verdict()
		}
		r.on.signal(signals[fault])
		r.hears()
		r.letGo("on")
		if code := r.on.ends(); code != 128+int(signals[fault]) {
			t.Errorf("ended with %d: %s", code, r.on.everything())
		}
		return r.verdict()
	})
}
