package lifecycle

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"fob/client"
)

// lineage separates a key's name from the number of its generation: ingest-prod, ingest-prod~2, ingest-prod~3. People
// hardly end a name in it, so that the number can be told from one of theirs ("export-2024", "model-v1.2") without the
// journal, which is on another machine; it has no meaning inside a word to shells, URLs and file systems; and the name
// stays the same but for the number, however often the key is rotated.
const lineage = "~"

// NextName is what the key that replaces one of the given name is called. An unnamed key gives the start of its id.
// taken are the names in use: none of them is returned.
func NextName(name, id string, taken []string) string {
	base, generation := splitName(strings.TrimSpace(name))
	if base == "" {
		base, generation = clipRunes(id, 8), 1
	}
	used := make(map[string]bool, len(taken))
	for _, t := range taken {
		used[strings.ToLower(strings.TrimSpace(t))] = true
	}
	for {
		generation++
		suffix := lineage + strconv.Itoa(generation)
		next := strings.TrimSpace(clipRunes(base, maxName-len(suffix))) + suffix
		if !used[strings.ToLower(next)] {
			return next
		}
	}
}

// splitName takes the generation off a name; a name without one is of the first.
func splitName(name string) (base string, generation int) {
	at := strings.LastIndex(name, lineage)
	if at <= 0 {
		return name, 1
	}
	digits := name[at+len(lineage):]
	n, err := strconv.Atoi(digits)
	if err != nil || n < 2 || len(digits) > 6 || strconv.Itoa(n) != digits {
		return name, 1
	}
	return name[:at], n
}

// clipRunes cuts a text to n characters.
func clipRunes(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

// names are those of keys, as far as they are shown.
func names(keys []client.Key) []string {
	var all []string
	for _, k := range keys {
		if name, ok := k.Name.Get(); ok {
			all = append(all, name)
		}
	}
	return all
}
