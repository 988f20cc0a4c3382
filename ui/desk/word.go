package desk

import (
	"fmt"
	"strings"
)

// WordFor is what a person types before keys are revoked: the name of a key that others depend on, the start of its id
// where the name can't be typed as it stands, the word for several; "" for a personal key of one workspace.
func WordFor(rows []*Row) string {
	if len(rows) > 1 {
		return fmt.Sprintf("revoke %d", len(rows))
	}
	r := rows[0]
	if r.Type == Personal && !r.Wide() {
		return ""
	}
	name, _ := r.Key.Name.Get()
	if r.Named && typeable(name) {
		return name
	}
	if id := ShortID(r.Key.ID); typeable(id) {
		return id
	}
	return "revoke"
}

// typeable tells whether a name can be typed as it stands on any keyboard, and read whole in the narrowest dialog.
func typeable(name string) bool {
	if name == "" || len(name) > 40 || strings.TrimSpace(name) != name || strings.Contains(name, "  ") {
		return false
	}
	for _, r := range name {
		if r < ' ' || r > '~' {
			return false
		}
	}
	return true
}
