package faulty_test

import (
	"net/http"
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

const day = 24 * time.Hour

// turning is a key that lies in the keyring and in an env file, and that is being replaced by another.
type turning struct {
	*office
	file string
	name string // of the old key; the new one is called after it
	old  client.Key
	err  error // what the last thing that was done ended in
	// dead tells that fob was killed: it never came to say what it knew.
	dead bool
	// asked tells that the old key was asked to go.
	asked    bool
	warnings []string // what the last thing said beside
}

// inRotation runs f in a bubble, with an office of few keys and one to be rotated.
func inRotation(t *testing.T, f func(s *turning) string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "service.env")
	return inSmallOffice(t, func(o *office) string {
		s := &turning{office: o, file: file}
		order := o.order()
		order.Draft.RoleID = o.role("Search user")
		order.Places = append(order.Places, desk.Place{Kind: desk.InEnvFile, Path: s.file})
		issued, err := o.desk.Issue(o.context, order, nil)
		if err != nil || issued.Key == nil || !s.uses(issued.Key.ID) {
			o.t.Fatalf("%v, %+v", err, issued)
		}
		s.name, s.old = order.Draft.Name, *issued.Key
		o.start()
		return f(s)
	})
}

// uses tells whether the file has the key with that id.
func (s *turning) uses(id string) bool {
	text, err := os.ReadFile(s.file)
	if err != nil {
		s.t.Errorf("the env file can't be read: %v", err)
	}
	v, ok := s.box.SecretOf(id)
	return ok && v.Redact(string(text)) != string(text)
}

// does does one thing in a goroutine of its own, which may be ended at any step as by kill -9.
func (s *turning) does(f func() error) {
	s.dead, s.warnings = true, nil
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.err = f()
		s.dead = false
	}()
	<-done
	s.guard()
}

// guard holds at every moment: at most one new key, and one key at least that works and that this machine has.
func (s *turning) guard() {
	s.t.Helper()
	fresh := s.fresh()
	if len(fresh) > 1 {
		s.t.Errorf("%d new keys exist for one rotation", len(fresh))
	}
	for _, id := range append(fresh, s.old.ID) {
		if _, alive := s.box.SecretOf(id); alive {
			if held, _ := s.held(id); held {
				return
			}
		}
	}
	s.t.Errorf("no key is left that works and that this machine has")
}

// fresh are the new keys that exist.
func (s *turning) fresh() []string { return s.alive(s.name + "~2") }

func (s *turning) begin(tell func(lifecycle.Step)) error {
	p, err := s.desk.PlanRotation(s.context, s.desk.Row(s.old, client.Scope{Workspace: workspace}), desk.RotationOptions{})
	if err != nil {
		return err
	}
	if len(p.Unknown) > 0 || len(p.Spots) != 1 || p.Name != s.name+"~2" {
		s.t.Errorf("the plan is %+v", p)
	}
	r, err := s.desk.BeginRotation(s.context, p, tell)
	s.warnings = r.Warnings
	if r.Issued != nil {
		s.warnings = append(s.warnings, r.Issued.Warnings...)
	}
	return err
}

func (s *turning) finish() error {
	r, err := s.desk.FinishRotation(s.context, s.id(), true)
	s.warnings = r.Warnings
	return err
}

func (s *turning) abandon() error {
	r, err := s.desk.AbandonRotation(s.context, s.id(), "", false)
	s.warnings = r.Warnings
	return err
}

// rotation is the newest one, false if there is none.
func (s *turning) rotation() (desk.Rotating, bool) {
	s.t.Helper()
	all, err := s.desk.Rotations()
	if err != nil {
		s.t.Errorf("the journal can't be read: %v", err)
	}
	if len(all) == 0 {
		return desk.Rotating{}, false
	}
	return all[len(all)-1], true
}

func (s *turning) id() string {
	r, _ := s.rotation()
	return r.ID
}

