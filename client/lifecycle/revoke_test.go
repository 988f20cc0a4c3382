package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
)

func (w *world) revoker() *lifecycle.Revoker {
	return &lifecycle.Revoker{Platform: w, Journal: w, Now: w.now, Wait: w.wait, Who: "ida@nordwind.example"}
}

func TestRevoke(t *testing.T) {
	unanswered := &client.Error{Op: "revoke", Unanswered: true}
	for name, tc := range map[string]struct {
		answer error
		gone   bool // whether the platform has revoked it all the same
		spoil  func(*world)
		state  lifecycle.RevokedState
	}{
		"done":                         {nil, true, nil, lifecycle.Gone},
		"gone before":                  {&client.Error{Op: "revoke", Status: 404}, true, nil, lifecycle.AlreadyGone},
		"gone before, no list":         {&client.Error{Op: "revoke", Status: 404}, false, func(w *world) { w.noLists() }, lifecycle.AlreadyGone},
		"404, and it is in the list":   {&client.Error{Op: "revoke", Status: 404}, false, nil, lifecycle.StillThere},
		"a proxy's 404, done":          {&client.Error{Op: "revoke", Status: 404, Foreign: true}, true, nil, lifecycle.Gone},
		"a proxy's 404, not done":      {&client.Error{Op: "revoke", Status: 404, Foreign: true}, false, nil, lifecycle.StillThere},
		"refused":                      {&client.Error{Op: "revoke", Status: 403}, false, nil, lifecycle.StillThere},
		"refused, and done":            {&client.Error{Op: "revoke", Status: 409}, true, nil, lifecycle.Gone},
		"refused, no list":             {&client.Error{Op: "revoke", Status: 401}, false, func(w *world) { w.noLists() }, lifecycle.Unsure},
		"refused, partial list":        {&client.Error{Op: "revoke", Status: 429}, true, func(w *world) { w.allPartial() }, lifecycle.Unsure},
		"gone before, late list":       {&client.Error{Op: "revoke", Status: 404}, false, func(w *world) { w.leaves = 3 }, lifecycle.AlreadyGone},
		"unanswered, late list":        {unanswered, false, func(w *world) { w.leaves = 4 }, lifecycle.Gone},
		"never sent, no list":          {&client.Error{Op: "revoke"}, false, func(w *world) { w.noLists() }, lifecycle.StillThere},
		"never sent":                   {&client.Error{Op: "revoke"}, false, nil, lifecycle.StillThere},
		"unanswered, done":             {unanswered, true, nil, lifecycle.Gone},
		"unanswered, not done":         {unanswered, false, nil, lifecycle.StillThere},
		"504, done":                    {&client.Error{Op: "revoke", Status: 504}, true, nil, lifecycle.Gone},
		"unanswered, partial list":     {unanswered, true, func(w *world) { w.allPartial() }, lifecycle.Unsure},
		"unanswered, no list":          {unanswered, true, func(w *world) { w.noLists() }, lifecycle.Unsure},
		"unanswered, list comes later": {unanswered, true, func(w *world) { w.listFails[0], w.partial[1] = true, true }, lifecycle.Gone},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if tc.spoil != nil {
				tc.spoil(w)
			}
			key := w.keys[0]
			w.onDelete = func(id string) error {
				if tc.gone {
					w.drop(id)
				}
				return tc.answer
			}
			out, err := w.revoker().Revoke(t.Context(), key, "not used")
			if out.State != tc.state || (err == nil) != tc.state.Done() {
				t.Errorf("%s, %v; want %s", out.State, err, tc.state)
			}
			if err != nil && !errors.Is(err, tc.answer) {
				t.Errorf("%v doesn't tell the cause", err)
			}
			if !slices.Equal(w.deletes, []string{"old-1"}) {
				t.Errorf("deleted %v", w.deletes)
			}
			all := entries(t, w)
			if len(all) != 2 || all[0].Kind != lifecycle.RevokeIntent || all[0].KeyName != "ci-eval" || all[0].Why != "not used" ||
				all[1].Kind != lifecycle.RevokeOutcome || all[1].State != tc.state || all[1].Intent != all[0].Intent {
				t.Errorf("the journal has %+v", all)
			}
			if w.events[0] != "journal revoke.intent" {
				t.Errorf("first came %s", w.events[0])
			}
		})
	}
}

