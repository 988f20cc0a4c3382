package stash

import (
	"testing"

	"fob/client/secret"
)

func TestWhatWasReadBack(t *testing.T) {
	ours, other := secret.New("ours-"+t.Name()), secret.New("other-"+t.Name())
	for name, c := range map[string]struct {
		variables []Variable
		want      bool
	}{
		"there":             {[]Variable{{Name: "A", Value: other}, {Name: "API_KEY", Value: ours}}, true},
		"twice":             {[]Variable{{Name: "API_KEY", Value: ours}, {Name: "API_KEY", Value: ours}}, true},
		"nothing at all":    {nil, false},
		"not there":         {[]Variable{{Name: "A", Value: ours}}, false},
		"another":           {[]Variable{{Name: "API_KEY", Value: other}}, false},
		"another one after": {[]Variable{{Name: "API_KEY", Value: ours}, {Name: "API_KEY", Value: other}}, false},
	} {
		if got := holds(c.variables, "API_KEY", ours); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
