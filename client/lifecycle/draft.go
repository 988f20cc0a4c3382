package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"fob/client"
)

// maxName is how many characters a name may have. The platform's own limit is not published.
const maxName = 255

// Problem is one reason why a draft can't be sent.
type Problem struct {
	Field string // "name", "expiry", "workspaces", "organization role"
	Text  string // lower case, no full stop
}

// Problems is every reason why a draft can't be sent. It is an error.
type Problems []Problem //nolint:errname // a list of what is wrong, not one error

// Error joins the problems with semicolons.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i, one := range p {
		texts[i] = one.Text
	}
	return strings.Join(texts, "; ")
}

// Validate tells whether a draft can be sent at the time now: nil, or Problems. It checks what would surely be refused
// or would make something else than meant; whether roles and workspaces exist is the platform's to say.
func Validate(d client.Draft, now time.Time) error {
	var all Problems
	add := func(field, format string, args ...any) {
		all = append(all, Problem{field, fmt.Sprintf(format, args...)})
	}
	if text := nameProblem(d.Name); text != "" {
		add("name", "%s", text)
	}
	if d.ExpiresAt != nil && !d.ExpiresAt.After(now) {
		add("expiry", "%s", errExpiryPast)
	}
	if d.ExpiresAt != nil && d.ExpiresAt.UTC().Year() > 9999 {
		add("expiry", "%s", errExpiryFar)
	}
	switch {
	case d.AllWorkspaces && len(d.Workspaces) > 0:
		add("workspaces", "every workspace and a choice of workspaces exclude each other")
	case !d.AllWorkspaces && len(d.Workspaces) == 0:
		// An empty list means all of them to the platform, so none is never silently all.
		add("workspaces", "no workspace is chosen")
	}
	for i, name := range d.Workspaces {
		switch {
		case strings.TrimSpace(name) == "":
			add("workspaces", "a workspace has no name")
		case slices.Contains(d.Workspaces[:i], name):
			add("workspaces", "the workspace %q is chosen twice", name)
		}
	}
	if !slices.Contains(organizationRoles, d.OrganizationRole) {
		add("organization role", "the organization role %q is not one of %s", d.OrganizationRole, strings.Join(organizationRoles, ", "))
	}
	if all == nil {
		return nil
	}
	return all
}

func nameProblem(name string) string {
	switch {
	case name == "":
		return "" // unnamed: the key's id stands for it
	case !utf8.ValidString(name):
		return "the name is not valid UTF-8"
	case strings.TrimSpace(name) == "":
		return "the name has only blanks in it"
	case utf8.RuneCountInString(name) > maxName:
		return fmt.Sprintf("the name has more than %d characters", maxName)
	case looksSecret(name):
		return "the name looks like a key itself; names are shown to everybody" // pasted into the wrong field
	}
	for _, r := range name {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return "the name has control characters in it"
		}
	}
	return ""
}

// Unusual returns what a person should see once more before the key is made, one line each, lower case: that it never
// ends, that it may administer, that it works everywhere, that its name is in use. existing are the keys that are
// known, which may be only a part.
func Unusual(d client.Draft, existing []client.Key) []string {
	var lines []string
	if d.ExpiresAt == nil {
		lines = append(lines, "it never expires")
	}
	if d.OrganizationRole == roleAdmin {
		lines = append(lines, "it is an Admin: it has write access to every workspace of the organization")
	}
	if d.AllWorkspaces {
		lines = append(lines, "it works in every workspace, and in every future one")
	}
	if d.Name == "" {
		return lines
	}
	same := 0
	for _, k := range existing {
		if name, ok := k.Name.Get(); ok && strings.EqualFold(strings.TrimSpace(name), strings.TrimSpace(d.Name)) {
			same++
		}
	}
	switch {
	case same == 1:
		lines = append(lines, "its name is in use: another key has it")
	case same > 1:
		lines = append(lines, fmt.Sprintf("its name is in use: %d other keys have it", same))
	}
	return lines
}