func (w *world) allPartial() {
	for n := range 100 {
		w.partial[n] = true
	}
}

func (w *world) noLists() {
	for n := range 100 {
		w.listFails[n] = true
	}
}

// Each key is looked for in a list that has it.
func TestRevokeAllAsksEachKeysOwnList(t *testing.T) {
	w := newWorld()
	w.onDelete = func(string) error { return &client.Error{Op: "revoke", Unanswered: true} }
	r := w.revoker()
	r.Scope = client.Scope{Workspace: "claims"}
	r.Home = func(k client.Key) client.Scope {
		if k.ID == "old-2" { // of all workspaces
			return client.Scope{}
		}
		return r.Scope
	}
	for _, one := range r.RevokeAll(t.Context(), w.keys, "", nil) {
		if one.State != lifecycle.StillThere {
			t.Errorf("%s is %s, and it is alive", one.Key.ID, one.State)
		}
	}
}

func TestRevokeWithoutAJournalWarnsAndRevokes(t *testing.T) {
	w := newWorld()
	w.appendsFail[0], w.appendsFail[1] = true, true
	out, err := w.revoker().Revoke(t.Context(), w.keys[0], "leaked")
	if err != nil || out.State != lifecycle.Gone || len(out.Warnings) != 1 {
		t.Errorf("%v, %s, %v", err, out.State, out.Warnings)
	}
}

func TestRevokeSendsNothingForWhatIsNoID(t *testing.T) {
	for _, id := range []string{"", "a/b", "..?", "a b", "x\x1b[2J"} {
		w := newWorld()
		if out, err := w.revoker().Revoke(t.Context(), client.Key{ID: id}, ""); err == nil || out.State != lifecycle.NotTried || len(w.events) != 0 {
			t.Errorf("%q: %v, %v", id, err, w.events)
		}
	}
}

func TestRevokeAllStopsBetweenKeys(t *testing.T) {
	w := newWorld()
	keys := []client.Key{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	w.keys = keys
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	w.on["delete b"] = cancel // the one in flight is finished
	var told []string
	results := w.revoker().RevokeAll(ctx, keys, "", func(r lifecycle.Result) {
		told = append(told, r.Key.ID+" "+string(r.State))
		if r.Index != len(told)-1 || r.Total != 4 {
			t.Errorf("result %d of %d", r.Index, r.Total)
		}
	})
	if want := []string{"a revoked", "b revoked", "c not tried", "d not tried"}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	if !slices.Equal(w.deletes, []string{"a", "b"}) || !errors.Is(results[3].Err, lifecycle.ErrStopped) || results[1].Err != nil {
		t.Errorf("deleted %v, results %v", w.deletes, results)
	}
}

func TestRevokeAllGoesOnAfterARefusalAndStopsWithoutASession(t *testing.T) {
	w := newWorld()
	for _, id := range []string{"a", "b", "c", "d"} {
		w.keys = append(w.keys, client.Key{ID: id})
	}
	w.onDelete = func(id string) error {
		switch id {
		case "a":
			return &client.Error{Op: "revoke", Status: 403}
		case "c":
			return &client.Error{Op: "revoke", Status: 401}
		}
		return nil
	}
	results := w.revoker().RevokeAll(t.Context(), []client.Key{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}, "", func(lifecycle.Result) { panic("the screen") })
	var states []lifecycle.RevokedState
	for _, r := range results {
		states = append(states, r.State)
	}
	want := []lifecycle.RevokedState{lifecycle.StillThere, lifecycle.Gone, lifecycle.StillThere, lifecycle.NotTried}
	if !slices.Equal(states, want) || !slices.Equal(w.deletes, []string{"a", "b", "c"}) {
		t.Errorf("%v, deleted %v", states, w.deletes)
	}
}
