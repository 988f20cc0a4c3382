package cli_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"fob/client/sandbox"
)

// A history that can't be read makes the audit incomplete: 3 where nothing was found, and 10, which goes before it, where
// something was; never a clean 0.
func TestAuditOfAHistoryThatFails(t *testing.T) {
	t.Parallel()
	world := sandbox.New(sandbox.Options{Seed: 1, Before: func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/workspaces/claims-search/search_history") {
			return false
		}
		http.Error(w, `{"detail":"broken"}`, http.StatusNotImplemented) // a status that isn't tried again
		return true
	}})
	server := httptest.NewServer(world)
	defer server.Close()
	env := clean(t, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+world.SessionToken().Reveal())
	for rule, want := range map[string]int{"unknown-origin": 3, "expired": 10} {
		cmd := exec.Command(fob, "audit", "--rule", rule, "--json")
		cmd.Env = env
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != want {
			t.Errorf("%s: %v, want %d\n%s", rule, err, want, said.String())
		}
		if !strings.Contains(string(out), `"complete":false`) {
			t.Errorf("%s: the report doesn't say that it is incomplete", rule)
		}
		if !strings.Contains(said.String(), "claims-search") {
			t.Errorf("%s: the workspace isn't named: %q", rule, said.String())
		}
	}
}
