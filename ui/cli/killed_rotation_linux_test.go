package cli_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// inRotation are the steps of a rotation, in their order, by what a person does: begin it, finish it, abandon it.
var inRotation = []struct {
	name string
	moment
}{
	{"begin: plan", moment{event: "list"}},
	{"begin: planned", moment{event: "list", lock: (*brink).journal}},
	{"begin: try", moment{event: "vault check"}},
	{"begin: create", moment{event: "create"}},
	{"begin: created", moment{event: "create, done"}},
	{"begin: put", moment{event: "vault put"}},
	{"begin: read back", moment{event: "vault read"}},
	{"begin: stored", moment{event: "vault read", lock: (*brink).journal}},
	{"begin: find the id", moment{event: "find"}},
	{"begin: outcome", moment{event: "find", lock: (*brink).journal}},
	{"begin: move a place", moment{event: "spot check"}},
	{"begin: put there", moment{event: "spot put"}},
	{"begin: read back there", moment{event: "spot read"}},
	{"begin: index there", moment{event: "spot read", lock: (*brink).index}},
	{"begin: placed", moment{event: "spot read", lock: (*brink).journal}},
	{"finish: list", moment{event: "list"}},
	{"finish: intent", moment{event: "list", lock: (*brink).journal}},
	{"finish: delete", moment{event: "delete"}},
	{"finish: deleted", moment{event: "delete, done"}},
	{"finish: outcome", moment{event: "delete, done", lock: (*brink).journal}},
	{"finish: index", moment{event: "delete, done", lock: (*brink).index}},
	{"abandon: begun", moment{event: "me", lock: (*brink).journal}},
	{"abandon: point back", moment{event: "spot check"}},
	{"abandon: put there", moment{event: "spot put"}},
	{"abandon: index there", moment{event: "spot read", lock: (*brink).index}},
	{"abandon: returned", moment{event: "spot read", lock: (*brink).journal}},
	{"abandon: delete", moment{event: "delete"}},
	{"abandon: deleted", moment{event: "delete, done"}},
	{"abandon: outcome", moment{event: "delete, done", lock: (*brink).journal}},
	{"abandon: index", moment{event: "delete, done", lock: (*brink).index}},
}

// struck is a rotation in which fob is killed. The old key lies in a vault, in an env file, and in a spot that has one key.
type struck struct {
	*brink
	desk *desk.Desk
	file string
	old  string
}

// vault is where the new keys are kept.
var vault = []desk.Place{{Kind: desk.InCommand, Command: "vault"}}

