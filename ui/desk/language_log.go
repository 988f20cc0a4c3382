package desk

import (
	"sync"
	"time"

	"fob/ui/filter"
)

// LogLanguage is the filter language over what fob did. Free text is looked for in what the columns show.
func LogLanguage() *filter.Language[*Deed] { return logLanguage() }

var logLanguage = sync.OnceValue(func() *filter.Language[*Deed] {
	type field = filter.Field[*Deed]
	known := func(text string) (string, bool) { return text, text != "" }
	return filter.New(
		field{Name: "key", Aliases: []string{"name"}, About: `what the key is called; key:"" has no name`, Text: func(d *Deed) (string, bool) {
			if !d.Named {
				return "", true
			}
			return d.Name, true
		}},
		field{Name: "id", About: "any part of the key's id", Text: func(d *Deed) (string, bool) { return known(d.ID) }},
		field{Name: "action", Aliases: []string{"did"}, About: "issue, revoke, edit, rotate, quarantine, release, bulk, …", Text: func(d *Deed) (string, bool) { return d.Kind, true }},
		field{Name: "outcome", Aliases: []string{"came"}, About: `done, failed, "nothing made", unanswered, waiting, …`, Text: func(d *Deed) (string, bool) {
			return d.Came, true
		}},
		field{Name: "ws", Aliases: []string{"workspace", "scope"}, About: "the workspace where it was done", Text: func(d *Deed) (string, bool) {
			return d.Scope, true
		}},
		field{Name: "by", Aliases: []string{"who"}, About: "who did it", Text: func(d *Deed) (string, bool) { return known(d.By) }},
		field{Name: "at", Aliases: []string{"time"}, About: "when it was begun", Kind: filter.Time, Past: true, Time: func(d *Deed) (time.Time, filter.State) {
			if d.At.IsZero() {
				return time.Time{}, filter.Unknown
			}
			return d.At, filter.Known
		}},
		field{
			Name: "open", Aliases: []string{"unfinished"}, About: "whether something may be left to do", Kind: filter.Word, Words: []string{"yes", "no"},
			Unlisted: true, Text: func(d *Deed) (string, bool) {
				if d.Open() {
					return "yes", true
				}
				return "no", true
			},
		},
		field{Name: "profile", About: "the profile that was used", Unlisted: true, Text: func(d *Deed) (string, bool) { return known(d.Profile) }},
		field{Name: "org", About: "the organization's id", Unlisted: true, Text: func(d *Deed) (string, bool) { return known(d.Organization) }},
		field{Name: "platform", About: "the platform's address", Unlisted: true, Text: func(d *Deed) (string, bool) { return known(d.Origin) }},
		field{Name: "asked", About: "any part of what was asked", Unlisted: true, Text: func(d *Deed) (string, bool) { return known(d.Settings) }},
		field{Name: "error", Aliases: []string{"why"}, About: "any part of why it came so", Unlisted: true, Text: func(d *Deed) (string, bool) {
			return known(d.Said)
		}},
	)
})
