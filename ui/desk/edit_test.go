package desk_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

func of[T any](v T) *T { return &v }

// named is the row of the key of that name.
func (o *office) named(t *testing.T, name string) *desk.Row {
	t.Helper()
	list, err := o.Keys(t.Context(), client.Scope{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row, err := desk.Find(list.Rows, name)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func TestEditChangesWhatDiffers(t *testing.T) {
	o := open(t, "")
	row := o.named(t, "ci-eval")
	roles, err := o.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(roles, func(r client.Role) bool { return r.Name != row.Role })
	change := client.Change{Name: of("ci-nightly"), Personal: of(row.Type == desk.Personal), RoleID: &roles[i].ID, OrganizationRole: of("MEMBER")}
	want := []desk.Difference{{"name", "ci-eval", "ci-nightly"}, {"role", row.Role, roles[i].Name}}
	if got := o.Plan(row, change); !slices.Equal(got, want) {
		t.Errorf("planned %v, not %v", got, want)
	}
	edited, err := o.Edit(t.Context(), row, change)
	if err != nil || edited.State != lifecycle.Changed {
		t.Fatal(edited.State, err)
	}
	if edited.Sent.Personal != nil || edited.Sent.OrganizationRole != nil {
		t.Errorf("sent what does not differ: %+v", edited.Sent)
	}
	again := o.named(t, "ci-nightly")
	if again.Key.ID != row.Key.ID || again.Role != roles[i].Name {
		t.Errorf("it is %+v now", again)
	}
	if left := o.Plan(again, change); left != nil {
		t.Errorf("planned once more: %v", left)
	}
	if edited, err := o.Edit(t.Context(), again, change); err != nil || edited.State != lifecycle.AlreadySo {
		t.Errorf("%s, %v", edited.State, err)
	}
}

func TestEditIsSentOnceAndTheListTells(t *testing.T) {
	o := open(t, "")
	row := o.named(t, "ci-eval")
	patches := 0
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	before := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPatch {
			return false
		}
		patches++
		w.WriteHeader(http.StatusGatewayTimeout)
		leave() // what was sent is still looked after, but not waited for
		return true
	}
	o.before.Store(&before)
	edited, err := o.Edit(ctx, row, client.Change{Name: of("never-so-called")})
	if err == nil || edited.State != lifecycle.AsItWas || patches != 1 {
		t.Errorf("%s, %v, %d times sent", edited.State, err, patches)
	}
}

func TestWarningsOfAnEdit(t *testing.T) {
	o := open(t, "")
	if _, err := o.Who(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := func(personal bool, by client.PersonRef) *desk.Row {
		row := desk.NewRow(client.Key{
			ID: "k-1", Name: client.Some("nightly"), Personal: client.Some(personal), OrganizationRole: client.Some("MEMBER"), User: client.Some(by),
		}, "", desk.Names{}, o.Now())
		return &row
	}
	tomas := client.PersonRef{GivenName: "Tomás", FamilyName: "Ruiz"}
	for name, c := range map[string]struct {
		row    *desk.Row
		change client.Change
		want   []string // a part of each line
	}{
		"a service key renamed":             {key(false, tomas), client.Change{Name: of("weekly")}, []string{"stays under that name"}},
		"a personal key renamed":            {key(true, tomas), client.Change{Name: of("weekly")}, nil},
		"its own name":                      {key(false, tomas), client.Change{Name: of("nightly")}, nil},
		"made personal, of somebody else's": {key(false, tomas), client.Change{Personal: of(true)}, []string{"Tomás Ruiz made this one, and the platform doesn't say whether it becomes theirs or yours"}},
		"made personal, of nobody":          {key(false, client.PersonRef{}), client.Change{Personal: of(true)}, []string{"doesn't say whose"}},
		"made a service":                    {key(true, tomas), client.Change{Personal: of(false)}, []string{"belongs to nobody: it goes on working when Tomás Ruiz leaves"}},
		"made an admin":                     {key(true, tomas), client.Change{OrganizationRole: of("ADMIN")}, []string{"write access to every workspace"}},
		"made less":                         {key(true, tomas), client.Change{OrganizationRole: of("EXTERNAL")}, nil},
		"nothing":                           {key(true, tomas), client.Change{}, nil},
	} {
		got := o.Warnings(c.row, c.change)
		if len(got) != len(c.want) {
			t.Errorf("%s: %q", name, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%s: %q doesn't say %q", name, got[i], c.want[i])
			}
		}
	}
}

func TestEditRefusesBeforeItSends(t *testing.T) {
	o := open(t, "")
	row := o.named(t, "ci-eval")
	var problems lifecycle.Problems
	if _, err := o.Edit(t.Context(), row, client.Change{Name: of("a\x1bb")}); !errors.As(err, &problems) {
		t.Errorf("%v", err)
	}
	// Whose key it is, is the platform's to say.
	gone := *row
	gone.Key.ID = "00000000-0000-4000-8000-000000000000"
	if edited, err := o.Edit(t.Context(), &gone, client.Change{Name: of("x")}); !client.IsNotFound(err) || edited.State != lifecycle.AsItWas {
		t.Errorf("%s, %v", edited.State, err)
	}
}
