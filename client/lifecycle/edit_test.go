package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
)

// editable is a world whose keys can be changed.
type editable struct {
	*world
	patches []client.Change
	apply   bool  // the platform does what it is asked
	answer  error // and answers this
}

func (w *editable) UpdateKey(ctx context.Context, id string, c client.Change) error {
	w.event("patch " + id)
	w.patches = append(w.patches, c)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if w.apply {
		w.keys = slices.Clone(w.keys)
		for i := range w.keys {
			if w.keys[i].ID == id && c.Name != nil {
				w.keys[i].Name = client.Some(*c.Name)
			}
			if w.keys[i].ID == id && c.Personal != nil {
				w.keys[i].Personal = client.Some(*c.Personal)
			}
		}
	}
	return w.answer
}

func (w *editable) editor() *lifecycle.Editor {
	return &lifecycle.Editor{Platform: w, Journal: w, Now: w.now, Wait: w.wait, Who: "ida@nordwind.example"}
}

func ptr[T any](v T) *T { return &v }

func TestEdit(t *testing.T) {
	unanswered := &client.Error{Op: "change", Unanswered: true}
	for name, tc := range map[string]struct {
		answer error
		apply  bool
		spoil  func(*world)
		state  lifecycle.EditedState
	}{
		"done":                         {nil, true, nil, lifecycle.Changed},
		"refused":                      {&client.Error{Op: "change", Status: 422}, false, nil, lifecycle.AsItWas},
		"gone":                         {&client.Error{Op: "change", Status: 404}, false, nil, lifecycle.AsItWas},
		"never sent":                   {&client.Error{Op: "change"}, false, nil, lifecycle.AsItWas},
		"unanswered, done":             {unanswered, true, nil, lifecycle.Changed},
		"unanswered, not done":         {unanswered, false, nil, lifecycle.AsItWas},
		"504, done":                    {&client.Error{Op: "change", Status: 504}, true, nil, lifecycle.Changed},
		"403, and yet it is done":      {&client.Error{Op: "change", Status: 403}, true, nil, lifecycle.Changed},
		"404, and yet it is done":      {&client.Error{Op: "change", Status: 404}, true, nil, lifecycle.Changed},
		"403, done, no list":           {&client.Error{Op: "change", Status: 403}, true, func(w *world) { w.noLists() }, lifecycle.AsItWas},
		"unanswered, no list":          {unanswered, true, func(w *world) { w.noLists() }, lifecycle.MaybeChanged},
		"unanswered, the key is gone":  {unanswered, true, func(w *world) { w.on["patch old-1"] = func() { w.drop("old-1") } }, lifecycle.MaybeChanged},
		"unanswered, list comes later": {unanswered, true, func(w *world) { w.listFails[0] = true }, lifecycle.Changed},
		"unanswered, name isn't shown": {unanswered, true, func(w *world) {
			w.shape = func(k client.Key) client.Key { k.Name = client.Field[string]{}; return k }
		}, lifecycle.MaybeChanged},
	} {
		t.Run(name, func(t *testing.T) {
			w := &editable{world: newWorld(), apply: tc.apply, answer: tc.answer}
			if tc.spoil != nil {
				tc.spoil(w.world)
			}
			out, err := w.editor().Edit(t.Context(), w.keys[0], client.Change{Name: ptr("nightly")})
			if out.State != tc.state || (err == nil) != tc.state.Done() {
				t.Errorf("%s, %v; want %s", out.State, err, tc.state)
			}
			if err != nil && !errors.Is(err, tc.answer) {
				t.Errorf("%v doesn't tell the cause", err)
			}
			if len(w.patches) != 1 {
				t.Errorf("%d times asked", len(w.patches))
			}
			if tc.state == lifecycle.Changed && out.Key.Name.Value != "nightly" {
				t.Errorf("the key is called %q", out.Key.Name.Value)
			}
			all := entries(t, w.world)
			if len(all) != 2 || all[0].Kind != lifecycle.EditIntent || all[1].Kind != lifecycle.EditOutcome ||
				all[1].Edited != tc.state || all[1].Intent != all[0].Intent || all[0].KeyID != "old-1" {
				t.Fatalf("the journal has %+v", all)
			}
			if a := all[0].Altered; len(a) != 1 || a[0].Field != lifecycle.FieldName || *a[0].From != "ci-eval" || *a[0].To != "nightly" {
				t.Errorf("altered: %+v", a)
			}
			if w.events[0] != "journal edit.intent" {
				t.Errorf("first came %s", w.events[0])
			}
			if open, err := lifecycle.Unfinished(w); err != nil || len(open) != 0 {
				t.Errorf("unfinished: %v, %v", open, err)
			}
		})
	}
}

