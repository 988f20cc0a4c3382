package desk

import (
	"sync"
	"time"

	"fob/client/visible"
	"fob/ui/filter"
)

// StashLanguage is the filter language over the keys that this machine knows of. Free text is looked for in what the
// columns show.
func StashLanguage() *filter.Language[*Checked] { return stashLanguage() }

var stashLanguage = sync.OnceValue(func() *filter.Language[*Checked] {
	type field = filter.Field[*Checked]
	return filter.New(
		field{Name: "name", About: `the key's name; name:"" has none`, Text: func(c *Checked) (string, bool) {
			if !c.Named { // what stands in its place is the start of the id
				return "", true
			}
			return c.Name, true
		}},
		field{Name: "id", About: "any part of the key's id", Text: func(c *Checked) (string, bool) {
			return c.ID, c.ID != ""
		}},
		field{Name: "scope", Aliases: []string{"ws", "workspace"}, About: "a workspace that it reaches, or what the column says", Kind: filter.List, List: func(c *Checked) ([]string, bool) {
			return append([]string{c.Scope}, c.Reach()...), c.Scope != NotShown
		}},
		field{
			Name: "type", About: "service or personal", Kind: filter.Word, Words: []string{Service, Personal},
			Text: func(c *Checked) (string, bool) { return shown(c.Type) },
		},
		field{Name: "expires", About: "when it stops working", Kind: filter.Time, Time: func(c *Checked) (time.Time, filter.State) {
			switch {
			case c.Row != nil:
				return moment(c.Row.Key.ExpiresAt)
			case c.Entry.ExpiresAt == nil:
				return time.Time{}, filter.Never
			}
			return *c.Entry.ExpiresAt, filter.Known
		}},
		field{Name: "where", About: "keyring, env file, its path, clipboard, a command", Kind: filter.List, List: func(c *Checked) ([]string, bool) {
			return c.Where, true
		}},
		field{
			Name: "status", Aliases: []string{"platform"}, About: "what has become of it", Kind: filter.Word, Words: checkedWords,
			Text: func(c *Checked) (string, bool) { return c.Word(), c.Word() != "" },
		},
		field{
			Name: "kept", About: "whether its secret can be had here", Kind: filter.Word, Words: []string{"yes", "no"}, Unlisted: true,
			Text: func(c *Checked) (string, bool) {
				if c.Kept {
					return "yes", true
				}
				return "no", true
			},
		},
	)
})

// checkedWords are what Word says.
var checkedWords = []string{
	string(VerdictAlive), string(StatusExpiring), string(VerdictExpired), string(VerdictRevoked), string(VerdictUnknown), wordElsewhere,
}

const wordElsewhere = "elsewhere"

// Word is what has become of the key in one word: the verdict, "expiring" for one that is alive for less than 30 days,
// "elsewhere" for one of another organization; "" before the platform was asked.
func (c *Checked) Word() string {
	switch {
	case c.Verdict == VerdictElsewhere:
		return wordElsewhere
	case c.Verdict == VerdictAlive && c.Row != nil && c.Row.Status == StatusExpiring:
		return string(StatusExpiring)
	}
	return string(c.Verdict)
}

// Reach are the workspaces that the key works in as far as this machine knows, made safe to show; nil for all of them.
func (s *Stashed) Reach() []string {
	var names []string
	for _, w := range s.Entry.Workspaces {
		names = append(names, visible.Line(w))
	}
	return names
}
