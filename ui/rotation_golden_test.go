package ui

import (
	"errors"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"fob/client"
	"fob/client/audit"
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
			a.severally(s)
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
	page("rotation, no place is known, and a long name to be typed", rotatingSample(desk.RotationWaiting, func(r *desk.Rotating) {
		seen(r)
		r.Spots, r.Name = nil, "nightly-evaluation-of-claims-search-2026"
	}), func(*rotation) { s.press("f", "n", "i") })
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

func (a *screens) severally(s *stage) {
	rows := rowsNamed("ci-eval", "export-2024", "ingest-prod", "qa-matrix", "zoe-notebook")
	queries := map[string]desk.LastQuery{
		rows[0].Key.ID: {Verdict: audit.Seen, At: testNow.Add(-2 * time.Hour)}, rows[1].Key.ID: {Verdict: audit.NotSeen},
		rows[2].Key.ID: {Verdict: audit.Seen, At: testNow.Add(-4 * time.Minute)}, rows[3].Key.ID: {Verdict: audit.Seen, At: testNow.AddDate(0, 0, -6)},
	}
	m := marks{rows, desk.List{Rows: rows, Complete: true, AsOf: testNow}, desk.Surroundings{Queries: queries, Organization: rows, Whole: true}}
	r := newSeveralRotator(s.p.world, m)
	a.over(s, "rotate several", r, false, nil)
	a.over(s, "rotate several, how long the old ones wait", r, false, func() { s.press("up", "up", "up", "right") })
	dialog := func(title, verb string, change func(*bulk)) {
		d := newPrepared(s.p.world, verb, nil, m)
		a.over(s, title, d, true, func() { change(d) })
	}
	does := func(verb, doing, past string) desk.BulkAction {
		return desk.BulkAction{Verb: verb, Doing: doing, Past: past, Do: s.p.world.Revocation(client.Scope{}).Do}
	}
	rotates := does("rotate", "rotating", "rotated")
	rotates.What = "A new key takes the place of each, kept in the OS keyring of this machine; the old ones wait 7 days, until 29 Nov 2026 12:00 CET, and then you decide"
	rotates.Judge = func(i *desk.BulkItem) {
		i.Would, i.Warnings = "is replaced by "+i.Row.Name+"~2", []string{"this machine doesn't know where the old key is used"}
		switch i.Row.Name {
		case "ingest-prod":
			i.Would, i.Warnings = i.Would+", which is put into env file /srv/ingest/.env (API_KEY), the command vault", append(i.Warnings, "it is an Admin")
		case "zoe-notebook":
			theirs := &desk.NotMineError{Owner: "Zoë Ó Briain"}
			i.Skip, i.Refused = theirs.Error(), theirs
		}
	}
	planned := func(d *bulk) {
		s.prepared(d, rotates)
		s.press("k") // the letter that is typed is seen
	}
	dialog("rotate several, reading", "rotate", func(*bulk) {})
	dialog("rotate several, can't be planned", "rotate", func(d *bulk) { d.prepareErr = refusedWith(503, "upstream is gone") })
	dialog("rotate several, the plan", "rotate", planned)
	dialog("rotate several, further down", "rotate", func(d *bulk) {
		planned(d)
		s.press("pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown")
	})
	result := func(d *bulk, i int, err error, state string) desk.BulkResult {
		r := desk.BulkResult{Item: d.plan.Items[i], Index: i, Total: len(d.plan.Items), State: state, Err: err}
		if err == nil {
			r.Became = "replaced by " + r.Item.Row.Name + "~2"
		}
		return r
	}
	under := func(d *bulk) {
		s.prepared(d, rotates)
		s.typeText("rotate 4")
		s.press("enter")
		step := desk.Step{Stage: lifecycle.Storing, Destination: "the OS keyring of this machine"}
		s.p.Update(streamMsg{to: d.id, seq: d.working.seq, body: bulkingMsg{[]desk.BulkResult{result(d, 0, nil, "waiting")}, stageWords(step)}})
	}
	dialog("rotating several", "rotate", under)
	dialog("rotated several, not all", "rotate", func(d *bulk) {
		under(d)
		s.p.Update(loadedMsg{to: d.id, seq: d.working.seq, body: bulkedMsg{desk.BulkReport{Results: []desk.BulkResult{
			result(d, 0, nil, "waiting"), result(d, 1, errors.New("the old key is still in env file /srv/qa/.env (API_KEY)"), "placing"),
			result(d, 2, nil, "waiting"), result(d, 3, lifecycle.ErrStopped, "not tried"),
		}}}})
	})
	lowers := does("quarantine", "putting into quarantine", "put into quarantine")
	lowers.What = "The platform can't disable a key: whoever needs more of these than their lowered roles allow is refused. Q on them puts the roles back"
	lowers.Judge = func(i *desk.BulkItem) {
		i.Would, i.Warnings = "role Editor becomes Search user", []string{"it still works for what Search user allows in claims-search: search:run"}
		if i.Row.Name == "zoe-notebook" {
			i.Skip = desk.ErrRoleUnknown.Error()
		}
	}
	dialog("quarantine several", "quarantine", func(d *bulk) { s.prepared(d, lowers) })
	releases := does("release", "releasing", "released")
	releases.Judge = func(i *desk.BulkItem) { i.Would = "role Search user becomes Editor" }
	dialog("release several", "release", func(d *bulk) { s.prepared(d, releases) })
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
