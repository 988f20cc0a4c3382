package sandbox

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		New(Options{Keys: 100_000, History: 1_000_000, Workspaces: 200, Now: noonClock})
	}
}

// benchmarkPages reads path, which ends in page_number=, round and round.
func benchmarkPages(b *testing.B, o Options, path string, pages int) {
	b.Helper()
	o.Now = noonClock
	s := New(o)
	r := httptest.NewRequest(http.MethodGet, "/api/v1"+path, nil)
	r.Header.Set("Authorization", "Bearer "+s.SessionToken().Reveal())
	base := r.URL.RawQuery
	page, bytes := 0, 0
	b.ReportAllocs()
	for b.Loop() {
		r.URL.RawQuery = base + number(page%pages+1)
		w := serve(s, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
		page++
		bytes += w.Body.Len()
	}
	b.SetBytes(int64(bytes / page))
}

func BenchmarkKeyPage(b *testing.B) {
	benchmarkPages(b, Options{Keys: 100_000, History: 1000}, "/token?limit=100&page_number=", 1000)
}

func BenchmarkHistoryPage(b *testing.B) {
	benchmarkPages(b, Options{History: 1_000_000, Workspaces: 1}, "/workspaces/claims-search/search_history?limit=1000&page_number=", 1000)
}

func BenchmarkHistoryOfOneKey(b *testing.B) {
	benchmarkPages(b, Options{Keys: 100_000, History: 1_000_000, Workspaces: 1},
		"/workspaces/claims-search/search_history?limit=1&filter=api_key+eq+'ci-eval'&page_number=", 1)
}

// BenchmarkFirstReading reads 100,000 keys that nobody has read before, page by page.
func BenchmarkFirstReading(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := New(Options{Keys: 100_000, History: 1000, Now: noonClock})
		r := httptest.NewRequest(http.MethodGet, "/api/v1/token", nil)
		r.Header.Set("Authorization", "Bearer "+s.SessionToken().Reveal())
		b.StartTimer()
		for page := range 1000 {
			r.URL.RawQuery = "limit=100&page_number=" + number(page+1)
			serve(s, r)
		}
	}
}
