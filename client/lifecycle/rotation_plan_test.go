package lifecycle_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fob/client"
	"fob/client/lifecycle"
)

func TestNextName(t *testing.T) {
	long := strings.Repeat("ä", 255)
	for _, c := range []struct{ name, want string }{
		{"ingest-prod", "ingest-prod~2"},
		{"ingest-prod~2", "ingest-prod~3"},
		{"ingest-prod~9", "ingest-prod~10"},
		{"export-2024", "export-2024~2"},
		{"model-v1.2", "model-v1.2~2"},
		{"a~1", "a~1~2"},   // nobody's generation
		{"a~02", "a~02~2"}, // nor this
		{"~2", "~2~2"},
		{"", "9f1c4e2a~2"},
		{"taken", "taken~4"},
		{long, strings.Repeat("ä", 253) + "~2"},
	} {
		if got := lifecycle.NextName(c.name, "9f1c4e2a-1111", []string{"Taken~2", " taken~3"}); got != c.want {
			t.Errorf("after %q comes %q, want %q", c.name, got, c.want)
		}
	}
}

// However often a key is rotated, its name can be sent, is nobody else's, and doesn't grow but by its number.
func TestNamesNeverNest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.StringMatching(`[a-zA-Z0-9 äß🔑._-]{0,260}`).Draw(t, "name")
		name, used := first, []string{first}
		for range rapid.IntRange(1, 12).Draw(t, "rotations") {
			name = lifecycle.NextName(name, "9f1c4e2a-1111", used)
			if slices.Contains(used, name) || utf8.RuneCountInString(name) > 255 || strings.Count(name, "~") != 1 {
				t.Fatalf("%q after %q", name, used)
			}
			d := client.Draft{Name: name, OrganizationRole: "MEMBER", AllWorkspaces: true}
			if err := lifecycle.Validate(d, time.Now()); err != nil {
				t.Fatal(err)
			}
			used = append(used, name)
		}
	})
}

func shownKey() client.Key {
	now := time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)
	return client.Key{
		ID: "k-1", Name: client.Some("ingest"), Personal: client.Some(false), OrganizationRole: client.Some("MEMBER"),
		Role: client.Some(client.RoleRef{ID: "r-1"}), Workspaces: client.Some([]client.WorkspaceRef{{ID: "w-1"}}),
		CreatedAt: client.Some(now.AddDate(0, 0, -90)), ExpiresAt: client.Some(now.AddDate(0, 0, 10)),
		User: client.Some(client.PersonRef{ID: "u-ida"}),
	}
}

func ground() lifecycle.Ground {
	return lifecycle.Ground{
		Roles: []client.Role{{ID: "r-1", Name: "Editor"}}, Workspaces: []client.Workspace{{ID: "w-1", Name: "claims"}},
		Me: client.Me{UserID: "u-ida"}, Now: time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC),
	}
}

func TestThePlanIsAsTheOldKey(t *testing.T) {
	p, err := lifecycle.PlanRotation(shownKey(), ground(), lifecycle.Answers{})
	if err != nil || len(p.Unknown) != 0 {
		t.Fatal(err, p.Unknown)
	}
	d := p.Draft
	if d.Name != "ingest~2" || d.Personal || d.OrganizationRole != "MEMBER" || d.RoleID != "r-1" || d.AllWorkspaces || !slices.Equal(d.Workspaces, []string{"claims"}) {
		t.Errorf("%+v", d)
	}
	if want := ground().Now.AddDate(0, 0, 100); d.ExpiresAt == nil || !d.ExpiresAt.Equal(want) {
		t.Errorf("it ends on %v, not %v: as long as the old one lived", d.ExpiresAt, want)
	}
	g := ground()
	g.LongestLife = 30 * 24 * time.Hour
	if p, _ := lifecycle.PlanRotation(shownKey(), g, lifecycle.Answers{}); !p.Draft.ExpiresAt.Equal(g.Now.Add(g.LongestLife)) {
		t.Errorf("the policy allows 30 days, and it ends on %v", p.Draft.ExpiresAt)
	}
	never := shownKey()
	never.ExpiresAt = client.Null[time.Time]()
	if p, _ := lifecycle.PlanRotation(never, g, lifecycle.Answers{}); p.Draft.ExpiresAt == nil {
		t.Error("it never ends, and the policy allows 30 days")
	}
	if p, _ := lifecycle.PlanRotation(never, ground(), lifecycle.Answers{}); p.Draft.ExpiresAt != nil || len(p.Unknown) != 0 {
		t.Errorf("%v, %v", p.Draft.ExpiresAt, p.Unknown)
	}
}

