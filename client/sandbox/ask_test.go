package sandbox

import (
	"testing"
	"time"
)

func TestAskedQueriesAreInTheHistory(t *testing.T) {
	f := newFixture(t, Options{History: 3000})
	before := f.list(f.SessionToken(), claimsHistory+"limit=1")
	var service, personal *key
	for _, k := range f.organizations[0].keys.all {
		switch {
		case k.only() == nil || k.only().name != "claims-search" || k.expired(f.now()):
		case k.personal:
			personal = k
		default:
			service = k
		}
	}
	at := f.now().Truncate(time.Second)
	for _, ask := range []struct {
		key *key
		at  time.Time
	}{{service, at}, {service, at}, {personal, at.Add(time.Second)}} {
		if !f.Ask(ask.key.id, "claims-search", ask.at) {
			t.Fatal("not noted")
		}
	}
	if f.Ask(service.id, "product-search", at) || f.Ask("nobody", "claims-search", at) {
		t.Error("a key asks where it can't")
	}
	l := f.list(f.SessionToken(), claimsHistory+"limit=10")
	if l.Total != before.Total+3 {
		t.Fatalf("%d entries, before %d", l.Total, before.Total)
	}
	if l.Data[0]["api_key"] != nil || l.Data[0]["user"] == nil {
		t.Errorf("the personal key shows as %v", l.Data[0])
	}
	for _, i := range []int{1, 2} {
		if key, _ := l.Data[i]["api_key"].(map[string]any); key["id"] != service.id {
			t.Errorf("entry %d is of %v", i, l.Data[i]["api_key"])
		}
	}
	if l.Data[1]["time"] == l.Data[2]["time"] {
		t.Error("two entries of one instant")
	}
}
