package history

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fob/client"
	"fob/client/sandbox"
	"fob/client/secret"
)

// TestTheSeededOrganization compares both depths with every entry of every workspace, read one by one.
func TestTheSeededOrganization(t *testing.T) {
	clock := func() time.Time { return noon }
	box := sandbox.New(sandbox.Options{Seed: 7, Now: clock})
	server := httptest.NewServer(box)
	defer server.Close()
	c, err := client.New(client.Options{BaseURL: server.URL, Credential: func(context.Context) (secret.Value, error) { return box.SessionToken(), nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l, err := c.ListKeys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	spaces, err := c.Workspaces(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, k := range l.Items {
		known[k.ID] = true
	}
	from := noon.Add(-90 * day).Truncate(day)
	want := map[string]Usage{}
	days := map[string]map[string]int{}
	for _, w := range spaces {
		for e, err := range c.History(t.Context(), w.Name, client.HistoryQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			id := e.Key.Value.ID
			if !known[id] || e.Time.Before(from) || e.Time.After(noon) {
				continue
			}
			u := want[id]
			if e.Time.After(u.Last) {
				u.Last, u.Workspace = e.Time, w.Name
			}
			if u.Seen == nil {
				u.Seen, days[id] = map[string]int{}, map[string]int{}
			}
			u.Seen[w.Name]++
			u.Hours[e.Time.Hour()]++
			days[id][e.Time.Format(time.DateOnly)]++
			want[id] = u
		}
	}
	if len(want) < 10 {
		t.Fatal("too few keys are seen to tell anything:", len(want))
	}
	r := Reader{Platform: c, Now: clock}
	for _, depth := range []Depth{Full, Last} {
		got := read(t, &r, Request{Keys: l.Items, Workspaces: spaces, Depth: depth})
		if !got.Complete || got.Personal || len(got.Workspaces) != len(spaces) {
			t.Error(got.Why, got.Personal, got.Workspaces)
		}
		for id, u := range want {
			if depth == Full {
				u.Days = days[id]
			} else {
				seen := map[string]int{}
				for w := range u.Seen {
					seen[w] = 1
				}
				u.Seen, u.Hours = seen, [24]int{}
			}
			want[id] = u
		}
		if diff := cmp.Diff(want, got.Keys); diff != "" {
			t.Error(depth, diff)
		}
		for id, u := range want {
			u.Days = nil
			want[id] = u
		}
	}
}
