package faulty_test

import (
	"testing"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
)

func TestKeyringFaultsOfRotation(t *testing.T) {
	table := &faulty.Table{
		Title: "The keyring, while a key is rotated", Corner: "fault", Columns: []string{"try", "put", "read back", "move a place", "point back"},
		Note: "Afterwards each rotation was gone on with, and came to its end.",
	}
	faults := map[string]keyringFault{}
	for _, f := range keyringFaults {
		table.Rows = append(table.Rows, f.name)
		faults[f.name] = f
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inRotation(t, func(s *turning) string {
			set, get := faults[fault].set, faults[fault].get
			if step == "point back" {
				s.before("abandon")
				s.vault.fail(set, get)
				s.does(s.abandon)
				s.vault.fail(nil, nil)
				verdict := s.verdict(lifecycle.Abandoned)
				s.isUndone()
				return verdict
			}
			switch step {
			case "try":
				s.vault.fail(set, get)
			case "put":
				get = nil
			case "read back":
				set = nil
			}
			s.does(func() error {
				return s.begin(func(at lifecycle.Step) {
					switch {
					case at.Stage == lifecycle.Asking:
						s.vault.fail(nil, nil)
					case at.Stage == lifecycle.Sending && step != "move a place", at.Stage == lifecycle.Done && step == "move a place":
						s.vault.fail(set, get)
					}
				})
			})
			s.vault.fail(nil, nil)
			verdict := s.verdict(lifecycle.Waiting)
			s.finishes()
			return verdict
		})
	})
}
