package cli_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fob/client/sandbox"
)

// replacing is a platform whose clock the test moves, with a key that lies in an env file, and a fob whose files stay from
// one command to the next.
type replacing struct {
	t      *testing.T
	box    *sandbox.Sandbox
	home   string // of fob's files
	folder string // of env files
	env    []string
	old    string // the key's id
	clock  atomic.Pointer[time.Time]
	posts  atomic.Int32
	hold   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // tells whether it has answered
}

func (r *replacing) pass(d time.Duration) {
	at := r.clock.Load().Add(d)
	r.clock.Store(&at)
}

func newReplacing(t *testing.T) *replacing {
	t.Helper()
	r := &replacing{t: t, folder: t.TempDir()}
	at := time.Now().UTC().Truncate(time.Second)
	r.clock.Store(&at)
	r.box = sandbox.New(sandbox.Options{Seed: 1, Keys: 20, History: 10, Now: func() time.Time { return *r.clock.Load() }})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Method == http.MethodPost {
			r.posts.Add(1)
		}
		if hold := r.hold.Load(); hold != nil && (*hold)(w, req) {
			return
		}
		r.box.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	r.env = clean(t, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+r.box.SessionToken().Reveal())
	for _, line := range r.env {
		if home, ok := strings.CutPrefix(line, "FOB_HOME="); ok {
			r.home = home
		}
	}
	made := r.runs(0, "create", "--yes", "--name", "svc", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d",
		"--to", "env-file:"+r.file("svc.env"), "--to", "env-file:"+r.file("spare.env"))
	r.old = strings.TrimSpace(made.out.String())
	r.pass(time.Hour)
	return r
}

func (r *replacing) file(name string) string { return filepath.Join(r.folder, name) }

