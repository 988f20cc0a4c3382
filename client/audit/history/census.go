package history

import (
	"slices"

	"fob/client"
)

// census knows the keys: who an entry may mean, and which key can reach which workspace.
type census struct {
	byID   map[string]int
	byName map[string][]int
	keys   []client.Key
	of     []bool // the answer is wanted for this key
}

func newCensus(q Request) *census {
	c := &census{byID: make(map[string]int, len(q.Keys)), byName: map[string][]int{}}
	for _, k := range q.Keys {
		if _, twice := c.byID[k.ID]; twice || k.ID == "" {
			continue
		}
		i := len(c.keys)
		c.keys = append(c.keys, k)
		c.byID[k.ID] = i
		if name, ok := k.Name.Get(); ok && name != "" {
			c.byName[name] = append(c.byName[name], i)
		}
	}
	c.of = make([]bool, len(c.keys))
	for i := range c.of {
		c.of[i] = q.Of == nil
	}
	for _, id := range q.Of {
		if i, ok := c.byID[id]; ok {
			c.of[i] = true
		}
	}
	return c
}

// meant returns the keys that a reference may mean: one if it has an id, several if it has no more than a name that
// several share, none if the key is gone.
func (c *census) meant(r reference) []int {
	text := r.text
	if i, ok := c.byID[text]; ok { // the id stands for a name that isn't there
		return []int{i}
	}
	if r.named {
		return c.byName[text]
	}
	return nil
}

// wanted returns the keys that the answer is wanted for and that can reach the workspace.
func (c *census) wanted(w client.Workspace) []int {
	var out []int
	for i := range c.keys {
		if c.of[i] && reaches(&c.keys[i], w) {
			out = append(out, i)
		}
	}
	return out
}

// reaches tells whether a key can reach a workspace. Where the platform doesn't show it, it may.
func reaches(k *client.Key, w client.Workspace) bool {
	if len(k.Workspaces.Value) == 0 {
		return true
	}
	return slices.ContainsFunc(k.Workspaces.Value, func(r client.WorkspaceRef) bool {
		return r.ID != "" && r.ID == w.ID || r.Name != "" && (r.Name == w.Name || r.Name == w.ID) || r.ID != "" && r.ID == w.Name
	})
}

// looked returns the workspaces to look at, and the names of those that keys are for and that aren't in the list.
func looked(q Request, c *census) (out []client.Workspace, missing []string) {
	known := map[string]bool{}
	for _, w := range q.Workspaces {
		known[w.ID], known[w.Name] = true, true // "" may be among them
		if w.Name != "" && (q.Only == nil || slices.Contains(q.Only, w.Name)) {
			out = append(out, w)
		}
	}
	lack := func(name string) {
		if name != "" && !known[name] {
			known[name] = true
			missing = append(missing, name)
		}
	}
	for _, name := range q.Only {
		lack(name)
	}
	for i, k := range c.keys {
		for _, r := range k.Workspaces.Value {
			if c.of[i] && q.Only == nil && (r.ID == "" || !known[r.ID]) && (r.Name == "" || !known[r.Name]) {
				lack(orElse(r.Name, r.ID))
			}
		}
	}
	return out, missing
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// reference is how an entry names a key: by its id, or by no more than a name.
type reference struct {
	text  string
	named bool
}

// referenceOf returns whom an entry names as the key. Where it names none, the actor may be a service key: the history
// shows a service key's name there.
func (c *census) referenceOf(e *client.HistoryEntry) (r reference, ok bool) {
	k, ok := e.Key.Get()
	switch {
	case ok && k.ID != "":
		return reference{text: k.ID}, true
	case ok && k.Name != "":
		return reference{k.Name, true}, true
	case e.UserID != "" && len(c.byName[e.UserID]) > 0:
		return reference{e.UserID, true}, true
	}
	return reference{}, false
}
