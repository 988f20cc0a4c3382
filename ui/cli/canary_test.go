package cli_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// madeKey returns something that has the form of a key and opens nothing.
func madeKey() string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return "api_" + part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"jti":"`+rand.Text()+`"}`) + "." + part(rand.Text()+rand.Text())
}

// ran is what a run of fob left behind.
type ran struct {
	code        int
	out, errOut bytes.Buffer
	home        string // the FOB_HOME it had
}

func runPlain(t *testing.T, env []string, args ...string) *ran {
	t.Helper()
	r := &ran{home: t.TempDir()}
	cmd := exec.Command(fob, args...)
	cmd.Env = append(env, "FOB_HOME="+r.home)
	cmd.Stdout, cmd.Stderr = &r.out, &r.errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r.code = cmd.ProcessState.ExitCode()
	return r
}

// written is everything that a run wrote: by where it is found.
func (r *ran) written(check func(error)) map[string]string {
	found := map[string]string{"stdout": r.out.String(), "stderr": r.errOut.String()}
	check(filepath.WalkDir(r.home, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it wrote no file
		}
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	}))
	return found
}

// leaks returns where one of the secrets is found, in any of the forms in which it may be written by accident.
func (r *ran) leaks(t *testing.T, secrets ...string) []string {
	t.Helper()
	found := r.written(func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	})
	var leaks []string
	for where, text := range found {
		for _, s := range secrets {
			for _, form := range []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), fmt.Sprintf("%x", s)} {
				if strings.Contains(text, form) {
					leaks = append(leaks, where)
				}
			}
		}
	}
	return leaks
}

// TestCanary runs commands against a platform, or what stands before it, that says back in its errors what it was sent,
// and a key on top, and looks for both in everything that was written.
func TestCanary(t *testing.T) {
	for name, body := range map[string]string{
		"detail":  `{"detail":"credential %s and key %s"}`,
		"fields":  `{"detail":[{"loc":["header","%s"],"msg":"no good: %s","type":"x"}]}`,
		"details": `{"details":[{"code":"%s","message":"%s"}]}`,
		"errors":  `{"errors":["%s","%s"]}`,
		"message": `{"message":"%s%%s%s"}`,
		"page":    `<html><title>%s</title><body>%s</body></html>`,
		"text":    `%s %s`,
		"shape":   `{"data":"%s","has_more":"%s"}`,
	} {
		for _, status := range []int{200, 400, 401, 403, 404, 422} {
			t.Run(fmt.Sprint(name, " ", status), func(t *testing.T) {
				session, key := "s3ss10n-"+rand.Text()+rand.Text(), madeKey()
				var asked atomic.Bool
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					got := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
					if got == session {
						asked.Store(true)
					}
					w.Header().Set("X-Request-ID", got)
					w.WriteHeader(status)
					fmt.Fprintf(w, body, got, key)
				}))
				defer server.Close()
				env := clean(t, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+session)
				for _, args := range [][]string{{"list"}, {"list", "--json", "--workspace", "a"}, {"doctor"}, {"doctor", "--json"}} {
					r := runPlain(t, env, args...)
					if r.code == 0 {
						t.Errorf("fob %s ended with 0", strings.Join(args, " "))
					}
					if r.errOut.Len() == 0 {
						t.Errorf("fob %s said nothing", strings.Join(args, " "))
					}
					if where := r.leaks(t, session, key); where != nil {
						t.Errorf("fob %s leaks into %v:\n%s", strings.Join(args, " "), where, r.errOut.String())
					}
				}
				if !asked.Load() {
					t.Error("the session never came to the platform: nothing was tested")
				}
			})
		}
	}
}

// Commands that need no platform don't touch the session that is in their environment.
func TestCanaryWithoutAPlatform(t *testing.T) {
	session := "s3ss10n-" + rand.Text()
	for _, args := range [][]string{{"version"}, {"--help"}, {"list", "--help"}, {"list"}, {"nonsense"}, {}, {"demo"}} {
		r := runPlain(t, clean(t, "FOB_SESSION_TOKEN="+session), args...)
		if where := r.leaks(t, session); where != nil {
			t.Errorf("fob %s leaks into %v", strings.Join(args, " "), where)
		}
	}
}

// A key, or a session of its form, as an argument is refused and not said back.
func TestSecretsAsArguments(t *testing.T) {
	key := madeKey()
	for _, args := range [][]string{
		{key},
		{"list", key},
		{"list", "--workspace", key},
		{"list", "--session-file=" + key},
		{"list", "--filter", "name:" + key},
		{"--token", key},
		{"help", key},
		{"list", "--filter", "Bearer " + strings.TrimPrefix(key, "api_")},
	} {
		r := runPlain(t, clean(t), args...)
		if r.code != 2 {
			t.Errorf("%d arguments: ended with %d", len(args), r.code)
		}
		if !strings.Contains(r.errOut.String(), "shell's history") {
			t.Errorf("it does not say why: %q", r.errOut.String())
		}
		if where := r.leaks(t, key, strings.TrimPrefix(key, "api_")); where != nil {
			t.Errorf("it is said back in %v: %s", where, r.errOut.String())
		}
	}
	// A key may be named like one, and what follows -- is somebody else's.
	for _, args := range [][]string{{"list", "--filter", "name:api_prod"}, {"list", "--", key}} {
		r := runPlain(t, clean(t), args...)
		if strings.Contains(r.errOut.String(), "shell's history") {
			t.Errorf("%q is refused as a secret", args[len(args)-1][:8])
		}
		if where := r.leaks(t, key); where != nil {
			t.Errorf("it is said back in %v: %s", where, r.errOut.String())
		}
	}
}
