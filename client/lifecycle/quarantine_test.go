package lifecycle_test

import (
	"errors"
	"net/http"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
)

// roles are the sandbox's, and key the one of a name.
func rolesAndKey(t *testing.T, c *client.Client, name string) ([]client.Role, client.Key) {
	t.Helper()
	roles, err := c.Roles(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	list, err := c.ListKeys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range list.Items {
		if k.Name.Value == name {
			return roles.Items, k
		}
	}
	t.Fatalf("no key is called %s", name)
	return nil, client.Key{}
}

func rolesOf(k client.Key) [2]string { return [2]string{k.Role.Value.Name, k.OrganizationRole.Value} }

func TestQuarantineAndRelease(t *testing.T) {
	s := serve(t)
	e := &lifecycle.Editor{Platform: s.client, Journal: s.world, Origin: "o"}
	roles, key := rolesAndKey(t, s.client, "terraform-admin")
	before := rolesOf(key)
	s.on["journal "+string(lifecycle.QuarantineIntent)] = func() {
		if _, now := rolesAndKey(t, s.client, "terraform-admin"); rolesOf(now) != before {
			t.Error("changed before the old role was in the journal")
		}
	}
	done, err := e.Quarantine(t.Context(), key, roles, lifecycle.Undecided)
	if err != nil || done.State != lifecycle.Changed || done.Sent.Name != nil || done.Sent.Personal != nil {
		t.Fatalf("%v, %+v", err, done.Sent)
	}
	_, lowered := rolesAndKey(t, s.client, "terraform-admin")
	if rolesOf(lowered) != [2]string{"Search user", "MEMBER"} {
		t.Errorf("it is %v", rolesOf(lowered))
	}
	if q, err := lifecycle.Quarantined(s); err != nil || len(q) != 1 || q[0].KeyID != key.ID || q[0].State != lifecycle.Changed {
		t.Errorf("%+v, %v", q, err)
	}
	if _, err := e.Quarantine(t.Context(), lowered, roles, lifecycle.Undecided); !errors.Is(err, lifecycle.ErrInQuarantine) {
		t.Errorf("twice: %v", err)
	}
	if done, err := e.Release(t.Context(), lowered, roles, lifecycle.Undecided); err != nil || done.State != lifecycle.Changed {
		t.Fatalf("%v, %s", err, done.State)
	}
	if _, after := rolesAndKey(t, s.client, "terraform-admin"); rolesOf(after) != before {
		t.Errorf("released, it is %v, and was %v", rolesOf(after), before)
	}
	if q, _ := lifecycle.Quarantined(s); len(q) != 0 {
		t.Errorf("released, and in quarantine: %+v", q)
	}
	if _, err := e.Release(t.Context(), key, roles, lifecycle.Undecided); !errors.Is(err, lifecycle.ErrNoQuarantine) {
		t.Errorf("twice: %v", err)
	}
}

func TestSomebodyChangedItMeanwhile(t *testing.T) {
	for decided, want := range map[lifecycle.Meanwhile][2]string{
		lifecycle.Undecided: {"Indexer", "MEMBER"}, lifecycle.KeepIt: {"Indexer", "MEMBER"}, lifecycle.Overwrite: {"Editor", "ADMIN"},
	} {
		t.Run(string(decided), func(t *testing.T) {
			s := serve(t)
			e := &lifecycle.Editor{Platform: s.client, Journal: s.world, Origin: "o"}
			roles, key := rolesAndKey(t, s.client, "terraform-admin")
			if _, err := e.Quarantine(t.Context(), key, roles, lifecycle.Undecided); err != nil {
				t.Fatal(err)
			}
			for _, r := range roles {
				if r.Name == "Indexer" {
					if err := s.client.UpdateKey(t.Context(), key.ID, client.Change{RoleID: &r.ID}); err != nil {
						t.Fatal(err)
					}
				}
			}
			_, key = rolesAndKey(t, s.client, "terraform-admin")
			var meanwhile *lifecycle.MeanwhileError
			if _, err := e.Quarantine(t.Context(), key, roles, lifecycle.Undecided); !errors.As(err, &meanwhile) || len(meanwhile.Now) != 1 {
				t.Errorf("once more: %v", err)
			}
			_, err := e.Release(t.Context(), key, roles, decided)
			if errors.As(err, &meanwhile) != (decided == lifecycle.Undecided) || err != nil && decided != lifecycle.Undecided {
				t.Errorf("%q: %v", decided, err)
			}
			if _, now := rolesAndKey(t, s.client, "terraform-admin"); rolesOf(now) != want {
				t.Errorf("%q: it is %v", decided, rolesOf(now))
			}
			if q, _ := lifecycle.Quarantined(s); (len(q) == 1) != (decided == lifecycle.Undecided) {
				t.Errorf("%q: in quarantine are %d", decided, len(q))
			}
		})
	}
}

func TestQuarantineThatCannotBe(t *testing.T) {
	s := serve(t)
	roles, key := rolesAndKey(t, s.client, "terraform-admin")
	e := &lifecycle.Editor{Platform: s.client, Journal: s.world, Origin: "o"}
	for name, c := range map[string]struct {
		spoil func(*client.Key)
		want  error
	}{
		"its role isn't shown":         {func(k *client.Key) { k.Role = client.Field[client.RoleRef]{} }, lifecycle.ErrRoleUnknown},
		"a role that nobody knows":     {func(k *client.Key) { k.Role = client.Some(client.RoleRef{Name: "Owner"}) }, lifecycle.ErrRoleUnknown},
		"the organization's isn't":     {func(k *client.Key) { k.OrganizationRole = client.Field[string]{} }, lifecycle.ErrRoleUnknown},
		"it has the lowest there is":   {func(k *client.Key) { k.OrganizationRole, k.Role = client.Some("MEMBER"), lowest(t, roles) }, lifecycle.ErrNothingLower},
		"nothing lower in workspaces?": {func(k *client.Key) { k.OrganizationRole, k.Role = client.Some("EXTERNAL"), lowest(t, roles) }, lifecycle.ErrNothingLower},
	} {
		k := key
		c.spoil(&k)
		if done, err := e.Quarantine(t.Context(), k, roles, lifecycle.Undecided); !errors.Is(err, c.want) || done.State != lifecycle.NeverAttempted {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.appendsFail[0] = true
	if _, err := e.Quarantine(t.Context(), key, roles, lifecycle.Undecided); !errors.Is(err, errBroken) {
		t.Errorf("without a journal: %v", err)
	}
	if _, now := rolesAndKey(t, s.client, "terraform-admin"); rolesOf(now) != rolesOf(key) {
		t.Error("changed, and its old role is nowhere")
	}
}

func lowest(t *testing.T, roles []client.Role) client.Field[client.RoleRef] {
	t.Helper()
	r, ok := lifecycle.LowestRole(roles)
	if !ok || r.Name != "Search user" {
		t.Fatalf("the lowest is %q", r.Name)
	}
	return client.Some(client.RoleRef{ID: r.ID})
}

// An unanswered PATCH is resolved by the list; one that was cut off by a kill, when somebody looks.
func TestQuarantineCutOff(t *testing.T) {
	s := serve(t)
	s.cut = http.MethodPatch
	roles, key := rolesAndKey(t, s.client, "terraform-admin")
	e := &lifecycle.Editor{Platform: s.client, Journal: s.world, Origin: "o"}
	if done, err := e.Quarantine(t.Context(), key, roles, lifecycle.Undecided); err != nil || done.State != lifecycle.Changed {
		t.Errorf("the list should have told: %v, %s", err, done.State)
	}
	s.cut = ""
	s.journal = s.journal[:1]
	_, lowered := rolesAndKey(t, s.client, "terraform-admin")
	if q, _ := lifecycle.Quarantined(s); len(q) != 1 || q[0].State != lifecycle.MaybeChanged || !q[0].CutOff {
		t.Errorf("%+v", q)
	}
	if done, err := e.Release(t.Context(), lowered, roles, lifecycle.Undecided); err != nil || done.State != lifecycle.Changed {
		t.Errorf("released: %v, %s", err, done.State)
	}
	// Cut off before the PATCH: there is nothing to put back, and nothing is sent.
	s.journal = s.journal[:1]
	_, key = rolesAndKey(t, s.client, "terraform-admin")
	if done, err := e.Release(t.Context(), key, roles, lifecycle.Undecided); err != nil || done.State != lifecycle.AlreadySo {
		t.Errorf("released: %v, %s", err, done.State)
	}
	if q, _ := lifecycle.Quarantined(s); len(q) != 0 {
		t.Errorf("%+v", q)
	}
}

func TestTheLowestRole(t *testing.T) {
	role := func(id, name string, permissions ...string) client.Role {
		r := client.Role{ID: id, Name: name}
		if permissions != nil {
			r.Permissions = client.Some(permissions)
		}
		return r
	}
	for name, c := range map[string]struct {
		roles []client.Role
		want  string
	}{
		"the fewest that change nothing": {[]client.Role{role("1", "Editor", "files:write"), role("2", "Support", "search:run", "history:read"), role("3", "Look", "search:run")}, "3"},
		"by its name, if nothing shows":  {[]client.Role{role("1", "Editor"), role("2", "SEARCH_USER")}, "2"},
		"none that changes nothing":      {[]client.Role{role("1", "Editor", "files:write")}, ""},
		"none at all":                    {nil, ""},
		"a tie":                          {[]client.Role{role("1", "Peek", "search:run"), role("2", "Search user", "search:run")}, "2"},
	} {
		if got, ok := lifecycle.LowestRole(c.roles); got.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s: %q", name, got.ID)
		}
	}
}
