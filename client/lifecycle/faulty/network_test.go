package faulty_test

import (
	"testing"
	"testing/synctest"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

// atNetwork are the steps of making a key that reach the platform, by the stage at which they begin.
var atNetwork = []struct {
	name  string
	stage lifecycle.Stage
}{
	{"ask who", lifecycle.Asking},
	{"read the list", lifecycle.Reading},
	{"create", lifecycle.Sending},
	{"find the id", lifecycle.Looking},
}

func TestNetworkFaultsOfIssue(t *testing.T) {
	table := &faulty.Table{Title: "The network, while a key is made", Corner: "fault"}
	for _, step := range atNetwork {
		table.Columns = append(table.Columns, step.name)
	}
	for _, fault := range faulty.Network() {
		for _, step := range atNetwork {
			t.Run(fault.Name+"/"+step.name, func(t *testing.T) {
				folder := t.TempDir()
				synctest.Test(t, func(t *testing.T) {
					o := open(t, folder, 250)
					table.Set(fault.Name, step.name, o.issueUnder(faulty.Armed{Fault: fault, Times: -1}, step.stage))
				})
			})
		}
	}
	published(t, table)
}

// issueUnder makes a key with a fault that lasts as long as a stage, and then one without.
func (o *office) issueUnder(fault faulty.Armed, at lifecycle.Stage) string {
	o.t.Helper()
	order := o.order()
	if at == lifecycle.Asking {
		o.proxy.Arm(fault) // the desk asks before the steps begin
	}
	posts := o.proxy.Count("POST")
	issued, err := o.desk.Issue(o.t.Context(), order, func(s desk.Step) {
		switch {
		case s.Stage == at:
			if s.Read == 0 && s.Wait == 0 && s.Retrying == "" {
				o.proxy.Arm(fault)
			}
		case s.Stage != lifecycle.Trying && s.Stage != lifecycle.Tried:
			o.proxy.Arm()
		}
	})
	o.proxy.Arm()
	if n := o.proxy.Count("POST") - posts; n > 1 {
		o.t.Errorf("%d POSTs were sent for one order", n)
	}
	if o.proxy.Suffered() == 0 {
		o.t.Error("the fault was met by nothing")
	}
	verdict := o.verdict(made{name: order.Draft.Name, issued: issued, err: err})
	next := o.order()
	issued, err = o.desk.Issue(o.t.Context(), next, nil)
	if after := o.verdict(made{name: next.Draft.Name, issued: issued, err: err}); after != "held" {
		o.t.Errorf("once the fault is over, a key is: %s (%v, %s)", after, err, issued.Why)
	}
	return verdict
}
