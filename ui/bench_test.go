package ui

import (
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// stillDesk is a desk for screens that are drawn without asking anybody anything.
func stillDesk(tb testing.TB) *desk.Desk {
	tb.Helper()
	d, err := desk.Open(desk.Options{
		APIURL: "http://127.0.0.1:9", Session: secret.New("a session"), Journal: config.NewMemoryJournal(),
		Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(), Location: time.UTC,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// manyRows are n rows of every kind, in the words of the screen.
func manyRows(n int, now time.Time) []*desk.Row {
	roles := []string{"Editor", "Search user", "Indexer"}
	people := []client.PersonRef{{GivenName: "Ida", FamilyName: "Krüger"}, {GivenName: "Ana", FamilyName: "Souza"}, {GivenName: "Zoë", FamilyName: "Ó Briain"}}
	rows := make([]*desk.Row, n)
	for i := range rows {
		k := client.Key{
			ID:         fmt.Sprintf("%08x-0000-4000-8000-%012x", i*2654435761%(1<<32), i),
			Name:       client.Some(fmt.Sprintf("%s-%d", []string{"ingest", "search", "nightly", "export"}[i%4], i*7919%n)),
			Personal:   client.Some(i%5 == 0),
			Role:       client.Some(client.RoleRef{Name: roles[i%3]}),
			Workspaces: client.Some([]client.WorkspaceRef{{Name: fmt.Sprintf("ws-%d", i%20)}}),
			CreatedAt:  client.Some(now.Add(-time.Duration(i%4000) * time.Hour)),
			ExpiresAt:  client.Some(now.Add(time.Duration(i%8000-1000) * time.Hour)),
			User:       client.Some(people[i%3]),
		}
		r := desk.NewRow(k, "", desk.Names{}, now)
		rows[i] = &r
	}
	return rows
}

// fullProgram is a program whose organization tab shows n keys.
func fullProgram(tb testing.TB, n int) (*program, *keysScreen) {
	tb.Helper()
	p := newProgram(stillDesk(tb), Options{UTF8: true})
	p.who = desk.Identity{Name: "Ida Krüger", Role: "Admin", Organization: "Nordwind Versand"}
	p.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	p.show(1)
	s := p.tabs[1].screen.(*keysScreen)
	p.known.who, p.known.whoKnown = p.who, true
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s.now = now
	s.rows = manyRows(n, now)
	s.list = desk.List{Rows: s.rows, Complete: true, AsOf: now}
	s.summary = desk.Summarize(s.rows)
	settle(p, s.arrange())
	return p, s
}

// settle runs commands until none is left, as the program's loop would.
func settle(p *program, cmd tea.Cmd) {
	for queue := []tea.Cmd{cmd}; len(queue) > 0; queue = queue[1:] {
		if queue[0] == nil {
			continue
		}
		switch msg := queue[0]().(type) {
		case nil:
		case tea.BatchMsg:
			queue = append(queue, msg...)
		default:
			_, next := p.Update(msg)
			queue = append(queue, next)
		}
	}
}

func press(p *program, k tea.KeyMsg) string {
	_, cmd := p.Update(k)
	settle(p, cmd)
	return p.View()
}

func runes(s string) tea.KeyMsg { return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(s)} }

// BenchmarkMove is one key press to the finished frame. The bound is the same press with 40 keys, all on screen: moving
// must not cost more in a long list.
func BenchmarkMove(b *testing.B) {
	few, _ := fullProgram(b, 40)
	p, _ := fullProgram(b, 100_000)
	down, up := runes("j"), runes("k")
	move := func(p *program, i int) {
		if i%60 < 30 {
			press(p, down)
		} else {
			press(p, up)
		}
	}
	const rounds = 600
	start := time.Now()
	for i := range rounds {
		move(few, i)
	}
	bound := float64(time.Since(start).Nanoseconds()) / rounds
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		move(p, i)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/bound, "x_of_40_keys")
}

// BenchmarkArrange is filtering and sorting. From arrangeBeside rows on, it runs beside the screen, so "press" is what a
// person waits for and "order" what the list takes to follow.
func BenchmarkArrange(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		_, s := fullProgram(b, n)
		f, err := s.filter.language.Parse("ingest type:service expires:<30d", s.now, time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		order, _ := s.table.arrangement()
		b.Run(fmt.Sprintf("filter/order/keys=%d", n), func(b *testing.B) {
			for b.Loop() {
				arrange(s.rows, f.Match, nil, false)
			}
		})
		b.Run(fmt.Sprintf("sort/order/keys=%d", n), func(b *testing.B) {
			for b.Loop() {
				arrange(s.rows, nil, order, false)
			}
		})
		b.Run(fmt.Sprintf("sort/press/keys=%d", n), func(b *testing.B) {
			p, _ := fullProgram(b, n)
			for b.Loop() {
				p.Update(runes("S"))
				_ = p.View()
			}
		})
		b.Run(fmt.Sprintf("filter/press/keys=%d", n), func(b *testing.B) {
			p, _ := fullProgram(b, n)
			p.Update(runes("/"))
			for i := 0; b.Loop(); i++ {
				p.Update(runes([]string{"i", "n", "g"}[i%3]))
				_ = p.View()
				if i%3 == 2 {
					p.Update(tea.KeyMsg{Type: tea.KeyCtrlU})
				}
			}
		})
	}
}