// begun begins the rotation with nothing in its way.
func (s *turning) begun() {
	s.t.Helper()
	s.does(func() error { return s.begin(nil) })
	if r, _ := s.rotation(); s.err != nil || r.Stage != lifecycle.Waiting || r.NewID == "" {
		s.t.Fatalf("%v, %+v", s.err, r)
	}
}

// watch arms the fault for the requests that are of a step, and for no others. It sees that the old key isn't asked to go
// before the new one is held.
func (s *turning) watch(fault faulty.Fault, is func(*http.Request) bool) {
	s.proxy.Watch(func(r *http.Request) {
		if r.Method == http.MethodDelete && strings.HasSuffix(r.URL.Path, s.old.ID) {
			s.asked = true
			s.mustBeReplaced()
		}
		if is(r) {
			s.proxy.Arm(faulty.Armed{Fault: fault, Times: -1})
		} else {
			s.proxy.Arm()
		}
	})
}

// mustBeReplaced is checked at the moment at which the old key is asked to go.
func (s *turning) mustBeReplaced() {
	fresh := s.fresh()
	if len(fresh) != 1 {
		s.t.Errorf("the old key is to go, and there are %d new ones", len(fresh))
		return
	}
	if held, _ := s.held(fresh[0]); !held {
		s.t.Errorf("the old key is to go, and nobody holds the new one")
	}
	if !s.uses(fresh[0]) {
		s.t.Errorf("the old key is to go, and the file doesn't have the new one")
	}
}

// verdict says in a few words where the rotation has come to, and fails the test where that isn't so, or where nobody was
// told that it isn't at the goal.
func (s *turning) verdict(goal lifecycle.RotationStage) string {
	s.t.Helper()
	said := s.stage()
	r, _ := s.rotation()
	switch quiet := s.err == nil && len(s.warnings) == 0; {
	case s.dead:
	case r.Stage != goal && quiet:
		s.t.Errorf("it is %s and not %s, and nobody is told", said, goal)
	case len(s.warnings) > 0:
		said += ", warned"
	}
	return said
}

// stage is where the rotation has come to, as the journal, the platform and this machine have it.
func (s *turning) stage() string {
	s.t.Helper()
	s.proxy.Watch(nil)
	s.proxy.Arm()
	s.start()
	s.guard()
	fresh, r, stage := s.fresh(), desk.Rotating{}, lifecycle.RotationStage("not begun")
	if one, begun := s.rotation(); begun {
		r, stage = one, one.Stage
	}
	_, old := s.box.SecretOf(s.old.ID)
	held := false
	if len(fresh) == 1 {
		held, _ = s.held(fresh[0])
	}
	said := string(stage)
	switch {
	case !old && !held:
		s.t.Error("the old key is gone, and nobody holds the new one")
		return "LOST"
	case len(fresh) == 0 && stage == lifecycle.Making:
		return said + ", nothing made"
	case len(fresh) == 0 && stage == lifecycle.Waiting, len(fresh) == 0 && stage == lifecycle.Placing:
		s.t.Errorf("it is %s, and there is no new key", stage)
		return "WRONG"
	case len(fresh) == 0 && stage == lifecycle.Abandoning:
		return said + ", undone, not known"
	case len(fresh) == 0:
		return said
	case !held && stage != lifecycle.Making:
		s.t.Errorf("it is %s, and nobody holds the new key", stage)
		return "LOST"
	case !held:
		return said + ", " + s.lost(fresh[0])
	case stage == lifecycle.Making:
		return said + ", stored"
	case stage == lifecycle.Abandoning:
		return said + ", the new one works"
	case stage == "not begun", stage == lifecycle.Planned, stage == lifecycle.Abandoned:
		s.t.Errorf("it is %s, and the new key is alive (%v)", stage, s.err)
		return "WRONG"
	case old && stage == lifecycle.Finished:
		s.t.Errorf("it is finished, and the old key is alive")
		return "WRONG"
	case !old && stage == lifecycle.Waiting:
		said += ", the old one is gone"
	case stage == lifecycle.Waiting && !s.uses(fresh[0]):
		if r.Spots[0].Error == "" {
			s.t.Errorf("the file doesn't have the new key, and nobody says so")
		}
		said += ", a place left"
	}
	if r.NewID != "" && r.NewID != fresh[0] {
		s.t.Errorf("it says that the new key is %s, and it is %s", r.NewID, fresh[0])
	}
	if r.NewID == "" {
		said += ", id unknown"
	}
	return said
}

