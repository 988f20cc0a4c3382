package sandbox

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
)

func at(t *testing.T, v any) time.Time {
	t.Helper()
	out, err := time.Parse(time.RFC3339, v.(string))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheStoryIsAsTheScreensShowIt(t *testing.T) {
	f := newFixture(t, Options{})
	admin := f.SessionToken()
	claims := f.list(admin, "/workspaces/claims-search/token?limit=100")
	all := f.list(admin, "/token?limit=100")
	if claims.Total != 42 || len(claims.Data) != 42 || all.Total != 98 || len(all.Data) != 98 || all.HasMore {
		t.Errorf("claims-search has %d keys of %d, the organization %d of %d", len(claims.Data), claims.Total, len(all.Data), all.Total)
	}
	if n := len(f.WorkspaceNames()); n != 14 || f.WorkspaceNames()[0] != "claims-search" {
		t.Errorf("there are %d workspaces: %v", n, f.WorkspaceNames())
	}
	soon, expired := 0, 0
	for _, k := range claims.Data {
		if k["expires_at"] == nil {
			continue
		}
		switch left := at(t, k["expires_at"]).Sub(noon); {
		case left <= 0:
			expired++
		case left < 30*day:
			soon++
		}
		if spaces := k["workspaces"].([]any); len(spaces) != 1 {
			t.Errorf("%v is in claims-search alone and in %v", k["name"], spaces)
		}
	}
	if soon != 2 || expired != 3 {
		t.Errorf("%d keys of claims-search expire soon and %d have expired, want 2 and 3", soon, expired)
	}
	reach := 0
	kinds := map[string]int{}
	for _, k := range all.Data {
		spaces := k["workspaces"].([]any)
		for _, w := range spaces {
			if len(spaces) > 1 && w.(map[string]any)["name"] == "claims-search" {
				reach++
			}
		}
		name, _ := k["name"].(string)
		count := func(kind string, is bool) {
			if is {
				kinds[kind]++
			}
		}
		if len(spaces) == 0 {
			reach++
		}
		count("everywhere", len(spaces) == 0)
		count("personal", k["personal"] == true)
		count("unnamed", k["name"] == nil)
		count("admin", k["organization_role"] == "ADMIN")
		count("never expires", k["expires_at"] == nil)
		count("ten years old", noon.Sub(at(t, k["created_at"])) > 3650*day)
		count("made yesterday", noon.Sub(at(t, k["created_at"])) < 48*hour)
		count("hostile", strings.ContainsAny(name, "\x1b\u202e"))
		count("wide", strings.Contains(name, "索"))
		count("long", len(name) > 150)
		count("twice", name == "claims-frontend-prod")
	}
	if reach != 7 {
		t.Errorf("%d organization keys reach claims-search, want 7", reach)
	}
	for _, kind := range []string{"everywhere", "personal", "unnamed", "admin", "never expires", "ten years old", "made yesterday", "hostile", "wide", "long"} {
		if kinds[kind] == 0 {
			t.Errorf("no key is %s", kind)
		}
	}
	if kinds["twice"] != 2 {
		t.Errorf("%d keys are called claims-frontend-prod, want 2", kinds["twice"])
	}
}

func TestTheStoryHoldsAtAnyHour(t *testing.T) {
	for h := range 24 {
		now := noon.Truncate(day).Add(time.Duration(h)*hour + 30*time.Second)
		s := New(Options{Seed: int64(h), History: 100, Now: func() time.Time { return now }})
		soon, expired := 0, 0
		o := s.organizations[0]
		for _, k := range o.keys.byWorkspace[o.workspaces[0]] {
			switch {
			case k.expired(now):
				expired++
			case !k.expires.IsZero() && k.expires.Before(now.Add(30*day)):
				soon++
			}
		}
		if soon != 2 || expired != 3 {
			t.Errorf("at %v, %d expire soon and %d have expired", now, soon, expired)
		}
	}
}

// last returns the time of the newest entry that fits filter, and how many fit.
func (f *fixture) last(workspace, filter string) (time.Time, int) {
	f.t.Helper()
	l := f.list(f.SessionToken(), "/workspaces/"+workspace+"/search_history?limit=1&filter="+escape(filter))
	if l.Total == 0 {
		return time.Time{}, 0
	}
	return at(f.t, l.Data[0]["time"]), l.Total
}

func TestTheHistoryFitsTheKeys(t *testing.T) {
	f := newFixture(t, Options{})
	byName := map[string]map[string]any{}
	for _, k := range f.list(f.SessionToken(), "/token?limit=100").Data {
		if name, ok := k["name"].(string); ok {
			byName[name] = k
		}
	}
	id := func(name string) string { return byName[name]["api_token_id"].(string) }
	for name, ago := range map[string]time.Duration{"ingest-prod": 4 * minute, "ci-eval": 2 * hour, "legacy-import-2016": 6 * day} {
		byID, n := f.last("claims-search", "api_key eq '"+id(name)+"'")
		called, m := f.last("claims-search", "api_key eq '"+name+"'")
		if n == 0 || n != m || !byID.Equal(called) || !byID.Equal(noon.Add(-ago)) {
			t.Errorf("%s asked last at %v (%d times), by name %v (%d), want %v ago", name, byID, n, called, m, ago)
		}
	}
	for _, name := range []string{"ida-notebook", "zoe-notebook", "export-2024"} {
		if at, n := f.last("claims-search", "api_key eq '"+id(name)+"'"); n > 0 {
			t.Errorf("%s is seen as a key, at %v", name, at)
		}
	}
	if _, n := f.last("claims-search", "created_by eq '"+zoe+"'"); n == 0 {
		t.Error("Zoë's personal key isn't seen as Zoë")
	}
	if _, n := f.last("claims-search", "api_key eq 'old-chat-widget'"); n == 0 || byName["old-chat-widget"] != nil {
		t.Errorf("the revoked key is seen %d times; listed: %v", n, byName["old-chat-widget"])
	}
	for _, w := range f.WorkspaceNames() {
		if _, n := f.last(w, "api_key eq 'search-all'"); (n > 0) != (w == "product-search") {
			t.Errorf("search-all is seen %d times in %s", n, w)
		}
	}
	days := map[string]bool{}
	since := noon.Add(-89 * day).Format("2006-01-02T00:00:00Z")
	for page, more := 1, true; more; page++ {
		l := f.list(f.SessionToken(), "/workspaces/claims-search/search_history?limit=1000&page_number="+number(page)+
			"&filter="+escape("api_key eq 'ingest-prod' and created_at ge "+since))
		for _, e := range l.Data {
			days[e["time"].(string)[:10]] = true
		}
		more = l.HasMore
	}
	if len(days) != 83 {
		t.Errorf("ingest-prod is seen on %d of the last 90 days, want 83", len(days))
	}
}

func TestPeople(t *testing.T) {
	f := newFixture(t, Options{})
	people := f.People()
	if people[0].Email != ida || people[0].Role != "ADMIN" || len(people) != 13 {
		t.Errorf("%d people, the first %+v", len(people), people[0])
	}
	left := slices.IndexFunc(people, func(p Person) bool { return p.Left })
	if left < 0 || people[left].Email != zoe {
		t.Errorf("who has left is at %d", left)
	}
	for path, want := range map[string]int{
		"/users?limit=100": 10, "/users?limit=100&include_deleted=true": 11, "/users?limit=100&include_external=true": 11,
		"/users?limit=100&include_deleted=true&include_external=true": 12,
	} {
		if l := f.list(f.SessionToken(), path); l.Total != want || len(l.Data) != want {
			t.Errorf("%s shows %d of %d people, want %d", path, len(l.Data), l.Total, want)
		}
	}
	if _, ok := f.SessionFor("nobody@example.invalid"); ok {
		t.Error("a stranger has a session")
	}
}

func TestTheSameSeedMakesTheSameOrganization(t *testing.T) {
	same := Options{Seed: 7, Keys: 300, Workspaces: 20, History: 3000}
	a, b := newFixture(t, same), newFixture(t, same)
	other := newFixture(t, Options{Seed: 8, Keys: 300, Workspaces: 20, History: 3000})
	for _, path := range []string{
		"/me", "/users?limit=100&include_deleted=true", "/workspaces", "/organization/" + a.OrganizationID() + "/roles",
		"/token?limit=100&page_number=3", "/workspaces/claims-search/search_history?limit=1000", "/sso/organizations",
	} {
		one, two := a.want(200, a.SessionToken(), "GET "+path, ""), b.want(200, b.SessionToken(), "GET "+path, "")
		if one.body != two.body {
			t.Errorf("%s differs between two sandboxes of one seed", path)
		}
		path = strings.ReplaceAll(path, a.OrganizationID(), other.OrganizationID())
		if other.want(200, other.SessionToken(), "GET "+path, "").body == one.body {
			t.Errorf("%s is the same for another seed", path)
		}
	}
	later := newFixture(t, Options{Seed: 7, Keys: 300, Workspaces: 20, History: 3000, Now: func() time.Time { return noon.Add(5 * hour) }})
	ids := func(f *fixture) (ids []string) {
		for _, k := range f.list(f.SessionToken(), "/token?limit=100").Data {
			ids = append(ids, k["api_token_id"].(string))
		}
		return ids
	}
	if !slices.Equal(ids(a), ids(later)) {
		t.Error("ids depend on the time of day")
	}
}

func TestSecretsDifferBetweenRuns(t *testing.T) {
	a, b := newFixture(t, Options{}), newFixture(t, Options{})
	id := a.list(a.SessionToken(), "/token?limit=1").Data[0]["api_token_id"].(string)
	one, _ := a.SecretOf(id)
	two, ok := b.SecretOf(id)
	if !ok || one.Equal(two) || a.SessionToken().Equal(b.SessionToken()) {
		t.Error("two runs share a secret")
	}
	for _, foreign := range []secret.Value{two, b.SessionToken()} {
		a.want(401, foreign, "GET /me", "")
	}
}

func TestSizes(t *testing.T) {
	for _, o := range []Options{{Keys: 3, Workspaces: 1, History: 5}, {Keys: 250, Workspaces: 40, History: 100}, {Keys: 1}} {
		f := newFixture(t, o)
		if n := f.list(f.SessionToken(), "/token").Total; n != o.Keys {
			t.Errorf("%+v: %d keys", o, n)
		}
		entries := 0
		for _, w := range f.WorkspaceNames() {
			entries += f.list(f.SessionToken(), "/workspaces/"+w+"/search_history").Total
		}
		if o.Workspaces > 0 && (len(f.WorkspaceNames()) != o.Workspaces || entries != o.History) {
			t.Errorf("%+v: %d workspaces, %d entries", o, len(f.WorkspaceNames()), entries)
		}
	}
}

func TestFullSize(t *testing.T) {
	f := newFixture(t, Options{Keys: 100_000, Workspaces: 200, History: 1_000_000})
	l := f.list(f.SessionToken(), "/token?limit=100&page_number=1000")
	if l.Total != 100_000 || len(l.Data) != 100 || l.HasMore {
		t.Errorf("the last page has %d of %d keys, more: %t", len(l.Data), l.Total, l.HasMore)
	}
	entries := 0
	for _, w := range f.WorkspaceNames() {
		entries += f.list(f.SessionToken(), "/workspaces/"+w+"/search_history?limit=1").Total
	}
	if entries != 1_000_000 {
		t.Errorf("there are %d entries", entries)
	}
}
