package cli_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"fob/client/lifecycle/faulty"
)

// atProcess are the steps of fob create, in their order, and the moments at which fob waits for the test there.
var atProcess = []struct {
	name string
	moment
}{
	{"try", moment{event: "file check"}},
	{"ask who", moment{event: "me"}},
	{"read the list", moment{event: "list"}},
	{"intent", moment{event: "list", lock: (*brink).journal}},
	{"create", moment{event: "create"}},
	{"created", moment{event: "create, done"}},
	{"put", moment{event: "file put"}},
	{"read back", moment{event: "file read"}},
	{"index", moment{event: "file read", lock: (*brink).index}},
	{"stored", moment{event: "file read", lock: (*brink).journal}},
	{"find the id", moment{event: "find"}},
	{"outcome", moment{event: "find", lock: (*brink).journal}},
	{"which key", moment{event: "find", lock: (*brink).index}},
}

// making is a fob create.
type making struct{ *brink }

// begin starts a fob create, and returns once it is at the moment.
func begin(t *testing.T, m moment) *making {
	t.Helper()
	r := &making{newBrink(t, &keeper{name: "file"})}
	r.start(m, "create", "--yes", "--type", "service", "--name", "ordered", "--workspace", "claims-search",
		"--role", "Editor", "--expires", "90d", "--to", "command:file")
	return r
}

// verdict says what became of the key, and fails where it is lost.
func (r *making) verdict() string {
	r.t.Helper()
	r.sane()
	if r.posts > 1 {
		r.t.Errorf("%d POSTs", r.posts)
	}
	unfinished := r.unfinished()
	ids := r.alive("ordered")
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
	held := r.heldBy("file", ids[0])
	entry, listed := r.indexed(ids[0])
	known := entry.KeyID == ids[0]
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

// unfinished is what the next start says. It fails if a file of fob's can't be read.
func (r *making) unfinished() string {
	r.t.Helper()
	_ = r.entries()
	lines, err := r.inside(true).Unfinished(time.Time{})
	if err != nil {
		r.t.Errorf("the journal can't be read: %v", err)
	}
	return strings.Join(lines, "\n")
}

// hears waits until fob has ended, or says that it will once what it is at is done.
func (r *making) hears() {
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
func (r *making) answers() {
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
		Note: "*create*: the platform has the request and did nothing yet; *created*: it did, and its answer never comes before the fault.",
	}
	moments := map[string]moment{}
	for _, step := range atProcess {
		table.Columns = append(table.Columns, step.name)
		moments[step.name] = step.moment
	}
	table.Measure(t, "../../client/lifecycle/FAULTS.md", func(t *testing.T, fault, step string) string {
		r := begin(t, moments[step])
		switch fault {
		case "kill -9":
			r.kill()
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
