package cli_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the built program as scripts would. Beside testscript's own commands there are
//
//	sandbox [FLAG…]     starts fob sandbox and sets FOB_API_URL, FOB_SESSION_TOKEN and ISSUER to its own
//	platform FOLDER     starts a platform that answers with the files in FOLDER, and sets both to it
//	fob CODE [ARG…]     runs fob, which has to end with that exit code
//	session-of-env      writes FOB_SESSION_TOKEN into the file "session"
//	remember NAME       sets NAME to what is on stdout, without the newline at its end
//	schema FILE SCHEMA  holds every line of JSON in FILE, or stdout, against a schema
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(fob)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("FOB_HOME", filepath.Join(env.WorkDir, "fob-home"))
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("TZ", "UTC")
			env.Setenv("SCHEMAS", mustAbs(t, "testdata/schema"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": startSandbox, "platform": startPlatform, "fob": runFob, "schema": holdAgainst,
			"session-of-env": writeSession, "remember": remember,
		},
		RequireExplicitExec: true,
	})
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func runFob(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fob CODE [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(fob, args[1:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		if exit.ExitCode() != want {
			ts.Fatalf("exit code %d, not %d", exit.ExitCode(), want)
		}
	case err != nil:
		ts.Fatalf("%v", err)
	case want != 0:
		ts.Fatalf("exit code 0, not %d", want)
	}
}

func startSandbox(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(fob, append([]string{"sandbox"}, args...)...)
	cmd.Env = []string{"HOME=" + ts.Getenv("WORK"), "LANG=C.UTF-8"}
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != 128+int(syscall.SIGTERM) {
			ts.Fatalf("fob sandbox ended with %d on TERM", code)
		}
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	var first struct {
		APIURL         string   `json:"api_url"`
		SessionToken   string   `json:"session_token"`
		OrganizationID string   `json:"organization_id"`
		Workspaces     []string `json:"workspaces"`
		Issuer         string   `json:"issuer"`
	}
	ts.Check(json.Unmarshal(line, &first))
	if first.OrganizationID == "" || len(first.Workspaces) == 0 {
		ts.Fatalf("the first line of fob sandbox lacks something: %s", line)
	}
	ts.Setenv("FOB_API_URL", first.APIURL)
	ts.Setenv("FOB_SESSION_TOKEN", first.SessionToken)
	ts.Setenv("ISSUER", first.Issuer)
}

// startPlatform answers a path such as /api/v1/token with the file "token", page 2 of it with "token.2", what is before
// an id with "token.before", and what isn't a GET with "POST.token". A file that begins with a number has that status;
// KEY in it is something of the form of a key.
func startPlatform(ts *testscript.TestScript, _ bool, args []string) {
	folder := ts.MkAbs(args[0])
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/api/v1/"), "/", ".")
		if page := r.URL.Query().Get("page_number"); page != "" && page != "1" {
			name += "." + page
		}
		if r.URL.Query().Get("before") != "" {
			name += ".before"
		}
		if r.Method != http.MethodGet {
			name = r.Method + "." + name
		}
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			data = []byte(`404 {"detail":"there is nothing here"}`)
		}
		status := http.StatusOK
		if first, rest, found := bytes.Cut(data, []byte(" ")); found {
			if n, err := strconv.Atoi(string(first)); err == nil {
				status, data = n, rest
			}
		}
		data = bytes.ReplaceAll(data, []byte("KEY"), []byte(madeKey()))
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(data)
	}))
	ts.Defer(server.Close)
	ts.Setenv("FOB_API_URL", server.URL)
	ts.Setenv("FOB_SESSION_TOKEN", rand.Text())
}

func writeSession(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.WriteFile(ts.MkAbs("session"), []byte(ts.Getenv("FOB_SESSION_TOKEN")+"\n"), 0o600))
}

func holdAgainst(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: schema FILE SCHEMA")
	}
	var schema openapi3.Schema
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[1])), &schema))
	text := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
	for line := range strings.SplitSeq(text, "\n") {
		var value any
		ts.Check(json.Unmarshal([]byte(line), &value))
		err := schema.VisitJSON(value, openapi3.EnableFormatValidation())
		if neg != (err != nil) {
			ts.Fatalf("held against %s: %v\n%s", args[1], err, line)
		}
	}
}

func remember(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: remember NAME")
	}
	ts.Setenv(args[0], strings.TrimSuffix(ts.ReadFile("stdout"), "\n"))
}
