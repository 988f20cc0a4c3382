package lifecycle

import (
	"testing"
	"time"

	"fob/client"
)

func TestCompare(t *testing.T) {
	end := time.Date(2027, 2, 20, 22, 59, 59, 0, time.UTC)
	names := func(all ...string) client.Field[[]client.WorkspaceRef] {
		refs := []client.WorkspaceRef{}
		for _, name := range all {
			refs = append(refs, client.WorkspaceRef{Name: name})
		}
		return client.Some(refs)
	}
	made := func() client.Key {
		return client.Key{
			ID: "k", Name: client.Some("nightly"), Personal: client.Some(false), OrganizationRole: client.Some("MEMBER"),
			Role: client.Some(client.RoleRef{ID: "r1", Name: "Editor"}), Workspaces: names("b", "a"), ExpiresAt: client.Some(end),
		}
	}
	order := Order{RoleName: "Editor", WorkspaceIDs: map[string]string{"a": "id-a"}, Draft: client.Draft{
		Name: "nightly", OrganizationRole: "MEMBER", RoleID: "r1", Workspaces: []string{"a", "b"}, ExpiresAt: &end,
	}}
	type want struct {
		field           string
		wider, notShown bool
	}
	for name, tc := range map[string]struct {
		spoil func(*client.Key, *client.Draft)
		want  []want
	}{
		"as asked":             {func(*client.Key, *client.Draft) {}, nil},
		"rounded":              {func(k *client.Key, _ *client.Draft) { k.ExpiresAt = client.Some(end.Add(999 * time.Millisecond)) }, nil},
		"role by name":         {func(k *client.Key, _ *client.Draft) { k.Role = client.Some(client.RoleRef{Name: "Editor"}) }, nil},
		"creator's role":       {func(_ *client.Key, d *client.Draft) { d.RoleID = "" }, nil},
		"lower case":           {func(k *client.Key, _ *client.Draft) { k.OrganizationRole = client.Some("member") }, nil},
		"unnamed is null":      {func(k *client.Key, d *client.Draft) { d.Name, k.Name = "", client.Null[string]() }, nil},
		"unnamed is its id":    {func(k *client.Key, d *client.Draft) { d.Name, k.Name = "", client.Some("k") }, nil},
		"known id":             {func(k *client.Key, _ *client.Draft) { k.Workspaces.Value[1] = client.WorkspaceRef{ID: "ID-A"} }, nil},
		"everywhere":           {func(k *client.Key, _ *client.Draft) { k.Workspaces = names() }, []want{{"workspaces", true, false}}},
		"everywhere by null":   {func(k *client.Key, _ *client.Draft) { k.Workspaces = client.Null[[]client.WorkspaceRef]() }, []want{{"workspaces", true, false}}},
		"one more":             {func(k *client.Key, _ *client.Draft) { k.Workspaces = names("a", "b", "c") }, []want{{"workspaces", true, false}}},
		"one less":             {func(k *client.Key, _ *client.Draft) { k.Workspaces = names("a") }, []want{{"workspaces", false, false}}},
		"another":              {func(k *client.Key, _ *client.Draft) { k.Workspaces = names("a", "c") }, []want{{"workspaces", true, false}}},
		"unknown id":           {func(k *client.Key, _ *client.Draft) { k.Workspaces.Value[0] = client.WorkspaceRef{ID: "x"} }, []want{{"workspaces", false, true}}},
		"less than everywhere": {func(_ *client.Key, d *client.Draft) { d.AllWorkspaces, d.Workspaces = true, nil }, []want{{"workspaces", false, false}}},
		"another role":         {func(k *client.Key, _ *client.Draft) { k.Role = client.Some(client.RoleRef{ID: "r2", Name: "Root"}) }, []want{{"role", true, false}}},
		"no role":              {func(k *client.Key, _ *client.Draft) { k.Role = client.Null[client.RoleRef]() }, []want{{"role", true, false}}},
		"admin":                {func(k *client.Key, _ *client.Draft) { k.OrganizationRole = client.Some("ADMIN") }, []want{{"organization role", true, false}}},
		"external":             {func(k *client.Key, _ *client.Draft) { k.OrganizationRole = client.Some("EXTERNAL") }, []want{{"organization role", false, false}}},
		"an unknown role":      {func(k *client.Key, _ *client.Draft) { k.OrganizationRole = client.Some("OWNER") }, []want{{"organization role", true, false}}},
		"personal":             {func(k *client.Key, _ *client.Draft) { k.Personal = client.Some(true) }, []want{{"type", false, false}}},
		"service":              {func(_ *client.Key, d *client.Draft) { d.Personal = true }, []want{{"type", true, false}}},
		"never":                {func(k *client.Key, _ *client.Draft) { k.ExpiresAt = client.Null[time.Time]() }, []want{{"expiry", true, false}}},
		"later":                {func(k *client.Key, _ *client.Draft) { k.ExpiresAt = client.Some(end.Add(2 * time.Second)) }, []want{{"expiry", true, false}}},
		"earlier":              {func(k *client.Key, _ *client.Draft) { k.ExpiresAt = client.Some(end.Add(-time.Hour)) }, []want{{"expiry", false, false}}},
		"sooner than never":    {func(_ *client.Key, d *client.Draft) { d.ExpiresAt = nil }, []want{{"expiry", false, false}}},
		"another name":         {func(k *client.Key, _ *client.Draft) { k.Name = client.Some("x") }, []want{{"name", false, false}}},
		"wider comes first": {
			func(k *client.Key, _ *client.Draft) {
				*k = client.Key{ID: "k", Name: client.Some("x"), ExpiresAt: client.Null[time.Time](), Workspaces: names("a", "b")}
			},
			[]want{{"expiry", true, false}, {"name", false, false}, {"role", false, true}, {"organization role", false, true}, {"type", false, true}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o, k := order, made()
			tc.spoil(&k, &o.Draft)
			got := compare(o, k, claims{})
			if len(got) != len(tc.want) {
				t.Fatalf("got %+v", got)
			}
			for n, w := range tc.want {
				if g := got[n]; g.Field != w.field || g.Wider != w.wider || g.NotShown != w.notShown || g.Asked == "" || g.Got == "" {
					t.Errorf("got %+v, want %+v", g, w)
				}
			}
		})
	}
}

func TestCompareTakesTheExpiryFromTheSecret(t *testing.T) {
	end := time.Date(2027, 2, 20, 22, 59, 59, 0, time.UTC)
	o := Order{Draft: client.Draft{ExpiresAt: &end}}
	var c claims
	c.ExpiresAt = client.Some(end.Add(24 * time.Hour))
	if d := compareExpiry(o.Draft, client.Field[time.Time]{}, c); d == nil || !d.Wider || d.Got != "2027-02-21 22:59:59 UTC" {
		t.Errorf("got %+v", d)
	}
}
