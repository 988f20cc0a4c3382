package desk_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/ui/desk"
)

// A plan of several rotations that is made again, in another order, takes each name once, and says the same of each key.
func TestPlanningRotationsAgainGivesNoOtherNames(t *testing.T) {
	o := open(t, "")
	list, rows := keysNamed(t, o.Desk, "ci-eval", "export-2024", "ana-notebook")
	action, err := o.Rotation(t.Context(), client.Scope{}, desk.RotationOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	would := func(p desk.BulkPlan) string {
		var all []string
		for _, i := range append(slices.Clone(p.Items), p.LeftOut...) {
			all = append(all, fmt.Sprint(i.Row.Name, ": ", i.Would, i.Skip, i.Warnings, i.Changes))
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	first := o.PlanBulk(action, client.Scope{}, rows, desk.Surroundings{})
	around, _ := o.Around(t.Context(), list, rows, true, nil)
	again := o.PlanBulk(action, client.Scope{}, rows, around)
	if would(first) != would(again) || !strings.Contains(would(first), "is replaced by ci-eval~2") {
		t.Errorf("it says\n%s\nand then\n%s", would(first), would(again))
	}
	if !slices.Equal(planned(again), []string{"export-2024", "ci-eval"}) || len(again.LeftOut) != 1 || again.Items[0].Last == nil {
		t.Errorf("the order is %v", planned(again))
	}
	report := o.RunBulk(t.Context(), again, nil)
	if r := report.Results[0]; r.Err != nil || r.Became != "replaced by export-2024~2" {
		t.Errorf("%q became %q: %v", r.Item.Row.Name, r.Became, r.Err)
	}
	// What was left by a run is over once an action that was made anew went on with it.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	left := o.RunBulk(ctx, o.PlanBulk(o.Revocation(client.Scope{}), client.Scope{}, rows, around), nil)
	if h, ok, err := o.HaltedBulk(t.Context(), "revoke"); !ok || err != nil || len(h.Left) != 3 {
		t.Fatalf("%+v: %v", h, err)
	}
	o.RunBulk(t.Context(), o.PlanBulk(o.Revocation(client.Scope{}).After(left.Again), client.Scope{}, rows, around), nil)
	if h, ok, err := o.HaltedBulk(t.Context(), "revoke"); ok || err != nil {
		t.Errorf("%+v: %v", h, err)
	}
}

func TestWarningsOfSeveralKeysAreCounted(t *testing.T) {
	item := func(texts ...string) *desk.BulkItem { return &desk.BulkItem{Warnings: texts} }
	got := desk.KeyWarnings(desk.BulkPlan{Items: []*desk.BulkItem{item("a", "b"), item()}}, desk.BulkPlan{Items: []*desk.BulkItem{item("b")}})
	if len(got) != 2 || got[0].String() != "a" || got[1].String() != "b (2 keys)" || got[1].Keys != 2 {
		t.Errorf("%v", got)
	}
}