// makes makes a key in the test's own program, and returns its id.
func (r *brink) makes(d *desk.Desk, name string, places ...desk.Place) string {
	r.t.Helper()
	roles, err := d.Roles(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	at := slices.IndexFunc(roles, func(role client.Role) bool { return role.Name == "Editor" })
	issued, err := d.Issue(r.t.Context(), desk.Order{
		Draft: client.Draft{Name: name, OrganizationRole: "MEMBER", RoleID: roles[at].ID, Workspaces: []string{"claims-search"}},
		Scope: client.Scope{Workspace: "claims-search"}, Places: places,
	}, nil)
	if err != nil || issued.Key == nil {
		r.t.Fatalf("%v, %+v", err, issued)
	}
	return issued.Key.ID
}

func newStruck(t *testing.T) *struck {
	t.Helper()
	r := &struck{brink: newBrink(t, &keeper{name: "vault", byAccount: true}, &keeper{name: "spot"})}
	r.desk = r.inside(false)
	r.file = filepath.Join(t.TempDir(), "svc.env")
	r.old = r.makes(r.desk, "svc", vault[0], desk.Place{Kind: desk.InEnvFile, Path: r.file}, desk.Place{Kind: desk.InCommand, Command: "spot"})
	return r
}

// rotation is the newest one, false if there is none.
func (r *struck) rotation() (desk.Rotating, bool) {
	r.t.Helper()
	all, err := r.desk.Rotations()
	if err != nil {
		r.t.Errorf("the journal can't be read: %v", err)
	}
	if len(all) == 0 {
		return desk.Rotating{}, false
	}
	return all[len(all)-1], true
}

// starts has fob do one thing to the rotation, up to the moment.
func (r *struck) starts(action string, m moment) {
	r.t.Helper()
	args := map[string][]string{
		"begin":   {"rotate", "svc", "--to", "command:vault", "--yes"},
		"finish":  {"rotate", "--finish", "svc", "--yes", "--force"},
		"abandon": {"rotate", "--abandon", "svc", "--yes"},
	}
	if action != "begin" {
		r.begun()
	}
	r.start(m, args[action]...)
}

// begun begins the rotation with nothing in its way.
func (r *struck) begun() {
	r.t.Helper()
	list, err := r.desk.Keys(r.t.Context(), client.Scope{}, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	at := slices.IndexFunc(list.Rows, func(row *desk.Row) bool { return row.Key.ID == r.old })
	plan, err := r.desk.PlanRotation(r.t.Context(), list.Rows[at], desk.RotationOptions{Home: vault})
	if err != nil {
		r.t.Fatal(err)
	}
	is, err := r.desk.BeginRotation(r.t.Context(), plan, nil)
	if err != nil || is.Stage != lifecycle.Waiting || is.NewID == "" || is.Unplaced() != nil || len(is.Spots) != 2 {
		r.t.Fatalf("%v, %+v", err, is)
	}
}

// guard holds at every moment: one new key at most, one key at least that works and that the vault has, and what reads the
// env file or the spot finds a key there that works.
func (r *struck) guard() (fresh []string) {
	r.t.Helper()
	fresh = r.alive("svc~2")
	if len(fresh) > 1 {
		r.t.Errorf("%d new keys exist for one rotation", len(fresh))
	}
	works := append(r.alive("svc"), fresh...)
	if !slices.ContainsFunc(works, func(id string) bool { return r.heldBy("vault", id) }) {
		r.t.Error("no key is left that works and that this machine has")
	}
	if keys := keysIn(r.file); len(keys) != 1 || !slices.ContainsFunc(works, func(id string) bool { return r.has(keys[0], id) }) {
		r.t.Errorf("the env file has %d keys, and none that works", len(keys))
	}
	if !slices.ContainsFunc(works, func(id string) bool { return r.heldBy("spot", id) }) {
		r.t.Error("the spot has no key that works")
	}
	for _, id := range works {
		if _, indexed := r.indexed(id); r.heldBy("spot", id) && !indexed {
			r.t.Error("the spot has a key that the index knows nothing of")
		}
	}
	return fresh
}

// verdict says where the rotation has come to, and has the next command say so as well.
func (r *struck) verdict() string {
	r.t.Helper()
	_ = r.entries()
	fresh := r.guard()
	is, begun := r.rotation()
	stage, said := is.Stage, string(is.Stage)
	if !begun {
		stage, said = "not begun", "not begun"
	}
	_, old := r.box.SecretOf(r.old)
	held := len(fresh) == 1 && r.heldBy("vault", fresh[0])
	switch {
	case len(fresh) == 0 && stage == lifecycle.Making:
		said += ", nothing made"
	case len(fresh) == 0 && (stage == lifecycle.Placing || stage == lifecycle.Waiting):
		r.t.Errorf("it is %s, and there is no new key", stage)
	case len(fresh) == 0 && stage == lifecycle.Abandoning:
		said += ", undone, not known"
	case len(fresh) == 0:
	case !held && stage != lifecycle.Making:
		r.t.Errorf("it is %s, and nobody holds the new key", stage)
	case !held:
		said += ", named"
	case stage == lifecycle.Making:
		said += ", stored"
	case stage == lifecycle.Abandoning:
		said += ", the new one works"
	case !old && stage == lifecycle.Waiting:
		said += ", the old one is gone"
	case stage != lifecycle.Placing && stage != lifecycle.Waiting && stage != lifecycle.Finished, old && stage == lifecycle.Finished:
		r.t.Errorf("it is %s, and the new key is alive", stage)
	case is.NewID == "":
		said += ", id unknown"
	}
	r.nextSays(stage, said)
	return said
}

// nextSays has the next command name what is left.
func (r *struck) nextSays(stage lifecycle.RotationStage, verdict string) {
	r.t.Helper()
	words := map[lifecycle.RotationStage]string{
		lifecycle.Planned: "the rotation of svc is planned", lifecycle.Making: "svc~2", lifecycle.Placing: "the rotation of svc is placing",
		lifecycle.Abandoning: "the rotation of svc is abandoning",
	}[stage]
	if words == "" && strings.HasSuffix(verdict, "the old one is gone") {
		words = "svc was being revoked"
	}
	said := r.next()
	if words == "" && strings.Contains(said, "svc") && stage != lifecycle.Waiting && stage != lifecycle.Finished {
		r.t.Errorf("it is %s, and the next command says: %s", verdict, said)
	}
	if !strings.Contains(said, words) {
		r.t.Errorf("it is %s, and the next command says: %s", verdict, said)
	}
}

// next is what the next command says beside its output.
func (r *brink) next() string {
	r.t.Helper()
	_, said, code := runIn(r.t, r.env, "", "list", "--columns", "name", "--no-headers")
	if code != 0 {
		r.t.Errorf("the next command ended with %d: %s", code, said)
	}
	return said
}

// ends goes on with the rotation, with nothing in its way, until it is at the end that the person meant.
func (r *struck) ends(action string) {
	r.t.Helper()
	end := lifecycle.Finished
	if action == "abandon" {
		end = lifecycle.Abandoned
	}
	var is desk.Rotating
	r.ahead.Store(int64(time.Hour)) // what didn't arrive by then never will
	r.desk = r.inside(true)
	for range 6 {
		r.revokesOrphans(r.desk)
		at, begun := r.rotation()
		if is = at; begun && is.Stage == end {
			break
		}
		var err error
		switch {
		case action == "abandon":
			_, err = r.desk.AbandonRotation(r.t.Context(), is.ID, "", false)
		case !begun:
			r.begun()
		case is.Stage == lifecycle.Waiting:
			_, err = r.desk.FinishRotation(r.t.Context(), is.ID, true)
		default:
			_, err = r.desk.ResumeRotation(r.t.Context(), is.ID, vault, nil)
		}
		if err != nil {
			r.t.Errorf("it is %s, and can't be gone on with: %v", is.Stage, err)
			return
		}
	}
	if is.Stage != end {
		r.t.Errorf("it does not come to its end: %+v", is)
	}
	r.guard()
	lasts := append(r.alive("svc"), r.alive("svc~2")...)
	if len(lasts) != 1 || (lasts[0] == r.old) != (end == lifecycle.Abandoned) {
		r.t.Fatalf("in the end %d keys are alive", len(lasts))
	}
	text, err := os.ReadFile(r.file)
	if err != nil || !r.has(string(text), lasts[0]) || !r.heldBy("vault", lasts[0]) || !r.heldBy("spot", lasts[0]) {
		r.t.Errorf("in the end not every place has the key that is left: %v", err)
	}
	if e, ok := r.indexed(lasts[0]); !ok || e.KeyID != lasts[0] {
		r.t.Errorf("in the end the index has %+v", e)
	}
}

// revokesOrphans revokes the keys that nobody has, as a person would.
func (r *brink) revokesOrphans(d *desk.Desk) {
	r.t.Helper()
	all, err := d.Orphans(r.t.Context())
	if err != nil {
		r.t.Errorf("the orphans can't be looked for: %v", err)
	}
	for _, o := range all {
		if o.Fate != lifecycle.Orphaned {
			continue
		}
		if _, err := d.RevokeOrphan(r.t.Context(), o, o.Candidates[0].Key.ID); err != nil {
			r.t.Errorf("the orphan can't be revoked: %v", err)
		}
	}
}

// TestFaultsOfAKilledRotation kills fob at every step of a rotation.
func TestFaultsOfAKilledRotation(t *testing.T) {
	table := &faulty.Table{
		Title: "The process, while a key is rotated", Corner: "step", Columns: []string{"kill -9"},
		Note: "*create*, *delete*: the platform has the request and did nothing; *created*, *deleted*: it did, and its answer never came. " +
			"The next command named what was left. Afterwards each rotation was gone on with, and came to its end.",
	}
	moments := map[string]moment{}
	for _, step := range inRotation {
		table.Rows = append(table.Rows, step.name)
		moments[step.name] = step.moment
	}
	table.Measure(t, "../../client/lifecycle/FAULTS.md", func(t *testing.T, step, _ string) string {
		action, _, _ := strings.Cut(step, ":")
		r := newStruck(t)
		r.starts(action, moments[step])
		r.kill()
		verdict := r.verdict()
		r.ends(action)
		return verdict
	})
}
