package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"fob/client/secret"
)

// cannedPages serves n keys, 100 a page, from bytes that are made beforehand.
func cannedPages(tb testing.TB, n int) *httptest.Server {
	tb.Helper()
	pages := make([][]byte, (n+99)/100)
	for p := range pages {
		var b []byte
		b = append(b, `{"data":[`...)
		for i := p * 100; i < min(n, p*100+100); i++ {
			if i > p*100 {
				b = append(b, ',')
			}
			b = fmt.Appendf(b, `{"api_token_id":"%08x-0000-4000-8000-%012x","name":"indexer %d","personal":%t,`+
				`"organization_role":"MEMBER","role_id":"%08x-1111-4111-8111-000000000000",`+
				`"role":{"role_id":"%08x-1111-4111-8111-000000000000","name":"Editor"},`+
				`"workspaces":[{"workspace_id":"00000000-2222-4222-8222-%012x","name":"legal-%d"}],`+
				`"created_at":"2026-03-04T05:06:07.%03dZ","expires_at":"2027-03-04T05:06:07.000Z",`+
				`"user":{"user_id":"00000000-3333-4333-8333-%012x","given_name":"Ana","family_name":"Díaz","email":"ana.%d@example.com"}}`,
				i, i, i, i%2 == 0, i%5, i%5, i%20, i%20, i%1000, i%50, i%50)
		}
		pages[p] = fmt.Appendf(b, `],"has_more":%t,"total":%d}`, p < len(pages)-1, n)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, _ := strconv.Atoi(r.URL.Query().Get("page_number"))
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(pages[p-1])))
		_, _ = w.Write(pages[p-1])
	}))
	tb.Cleanup(server.Close)
	return server
}

// plainKey is what a program would decode into that has no questions.
type plainKey struct {
	ID               string  `json:"api_token_id"`
	Name             *string `json:"name"`
	Personal         bool    `json:"personal"`
	OrganizationRole string  `json:"organization_role"`
	RoleID           string  `json:"role_id"`
	Role             *struct {
		ID   string `json:"role_id"`
		Name string `json:"name"`
	} `json:"role"`
	Workspaces []struct {
		ID   string `json:"workspace_id"`
		Name string `json:"name"`
	} `json:"workspaces"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt *time.Time `json:"expires_at"`
	User      *struct {
		ID         string `json:"user_id"`
		GivenName  string `json:"given_name"`
		FamilyName string `json:"family_name"`
		Email      string `json:"email"`
	} `json:"user"`
}

// plainRead fetches pages 1 to n with six workers and decodes them with encoding/json.
func plainRead(by *http.Client, address string, n int) ([]plainKey, error) {
	pages := make([][]plainKey, n)
	numbers := make(chan int, n)
	for p := range n {
		numbers <- p
	}
	close(numbers)
	var wait sync.WaitGroup
	errs := make(chan error, n)
	for range 6 {
		wait.Go(func() {
			for p := range numbers {
				res, err := by.Get(fmt.Sprintf("%s/api/v1/token?limit=100&page_number=%d", address, p+1))
				if err != nil {
					errs <- err
					continue
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				var envelope struct{ Data []plainKey }
				if err == nil {
					err = json.Unmarshal(body, &envelope)
				}
				if err != nil {
					errs <- err
				}
				pages[p] = envelope.Data
			}
		})
	}
	wait.Wait()
	close(errs)
	return slices.Concat(pages...), <-errs
}

// BenchmarkReadKeys reads keys with the client and with a plain program in turns, and reports what the client costs in
// proportion ("ratio", 1.3 at most is the aim) and how long each takes.
func BenchmarkReadKeys(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			server := cannedPages(b, n)
			c, err := New(Options{BaseURL: server.URL, Credential: func(context.Context) (secret.Value, error) {
				return secret.New("session"), nil
			}})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			transport := &http.Transport{MaxIdleConnsPerHost: 6}
			defer transport.CloseIdleConnections()
			plain := &http.Client{Transport: transport}
			var ours, theirs time.Duration
			for b.Loop() {
				runtime.GC()
				start := time.Now()
				keys, err := plainRead(plain, server.URL, n/100)
				theirs += time.Since(start)
				if err != nil || len(keys) != n {
					b.Fatal(len(keys), err)
				}
				keys = nil
				runtime.GC()
				start = time.Now()
				l, err := c.ListKeys(b.Context(), Scope{}, nil)
				ours += time.Since(start)
				if err != nil || len(l.Items) != n || !l.Complete {
					b.Fatal(len(l.Items), l.Why, err)
				}
				runtime.KeepAlive(keys)
			}
			b.ReportMetric(float64(ours)/float64(theirs), "ratio")
			b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "client-ms")
			b.ReportMetric(float64(theirs.Milliseconds())/float64(b.N), "plain-ms")
		})
	}
}
