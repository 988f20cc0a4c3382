package audit

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// policyNames are the names that may stand below a name: of a rule, those below "rules.*" and its own.
var policyNames = map[string][]string{
	"":                           {"version", "window_days", "grace_days", "querying_roles", "query_permissions", "rules", "exceptions"},
	"rules":                      ruleNames(),
	"rules.*":                    {"on", "severity"},
	"rules.not-seen":             {"days"},
	"rules.expires-soon":         {"days"},
	"rules.lifetime-over-policy": {"days"},
	"rules.admin-role":           {"allowed"},
	"rules.unnamed":              {"pattern"},
	"rules.owner-left":           {"service_keys"},
	"rules.personal-as-service":  {"most_days", "hours"},
	"exceptions.*":               {"key", "name", "rules", "reason", "owner", "until"},
}

// policyTypes say what a value has to be, by its name or by its whole path.
var policyTypes = map[string]string{
	"version": "a whole number", "window_days": "a whole number", "grace_days": "a whole number", "days": "a whole number",
	"hours": "a whole number", "most_days": "a number, as in 0.6", "on": "true or false", "service_keys": "true or false",
	"severity": `a text, as in "high"`, "pattern": `a text, as in '^[a-z-]+$'`, "key": "a text", "name": "a text", "reason": "a text",
	"owner": "a text", "querying_roles": "a list of texts", "query_permissions": "a list of texts", "allowed": "a list of texts",
	"exceptions.*.rules": "a list of texts", "until": "a day, as in 2027-01-31",
	"rules": "sections, as in [rules.not-seen]", "rules.*": "a section, as in [rules.not-seen]",
	"exceptions": "sections, as in [[exceptions]]", "exceptions.*": "a section, as in [[exceptions]]",
}

func ruleNames() []string {
	names := make([]string, len(catalog))
	for n, r := range catalog {
		names[n] = string(r.ID)
	}
	return names
}

// place is where a name stands in the file, from 1.
type place struct{ line, column int }

// places has the place of each name by its parts, joined by a zero byte. The exceptions count as "#0", "#1", …
type places map[string]place

// of returns where the name at path stands; where it doesn't, the place of what it would stand in.
func (p places) of(path ...string) place {
	for ; len(path) > 0; path = path[:len(path)-1] {
		if at, ok := p[strings.Join(path, "\x00")]; ok {
			return at
		}
	}
	return place{}
}

// before returns the name that stands last before a place, or at it: the one whose value is there.
func (p places) before(line, column int) []string {
	var last string
	var at place
	later := func(a, b place) bool { return a.line > b.line || a.line == b.line && a.column > b.column }
	for key, there := range p {
		if !later(there, place{line, column}) && (later(there, at) || there == at && len(key) > len(last)) {
			last, at = key, there
		}
	}
	return strings.Split(last, "\x00")
}

// survey finds every name in data, which is valid TOML, and refuses those that a policy doesn't have. The decoder would
// do that as well, but takes names in upper case, and a rule's names for any rule.
func (r *reader) survey(data []byte) error {
	r.places = places{}
	parser := unstable.Parser{}
	parser.Reset(data)
	note := func(path []string, raw unstable.Range) {
		key := strings.Join(path, "\x00")
		if _, ok := r.places[key]; ok {
			return
		}
		start := parser.Shape(raw).Start
		at := place{start.Line, start.Column}
		r.places[key] = at
		if text := unknownName(path); text != "" {
			r.fail(at, "%s", text)
		}
	}
	var walk func(path []string, value *unstable.Node)
	keys := func(path []string, node *unstable.Node) []string {
		path = slices.Clone(path)
		for keys := node.Key(); keys.Next(); {
			path = append(path, string(keys.Node().Data))
			note(path, keys.Node().Raw)
		}
		return path
	}
	walk = func(path []string, value *unstable.Node) {
		switch value.Kind {
		case unstable.InlineTable:
			for fields := value.Children(); fields.Next(); {
				walk(keys(path, fields.Node()), fields.Node().Value())
			}
		case unstable.Array:
			if len(path) != 1 || path[0] != "exceptions" {
				return
			}
			n := 0
			for items := value.Children(); items.Next(); n++ {
				walk(append(slices.Clone(path), "#"+strconv.Itoa(n)), items.Node())
			}
		}
	}
	var table []string
	exceptions := -1
	for parser.NextExpression() {
		switch node := parser.Expression(); node.Kind {
		case unstable.Table:
			table = keys(nil, node)
			if len(table) > 1 && table[0] == "exceptions" { // [exceptions.more]: below the last of them
				table = slices.Insert(table, 1, "#"+strconv.Itoa(exceptions))
			}
		case unstable.ArrayTable:
			if table = keys(nil, node); len(table) == 1 && table[0] == "exceptions" {
				exceptions++
				table = append(table, "#"+strconv.Itoa(exceptions))
				for part := node.Key(); part.Next(); {
					note(table, part.Node().Raw)
				}
			}
		case unstable.KeyValue:
			walk(keys(table, node), node.Value())
		}
	}
	if err := parser.Error(); err != nil {
		return &PolicyError{Path: r.path, Problem: "not valid TOML: " + said(err.Error())}
	}
	return r.first()
}

// pattern is a path with "*" for what people choose or count.
func pattern(path []string) string {
	path = slices.Clone(path)
	if len(path) > 1 && (path[0] == "rules" || path[0] == "exceptions") {
		path[1] = "*"
	}
	return strings.Join(path, ".")
}

// unknownName says that the last name of path isn't one of a policy, "" if it is, or stands in something that isn't.
func unknownName(path []string) string {
	above, last := path[:len(path)-1], path[len(path)-1]
	known, ok := policyNames[pattern(above)]
	if len(above) == 2 && above[0] == "rules" {
		known = append(slices.Clone(known), policyNames[strings.Join(above, ".")]...)
	}
	if len(path) == 2 && path[0] == "exceptions" && !strings.HasPrefix(last, "#") {
		return wrongType(above)
	}
	if !ok || slices.Contains(known, last) {
		return ""
	}
	what := "setting"
	if len(path) == 2 && path[0] == "rules" {
		what = "rule"
	}
	text := "no " + what + " " + strconv.Quote(said(last))
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
		want, ok := policyTypes[pattern(path)]
		if !ok {
			want, ok = policyTypes[path[len(path)-1]]
		}
		if ok {
			shown := slices.DeleteFunc(slices.Clone(path), func(part string) bool { return strings.HasPrefix(part, "#") })
			return said(strings.Join(shown, ".")) + " has to be " + want
		}
	}
	return "a value has another type than it should"
}

// nearest returns the name that last is most likely a slip of, "" if none is near.
func nearest(last string, known []string) string {
	if len(last) > 64 {
		return ""
	}
	best, distance := "", 0
	for _, name := range known {
		d := slips(strings.ToLower(last), name)
		if d <= max(len(name)/3, 1) && (best == "" || d < distance) {
			best, distance = name, d
		}
	}
	return best
}

// slips counts the letters to add, drop or change to get from a to b, two that changed places counting as one.
func slips(a, b string) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for n := range row {
		row[n] = n
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for n := range len(b) {
			change := row[n]
			if a[i] != b[n] {
				change++
			}
			next[n+1] = min(change, row[n+1]+1, next[n]+1)
			if i > 0 && n > 0 && a[i] == b[n-1] && a[i-1] == b[n] {
				next[n+1] = min(next[n+1], before[n-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}
