package faulty_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// roles are what a key may do.
type roles struct{ Role, Organization string }

// braked is a key that is to be put into quarantine, or was.
type braked struct {
	*office
	key     client.Key
	first   roles // as it was made
	lowered roles // as quarantine makes it
	said    desk.Edited
	err     error
	dead    bool
}

// brake makes the key.
func (o *office) brake() *braked {
	o.t.Helper()
	order := o.order()
	order.Draft.RoleID, order.Draft.OrganizationRole = o.role("Editor"), "ADMIN"
	issued, err := o.desk.Issue(o.context, order, nil)
	if err != nil || issued.Key == nil {
		o.t.Fatalf("%v, %+v", err, issued)
	}
	b := &braked{office: o, key: *issued.Key}
	b.first = b.roles()
	b.lowered = roles{o.role("Search user"), "MEMBER"}
	return b
}

// roles are what the platform has.
func (b *braked) roles() roles {
	b.t.Helper()
	var k struct {
		Data []struct {
			ID           string `json:"api_token_id"`
			Organization string `json:"organization_role"`
			Role         struct {
				ID string `json:"role_id"`
			} `json:"role"`
		} `json:"data"`
	}
	body := b.ask(http.MethodGet, "/token?limit=100", "")
	if err := json.Unmarshal(body, &k); err != nil {
		b.t.Fatalf("%v: %.300s", err, body)
	}
	for _, one := range k.Data {
		if one.ID == b.key.ID {
			return roles{one.Role.ID, one.Organization}
		}
	}
	b.t.Fatalf("the platform has no %s", b.key.ID)
	return roles{}
}

// does puts the key into quarantine, or releases it, in a goroutine of its own, which may be ended at any step.
func (b *braked) does(action string) {
	b.t.Helper()
	b.dead = true
	done := make(chan struct{})
	go func() {
		defer close(done)
		row := b.desk.Row(b.key, client.Scope{Workspace: workspace})
		if action == "release" {
			b.said, b.err = b.desk.Release(b.context, row, lifecycle.Undecided)
		} else {
			b.said, b.err = b.desk.Quarantine(b.context, row, lifecycle.Undecided)
		}
		b.dead = false
	}()
	<-done
}

// before is what has to be so before an action.
func (b *braked) before(action string) {
	b.t.Helper()
	if action != "release" {
		return
	}
	b.does("quarantine")
	if b.err != nil || b.roles() != b.lowered {
		b.t.Fatalf("%v, %+v", b.err, b.roles())
	}
	b.start()
}

// verdict says which role the key has and whether that is known, and fails the test where what was said isn't so.
func (b *braked) verdict(action string) string {
	b.t.Helper()
	b.proxy.Watch(nil)
	b.proxy.Arm()
	b.start()
	words := map[roles]string{b.first: "as it was", b.lowered: "lowered"}
	goal := map[string]roles{"quarantine": b.lowered, "release": b.first}[action]
	is := b.roles()
	word := words[is]
	if word == "" {
		b.t.Errorf("it has %+v, which is neither what it had nor what was meant", is)
		return "WRONG"
	}
	listed, sure := b.listed()
	switch {
	case is == b.lowered && !listed:
		b.t.Error("the key is in quarantine, and the next start doesn't know")
		return "LOST"
	case is == b.first && listed && sure:
		b.t.Error("the next start says that the key is in quarantine for sure, and it isn't")
		return "WRONG"
	}
	switch state := b.said.State; {
	case b.dead && listed && !sure:
		return word + ", not known"
	case b.dead:
		return word
	case (b.err == nil) != state.Done():
		b.t.Errorf("%s, and %v", state, b.err)
	case state == lifecycle.MaybeChanged:
		return word + ", not known"
	case state.Done() != (is == goal):
		b.t.Errorf("it is said to be %s, and is %s (%v)", state, word, b.err)
		return "WRONG"
	case len(b.said.Warnings) > 0:
		return word + ", warned"
	}
	return word
}

// listed tells whether the journal has the key in quarantine, and whether it is sure of that.
func (b *braked) listed() (listed, sure bool) {
	b.t.Helper()
	all, err := b.desk.Quarantined()
	if err != nil {
		b.t.Errorf("the journal can't be read: %v", err)
	}
	for _, q := range all {
		if q.KeyID == b.key.ID {
			undone := q.Release == "" || q.Release == lifecycle.AsItWas || q.Release == lifecycle.NeverAttempted
			return true, q.State == lifecycle.Changed && undone
		}
	}
	return false, false
}

// comesBack releases the key on the next day with nothing in its way, if it is in quarantine or may be.
func (b *braked) comesBack() {
	b.t.Helper()
	b.pass(day)
	if listed, _ := b.listed(); listed {
		if b.does("release"); b.err != nil {
			b.t.Errorf("it can't be released: %v", b.err)
		}
	}
	if listed, _ := b.listed(); listed || b.roles() != b.first {
		b.t.Errorf("in the end it has %+v, and had %+v; in quarantine: %v", b.roles(), b.first, listed)
	}
}

func TestNetworkFaultsOfQuarantine(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, while a key is put into quarantine and released", Corner: "fault", Rows: slices.Concat(frequent, belied),
		Note: "The list is looked at where the PATCH's answer never came. Afterwards each key was released, and had its old role.",
		Columns: []string{
			"quarantine: list", "quarantine: patch", "quarantine: look", "release: list", "release: patch", "release: look",
		},
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inSmallOffice(t, func(o *office) string {
			action, request, _ := strings.Cut(step, ": ")
			b := o.brake()
			b.before(action)
			patches := 0
			o.proxy.Watch(func(r *http.Request) {
				if r.Method == http.MethodPatch {
					patches++
				}
				switch {
				case r.Method == http.MethodPatch && request == "look":
					o.proxy.Arm(faulty.Armed{Fault: faulty.Named("reset after the platform acted"), Times: 1})
				case r.Method == http.MethodPatch && request == "patch", isList(r) && request == "list" && patches == 0, isList(r) && request == "look" && patches > 0:
					o.proxy.Arm(faulty.Armed{Fault: faulty.Named(fault), Times: -1})
				default:
					o.proxy.Arm()
				}
			})
			suffered := o.proxy.Suffered()
			b.does(action)
			if o.proxy.Suffered() == suffered || patches > 1 {
				o.t.Errorf("the fault was met %d times, and %d PATCHes were sent", o.proxy.Suffered()-suffered, patches)
			}
			verdict := b.verdict(action)
			b.comesBack()
			return verdict
		})
	})
}

func TestDiskFaultsOfQuarantine(t *testing.T) {
	table := &faulty.Table{
		Title: "The disk, when the journal of a quarantine is written", Corner: "fault", Rows: slices.Sorted(maps.Keys(journalFaults)),
		Note: "Where the power is gone, fob is killed with it. Afterwards each key was released, and had its old role.",
		Columns: []string{
			string(lifecycle.QuarantineIntent), string(lifecycle.QuarantineOutcome), string(lifecycle.ReleaseIntent), string(lifecycle.ReleaseOutcome),
		},
	}
	table.Measure(t, published, func(t *testing.T, fault, kind string) string {
		return inSmallOffice(t, func(o *office) string {
			action, _, _ := strings.Cut(kind, ".")
			b := o.brake()
			b.before(action)
			o.fails(journalFaults[fault], func(k lifecycle.Kind) bool { return string(k) == kind })
			b.does(action)
			o.journal.before = nil
			verdict := b.verdict(action)
			b.comesBack()
			return verdict
		})
	})
}
