package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fob/client/sandbox"
	"fob/client/sandbox/visitor"
)

// The people of the sandbox, as the buttons of its page name them.
const (
	ida    = "Ida Krüger"    // an admin
	tomasz = "Tomasz Wójcik" // a member, of two organizations
	nobody = "Nobody"        // denies
)

// signIn runs a fob login and plays who in front of the provider; with "" nobody comes, and whoever waits presses ctrl+c.
// told is where the address comes from that was opened in a browser, the error output where it is nil.
func signIn(cmd *exec.Cmd, who string, told func() (string, error)) (out, errOut string, code int, err error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	said, err := cmd.StderrPipe()
	if err != nil {
		return "", "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", "", 0, err
	}
	var shown []string // the addresses and the code
	var played error
	lines := bufio.NewReader(said)
	for {
		line, err := lines.ReadString('\n')
		stderr.WriteString(line)
		if text, found := strings.CutPrefix(line, "  "); found {
			shown = append(shown, strings.TrimSpace(text))
		}
		if strings.Contains(line, "waiting for you") {
			if played = play(cmd, who, shown, told); played != nil {
				_ = cmd.Process.Kill() // nobody else will come
			}
		}
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), errors.Join(err, played)
}

// play does what a person does who is shown this.
func play(cmd *exec.Cmd, who string, shown []string, told func() (string, error)) error {
	if who == "" {
		return cmd.Process.Signal(os.Interrupt)
	}
	person := visitor.New()
	if len(shown) == 2 {
		_, err := person.EnterCode(shown[0], shown[1], who)
		return err
	}
	address := shown[0]
	if told != nil {
		var err error
		if address, err = told(); err != nil {
			return err
		}
	}
	_, err := person.Choose(address, who)
	return err
}

// account is a machine of a person's own, at which nobody is signed in yet, and a platform.
type account struct {
	t    *testing.T
	url  string
	home string // FOB_HOME
	env  []string

	mu    sync.Mutex
	asked []*http.Request // of the platform, with what stood in their headers
}

// newAccount serves a sandbox to a machine without a keyring.
func newAccount(t *testing.T, o sandbox.Options) *account {
	t.Helper()
	a := &account{t: t}
	world := sandbox.New(o)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		a.asked = append(a.asked, r.Clone(r.Context()))
		a.mu.Unlock()
		world.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	a.url = server.URL
	a.env = clean(t, "FOB_API_URL="+a.url)
	for _, line := range a.env {
		if path, found := strings.CutPrefix(line, "FOB_HOME="); found {
			a.home = path
		}
	}
	return a
}

func (a *account) command(args ...string) *exec.Cmd {
	cmd := exec.Command(fob, args...)
	cmd.Env = a.env
	return cmd
}

// login signs who in, by a code, with the session in a file.
func (a *account) login(who string, more ...string) {
	a.t.Helper()
	_, said, code, err := signIn(a.command(append([]string{"login", "--device", "--store", "file"}, more...)...), who, nil)
	if err != nil || code != 0 {
		a.t.Fatalf("fob login ended with %d: %v\n%s", code, err, said)
	}
}

func (a *account) run(args ...string) (out, said string, code int) {
	a.t.Helper()
	return a.runWith(nil, args...)
}

func (a *account) runWith(env []string, args ...string) (out, said string, code int) {
	a.t.Helper()
	cmd := a.command(args...)
	cmd.Env = append(cmd.Env, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		a.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// session is the file with the session of the profile.
func (a *account) session() string {
	a.t.Helper()
	found, err := filepath.Glob(filepath.Join(a.home, "sessions", "*"))
	if err != nil {
		a.t.Fatal(err)
	}
	for _, path := range found {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(`"session"`)) {
			return path
		}
	}
	return ""
}

// requests are the ones that came to the platform's own paths since the last call.
func (a *account) requests() []*http.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	defer func() { a.asked = nil }()
	return a.asked
}

// TestAccountScripts plays people who sign in. Beside the commands of TestScripts there is
//
//	login CODE WHO [ARG…]  runs fob login --store file ARG…, plays WHO where it asks for a person, and wants that exit code
//
// and sandbox sets no session.
func TestAccountScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/account",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(fob)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("FOB_HOME", filepath.Join(env.WorkDir, "fob-home"))
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("TZ", "UTC")
			env.Setenv("SCHEMAS", mustAbs(t, "testdata/schema"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": func(ts *testscript.TestScript, neg bool, args []string) {
				startSandbox(ts, neg, args)
				ts.Setenv("GIVEN", ts.Getenv("FOB_SESSION_TOKEN"))
				ts.Setenv("FOB_SESSION_TOKEN", "")
			},
			"fob": runFob, "schema": holdAgainst, "login": loginAs, "key": makeKeyOf, "platform": startPlatform, "remember": remember,
		},
		RequireExplicitExec: true,
	})
}

// makeKeyOf makes a key as the sandbox's own session.
func makeKeyOf(ts *testscript.TestScript, neg bool, args []string) {
	before := ts.Getenv("FOB_SESSION_TOKEN")
	ts.Setenv("FOB_SESSION_TOKEN", ts.Getenv("GIVEN"))
	makeKey(ts, neg, args)
	ts.Setenv("FOB_SESSION_TOKEN", before)
}

// passed are the variables that fob is run with in scripts.
var passed = []string{"PATH", "HOME", "FOB_HOME", "LANG", "TZ", "FOB_API_URL", "FOB_SESSION_TOKEN", "FOB_PROFILE", "FOB_ORGANIZATION_ID"}

func loginAs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: login CODE WHO [ARG…]")
	}
	cmd := exec.Command(fob, append([]string{"login", "--store", "file"}, args[2:]...)...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range passed {
		if value := ts.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	out, said, code, err := signIn(cmd, args[1], nil)
	_, _ = io.WriteString(ts.Stdout(), out)
	_, _ = io.WriteString(ts.Stderr(), said)
	ts.Check(err)
	if want := args[0]; want != strconv.Itoa(code) {
		ts.Fatalf("fob login ended with %d, not %s: %s", code, want, said)
	}
}
