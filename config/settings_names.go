package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pelletier/go-toml/v2/unstable"
)

// settingNames are the names that may stand below a name; "*" is one that people choose.
var settingNames = map[string][]string{
	"":               {"version", "destinations", "profiles"},
	"destinations":   {"*"},
	"destinations.*": {"command", "check", "read", "timeout"},
	"profiles":       {"*"},
	"profiles.*":     profileNames,
}

// settingTypes say what a value has to be.
var settingTypes = map[string]string{
	"version":                `a whole number`,
	"destinations":           `sections, as in [destinations.vault]`,
	"destinations.*":         `a section, as in [destinations.vault]`,
	"destinations.*.command": listed,
	"destinations.*.check":   listed,
	"destinations.*.read":    listed,
	"destinations.*.timeout": `a text, as in "30s"`,
	"profiles":               `sections, as in [profiles.eu]`,
	"profiles.*":             `a section, as in [profiles.eu]`,
	"profiles.*.api_url":     `a text, as in "https://api.cloud.deepset.ai"`,
	"profiles.*.production":  yesOrNo,
	"profiles.*.read_only":   yesOrNo,
}

const listed = `a list of texts, as in ["pass", "insert", "--multiline", "{name}"]`

const yesOrNo = `true or false`

// place is where a name stands in the file, from 1.
type place struct{ line, column int }

// places has the place of each name, by its parts joined with separator.
type places map[string]place

const separator = "\x00"

// of returns where the name at path stands; where it doesn't, the place of what it would stand in.
func (p places) of(path ...string) place {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if at, ok := p[strings.Join(path, separator)]; ok {
			return at
		}
	}
	return place{}
}

// before returns the name that stands last before a place, or at it: the one whose value is there.
func (p places) before(line, column int) []string {
	var last string
	var at place
	for key, there := range p {
		if there.line > line || there.line == line && there.column > column {
			continue
		}
		if there.line > at.line || there.line == at.line && (there.column > at.column || there.column == at.column && len(key) > len(last)) {
			last, at = key, there
		}
	}
	return strings.Split(last, separator)
}

// placesOf finds every name in data, which is valid TOML, and refuses the ones that aren't settings. The decoder would
// do the second as well, but takes names whose letters are upper case.
func placesOf(path string, data []byte) (places, error) {
	found := places{}
	var unknown []*SettingsError
	note := func(name []string, at place) {
		key := strings.Join(name, separator)
		if _, ok := found[key]; ok {
			return
		}
		found[key] = at
		if text := unknownName(name); text != "" {
			unknown = append(unknown, &SettingsError{Path: path, Line: at.line, Column: at.column, Problem: text})
		}
	}
	parser := unstable.Parser{}
	parser.Reset(data)
	var walk func(table []string, node *unstable.Node)
	walk = func(table []string, node *unstable.Node) {
		name := slices.Clone(table)
		for keys := node.Key(); keys.Next(); {
			part := keys.Node()
			name = append(name, string(part.Data))
			start := parser.Shape(part.Raw).Start
			note(slices.Clone(name), place{start.Line, start.Column})
		}
		if node.Kind == unstable.KeyValue && node.Value().Kind == unstable.InlineTable {
			for fields := node.Value().Children(); fields.Next(); {
				walk(name, fields.Node())
			}
		}
	}
	var table []string
	for parser.NextExpression() {
		node := parser.Expression()
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			table = nil
			for keys := node.Key(); keys.Next(); {
				table = append(table, string(keys.Node().Data))
			}
			walk(nil, node)
		case unstable.KeyValue:
			walk(table, node)
		}
	}
	if err := parser.Error(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(unknown) > 0 {
		first := unknown[0]
		first.More = len(unknown) - 1
		return nil, first
	}
	return found, nil
}

// pattern is path as settingNames and settingTypes write it.
func pattern(path []string) string {
	path = slices.Clone(path)
	if len(path) > 1 && slices.Contains(settingNames[path[0]], "*") {
		path[1] = "*"
	}
	return strings.Join(path, ".")
}

// unknownName says that the last name of path is not a setting, "" if it is one, or stands in something that isn't.
func unknownName(path []string) string {
	above, last := path[:len(path)-1], path[len(path)-1]
	known, ok := settingNames[pattern(above)]
	if !ok || slices.Contains(known, "*") || slices.Contains(known, last) {
		return ""
	}
	text := "no setting " + strconv.Quote(last)
	if near := nearest(last, known); near != "" {
		return text + ", did you mean " + strconv.Quote(near) + "?"
	}
	quoted := make([]string, len(known))
	for i, name := range known {
		quoted[i] = strconv.Quote(name)
	}
	return text + ", there are " + strings.Join(quoted, ", ")
}

// wrongType says what the value at path, or else the section that it stands in, has to be.
func wrongType(path []string) string {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if want, ok := settingTypes[pattern(path)]; ok {
			return dotted(path) + " has to be " + want
		}
		if len(path) == 3 && path[0] == "profiles" && slices.Contains(profileNames, path[2]) {
			return dotted(path) + " has to be a text in quotes"
		}
	}
	return "a value has another type than it should"
}

// dotted is path as a person would write it in the file.
func dotted(path []string) string {
	parts := make([]string, len(path))
	for i, part := range path {
		if parts[i] = part; !destinationName.MatchString(part) {
			parts[i] = strconv.Quote(part)
		}
	}
	return strings.Join(parts, ".")
}

// printable is what the decoder says, which may repeat what stands in the file.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}

// nearest returns the name that last is most likely a slip of, "" if none is near.
func nearest(last string, known []string) string {
	if len(last) > 64 {
		return ""
	}
	best, distance := "", 0
	for _, name := range known {
		d := edits(strings.ToLower(last), name)
		if d <= max(len(name)/3, 1) && (best == "" || d < distance) {
			best, distance = name, d
		}
	}
	return best
}

// edits counts the letters to add, drop, change or swap with their neighbour to get from a to b.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			change := rows[i][j]
			if x[i] != y[j] {
				change++
			}
			rows[i+1][j+1] = min(change, rows[i][j+1]+1, rows[i+1][j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				rows[i+1][j+1] = min(rows[i+1][j+1], rows[i-1][j-1]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
