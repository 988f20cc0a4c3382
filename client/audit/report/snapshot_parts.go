package report

import (
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/audit/history"
)

// The parts of a snapshot, to JSON and back.

func keyOut(k *client.Key) keyJSON {
	return keyJSON{
		ID: k.ID, Name: field[string]{k.Name}, Personal: field[bool]{k.Personal}, OrganizationRole: field[string]{k.OrganizationRole},
		Role: field[roleRef]{changed(k.Role, func(r client.RoleRef) roleRef { return roleRef(r) })},
		Workspaces: field[[]workspaceRef]{changed(k.Workspaces, func(all []client.WorkspaceRef) []workspaceRef {
			out := make([]workspaceRef, len(all))
			for n, w := range all {
				out[n] = workspaceRef(w)
			}
			return out
		})},
		CreatedAt: field[time.Time]{k.CreatedAt}, ExpiresAt: field[time.Time]{k.ExpiresAt},
		User:       field[personJSON]{changed(k.User, func(p client.PersonRef) personJSON { return personJSON(p) })},
		LastUsedAt: field[time.Time]{k.LastUsedAt},
	}
}

func keyIn(k *keyJSON) client.Key {
	return client.Key{
		ID: k.ID, Name: k.Name.Field, Personal: k.Personal.Field, OrganizationRole: k.OrganizationRole.Field,
		Role: changed(k.Role.Field, func(r roleRef) client.RoleRef { return client.RoleRef(r) }),
		Workspaces: changed(k.Workspaces.Field, func(all []workspaceRef) []client.WorkspaceRef {
			out := make([]client.WorkspaceRef, len(all))
			for n, w := range all {
				out[n] = client.WorkspaceRef(w)
			}
			return out
		}),
		CreatedAt: changed(k.CreatedAt.Field, time.Time.UTC), ExpiresAt: changed(k.ExpiresAt.Field, time.Time.UTC),
		User:       changed(k.User.Field, func(p personJSON) client.PersonRef { return client.PersonRef(p) }),
		LastUsedAt: changed(k.LastUsedAt.Field, time.Time.UTC),
	}
}

func readingOut(r history.Reading) readingJSON {
	out := readingJSON{
		From: r.From.UTC(), To: r.To.UTC(), Depth: r.Depth, Personal: r.Personal, Complete: r.Complete, Why: r.Why,
		Workspaces: make(map[string]coverageJSON, len(r.Workspaces)), Keys: make(map[string]usageJSON, len(r.Keys)),
	}
	for name, c := range r.Workspaces {
		out.Workspaces[name] = coverageJSON(c)
	}
	for id, u := range r.Keys {
		k := usageJSON{Last: u.Last.UTC(), Workspace: u.Workspace, Seen: u.Seen, Days: u.Days, NameOnly: u.NameOnly}
		if u.Hours != [24]int{} {
			k.Hours = &u.Hours
		}
		out.Keys[id] = k
	}
	return out
}

func readingIn(r readingJSON) history.Reading {
	in := history.Reading{
		From: r.From.UTC(), To: r.To.UTC(), Depth: r.Depth, Personal: r.Personal, Complete: r.Complete, Why: r.Why,
		Workspaces: make(map[string]history.Coverage, len(r.Workspaces)), Keys: make(map[string]history.Usage, len(r.Keys)),
	}
	for name, c := range r.Workspaces {
		c.Oldest = c.Oldest.UTC()
		in.Workspaces[name] = history.Coverage(c)
	}
	for id, k := range r.Keys {
		u := history.Usage{Last: k.Last.UTC(), Workspace: k.Workspace, Seen: k.Seen, Days: k.Days, NameOnly: k.NameOnly}
		if k.Hours != nil {
			u.Hours = *k.Hours
		}
		in.Keys[id] = u
	}
	return in
}

func journalOut(j audit.Journal) journalJSON {
	out := journalJSON{Known: j.Known, Began: j.Began, Made: sortedIDs(j.Made)}
	for _, r := range j.Replaced {
		out.Replaced = append(out.Replaced, replacementJSON(r))
	}
	return out
}

func journalIn(j journalJSON) audit.Journal {
	in := audit.Journal{Known: j.Known, Began: j.Began, Made: make(map[string]struct{}, len(j.Made))}
	for _, id := range j.Made {
		in.Made[id] = struct{}{}
	}
	for _, r := range j.Replaced {
		in.Replaced = append(in.Replaced, audit.Replacement(r))
	}
	return in
}