func (r *replacing) command(args ...string) (*exec.Cmd, *ran) {
	got := &ran{home: r.home}
	cmd := exec.Command(fob, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = r.env, &got.out, &got.errOut
	return cmd, got
}

// runs runs fob, which has to end with that code, and looks for the secrets of every key in what it wrote.
func (r *replacing) runs(code int, args ...string) *ran {
	r.t.Helper()
	cmd, got := r.command(args...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	if got.code = cmd.ProcessState.ExitCode(); got.code != code {
		r.t.Fatalf("fob %s ended with %d, not %d: %s", strings.Join(args, " "), got.code, code, got.errOut.String())
	}
	for _, name := range []string{"svc.env", "spare.env", "new.env"} {
		for _, key := range keysIn(r.file(name)) {
			if where := got.leaks(r.t, key); where != nil {
				r.t.Errorf("fob %s leaks into %v", strings.Join(args, " "), where)
			}
		}
	}
	return got
}

func keysIn(path string) []string {
	data, _ := os.ReadFile(path)
	var keys []string
	for line := range strings.SplitSeq(string(data), "\n") {
		if key, ok := strings.CutPrefix(line, "API_KEY="); ok {
			keys = append(keys, strings.Trim(key, `"'`))
		}
	}
	return keys
}

// has tells whether the file has the key with that id.
func (r *replacing) has(name, id string) bool {
	v, ok := r.box.SecretOf(id)
	keys := keysIn(r.file(name))
	return ok && len(keys) == 1 && v.Redact(keys[0]) == "[secret]"
}

func (r *replacing) says(got *ran, texts ...string) {
	r.t.Helper()
	for _, text := range texts {
		if !strings.Contains(got.out.String()+got.errOut.String(), text) {
			r.t.Errorf("it does not say %q: %s%s", text, got.out.String(), got.errOut.String())
		}
	}
}

// killed starts a command, and kills it at the first request that at tells of; answered is whether the platform carries
// that out.
func (r *replacing) killed(at func(*http.Request) bool, args ...string) {
	r.t.Helper()
	reached, free := make(chan struct{}), make(chan struct{})
	var once sync.Once
	hold := func(_ http.ResponseWriter, req *http.Request) bool {
		if !at(req) {
			return false
		}
		if req.Method == http.MethodPost {
			r.box.ServeHTTP(httptest.NewRecorder(), req)
		}
		once.Do(func() { close(reached) })
		<-free
		return true
	}
	r.hold.Store(&hold)
	defer close(free)
	defer r.hold.Store(nil)
	cmd, got := r.command(args...)
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-reached:
	case <-ended:
		r.t.Fatalf("fob ended before it came to it: %s", got.errOut.String())
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		r.t.Fatal("fob did not come to it")
	}
	if err := cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	<-ended
}

func (r *replacing) rotates() []string {
	return []string{"rotate", "svc", "--to", "env-file:" + r.file("new.env"), "--yes"}
}

// A straggler still works with the old key: what was seen where is said, and it is not revoked. Once it has been silent
// for long enough, it may be.
func TestARotationWithAStraggler(t *testing.T) {
	r := newReplacing(t)
	got := r.runs(0, r.rotates()...)
	id := strings.TrimSpace(got.out.String())
	if !r.has("svc.env", id) || !r.has("spare.env", id) || !r.has("new.env", id) {
		t.Fatal("the new key is not everywhere")
	}
	r.pass(time.Hour)
	r.box.Ask(r.old, "claims-search", *r.clock.Load())
	r.pass(time.Minute)
	r.says(r.runs(0, "rotate", "--status", "svc"), "in claims-search", "the old key is still seen", "the overlap is not over")
	r.says(r.runs(3, "rotate", "--finish", "svc", "--yes"), "fob: the old key: last ", "in claims-search", "the old key is still seen")
	if _, alive := r.box.SecretOf(r.old); !alive {
		t.Fatal("the old key was revoked")
	}
	r.pass(8 * 24 * time.Hour)
	r.says(r.runs(0, "rotate", "--status", "svc"), "silent since", "nothing speaks against revoking the old key")
	r.runs(0, "rotate", "--finish", "svc~2", "--yes")
	if _, alive := r.box.SecretOf(r.old); alive {
		t.Error("the old key is alive")
	}
}

// fob is killed while the answer is on its way: the next command names the key that nobody has, and no second one is made
// before somebody has decided about it.
func TestARotationKilledWhileTheKeyIsMade(t *testing.T) {
	r := newReplacing(t)
	r.killed(func(req *http.Request) bool { return req.Method == http.MethodPost }, r.rotates()...)
	posts := r.posts.Load()
	named := r.runs(0, "list", "--columns", "name", "--no-headers")
	r.says(named, "fob: svc~2 may have been made in claims-search, and nobody has its secret; it may be ", "fob orphans --revoke ", " --key ", "fob orphans --leave ")
	if n := strings.Count(named.errOut.String(), "svc~2 may have been made"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	r.says(r.runs(1, "rotate", "--resume", "svc", "--yes"), "fob orphans shows what became of it")
	found := r.runs(0, "orphans")
	r.says(found, "fate:", "orphan", "sure:", "likely", "rotation:")
	if r.posts.Load() != posts {
		t.Fatal("a second key was made")
	}
	r.says(r.runs(2, "orphans", "--revoke", "svc~2", "--yes"), "it isn't certain which key it is", "--key ID says which one it is; it may be ")
	_, after, _ := strings.Cut(found.out.String(), " --key ")
	id, _, _ := strings.Cut(after, " ")
	r.says(r.runs(0, "orphans", "--revoke", id, "--yes"), "(svc~2): revoked", "it belongs to a rotation")
	r.says(r.runs(0, "orphans"), "no making of a key was cut off")
	got := r.runs(0, "rotate", "--resume", "svc", "--to", "env-file:"+r.file("new.env"), "--yes")
	if id := strings.TrimSpace(got.out.String()); !r.has("svc.env", id) || r.posts.Load() != posts+1 {
		t.Errorf("the new key is not where the old one was, after %d requests: %s", r.posts.Load()-posts, got.errOut.String())
	}
	if quiet := r.runs(0, "list", "--columns", "name", "--no-headers"); strings.Contains(quiet.errOut.String(), "svc") {
		t.Errorf("something is left: %s", quiet.errOut.String())
	}
}

// It is killed when the new key is kept, and its id is looked for: the next command takes it in, and the rotation goes on.
func TestARotationKilledWhileTheIDIsLookedFor(t *testing.T) {
	r := newReplacing(t)
	before := r.posts.Load()
	r.killed(func(req *http.Request) bool {
		return r.posts.Load() > before && req.Method == http.MethodGet && strings.HasSuffix(req.URL.Path, "/token")
	}, r.rotates()...)
	if len(keysIn(r.file("new.env"))) != 1 || r.has("new.env", r.old) {
		t.Fatal("the new key is not kept")
	}
	r.says(r.runs(0, "rotate", "--status"), "placing", "which was being made in claims-search when fob ended, is kept in env file")
	r.says(r.runs(0, "orphans"), "no making of a key was cut off")
	r.says(r.runs(0, "list"), "the rotation of svc is placing", "fob rotate --resume")
	got := r.runs(0, "rotate", "--resume", "svc", "--yes")
	if id := strings.TrimSpace(got.out.String()); !r.has("svc.env", id) || !r.has("new.env", id) || r.posts.Load() != before+1 {
		t.Errorf("the new key is not everywhere: %s", got.errOut.String())
	}
	r.runs(0, "rotate", "--abandon", "svc", "--yes", "--force")
}

// Of two fobs that rotate one key at once, one does, and the other says so.
func TestTwoFobsRotateOneKey(t *testing.T) {
	r := newReplacing(t)
	before := r.posts.Load()
	var said [2]bytes.Buffer
	var codes [2]int
	var both sync.WaitGroup
	for n := range said {
		both.Go(func() {
			cmd, _ := r.command("rotate", "svc", "--to", "env-file:"+r.file([]string{"new.env", "other.env"}[n]), "--yes")
			cmd.Stdout, cmd.Stderr = nil, &said[n]
			_ = cmd.Run() // its exit code is looked at
			codes[n] = cmd.ProcessState.ExitCode()
		})
	}
	both.Wait()
	if codes[0]+codes[1] != 1 || r.posts.Load() != before+1 {
		t.Fatalf("ended with %v, after %d requests: %s%s", codes, r.posts.Load()-before, said[0].String(), said[1].String())
	}
	if text := said[0].String() + said[1].String(); !strings.Contains(text, "is being rotated already") {
		t.Errorf("it does not say why: %s", text)
	}
}

// What is asked at a terminal, where the platform doesn't show it.
func TestARotationAsks(t *testing.T) {
	r := newReplacing(t)
	o := startOnTerminal(t, r.env, "rotate", "svc", "--to", "env-file:"+r.file("new.env"))
	o.answers(0, "takes over in: env file", "", "Rotate svc", "y\r")
	if code := o.ends(); code != 0 {
		t.Fatalf("ended with %d: %s", code, o.everything())
	}
	o = startOnTerminal(t, r.env, "rotate", "--finish", "svc")
	o.sees("doubt: the overlap is not over", 0)
	if code := o.ends(); code != 3 {
		t.Errorf("ended with %d", code)
	}
	o = startOnTerminal(t, r.env, "rotate", "--finish", "svc", "--force")
	o.answers(0, "Type finish to revoke svc:", "no\r", "Not taken", "", "Type finish", "finish\r")
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if _, alive := r.box.SecretOf(r.old); alive {
		t.Error("the old key is alive")
	}
}
