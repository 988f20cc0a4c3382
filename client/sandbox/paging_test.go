package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

func escape(s string) string { return url.QueryEscape(s) }

func number(n int) string { return strconv.Itoa(n) }

func ids(l listed) []string {
	out := []string{}
	for _, item := range l.Data {
		for _, field := range []string{"api_token_id", "user_id", "role_id", "search_history_id"} {
			if id, ok := item[field].(string); ok {
				out = append(out, id)
				break
			}
		}
	}
	return out
}

// allByNumber reads a list to its end by page_number. path ends in ? or &.
func (f *fixture) allByNumber(path string, limit int) (out []string) {
	for page := 1; ; page++ {
		l := f.list(f.SessionToken(), fmt.Sprintf("%slimit=%d&page_number=%d", path, limit, page))
		out = append(out, ids(l)...)
		if !l.HasMore {
			return out
		}
	}
}

func (f *fixture) allByCursor(path string, limit int) (out []string) {
	cursor := ""
	for {
		l := f.list(f.SessionToken(), fmt.Sprintf("%slimit=%d%s", path, limit, cursor))
		got := ids(l)
		out = append(out, got...)
		if !l.HasMore {
			return out
		}
		cursor = "&before=" + got[len(got)-1]
	}
}

func TestBothWaysOfPagingShowTheSame(t *testing.T) {
	f := newFixture(t, Options{Keys: 230})
	for _, path := range []string{"/token?", "/workspaces/claims-search/token?", "/users?include_deleted=true&", "/organization/" + f.OrganizationID() + "/roles?"} {
		whole := f.list(f.SessionToken(), path+"limit=100").Total
		for _, limit := range []int{1, 7, 100} {
			if limit == 1 && whole > 100 {
				continue
			}
			a, b := f.allByNumber(path, limit), f.allByCursor(path, limit)
			if len(a) != whole || !slices.Equal(a, b) {
				t.Errorf("%s limit %d: %d by number, %d by cursor, total %d", path, limit, len(a), len(b), whole)
			}
			slices.Sort(a)
			if len(slices.Compact(a)) != whole {
				t.Errorf("%s limit %d: an item is shown twice", path, limit)
			}
		}
	}
}

func TestAListIsNewestFirst(t *testing.T) {
	f := newFixture(t, Options{Keys: 230})
	var last string
	for page := 1; page < 4; page++ {
		for _, k := range f.list(f.SessionToken(), "/token?limit=100&page_number="+number(page)).Data {
			created := k["created_at"].(string)
			if last != "" && created > last {
				t.Fatalf("a key of %s follows one of %s", created, last)
			}
			last = created
		}
	}
}

func TestAfterShowsTheNewerPage(t *testing.T) {
	f := newFixture(t, Options{})
	all := ids(f.list(f.SessionToken(), "/token?limit=100"))
	l := f.list(f.SessionToken(), "/token?limit=3&after="+all[10])
	if got := ids(l); !slices.Equal(got, all[7:10]) || !l.HasMore {
		t.Errorf("after the 11th: %v, more %t; want %v", got, l.HasMore, all[7:10])
	}
	if l := f.list(f.SessionToken(), "/token?limit=3&after="+all[0]); len(l.Data) != 0 || l.HasMore {
		t.Errorf("newer than the newest: %v", names(l))
	}
}

func TestPagesOfAListThatChanges(t *testing.T) {
	f := newFixture(t, Options{})
	admin := f.SessionToken()
	before := ids(f.list(admin, "/token?limit=100"))
	first := ids(f.list(admin, "/token?limit=10"))
	f.issue(admin, `{"name":"in between"}`)
	f.want(204, admin, "DELETE /token/"+first[9], "")
	// By number, the new key pushes one item to the next page, and the revoked one pulls one back.
	if got := ids(f.list(admin, "/token?limit=10&page_number=2")); !slices.Equal(got, before[10:20]) {
		t.Errorf("page 2 is %v", got)
	}
	// By cursor nothing is shown twice, even though the cursor's own key is gone.
	if got := ids(f.list(admin, "/token?limit=10&before="+first[9])); !slices.Equal(got, before[10:20]) {
		t.Errorf("the page before a revoked key is %v", got)
	}
	f.issue(admin, `{"name":"and another"}`)
	if got := ids(f.list(admin, "/token?limit=10&page_number=2")); got[0] != before[8] {
		t.Error("by number, a new key doesn't move the pages")
	}
	if got := f.list(admin, "/token?limit=10"); got.Total != 99 || got.Data[0]["name"] != "and another" {
		t.Errorf("total %d, the newest is %v", got.Total, got.Data[0]["name"])
	}
}

func TestPagingIsRefused(t *testing.T) {
	f := newFixture(t, Options{})
	id := ids(f.list(f.SessionToken(), "/token?limit=1"))[0]
	for _, query := range []string{
		"limit=101", "limit=0", "limit=-1", "limit=ten", "limit=", "limit=99999999999999999999", "page_number=0",
		"page_number=1&before=" + id, "page_number=1&after=" + id, "before=" + id + "&after=" + id, "before=nobody", "after=nobody",
		"before=", "page_number=1.5",
	} {
		for _, path := range []string{"/token?", "/workspaces/claims-search/token?", "/users?", "/organization/" + f.OrganizationID() + "/roles?"} {
			f.want(422, f.SessionToken(), "GET "+path+query, "")
		}
	}
	for _, query := range []string{
		"limit=1001", "page_number=1&after=2026-01-01T00:00:00Z", "after=yesterday", "after=", "order=asc", "limit=0",
	} {
		f.want(422, f.SessionToken(), "GET /workspaces/claims-search/search_history?"+query, "")
	}
	if l := f.list(f.SessionToken(), "/token?limit=100&page_number=2147483647"); len(l.Data) != 0 || l.HasMore || l.Total != 98 {
		t.Errorf("far behind the end: %+v", l)
	}
}
