package client

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistoryForms(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	p := serve(t, says(200, `{"data":[
		{"search_history_id":"a","time":"2026-03-04T05:06:07Z","status":"SUCCESS","pipeline":{"name":"qa","id":"p"},"user":{"user_id":"u","given_name":"Ana"},
		 "api_key":{"id":"k","name":"ci"},"query":"private","response":[{"answer":"private"}]},
		{"id":2,"created_at":"2026-03-04T05:06:07","pipeline":"qa","user":"u","api_key":null},
		{"search_history_id":"c","time":"never","user":null,"api_key":"ci","pipeline":null},
		{"search_history_id":"d","api_key":"`+uuidA+`"},
		{"search_history_id":"e","api_key":[]},
		{"search_history_id":"a","time":"2026-03-04T05:06:07Z"},
		null
	],"has_more":false,"total":7}`))
	var got []HistoryEntry
	for e, err := range p.History(t.Context(), "legal docs", HistoryQuery{Filter: "created_at ge 2026-01-01T00:00:00Z"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e)
	}
	want := []HistoryEntry{
		{ID: "a", Time: at, Status: "SUCCESS", Pipeline: "qa", UserID: "u", Key: Some(KeyRef{"k", "ci"})},
		{ID: "2", Time: at, Pipeline: "qa", UserID: "u", Key: Null[KeyRef]()},
		{ID: "c", Key: Some(KeyRef{Name: "ci"})},
		{ID: "d", Key: Some(KeyRef{ID: uuidA})},
		{ID: "e"},
	}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Error(diff)
	}
	const uri = "/api/v1/workspaces/legal%20docs/search_history?field=created_at&filter=created_at+ge+2026-01-01T00%3A00%3A00Z&limit=1000&order=DESC&page_number=1"
	if got := p.requests()[0].uri; got != uri {
		t.Error(got)
	}
}

// archive answers with n entries, and has one more for every page that was asked for.
func archive(n int, grows, silent bool) func(int, http.ResponseWriter, *http.Request) {
	return func(nth int, w http.ResponseWriter, r *http.Request) {
		size, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		at, _ := strconv.Atoi(r.URL.Query().Get("page_number"))
		ids := []string{}
		if grows {
			for i := range nth - 1 {
				ids = append(ids, fmt.Sprint("new", i))
			}
			slices.Reverse(ids)
		}
		for i := range n {
			ids = append(ids, fmt.Sprint("h", i))
		}
		from, to := min((at-1)*size, len(ids)), min(at*size, len(ids))
		var items []string
		for _, id := range ids[from:to] {
			items = append(items, `{"search_history_id":"`+id+`"}`)
		}
		more := fmt.Sprintf(`,"has_more":%t,"total":%d`, to < len(ids), len(ids))
		if silent {
			more = ""
		}
		write(w, 200, "application/json", `{"data":[`+strings.Join(items, ",")+`]`+more+`}`)
	}
}

func TestHistoryPages(t *testing.T) {
	for name, c := range map[string]struct {
		h        func(int, http.ResponseWriter, *http.Request)
		q        HistoryQuery
		want     int
		requests int
	}{
		"all":     {archive(25, false, false), HistoryQuery{PageSize: 10}, 25, 3},
		"growing": {archive(25, true, false), HistoryQuery{PageSize: 10}, 25, 3},
		"silent":  {archive(20, false, true), HistoryQuery{PageSize: 10}, 20, 3},
		"limit":   {archive(25, false, false), HistoryQuery{PageSize: 10, Limit: 12}, 12, 2},
		"one":     {archive(25, false, false), HistoryQuery{OldestFirst: true, Limit: 1}, 1, 1},
		"many":    {archive(2500, false, false), HistoryQuery{PageSize: 5000}, 2500, 3},
		"empty":   {archive(0, false, false), HistoryQuery{}, 0, 1},
		"bare":    {says(200, `[{"id":"a"},{"id":"b"}]`), HistoryQuery{}, 2, 1},
	} {
		p := serve(t, c.h)
		seen := map[string]bool{}
		for e, err := range p.History(t.Context(), "w", c.q) {
			if err != nil || seen[e.ID] {
				t.Errorf("%s: %v, %q", name, err, e.ID)
			}
			seen[e.ID] = true
		}
		a := p.requests()
		if len(seen) != c.want || len(a) != c.requests {
			t.Errorf("%s: %d entries in %d requests, want %d in %d", name, len(seen), len(a), c.want, c.requests)
		}
		if strings.Contains(a[0].uri, "order=ASC") != c.q.OldestFirst {
			t.Error(a[0].uri)
		}
	}
	for range serve(t, archive(25, false, false)).History(t.Context(), "w", HistoryQuery{}) {
		break
	}
}

func TestHistoryThatRepeatsOrFails(t *testing.T) {
	p := serve(t, says(200, `{"data":[{"id":"a"}],"has_more":true}`))
	n := 0
	var last error
	for _, err := range p.History(t.Context(), "w", HistoryQuery{}) {
		n, last = n+1, err
	}
	if n != 2 || !IsPartial(last) || len(p.requests()) != 2 {
		t.Error(n, last)
	}
	for _, last = range serve(t, says(404, `{}`)).History(t.Context(), "w", HistoryQuery{}) {
		if !IsNotFound(last) {
			t.Error(last)
		}
	}
}
