package desk

import "fob/client"

// HomeScope is the list in which a key is managed: its workspace's, if it reaches that one alone, otherwise the
// organization's.
func (r *Row) HomeScope() client.Scope {
	if !r.All && len(r.Reach) == 1 {
		return client.Scope{Workspace: r.Reach[0]}
	}
	return client.Scope{}
}
