package cli_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// ordering is a fob create that needs no answer and whose secret goes to a file.
func ordering(file string, more ...string) []string {
	return append([]string{
		"create", "--yes", "--type", "service", "--name", "ordered", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d",
		"--to", "env-file:" + file,
	}, more...)
}

// everywhere is a platform that makes every key for all workspaces, whatever is asked.
func everywhere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			var draft map[string]any
			if err := json.NewDecoder(r.Body).Decode(&draft); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			delete(draft, "workspaces")
			body, _ := json.Marshal(draft) //nolint:errchkjson // it was JSON
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		if strings.HasSuffix(r.URL.Path, "/workspaces/claims-search/token") { // the key would not be found among them
			r = r.Clone(r.Context())
			r.URL.Path = "/api/v1/token"
		}
		next.ServeHTTP(w, r)
	})
}

// A key that is wider than asked is said first, stays where nobody is asked, and the exit code tells.
func TestWiderThanAsked(t *testing.T) {
	env := newPlatform(t, everywhere)
	r := runPlain(t, env, ordering(filepath.Join(t.TempDir(), "a.env"), "--json")...)
	if r.code != 3 || !strings.HasPrefix(r.errOut.String(), "fob: ! WIDER THAN ASKED: its workspaces is ") {
		t.Errorf("ended with %d: %s", r.code, r.errOut.String())
	}
	if !strings.Contains(r.out.String(), `"wider":true,"deviations":[{"field":"workspaces"`) || !strings.Contains(r.out.String(), `"revoked":false`) {
		t.Errorf("the JSON does not tell: %s", r.out.String())
	}
}

// At a terminal a person decides about it.
func TestWiderThanAskedIsDiscarded(t *testing.T) {
	env := newPlatform(t, everywhere)
	o := startOnTerminal(t, env, ordering(filepath.Join(t.TempDir(), "a.env"))...)
	o.answers(0, "WIDER THAN ASKED", "", "Keep it all the same?", "n\r",
		"Which one shall be revoked?", "", "(ordered)", "", "none of them", "", "Number (Enter takes 2):", "1\r")
	if code := o.ends(); code != 1 {
		t.Errorf("ended with %d", code)
	}
	o.sees("and is revoked again", 0)
	if strings.Contains(listed(t, env, "ordered"), `"ordered"`) {
		t.Error("it is still there")
	}
}

// An answer that never arrives leaves a key that nobody has: it is named, and nothing is sent twice.
func TestAnUnansweredCreate(t *testing.T) {
	var posts int
	env := newPlatform(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				next.ServeHTTP(w, r)
				return
			}
			posts++
			next.ServeHTTP(httptest.NewRecorder(), r)
			if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
				connection.Close()
			}
		})
	})
	r := runPlain(t, env, ordering(filepath.Join(t.TempDir(), "a.env"), "--json")...)
	if r.code != 1 || posts != 1 {
		t.Errorf("ended with %d after %d POSTs", r.code, posts)
	}
	for _, text := range []string{"it may be ", "(ordered)", "nobody has its secret; fob revoke "} {
		if !strings.Contains(r.errOut.String(), text) {
			t.Errorf("it does not say %q: %s", text, r.errOut.String())
		}
	}
	if !strings.Contains(r.out.String(), `"made":"unknown"`) {
		t.Errorf("the JSON does not tell: %s", r.out.String())
	}
}

// A reader of the output that goes away takes the key with it: it is revoked again.
func TestAReaderThatGoesAway(t *testing.T) {
	env := newPlatform(t, nil)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	var said bytes.Buffer
	cmd := exec.Command(fob, "create", "--yes", "--name", "ordered", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d", "--to", "stdout")
	cmd.Env, cmd.Stdout, cmd.Stderr = env, writer, &said
	err = cmd.Run()
	writer.Close()
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("ended with %d: %v", code, err)
	}
	if !strings.Contains(said.String(), "and is revoked again") {
		t.Errorf("it says %s", said.String())
	}
	if strings.Contains(listed(t, env, "ordered"), `"ordered"`) {
		t.Error("it is still there")
	}
}

// A person at the terminal says where a secret goes that its destination didn't take.
func TestRehoming(t *testing.T) {
	env, file := newPlatform(t, nil), filepath.Join(t.TempDir(), "a.env")
	home := t.TempDir()
	settings := "[destinations.no]\ncommand = [\"false\"]\n"
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"create", "--yes", "--type", "service", "--name", "ordered", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d", "--to", "command:no"}
	o := startOnTerminal(t, append(env, "FOB_HOME="+home), args...)
	at := o.answers(0, "no destination took its secret", "", "Number", "1\r", "Where shall its secret go?", "", "Number", "2\r", "Which file?", file+"\r")
	o.sees("kept in the env file", at)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "API_KEY=api_ey") {
		t.Errorf("the key is not in the file: %v", err)
	}
	o = startOnTerminal(t, append(env, "FOB_HOME="+home), args...)
	o.answers(0, "no destination took its secret", "", "Number", "\x04") // the end of the input: nobody can say
	if code := o.ends(); code != 1 {
		t.Errorf("ended with %d", code)
	}
	o.sees("and is revoked again", 0)
}

// slowly starts an order that the platform doesn't answer before it is let go.
func slowly(t *testing.T, file string) (p *slowPlatform, cmd *exec.Cmd, said *watched) {
	t.Helper()
	p, env := newSlowPlatform(t)
	said = &watched{more: make(chan struct{})}
	cmd = exec.Command(fob, ordering(file)...)
	cmd.Env, cmd.Stderr = env, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	p.isAsked(t)
	return p, cmd, said
}

// watched is an output that can be waited for.
type watched struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func (w *watched) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.more)
	w.more = make(chan struct{})
	return w.text.Write(b)
}

func (w *watched) has(text string) (bool, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), text), w.more
}

func (w *watched) waitFor(text string) {
	for {
		found, more := w.has(text)
		if found {
			return
		}
		<-more
	}
}

// The first signal ends fob once the key is safe; the second one at once, and names the key that nobody may have.
func TestSignalsDuringACreate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.env")
	p, cmd, said := slowly(t, file)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	said.waitFor("ending once what was begun is done")
	p.let()
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 143 {
		t.Errorf("the first ended it with %d", code)
	}
	if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "API_KEY=api_ey") {
		t.Errorf("the key is not in the file: %v", err)
	}
	if found, _ := said.has("kept in the env file"); !found {
		t.Error("it does not say where the key is")
	}

	_, cmd, said = slowly(t, filepath.Join(t.TempDir(), "b.env"))
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	said.waitFor("ending once what was begun is done")
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 130 {
		t.Errorf("the second ended it with %d", code)
	}
	if found, _ := said.has("ordered was being made in claims-search"); !found {
		t.Error("it does not name the key")
	}
}
