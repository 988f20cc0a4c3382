package lifecycle_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/lifecycle"
)

// TestWhichKeyWasMade goes through what the lists may show after a key was made.
func TestWhichKeyWasMade(t *testing.T) {
	foreign := client.Key{ID: "foreign", Name: client.Some("export"), Workspaces: client.Some([]client.WorkspaceRef{{Name: "claims"}})}
	for name, tc := range map[string]struct {
		spoil     func(*world, *lifecycle.Order)
		certainty lifecycle.Certainty
		found     bool
	}{
		"one new key":      {func(*world, *lifecycle.Order) {}, lifecycle.Certain, true},
		"late":             {func(w *world, _ *lifecycle.Order) { w.late = 6 }, lifecycle.Certain, true},
		"too late":         {func(w *world, _ *lifecycle.Order) { w.late = 1000 }, lifecycle.Unknown, false},
		"partial before":   {func(w *world, _ *lifecycle.Order) { w.partial[0] = true }, lifecycle.Likely, true},
		"partial after":    {func(w *world, _ *lifecycle.Order) { w.partial[2], w.hidden = true, 0 }, lifecycle.Likely, true},
		"another new key":  {func(w *world, _ *lifecycle.Order) { w.foreign = []client.Key{foreign} }, lifecycle.Likely, true},
		"only another":     {func(w *world, _ *lifecycle.Order) { w.foreign, w.late = []client.Key{foreign}, 1000 }, lifecycle.Unknown, false},
		"no list":          {func(w *world, _ *lifecycle.Order) { w.noLists(); w.listFails[0] = false }, lifecycle.Unknown, false},
		"one list failing": {func(w *world, _ *lifecycle.Order) { w.listFails[2] = true }, lifecycle.Certain, true},
		"three fields": {func(w *world, _ *lifecycle.Order) {
			w.shape = func(k client.Key) client.Key {
				return client.Key{ID: k.ID, ExpiresAt: k.ExpiresAt, User: client.Some(client.PersonRef{GivenName: "Ida", FamilyName: "Krüger"})}
			}
		}, lifecycle.Certain, true},
		"three fields, another maker": {func(w *world, _ *lifecycle.Order) {
			w.shape = func(k client.Key) client.Key {
				return client.Key{ID: k.ID, ExpiresAt: k.ExpiresAt, User: client.Some(client.PersonRef{GivenName: "Zoë", FamilyName: "Ó Briain"})}
			}
		}, lifecycle.Unknown, false},
		"nothing but an id": {func(w *world, _ *lifecycle.Order) {
			w.shape = func(k client.Key) client.Key { return client.Key{ID: k.ID} }
		}, lifecycle.Likely, true},
		"another expiry than the secret's": {func(w *world, _ *lifecycle.Order) {
			w.shape = func(k client.Key) client.Key {
				k.ExpiresAt = client.Some(w.clock.Add(time.Hour))
				return k
			}
		}, lifecycle.Unknown, false},
		"the answer names it": {func(w *world, _ *lifecycle.Order) { w.tellsID, w.foreign = "new-told", []client.Key{foreign} }, lifecycle.Certain, true},
		"the answer names it, partial": {
			func(w *world, _ *lifecycle.Order) { w.tellsID, w.partial[0] = "new-told", true }, lifecycle.Likely, true,
		},
		"the answer names an old key": {func(w *world, _ *lifecycle.Order) { w.tellsID = "old-1" }, lifecycle.Certain, true},
		"the answer names an old key, late": {
			func(w *world, _ *lifecycle.Order) { w.tellsID, w.late = "old-1", 1000 }, lifecycle.Unknown, false,
		},
		"the answer names nonsense": {func(w *world, _ *lifecycle.Order) { w.tellsID = "../me" }, lifecycle.Certain, true},
		"wider":                     {func(w *world, _ *lifecycle.Order) { w.widen = true }, lifecycle.Likely, true},
		"wider, organization unread": {
			func(w *world, _ *lifecycle.Order) { w.widen, w.listFails[1] = true, true }, lifecycle.Likely, true,
		},
		"no JWT": {func(w *world, _ *lifecycle.Order) { w.plain = true }, lifecycle.Likely, true},
		"organization unread, workspaces not shown": {func(w *world, _ *lifecycle.Order) {
			w.widen, w.listFails[1] = true, true
			w.shape = func(k client.Key) client.Key { k.Workspaces = client.Field[[]client.WorkspaceRef]{}; return k }
		}, lifecycle.Likely, true},
		"wider, named": {func(w *world, _ *lifecycle.Order) { w.widen, w.tellsID = true, "new-told" }, lifecycle.Certain, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			o := order(w)
			tc.spoil(w, &o)
			if w.tellsID == "new-told" {
				w.on["hold"] = func() { w.keys[2].ID, w.made.ID = "new-told", "new-told" }
			}
			out, err := w.issuer().Issue(t.Context(), o, nil)
			if err != nil {
				t.Fatal(err)
			}
			if out.Certainty != tc.certainty || (out.Key != nil) != tc.found {
				t.Errorf("%s (%s), found %v; want %s", out.Certainty, out.Why, out.Key != nil, tc.certainty)
			}
			if out.Key != nil && out.Key.ID != w.made.ID {
				t.Errorf("found %s", out.Key.ID)
			}
			if strings.HasPrefix(name, "wider") != out.Wider() {
				t.Errorf("deviations: %+v", out.Deviations)
			}
		})
	}
}

// TestLookingEndsAfterTenSeconds also when each look takes its time.
func TestLookingEndsAfterTenSeconds(t *testing.T) {
	w := newWorld()
	w.late = 1000
	var looks int
	begun := w.clock
	w.on["hold"] = func() { w.on["list "] = func() { looks++; w.clock = w.clock.Add(4 * time.Second) } }
	if _, err := w.issuer().Issue(context.Background(), order(w), nil); err != nil {
		t.Fatal(err)
	}
	if took := w.clock.Sub(begun); took < 10*time.Second || took > 15*time.Second || looks < 2 {
		t.Errorf("took %s for %d looks", took, looks)
	}
}
