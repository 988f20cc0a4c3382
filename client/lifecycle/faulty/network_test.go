package faulty_test

import (
	"net/http"
	"testing"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// atNetwork are the steps of making a key that reach the platform, and the stage at which each begins.
var atNetwork = []string{"ask who", "read the list", "create", "find the id"}

var stageOf = map[string]lifecycle.Stage{
	"ask who": lifecycle.Asking, "read the list": lifecycle.Reading, "create": lifecycle.Sending, "find the id": lifecycle.Looking,
}

// A fault that lasts as long as its step.
func TestNetworkFaultsOfIssue(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, while a key is made", Note: "The fault lasts as long as the step.", Corner: "fault",
		Rows: faulty.Names(faulty.Network()), Columns: atNetwork,
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			verdict := o.issueUnder(faulty.Armed{Fault: faulty.Named(fault), Times: -1}, stageOf[step])
			next := o.order()
			issued, err := o.desk.Issue(o.context, next, nil)
			if after := o.verdict(made{name: next.Draft.Name, issued: issued, err: err}); after != "held" {
				o.t.Errorf("once the fault is over, a key is: %s (%v, %s)", after, err, issued.Why)
			}
			return verdict
		})
	})
}

// A fault that is over after one request: reading is tried again, and making a key never is.
func TestNetworkFaultsThatPass(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, once, while a key is made", Note: "The fault meets one request of the step.", Corner: "fault",
		Rows: faulty.Names(faulty.Network()), Columns: atNetwork,
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			return o.issueUnder(faulty.Armed{Fault: faulty.Named(fault), Times: 1}, stageOf[step])
		})
	})
}

// issueUnder makes a key with a fault at a stage.
func (o *office) issueUnder(fault faulty.Armed, at lifecycle.Stage) string {
	o.t.Helper()
	order := o.order()
	armed := at == lifecycle.Asking && fault.Times < 0 // the desk asks before the steps begin
	if armed {
		o.proxy.Arm(fault)
	}
	issued, err := o.desk.Issue(o.context, order, func(s desk.Step) {
		switch {
		case s.Stage == at && !armed:
			armed = true
			o.proxy.Arm(fault)
		case s.Stage != at && s.Stage != lifecycle.Trying && s.Stage != lifecycle.Tried:
			o.proxy.Arm()
		}
	})
	o.proxy.Arm()
	if n := o.proxy.Count(http.MethodPost); n > 1 {
		o.t.Errorf("%d POSTs were sent for one order", n)
	}
	if o.proxy.Suffered() == 0 {
		o.t.Error("the fault was met by nothing")
	}
	return o.verdict(made{name: order.Draft.Name, issued: issued, err: err})
}

func TestNetworkFaultsOfRevoke(t *testing.T) {
	table := &faulty.Table{
		Title: "The network, while a key is revoked", Note: "The list is asked where the DELETE's answer never came, or was a refusal.", Corner: "fault",
		Rows: faulty.Names(faulty.Network()), Columns: []string{"delete", "look for it"},
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			key := o.make()
			armed := []faulty.Armed{{Fault: faulty.Named(fault), Times: -1}}
			if step == "look for it" {
				armed = []faulty.Armed{{Fault: faulty.Named("reset after the platform acted"), Times: 1}, armed[0]}
			} else {
				o.proxy.Watch(func(r *http.Request) {
					if r.Method == http.MethodGet && o.proxy.Count(http.MethodDelete) > 0 {
						o.proxy.Arm()
					}
				})
			}
			o.journal.after = func(kind lifecycle.Kind) {
				if kind == lifecycle.RevokeIntent {
					o.proxy.Arm(armed...)
				}
			}
			verdict := o.revoke(key)
			if o.proxy.Suffered() == 0 {
				o.t.Error("the fault was met by nothing")
			}
			return verdict
		})
	})
}
