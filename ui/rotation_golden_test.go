package ui

import (
	"errors"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// rotatingSample is a rotation that was never begun.
func rotatingSample(stage desk.RotationStage, change func(*desk.Rotating)) desk.Rotating {
	placed := testNow.Add(-3 * 24 * time.Hour)
	r := desk.Rotating{
		ID: "sample", KeyID: "7b2f1c7e-3a55", NewID: "46d57f31-aa01", Name: "ingest-prod", NewName: "ingest-prod~2", Who: "ida@nordwind.example",
		Stage: stage, Began: placed, PlacedAt: placed, WaitsUntil: placed.AddDate(0, 0, 7),
		Spots: []desk.SpotState{{Name: "env file /srv/ingest/.env (API_KEY)", Done: true}, {Name: "the command vault", Done: true}},
	}
	if change != nil {
		change(&r)
	}
	return r
}

// Every page of a key's later life, without colour.
func TestRotationGolden(t *testing.T) {
	for _, size := range sizes {
		t.Run(size.name, func(t *testing.T) {
			a := &screens{t: t, width: size.width, height: size.height, ascii: !size.utf8}
			s := newStage(t, size.width, size.height, size.utf8)
			s.signIn(ida)
			s.p.known.take(standingMsg{})
			a.plans(s)
			a.rotations(s)
			a.brakes(s)
			a.orphans(s)
			golden.RequireEqual(t, []byte(a.b.String()))
		})
	}
}

// over opens a screen alone, and draws it once change has been made.
func (a *screens) over(s *stage, title string, sc screen, boxed bool, change func()) {
	a.t.Helper()
	s.p.pages = nil
	s.p.open(page{sc, boxed}, false)
	if change != nil {
		change()
	}
	s.p.settled, s.p.said = true, saidMsg{}
	a.add(title, s.p)
}

func (a *screens) plans(s *stage) {
	row := rowWith("ingest-prod", nil)
	plan := desk.RotationPlan{
		Row: row, Name: "ingest-prod~2", Role: "Editor", Overlap: desk.DefaultOverlap,
		Draft:    client.Draft{Name: "ingest-prod~2", OrganizationRole: "MEMBER", Workspaces: []string{"claims-search"}, ExpiresAt: new(testNow.AddDate(0, 3, 0))},
		Spots:    []string{"env file /srv/ingest/.env (API_KEY)", "the command vault"},
		Warnings: []string{"the old key also went to: the clipboard. Whatever took it from there has to be given the new one by hand"},
	}
	page := func(title string, change func(*rotate)) {
		r := newRotate(s.p.world, row)
		a.over(s, title, r, false, func() {
			r.load.stop()
			change(r)
		})
	}
	page("rotate, reading", func(r *rotate) { r.replan() })
	page("rotate, the plan", func(r *rotate) { r.planned(rotationPlanMsg{plan: plan}, nil) })
	page("rotate, the plan in the quiet", func(r *rotate) {
		r.planned(rotationPlanMsg{plan: plan}, nil)
		r.quiet = true
		for range 20 {
			s.press("pgdown")
		}
	})
	page("rotate, how long the old one waits", func(r *rotate) {
		r.planned(rotationPlanMsg{plan: plan}, nil)
		s.press("up", "up")
	})
	page("rotate, nothing was made", func(r *rotate) {
		r.planned(rotationPlanMsg{plan: plan}, nil)
		r.failed = "no key was made: trying the destination: the keyring is locked"
	})
	page("rotate, can't be planned", func(r *rotate) { r.planned(rotationPlanMsg{}, desk.ErrNoHome) })
	page("rotate, somebody else's", func(r *rotate) { r.planned(rotationPlanMsg{}, &desk.NotMineError{Owner: "Ana Sousa"}) })
	for _, field := range []string{lifecycle.FieldType, lifecycle.FieldOwner, lifecycle.FieldOrganizationRole, lifecycle.FieldRole, lifecycle.FieldWorkspaces, lifecycle.FieldName} {
		page("rotate, asked for the "+field, func(r *rotate) {
			r.planned(rotationPlanMsg{
				plan:   desk.RotationPlan{Row: row, Unknown: []desk.Missing{{Field: field, Why: "the platform does not show it"}}},
				roles:  []client.Role{{ID: "r1", Name: "Editor", Description: "write access to all assets of a workspace"}, {ID: "r2", Name: "Search user"}},
				spaces: []client.Workspace{{ID: "w1", Name: "claims-search"}, {ID: "w2", Name: "legal-archive"}},
			}, nil)
		})
	}
	page("rotate, in which workspaces", func(r *rotate) {
		r.planned(rotationPlanMsg{
			plan:   desk.RotationPlan{Row: row, Unknown: []desk.Missing{{Field: lifecycle.FieldWorkspaces, Why: "the platform does not show it"}}},
			spaces: []client.Workspace{{ID: "w1", Name: "claims-search"}, {ID: "w2", Name: "legal-archive"}},
		}, nil)
		r.seen = true
		s.press("enter")
	})
	page("rotate, being made", func(r *rotate) {
		r.plan, r.making = plan, &making{}
		r.making.hear(toldMsg{[]lifecycle.Step{
			{Stage: lifecycle.Tried, Destination: "the OS keyring of this machine"},
			{Stage: lifecycle.Sending},
			{Stage: lifecycle.Arrived},
			{Stage: lifecycle.Stored, Destination: "env file /srv/ingest/.env (API_KEY)"},
			{Stage: lifecycle.Stored, Destination: "the command vault", Err: errors.New("it exited with 2")},
		}})
	})
}

func (a *screens) rotations(s *stage) {
	page := func(title string, at desk.Rotating, change func(*rotation)) {
		r := newRotation(s.p.world, at)
		a.over(s, title, r, false, func() {
			r.looking.stop()
			r.looked = true
			if change != nil {
				change(r)
			}
		})
	}
	seen := func(r *desk.Rotating) {
		r.Seen = &desk.Sighting{Verdict: lifecycle.KeySeen, Last: testNow.Add(-5 * time.Minute), Workspace: "claims-search"}
		r.Doubts = []desk.Doubt{lifecycle.OverlapRuns, lifecycle.StillSeen}
	}
	silent := func(r *desk.Rotating) {
		r.Seen = &desk.Sighting{Verdict: lifecycle.KeyNotSeen, Last: r.PlacedAt.Add(-time.Hour), Workspace: "claims-search"}
		r.Silent, r.SilentSince, r.Suggested = true, r.PlacedAt, true
	}
	page("rotation, planned", rotatingSample(desk.RotationPlanned, func(r *desk.Rotating) {
		r.PlacedAt, r.WaitsUntil, r.Spots, r.NewID, r.Failed = time.Time{}, time.Time{}, nil, "", "trying the destination: the keyring is locked"
	}), nil)
	page("rotation, it isn't known what became of the new key", rotatingSample(desk.RotationMaking, func(r *desk.Rotating) {
		r.PlacedAt, r.WaitsUntil, r.NewID = time.Time{}, time.Time{}, ""
		r.Spots[0].Done, r.Spots[1].Done = false, false
	}), func(r *rotation) { r.trouble = placeFailure(desk.ErrUnresolved) })
	page("rotation, looking", rotatingSample(desk.RotationWaiting, nil), func(r *rotation) { r.lookAgain() })
	page("rotation, still seen", rotatingSample(desk.RotationWaiting, seen), nil)
	page("rotation, still seen, revoke all the same", rotatingSample(desk.RotationWaiting, seen), func(*rotation) { s.press("f") })
	page("rotation, silent", rotatingSample(desk.RotationWaiting, silent), nil)
	page("rotation, silent, revoke", rotatingSample(desk.RotationWaiting, silent), func(*rotation) { s.press("f") })
	page("rotation, undo", rotatingSample(desk.RotationWaiting, silent), func(*rotation) { s.press("u") })
	page("rotation, undoing", rotatingSample(desk.RotationWaiting, silent), func(*rotation) { s.press("u", "y") })
	page("rotation, a place has the old one still", rotatingSample(desk.RotationWaiting, func(r *desk.Rotating) {
		silent(r)
		r.Spots[0] = desk.SpotState{Name: r.Spots[0].Name, Error: "API_KEY: another key is there"}
		r.Suggested, r.Doubts = false, []desk.Doubt{lifecycle.NotPlaced}
	}), nil)
	page("rotation, stuck on the way back", rotatingSample(desk.RotationAbandoning, nil), func(r *rotation) {
		r.unwound(desk.Unwound{}, &desk.StuckError{Places: []lifecycle.Place{{Destination: "the command vault", Error: "it exited with 2"}}})
	})
	page("rotation, which is the new key", rotatingSample(desk.RotationWaiting, silent), func(r *rotation) {
		r.candidates, r.asking = rowsNamed("ingest-prod~2", "ingest-prod~2"), rotationAsksWhich
	})
	page("rotation, over", rotatingSample(desk.RotationFinished, nil), nil)
}

func (a *screens) brakes(s *stage) {
	row := rowWith("ingest-prod", nil)
	lowered := []desk.Difference{{Field: "role", Before: "Editor", After: "Search user"}, {Field: "organization role", Before: "Admin", After: "Member"}}
	plan := desk.QuarantinePlan{
		Row: row, Differences: lowered,
		Still: "the platform can't disable a key: it still works for what Search user allows in claims-search: search:run",
	}
	open := func(title string, change func(*quarantine)) {
		q := newQuarantine(s.p.world, row)
		a.over(s, title, q, true, func() { change(q) })
	}
	planned := func(q *quarantine) {
		s.p.Update(loadedMsg{to: q.id, seq: q.planning.seq, body: quarantinePlanMsg{plan}})
		s.p.settled = true
	}
	open("quarantine, reading", func(*quarantine) {})
	open("quarantine", planned)
	open("quarantine, half typed", func(q *quarantine) {
		planned(q)
		s.typeText("ingest")
	})
	open("quarantine, without a role", func(q *quarantine) { q.err = desk.ErrRoleUnknown })
	s.p.known.take(standingMsg{quarantined: []desk.Quarantined{{KeyID: row.Key.ID, Name: row.Name, Who: "ida@nordwind.example", At: testNow.Add(-time.Hour), Lowered: lowered}}})
	open("release", func(*quarantine) {})
	open("release, somebody changed it", func(q *quarantine) {
		q.meanwhile = []desk.Difference{{Field: "role", Before: "Search user", After: "Evaluator"}}
	})
	a.over(s, "details of a key in quarantine", newDetails(s.p.world, row, client.Scope{}), false, nil)
	s.p.known.take(standingMsg{rotations: []desk.Rotating{rotatingSample(desk.RotationWaiting, func(r *desk.Rotating) { r.KeyID = row.Key.ID })}})
	a.over(s, "details of a key that was replaced", newDetails(s.p.world, row, client.Scope{}), false, nil)
	s.p.known.take(standingMsg{})
}

func (a *screens) orphans(s *stage) {
	row := rowWith("nightly-eval", nil)
	sure := desk.Orphan{
		Name: "nightly-eval", Where: "claims-search", Workspace: "claims-search", At: testNow.Add(-time.Hour), Who: "ida@nordwind.example",
		Fate: desk.FateOrphaned, Certainty: desk.Certain, Key: row, Candidates: []*desk.Row{row},
	}
	likely := sure
	likely.Certainty, likely.Why, likely.Rotation = desk.Likely, "one key stands out, but the list was partial", "sample"
	likely.Candidates = rowsNamed("nightly-eval", "nightly-eval", "weekly-eval")
	likely.Key = likely.Candidates[1]
	page := func(title string, all []desk.Orphan, change func()) {
		o := newOrphans(s.p.world)
		a.over(s, title, o, false, func() {
			o.looking.stop()
			if all != nil {
				o.found(all, nil)
				s.p.answerPosts()
				s.p.settled = true
			}
			if change != nil {
				change()
			}
		})
	}
	page("orphans, certain", []desk.Orphan{sure}, nil)
	page("orphans, likely, one of two", []desk.Orphan{likely, sure}, nil)
	page("orphans, revoke", []desk.Orphan{likely, sure}, func() { s.press("down", "x") })
	page("orphans, leave", []desk.Orphan{sure}, func() { s.press("l") })
	page("orphans, nothing left", []desk.Orphan{{Name: "nightly-eval", Fate: desk.FateHeld, Settled: true}}, nil)
}
