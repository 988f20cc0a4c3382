package filter_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"fob/ui/filter"
)

// many returns n rows that look like an organization's keys; some have letters that aren't ASCII.
func many(n int) []row {
	kinds, roles := []string{"service", "personal"}, []string{"Editor", "Search user", "Indexer", "Zuständige"}
	all := make([]row, n)
	for i := range all {
		name := fmt.Sprintf("ingest-prod-%05d nightly", i)
		if i%10 == 0 {
			name = fmt.Sprintf("Schlüssel für %05d", i)
		}
		all[i] = row{
			id: fmt.Sprintf("%08x-3a55-4a0e-9b1d-6d1a2f0c9e11", i*2654435761), name: name, kind: kinds[i%2], role: roles[i%4], status: "active",
			ws: []string{"claims-search", "legal"}[:i%3*i%3], created: now.Add(-time.Duration(i%1000) * 24 * time.Hour),
			expires: now.Add(time.Duration(i%700-100) * 24 * time.Hour), expiry: filter.State(i % 3),
		}
	}
	return all
}

func BenchmarkMatch(b *testing.B) {
	for _, size := range []int{10_000, 100_000} {
		all := many(size)
		b.Run(fmt.Sprintf("%d/bound: one word in columns joined and folded beforehand", size), func(b *testing.B) {
			joined := make([]string, len(all))
			for i, r := range all {
				joined[i] = filter.Fold(strings.Join(append([]string{r.id, r.name, r.kind, r.role, r.status}, r.ws...), "\n"))
			}
			b.ResetTimer()
			found := 0
			for range b.N {
				for _, text := range joined {
					if strings.Contains(text, "zzz") {
						found++
					}
				}
			}
			b.ReportMetric(float64(found), "found")
		})
		for _, c := range []struct{ name, expr string }{
			{"4terms", "type:service role:editor expires:<90d nightly"},
			{"word", "nightly"},
			{"4words", "nightly service prod edit"},
			{"rare", "zzz"},
			{"date", "2027-03"},
		} {
			b.Run(fmt.Sprintf("%d/%s", size, c.name), func(b *testing.B) {
				f := parse(b, c.expr)
				b.ReportAllocs()
				found := 0
				for range b.N {
					found = 0
					for i := range all {
						if f.Match(&all[i]) {
							found++
						}
					}
				}
				b.ReportMetric(float64(found), "found")
			})
		}
	}
}

func BenchmarkParse(b *testing.B) {
	l := language()
	b.ReportAllocs()
	for range b.N {
		if _, err := l.Parse("type:service role:editor expires:<90d nightly", now, berlin); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	all := many(30)
	for _, expr := range []string{"nightly", "2027-03", "type:service", "-role:zustandige", "schlussel", "ws:legal expires:<90d created:>1d", "never"} {
		f := parse(t, expr)
		if got := testing.AllocsPerRun(10, func() {
			for i := range all {
				f.Match(&all[i])
			}
		}); got != 0 {
			t.Errorf("%q makes %v allocations", expr, got)
		}
	}
}
