package desk

import (
	"sync"
	"time"

	"fob/client"
	"fob/ui/filter"
)

// KeyLanguage is the filter language over keys, the same on every screen and in every command. Free text is looked for in
// what the columns show; kept and org are found by their names alone.
func KeyLanguage() *filter.Language[*Row] { return keyLanguage() }

var keyLanguage = sync.OnceValue(func() *filter.Language[*Row] {
	type field = filter.Field[*Row]
	return filter.New(
		field{Name: "name", About: `the key's name; name:"" has none`, Text: func(r *Row) (string, bool) {
			if !r.Named { // what stands in its place is the start of the id
				return "", r.Key.Name.Shown()
			}
			return r.Name, true
		}},
		field{Name: "id", About: "any part of the key's id", Text: func(r *Row) (string, bool) { return r.Key.ID, true }},
		field{
			Name: "type", About: "service or personal", Kind: filter.Word, Words: []string{Service, Personal},
			Text: func(r *Row) (string, bool) { return shown(r.Type) },
		},
		field{Name: "role", About: "what it may do", Text: func(r *Row) (string, bool) { return shown(r.Role) }},
		field{
			Name: "org", About: "its role in the organization", Kind: filter.Word, Words: []string{"admin", "member", "external"},
			Unlisted: true, Text: func(r *Row) (string, bool) { return shown(r.OrgRole) },
		},
		field{Name: "by", About: "who made it", Text: func(r *Row) (string, bool) { return shown(r.CreatedBy) }},
		field{
			Name: "ws", Aliases: []string{"workspace"}, About: `a workspace that it reaches; "all workspaces" reaches every one`, Kind: filter.List,
			List: func(r *Row) ([]string, bool) {
				if r.All {
					return everyWorkspace, true
				}
				return r.Reach, r.Scope != NotShown
			},
		},
		field{Name: "scope", About: `as the column says it: "all workspaces", one's name, "3 workspaces"`, Text: func(r *Row) (string, bool) {
			return shown(r.Scope)
		}},
		field{Name: "created", About: "when it was made", Kind: filter.Time, Past: true, Time: func(r *Row) (time.Time, filter.State) {
			if at, ok := r.Key.CreatedAt.Get(); ok {
				return at, filter.Known
			}
			return time.Time{}, filter.Unknown
		}},
		field{Name: "expires", About: "when it stops working", Kind: filter.Time, Time: func(r *Row) (time.Time, filter.State) {
			return moment(r.Key.ExpiresAt)
		}},
		field{
			Name: "status", About: "active, expiring or expired", Kind: filter.Word,
			Words: []string{string(StatusActive), string(StatusExpiring), string(StatusExpired)},
			Text:  func(r *Row) (string, bool) { return shown(string(r.Status)) },
		},
		field{
			Name: "kept", About: "whether this machine keeps it", Kind: filter.Word, Words: []string{"yes", "no"}, Unlisted: true,
			Text: func(r *Row) (string, bool) {
				if r.Kept {
					return "yes", true
				}
				return "no", true
			},
		},
	)
})

var everyWorkspace = []string{"all workspaces"}

func shown(text string) (string, bool) { return text, text != NotShown }

func moment(f client.Field[time.Time]) (time.Time, filter.State) {
	at, ok := f.Get()
	switch {
	case ok:
		return at, filter.Known
	case f.IsNull():
		return time.Time{}, filter.Never
	}
	return time.Time{}, filter.Unknown
}
