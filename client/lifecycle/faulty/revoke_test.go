package faulty_test

import (
	"net/http"

	"fob/client"
	"fob/client/lifecycle"
	"fob/ui/desk"
)

// make makes a key that is held, and of which everything is known.
func (o *office) make() client.Key {
	o.t.Helper()
	order := o.order()
	issued, err := o.desk.Issue(o.context, order, nil)
	if verdict := o.verdict(made{name: order.Draft.Name, issued: issued, err: err}); verdict != "held" {
		o.t.Fatalf("the key is %s: %v", verdict, err)
	}
	return *issued.Key
}

// revoke revokes a key, and says in a word or two what came of that.
func (o *office) revoke(key client.Key) string {
	o.t.Helper()
	scope := client.Scope{Workspace: workspace}
	before := o.proxy.Count(http.MethodDelete)
	result := o.desk.Revoke(o.context, scope, []*desk.Row{o.desk.Row(key, scope)}, nil)[0]
	o.proxy.Arm()
	o.restore()
	if n := o.proxy.Count(http.MethodDelete) - before; n > 1 {
		o.t.Errorf("%d DELETEs were sent", n)
	}
	if result.State.Done() != (result.Err == nil) {
		o.t.Errorf("%s, and %v", result.State, result.Err)
	}
	entries, err := o.index.Entries(o.context)
	if err != nil {
		o.t.Fatalf("the index can't be read: %v", err)
	}
	for _, e := range entries {
		if marked := e.RevokedAt != nil; e.KeyID == key.ID && marked != result.State.Done() && len(result.Warnings) == 0 {
			o.t.Errorf("%s, and the stash marks it as revoked: %v", result.State, marked)
		}
	}
	_, alive := o.box.SecretOf(key.ID)
	warned := ""
	if len(result.Warnings) > 0 && !isStillKept(result.Warnings) {
		warned = ", warned"
	}
	switch {
	case alive && result.State.Done():
		o.t.Errorf("it is said to be %s, and is alive", result.State)
		return "WRONG"
	case alive && result.State == lifecycle.Unsure:
		return "alive, not known" + warned
	case alive:
		return "alive, said so" + warned
	case result.State.Done():
		return "revoked" + warned
	}
	return "revoked, not known" + warned
}

// isStillKept tells whether the only warning is that this machine has the key's secret still, as it has.
func isStillKept(warnings []string) bool {
	return len(warnings) == 1 && len(warnings[0]) > 12 && warnings[0][:12] == "this machine"
}
