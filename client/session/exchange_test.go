package session

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// noted notes what is told of exchanges.
type noted struct {
	mu  sync.Mutex
	all []Exchange
}

func (n *noted) observe(o *Options) {
	o.OnExchange = func(e Exchange) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.all = append(n.all, e)
	}
}

// lines are what was told since the last call, as "POST host/path status failure".
func (n *noted) lines(t *testing.T, w *world) []string {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	var lines []string
	for _, e := range n.all {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		w.hasNoSecret(string(text))
		if e.At.IsZero() || e.Took < 0 || e.At.Location().String() != "UTC" || strings.ContainsAny(e.Path, "?#") {
			t.Errorf("told %+v", e)
		}
		lines = append(lines, strings.TrimSpace(e.Method+" "+e.Host+e.Path+" "+strings.TrimSpace(http.StatusText(e.Status)+" "+e.Failure)))
	}
	n.all = nil
	return lines
}

func TestWhatIsToldOfSigningIn(t *testing.T) {
	w, n := newWorld(t), &noted{}
	s := w.session(w.withBrowser(nil), n.observe)
	if _, err := s.SignIn(t.Context(), Browser, w.tell); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(issuerURL, "https://")
	want := []string{
		"GET " + strings.TrimPrefix(platformURL, "https://") + "/api/v1/sso/cli-config OK",
		"GET " + host + "/.well-known/openid-configuration OK",
		"POST " + host + "/token OK", "GET " + host + "/keys OK",
	}
	if got := n.lines(t, w); !slices.Equal(got, want) {
		t.Errorf("of the browser's way it is told %q, not %q", got, want)
	}
	if _, err := s.Renew(t.Context(), s.record.access); err != nil {
		t.Fatal(err)
	}
	if got := n.lines(t, w); !slices.Equal(got, []string{"POST " + host + "/token OK"}) {
		t.Errorf("of refreshing it is told %q", got)
	}
	if err := s.SignOut(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := n.lines(t, w); !slices.Equal(got, []string{"POST " + host + "/revoke OK"}) {
		t.Errorf("of signing out it is told %q", got)
	}
}

// Where a redirect leads is the server's word: its path isn't told.
func TestWhatIsToldOfWhereARedirectLeads(t *testing.T) {
	w, n := newWorld(t), &noted{}
	w.at(platformURL+"/api/v1/sso/cli-config", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "/a-secret-of-the-server?and=another", http.StatusFound)
	})
	w.at(platformURL+"/a-secret-of-the-server", says(http.StatusNotFound, "application/json", "{}"))
	if _, err := w.session(n.observe).Ways(t.Context()); err == nil {
		t.Fatal("it was taken for an offer")
	}
	host := strings.TrimPrefix(platformURL, "https://")
	if got := n.lines(t, w); len(got) != 2 || got[0] != "GET "+host+"/api/v1/sso/cli-config Found" || got[1] != "GET "+host+" Not Found" {
		t.Errorf("it is told %q", got)
	}
}

func TestWhatIsToldWhereNoAnswerComes(t *testing.T) {
	w, n := newWorld(t), &noted{}
	w.at(platformURL+"/api/v1/sso/cli-config", down)
	if _, err := w.session(n.observe).Ways(t.Context()); err == nil {
		t.Fatal("a platform that is down answered")
	}
	if got := n.lines(t, w); len(got) != 1 || !strings.HasSuffix(got[0], " no connection") {
		t.Errorf("it is told %q", got)
	}
	for err, want := range map[error]string{context.Canceled: "cancelled", context.DeadlineExceeded: "timeout", errSilent: "timeout", errors.New("x"): "no connection"} {
		if got := failure(err); got != want {
			t.Errorf("%v is %s", err, got)
		}
	}
}
