package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

// crowd is an organization of n keys of every kind, most of which are seen.
func crowd(n int) audit.Input {
	in := world()
	for i := range n {
		k := key(fmt.Sprintf("%08x-9a3b-4c5d-8e7f-0123456789ab", i))
		k.Name = client.Some(fmt.Sprintf("%s-%s-%06d", []string{"ingest", "search", "Export", "bot"}[i%4], []string{"prod", "ci"}[i%2], i))
		k.CreatedAt = client.Some(ago(float64(i%400) + 0.5))
		switch i % 7 {
		case 0:
			k.ExpiresAt = client.Null[time.Time]()
		case 1:
			k.ExpiresAt = client.Some(ago(float64(i%40) - 30))
		}
		switch i % 5 {
		case 0:
			k.Workspaces = client.Null[[]client.WorkspaceRef]()
		case 1:
			k.Workspaces = client.Some([]client.WorkspaceRef{{ID: "w-1"}, {ID: "w-2"}})
		}
		if i%6 == 0 {
			k.Personal, k.User = client.Some(true), client.Some(client.PersonRef{ID: "u-zoe"})
		}
		in.Keys = append(in.Keys, k)
		if i%3 > 0 {
			in.Reading.Keys[k.ID] = history.Usage{Last: ago(float64(i % 90)), Workspace: "claims", Seen: map[string]int{"claims": i % 500}}
		}
	}
	return in
}

// plainKey is a key as a plain program would decode it.
type plainKey struct {
	ID               string     `json:"api_token_id"`
	Name             *string    `json:"name"`
	Personal         bool       `json:"personal"`
	OrganizationRole string     `json:"organization_role"`
	Role             plainRef   `json:"role"`
	Workspaces       []plainRef `json:"workspaces"`
	CreatedAt        time.Time  `json:"created_at"`
	ExpiresAt        *time.Time `json:"expires_at"`
	User             plainRef   `json:"user"`
}

type plainRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// pages are the keys as a platform would send them, a hundred at a time.
func pages(in audit.Input) [][]byte {
	var all [][]byte
	var page []plainKey
	for n, k := range in.Keys {
		p := plainKey{ID: k.ID, Name: &k.Name.Value, Personal: k.Personal.Value, OrganizationRole: "MEMBER", Role: plainRef(k.Role.Value), CreatedAt: k.CreatedAt.Value, User: plainRef{ID: k.User.Value.ID}}
		if end, ok := k.ExpiresAt.Get(); ok {
			p.ExpiresAt = &end
		}
		for _, w := range k.Workspaces.Value {
			p.Workspaces = append(p.Workspaces, plainRef(w))
		}
		if page = append(page, p); len(page) == 100 || n == len(in.Keys)-1 {
			text, _ := json.Marshal(page)
			all, page = append(all, text), nil
		}
	}
	return all
}

// BenchmarkJudge judges 100,000 keys. The bound is what a plain program takes to read them once from memory, which has
// the pages as the platform sends them and only decodes them, ten times over.
func BenchmarkJudge(b *testing.B) {
	in := crowd(100_000)
	text := pages(in)
	p := audit.DefaultPolicy()
	var judging, reading time.Duration
	for b.Loop() {
		start := time.Now()
		r := audit.Judge(in, p)
		judging += time.Since(start)
		if r.Counts.Keys != len(in.Keys) || r.Counts.Findings == 0 {
			b.Fatalf("counts are %+v", r.Counts)
		}
		start = time.Now()
		n := 0
		for _, page := range text {
			var keys []plainKey
			if err := json.NewDecoder(bytes.NewReader(page)).Decode(&keys); err != nil {
				b.Fatal(err)
			}
			n += len(keys)
		}
		reading += time.Since(start)
		if n != len(in.Keys) {
			b.Fatalf("read %d keys", n)
		}
	}
	b.ReportMetric(float64(judging.Milliseconds())/float64(b.N), "ms/judging")
	b.ReportMetric(float64(reading.Milliseconds())/float64(b.N), "ms/reading")
	b.ReportMetric(float64(judging)/float64(10*reading), "x-bound")
	if judging >= 10*reading {
		b.Errorf("judging took %v, reading ten times over %v", judging, 10*reading)
	}
}
