package audit

import (
	"strconv"
	"strings"

	"fob/client/visible"
)

// longest is how much of a stranger's name stands in a sentence, in cells.
const longest = 60

// named is a stranger's name as it stands in a sentence.
func named(s string) string { return visible.Truncate(s, longest) }

// called is a key as it stands in a sentence: by its name, or by the start of its id.
func called(name, id string) string {
	if name != "" {
		return named(name)
	}
	return short(id)
}

// short is the start of an id, enough to find it by.
func short(id string) string {
	if len(id) > 8 && !strings.ContainsFunc(id[:8], func(r rune) bool { return r > 0x7e }) {
		id = id[:8]
	}
	return named(id)
}

// count is a number with its word: "1 key", "2 keys".
func count(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}

func days(n int) string { return count(n, "day") }

// listed names up to three of several: "a, b and 3 more".
func listed(names []string) string {
	const most = 3
	shown := names[:min(len(names), most)]
	safe := make([]string, len(shown))
	for n, name := range shown {
		safe[n] = named(name)
	}
	text := strings.Join(safe, ", ")
	if more := len(names) - len(shown); more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

// said is a text of the platform's, or of whoever wrote a policy, as it stands in a sentence.
func said(s string) string { return visible.Truncate(s, 200) }