// What isn't shown is asked, each field for itself, and answered by what is said; nothing is left to a default.
func TestWhatIsNotShownIsAsked(t *testing.T) {
	yes, no, member, role, name := true, false, "MEMBER", "r-1", "ingest-new"
	answers := map[string]func(*lifecycle.Answers){
		lifecycle.FieldName:             func(a *lifecycle.Answers) { a.Name = &name },
		lifecycle.FieldType:             func(a *lifecycle.Answers) { a.Personal = &no },
		lifecycle.FieldRole:             func(a *lifecycle.Answers) { a.RoleID = &role },
		lifecycle.FieldOrganizationRole: func(a *lifecycle.Answers) { a.OrganizationRole = &member },
		lifecycle.FieldWorkspaces:       func(a *lifecycle.Answers) { a.AllWorkspaces = &yes },
		lifecycle.FieldExpiry:           func(a *lifecycle.Answers) { a.Expiry = &lifecycle.Expiry{} },
		lifecycle.FieldOwner:            func(a *lifecycle.Answers) { a.Mine = true },
	}
	for what, spoil := range map[string]struct {
		key   func(*client.Key)
		field string
	}{
		"no name":                {func(k *client.Key) { k.Name = client.Field[string]{} }, lifecycle.FieldName},
		"a name that can't be":   {func(k *client.Key) { k.Name = client.Some("a\x1bb") }, lifecycle.FieldName},
		"no type":                {func(k *client.Key) { k.Personal = client.Field[bool]{} }, lifecycle.FieldType},
		"no role":                {func(k *client.Key) { k.Role = client.Field[client.RoleRef]{} }, lifecycle.FieldRole},
		"a role without an id":   {func(k *client.Key) { k.Role = client.Some(client.RoleRef{Name: "Owner"}) }, lifecycle.FieldRole},
		"the creator's role":     {func(k *client.Key) { k.Role = client.Null[client.RoleRef]() }, lifecycle.FieldRole},
		"no organization role":   {func(k *client.Key) { k.OrganizationRole = client.Field[string]{} }, lifecycle.FieldOrganizationRole},
		"an unknown one":         {func(k *client.Key) { k.OrganizationRole = client.Some("KING") }, lifecycle.FieldOrganizationRole},
		"no workspaces":          {func(k *client.Key) { k.Workspaces = client.Field[[]client.WorkspaceRef]{} }, lifecycle.FieldWorkspaces},
		"a workspace of no name": {func(k *client.Key) { k.Workspaces = client.Some([]client.WorkspaceRef{{ID: "w-9"}}) }, lifecycle.FieldWorkspaces},
		"no end":                 {func(k *client.Key) { k.ExpiresAt = client.Field[time.Time]{} }, lifecycle.FieldExpiry},
		"no beginning":           {func(k *client.Key) { k.CreatedAt = client.Field[time.Time]{} }, lifecycle.FieldExpiry},
		"personal, of nobody":    {func(k *client.Key) { k.Personal, k.User = client.Some(true), client.Field[client.PersonRef]{} }, lifecycle.FieldOwner},
		"personal, of who is what": {func(k *client.Key) {
			k.Personal, k.User = client.Some(true), client.Some(client.PersonRef{Email: "x@y"})
		}, lifecycle.FieldOwner},
	} {
		k := shownKey()
		spoil.key(&k)
		p, err := lifecycle.PlanRotation(k, ground(), lifecycle.Answers{})
		if err != nil || len(p.Unknown) != 1 || p.Unknown[0].Field != spoil.field || p.Unknown[0].Why == "" {
			t.Errorf("%s: asked %+v, %v", what, p.Unknown, err)
		}
		var a lifecycle.Answers
		answers[spoil.field](&a)
		if p, err := lifecycle.PlanRotation(k, ground(), a); err != nil || len(p.Unknown) != 0 || lifecycle.Validate(p.Draft, ground().Now) != nil {
			t.Errorf("%s: answered, and asked %+v, %v", what, p.Unknown, err)
		}
	}
}

func TestSomebodyElsesPersonalKey(t *testing.T) {
	k := shownKey()
	k.Personal, k.User = client.Some(true), client.Some(client.PersonRef{ID: "u-ben", GivenName: "Ben"})
	var foreign *lifecycle.NotMineError
	if _, err := lifecycle.PlanRotation(k, ground(), lifecycle.Answers{Mine: true}); !errors.As(err, &foreign) || foreign.Owner != "Ben" || !strings.Contains(err.Error(), "service key") {
		t.Errorf("%v", err)
	}
	service := false
	if p, err := lifecycle.PlanRotation(k, ground(), lifecycle.Answers{Personal: &service}); err != nil || p.Draft.Personal {
		t.Errorf("as a service key: %v", err)
	}
	k.User = client.Some(client.PersonRef{ID: "u-ida"})
	if p, err := lifecycle.PlanRotation(k, ground(), lifecycle.Answers{}); err != nil || !p.Draft.Personal || len(p.Unknown) != 0 {
		t.Errorf("my own: %v, %v", err, p.Unknown)
	}
}