// lost says how well a key is known that nobody holds, on the next day.
func (s *turning) lost(id string) string {
	s.t.Helper()
	s.pass(day)
	all, err := s.desk.Orphans(s.context)
	if err != nil {
		s.t.Errorf("the orphans can't be looked for: %v", err)
	}
	for _, o := range all {
		if o.Rotation == s.id() && slices.ContainsFunc(o.Candidates, func(r *desk.Row) bool { return r.Key.ID == id }) {
			return "named, " + string(o.Certainty)
		}
	}
	s.t.Errorf("nobody holds the new key, and it is no orphan: %+v", all)
	return "LOST"
}

// pass lets time go by, of which a bubble has enough.
func (o *office) pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // under synctest the clock jumps, and nothing sleeps

// finishes goes on with the rotation on the next day, with nothing in its way, until it is finished: with one new key,
// which this machine has and the file uses, and without the old one.
func (s *turning) finishes() {
	s.t.Helper()
	s.carryOn(func(r desk.Rotating, begun bool) error {
		switch {
		case !begun || r.Stage == lifecycle.Abandoned:
			return s.begin(nil)
		case r.Stage == lifecycle.Waiting && slices.ContainsFunc(r.Spots, func(p desk.SpotState) bool { return !p.Done }), r.Stage == lifecycle.Planned, r.Stage == lifecycle.Placing:
			_, err := s.desk.ResumeRotation(s.context, r.ID, nil, nil)
			return err
		case r.Stage == lifecycle.Waiting:
			s.pass(8 * day)
			return s.finish()
		case r.Stage == lifecycle.Abandoning:
			return s.abandon()
		}
		return nil
	}, lifecycle.Finished)
	fresh := s.fresh()
	if _, old := s.box.SecretOf(s.old.ID); old || len(fresh) != 1 || !s.uses(fresh[0]) {
		s.t.Errorf("in the end the old key is alive: %v, and %d new ones are", old, len(fresh))
		return
	}
	if held, listed := s.held(fresh[0]); !held || !listed {
		s.t.Errorf("in the end the new key is held: %v, and listed: %v", held, listed)
	}
}

// isUndone takes the rotation back on the next day, with nothing in its way.
func (s *turning) isUndone() {
	s.t.Helper()
	s.carryOn(func(desk.Rotating, bool) error { return s.abandon() }, lifecycle.Abandoned)
	if _, old := s.box.SecretOf(s.old.ID); !old || len(s.fresh()) != 0 || !s.uses(s.old.ID) {
		s.t.Errorf("in the end the old key is alive: %v, and %d new ones are", old, len(s.fresh()))
	}
}

// carryOn looks for orphans, revokes them as a person would, and does the next thing until the rotation is at its end.
func (s *turning) carryOn(next func(r desk.Rotating, begun bool) error, end lifecycle.RotationStage) {
	s.t.Helper()
	for range 8 {
		s.pass(day)
		s.start()
		all, err := s.desk.Orphans(s.context)
		if err != nil {
			s.t.Errorf("the orphans can't be looked for: %v", err)
		}
		for _, o := range all {
			if o.Fate != lifecycle.Orphaned {
				continue
			}
			if _, err := s.desk.RevokeOrphan(s.context, o, o.Candidates[0].Key.ID); err != nil {
				s.t.Errorf("the orphan can't be revoked: %v", err)
			}
		}
		r, begun := s.rotation()
		if begun && r.Stage == end {
			return
		}
		s.does(func() error { return next(r, begun) })
		if s.err != nil {
			s.t.Errorf("it is %s, and can't be gone on with: %v", r.Stage, s.err)
			return
		}
	}
	r, _ := s.rotation()
	s.t.Errorf("it doesn't come to its end: %+v", r)
}
