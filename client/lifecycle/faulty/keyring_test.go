package faulty_test

import (
	"testing"

	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/ui/desk"
)

func TestKeyringFaultsOfIssue(t *testing.T) {
	table := &faulty.Table{
		Title: "The keyring, while a key is made", Note: "*stored* is what the keyring has, and didn't tell.",
		Corner: "fault", Columns: []string{"try", "put", "read back"},
	}
	faults := map[string]keyringFault{}
	for _, f := range keyringFaults {
		table.Rows = append(table.Rows, f.name)
		faults[f.name] = f
	}
	table.Measure(t, published, func(t *testing.T, fault, step string) string {
		return inOffice(t, func(o *office) string {
			set, get := faults[fault].set, faults[fault].get
			switch step {
			case "try":
				o.vault.fail(set, get)
			case "put":
				get = nil
			case "read back":
				set = nil
			}
			order := o.order()
			issued, err := o.desk.Issue(o.context, order, func(s desk.Step) {
				switch s.Stage {
				case lifecycle.Asking:
					o.vault.fail(nil, nil)
				case lifecycle.Sending:
					o.vault.fail(set, get)
				}
			})
			o.vault.fail(nil, nil)
			return o.verdict(made{name: order.Draft.Name, issued: issued, err: err})
		})
	})
}
