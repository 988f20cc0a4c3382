package cli_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What changes something meets a platform that says back what it was sent, and a key on top: in its refusals, in the
// names and unknown fields of keys, in the id of the request. Neither is in anything that is written, the log included.
func TestCanaryOfChanges(t *testing.T) {
	order := []string{"create", "--yes", "--name", "x", "--workspace", "claims", "--role", "own", "--expires", "90d", "--json", "--to"}
	rotated := []string{"rotate", "k-1", "--yes", "--service", "--name", "n", "--role", "r", "--organization-role", "member", "--all-workspaces", "--expires", "90d"}
	rotated = rotated[:len(rotated):len(rotated)]
	file := filepath.Join(t.TempDir(), "a.env")
	for name, args := range map[string][]string{
		"create":           append(order, "env-file:"+file),
		"create, homeless": append(order, "keyring"),
		"edit":             {"edit", "k-1", "--name", "y", "--yes"},
		"edit, json":       {"edit", "k-1", "--name", "y", "--yes", "--json"},
		"revoke":           {"revoke", "k-1", "--yes"},
		"revoke, json":     {"revoke", "k-1", "--yes", "--json"},
		"edit, list":       {"edit", "k-1", "k-1", "--type", "service", "--yes", "--json"},
		"revoke, list":     {"revoke", "k-1", "k-1", "--yes", "--json"},
		"incident":         {"incident", "--created-after", "1d", "--cannot-tell", "revoke", "--yes"},
		"incident, json":   {"incident", "--used-after", "1d", "--yes", "--json"},
		"leaver":           {"leaver", "--owner", "u", "--yes", "--revoke-seen"},
		"rotate":           append(rotated, "--to", "env-file:"+file),
		"rotate, json":     append(rotated, "--json", "--to", "env-file:"+file),
		"rotate, list":     {"rotate", "k-1", "k-1", "--yes", "--service", "--json"},
		"quarantine":       {"quarantine", "k-1", "--yes"},
		"quarantine, json": {"quarantine", "k-1", "k-2", "--yes", "--json"},
		"show":             {"show", "k-1"},
		"show, json":       {"show", "k-1", "--json"},
	} {
		t.Run(name, func(t *testing.T) {
			session, key := "s3ss10n-"+rand.Text()+rand.Text(), madeKey()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				got := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				w.Header().Set("X-Request-ID", got)
				switch {
				case r.Method != http.MethodGet:
					w.WriteHeader(http.StatusUnprocessableEntity)
					fmt.Fprintf(w, `{"detail":[{"loc":["%s"],"msg":"%s","type":"x"}]}`, got, key)
				case strings.HasSuffix(r.URL.Path, "/me"):
					fmt.Fprint(w, `{"user_id":"u","organization":{"organization_id":"o","role":"ADMIN"}}`)
				case strings.HasSuffix(r.URL.Path, "/workspaces"):
					fmt.Fprint(w, `[{"workspace_id":"w","name":"claims"}]`)
				case strings.HasSuffix(r.URL.Path, "/roles"):
					fmt.Fprint(w, `{"data":[],"has_more":false,"total":0}`)
				default:
					fmt.Fprintf(w, `{"data":[{"api_token_id":"k-1","debug":"%s","trace":{"by":"%s"}}],"has_more":false,"total":1}`, got, key)
				}
			}))
			defer server.Close()
			log := filepath.Join(t.TempDir(), "log")
			r := runPlain(t, clean(t, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+session), append(args, "--log", log)...)
			if strings.HasPrefix(name, "show") != (r.code == 0) {
				t.Errorf("ended with %d: %s", r.code, r.errOut.String())
			}
			logged, err := os.ReadFile(log)
			if err != nil || len(logged) == 0 {
				t.Errorf("nothing was logged: %v", err)
			}
			r.errOut.Write(logged)
			if where := r.leaks(t, session, key); where != nil {
				t.Errorf("it leaks into %v:\n%s\n%s", where, r.out.String(), r.errOut.String())
			}
		})
	}
}