func TestEditSendsOnlyWhatDiffers(t *testing.T) {
	key := client.Key{
		ID: "k-1", Name: client.Some("a"), Personal: client.Some(true), OrganizationRole: client.Some("member"),
		Role: client.Some(client.RoleRef{ID: "r-1", Name: "Editor"}),
	}
	w := &editable{world: newWorld(), apply: true}
	out, err := w.editor().Edit(t.Context(), key, client.Change{
		Name: ptr("a"), Personal: ptr(false), OrganizationRole: ptr("MEMBER"), RoleID: ptr("r-1"),
	})
	if err != nil || out.State != lifecycle.Changed {
		t.Fatal(out.State, err)
	}
	sent := w.patches[0]
	if sent.Name != nil || sent.OrganizationRole != nil || sent.RoleID != nil || sent.Personal == nil || *sent.Personal {
		t.Errorf("sent %+v", sent)
	}
	out, err = w.editor().Edit(t.Context(), key, client.Change{Name: ptr("a")})
	if err != nil || out.State != lifecycle.AlreadySo || len(w.patches) != 1 || w.appends != 2 {
		t.Errorf("nothing to change: %s, %v, %d patches, %d lines", out.State, err, len(w.patches), w.appends)
	}
	// What isn't shown may differ.
	hidden := client.Key{ID: "k-2", Role: client.Some(client.RoleRef{Name: "Editor"})}
	if got := lifecycle.Needed(hidden, client.Change{Name: ptr(""), RoleID: ptr("r-1")}); got.Name == nil || got.RoleID == nil {
		t.Errorf("left out: %+v", got)
	}
	if a := lifecycle.Alterations(hidden, client.Change{Name: ptr("x")}); len(a) != 1 || a[0].From != nil {
		t.Errorf("altered: %+v", a)
	}
}

func TestEditSendsNothingThatIsWrong(t *testing.T) {
	for name, c := range map[string]client.Change{
		"a name with control characters": {Name: ptr("a\x1b[2J")},
		"a key as a name":                {Name: ptr(newSecret(map[string]any{"sub": "key"}))},
		"a role that there isn't":        {OrganizationRole: ptr("OWNER")},
		"no role":                        {RoleID: ptr("")},
	} {
		w := &editable{world: newWorld()}
		var problems lifecycle.Problems
		if out, err := w.editor().Edit(t.Context(), w.keys[0], c); !errors.As(err, &problems) || out.State != lifecycle.NeverAttempted || len(w.events) != 0 {
			t.Errorf("%s: %v, %v", name, err, w.events)
		}
	}
	w := &editable{world: newWorld()}
	if _, err := w.editor().Edit(t.Context(), client.Key{ID: "a/b"}, client.Change{Name: ptr("x")}); err == nil || len(w.events) != 0 {
		t.Errorf("%v, %v", err, w.events)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.editor().Edit(ctx, w.keys[0], client.Change{Name: ptr("x")}); !errors.Is(err, context.Canceled) || len(w.events) != 0 {
		t.Errorf("%v, %v", err, w.events)
	}
}

// A change that is under way isn't given up when the person leaves: it may be done or not, and that is found out.
func TestEditIsNotCancelledOnceItIsSent(t *testing.T) {
	w := &editable{world: newWorld(), apply: true}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.on["patch old-1"] = cancel
	if out, err := w.editor().Edit(ctx, w.keys[0], client.Change{Name: ptr("x")}); err != nil || out.State != lifecycle.Changed {
		t.Errorf("%s, %v", out.State, err)
	}
}

func TestEditWithoutAJournalWarnsAndEdits(t *testing.T) {
	w := &editable{world: newWorld(), apply: true}
	w.appendsFail[0], w.appendsFail[1] = true, true
	out, err := w.editor().Edit(t.Context(), w.keys[0], client.Change{Name: ptr("x")})
	if err != nil || out.State != lifecycle.Changed || len(out.Warnings) != 1 || !strings.Contains(out.Warnings[0], "journal") {
		t.Errorf("%v, %s, %v", err, out.State, out.Warnings)
	}
}

var _ lifecycle.EditPlatform = (*client.Client)(nil)
