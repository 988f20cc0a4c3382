package filter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fob/ui/filter"
)

// row is an item with a field of every kind.
type row struct {
	id, name         string
	kind, role       string // "?" is not shown
	status           string
	ws               []string
	wsHidden         bool
	created, expires time.Time
	expiry           filter.State
}

func text(s string) (string, bool) { return s, s != "?" }

func language() *filter.Language[*row] {
	return filter.New(
		filter.Field[*row]{Name: "id", About: "the key's id", Text: func(r *row) (string, bool) { return text(r.id) }},
		filter.Field[*row]{Name: "name", About: "the key's name", Text: func(r *row) (string, bool) { return text(r.name) }},
		filter.Field[*row]{Name: "type", Kind: filter.Word, Words: []string{"personal", "service"}, About: "personal or service", Text: func(r *row) (string, bool) { return text(r.kind) }},
		filter.Field[*row]{Name: "role", Text: func(r *row) (string, bool) { return text(r.role) }},
		filter.Field[*row]{Name: "status", Kind: filter.Word, Words: []string{"active", "expiring", "expired"}, Text: func(r *row) (string, bool) { return text(r.status) }},
		filter.Field[*row]{Name: "ws", Aliases: []string{"workspace"}, Kind: filter.List, List: func(r *row) ([]string, bool) { return r.ws, !r.wsHidden }},
		filter.Field[*row]{Name: "created", Kind: filter.Time, Past: true, Time: func(r *row) (time.Time, filter.State) { return r.created, filter.Known }},
		filter.Field[*row]{Name: "expires", Aliases: []string{"until"}, Kind: filter.Time, Time: func(r *row) (time.Time, filter.State) { return r.expires, r.expiry }},
		filter.Field[*row]{Name: "secretary", Unlisted: true, Text: func(r *row) (string, bool) { return "unlisted " + r.name, true }},
	)
}

var (
	berlin = time.FixedZone("CET", 3600)
	now    = time.Date(2026, 11, 22, 12, 0, 0, 0, berlin)
)

func day(n int) time.Time { return now.AddDate(0, 0, n) }

var rows = []row{
	{id: "7b2f1c7e", name: "ingest-prod", kind: "service", role: "Editor", status: "active", ws: []string{"claims-search", "Legal"}, created: day(-200), expires: day(100), expiry: filter.Known},
	{id: "9f1c4e2a", name: "", kind: "service", role: "Indexer", status: "expired", ws: []string{"legal"}, created: day(-100), expires: day(-20), expiry: filter.Known},
	{id: "1ab", name: "Zoë's notebook", kind: "personal", role: "Search user", status: "active", created: day(-10), expiry: filter.Never},
	{id: "2cd", name: "ci-eval, nightly", kind: "SERVICE", role: "?", status: "expiring", wsHidden: true, created: day(-1), expires: day(12), expiry: filter.Known},
	{id: "3ef", name: `a "b" \ c`, kind: "?", role: "editor-in-chief", status: "active", created: now.Add(-time.Hour), expiry: filter.Unknown},
}

func parse(t testing.TB, expr string) filter.Filter[*row] {
	t.Helper()
	f, err := language().Parse(expr, now, berlin)
	if err != nil {
		t.Fatalf("%q: %v", expr, err)
	}
	return f
}

func matches(t testing.TB, expr string) string {
	t.Helper()
	f := parse(t, expr)
	var found []string
	for i, r := range rows {
		if f.Match(&r) {
			found = append(found, fmt.Sprint(i))
		}
	}
	return strings.Join(found, "")
}

func TestMatch(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"", "01234"},
		{"   ", "01234"},
		{"prod", "0"},
		{"PROD", "0"},
		{"zoe", "2"},
		{"ZOË", "2"},
		{"ｚｏｅ", "2"},
		{"legal", "01"},
		{"7b2f", "0"},
		{"expir", "13"},
		{"expired", "1"},
		{"never", "2"},
		{"-never", "0134"},
		{"2026-12", "3"},
		{"unlisted", ""},
		{"secretary:unlisted", "01234"},
		{"prod editor", "0"},
		{"prod expired", ""},
		{`"search user"`, "2"},
		{"search user", "2"},
		{`"a \"b\" \\ c"`, "4"},
		{`"-eval"`, "3"},
		{"-eval", "0124"},
		{"!eval", "0124"},
		{"type:service", "013"},
		{"TYPE:Service", "013"},
		{"type:service,personal", "0123"},
		{"-type:service", "2"},
		{"!type:service", "2"},
		{"type:?", "4"},
		{"-type:?", "0123"},
		{"type:?,personal", "24"},
		{"-type:?,personal", "013"},
		{"role:editor", "04"},
		{"-role:editor", "12"},
		{"role:?", "3"},
		{"role:editor type:service", "0"},
		{`name:""`, "1"},
		{`-name:""`, "0234"},
		{"name:nightly,prod", "03"},
		{`name:"eval, night"`, "3"},
		{"name:" + `"Zoë's "note`, "2"},
		{"ws:legal", "01"},
		{"workspace:claims", "0"},
		{"-ws:claims", "124"},
		{`ws:""`, "24"},
		{"ws:?", "3"},
		{"id:7b", "0"},
		{"status:expired,expiring", "13"},
		{"expires:never", "2"},
		{"-expires:never", "013"},
		{"expires:?", "4"},
		{"until:never,?", "24"},
		{"expires:<30d", "13"},
		{"-expires:<30d", "02"},
		{"expires:<30d -status:expired", "3"},
		{"expires:12d", "13"},
		{"expires:<12d", "1"},
		{"expires:<=12d", "13"},
		{"expires:>12d", "0"},
		{"expires:>=12d", "03"},
		{"expires:>2w", "0"},
		{"expires:>3m", "0"},
		{"expires:<1y", "013"},
		{"expires:<now", "1"},
		{"expires:never,<30d", "123"},
		{"expires:2026-12-04", "3"},
		{"expires:2026-12", "3"},
		{"expires:2026", "13"},
		{"expires:>2026-12-04", "0"},
		{"expires:>=2026-12-04", "03"},
		{"expires:<2026-12-04", "1"},
		{"expires:<=2026-12-04", "13"},
		{"created:>90d", "01"},
		{"created:<90d", "234"},
		{"created:7d", "34"},
		{"created:>=100d", "01"},
		{"created:>100d", "0"},
		{"created:<=100d", "1234"},
		{"created:<100d", "234"},
		{"created:today", "4"},
		{"created:yesterday", "3"},
		{"created:<today", "0123"},
		{"created:<2h", "4"},
		{"type:service role:indexer ws:legal expires:<30d status:expired 9f", "1"},
	} {
		if got := matches(t, c.expr); got != c.want {
			t.Errorf("%q matches rows %q, want %q", c.expr, got, c.want)
		}
	}
}

// A day ends at midnight of the zone on screen, not of UTC.
func TestDaysOfTheZone(t *testing.T) {
	late := row{expires: time.Date(2027, 3, 1, 23, 30, 0, 0, berlin).UTC(), expiry: filter.Known} // 22:30 UTC
	for zone, want := range map[*time.Location]string{berlin: "2027-03-01", time.FixedZone("", 3*3600): "2027-03-02", nil: "2027-03-01"} {
		for _, expr := range []string{"expires:" + want, want} {
			f, err := language().Parse(expr, now, zone)
			if err != nil || !f.Match(&late) {
				t.Errorf("%s in %v doesn't match (%v)", expr, zone, err)
			}
		}
		f, err := language().Parse("expires:>"+want, now, zone)
		if err != nil || f.Match(&late) {
			t.Errorf("the day %s has not ended in %v (%v)", want, zone, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		expr, want string
		fault      filter.Fault
		at         string // the part that is pointed at
	}{
		{"expire:<30d", `no term "expire", did you mean expires?`, filter.NoTerm, "expire"},
		{"prod -rloe:x", `no term "rloe", did you mean role?`, filter.NoTerm, "rloe"},
		{"https://x", `no term "https"; text with a colon goes between quotes`, filter.NoTerm, "https"},
		{"type:servise", `type is never "servise", did you mean service?`, filter.NoValue, "servise"},
		{"type:service,x", `type is never "x", only personal or service`, filter.NoValue, "x"},
		{"type:serv prod", `type is never "serv", did you mean service?`, filter.NoValue, "serv"},
		{"type: prod", "type: needs a value", filter.NoValue, ""},
		{"- prod", "nothing to look for after -", filter.NoValue, "-"},
		{"expires:soon", `expires can't be "soon": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "soon"},
		{"expires:nevre", `expires can't be "nevre": a time is like <30d, >2027-01-31 or never, did you mean never?`, filter.NoValue, "nevre"},
		{"expires:<30x", `expires can't be "<30x": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "<30x"},
		{"expires:2027-13-01", `expires can't be "2027-13-01": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "2027-13-01"},
		{"expires:<>3d", `expires can't be "<>3d": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "<>3d"},
		{"expires:<0001-01-01", `expires can't be "<0001-01-01": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "<0001-01-01"},
		{"expires:<999999d", `expires can't be "<999999d": a time is like <30d, >2027-01-31 or never`, filter.NoValue, "<999999d"},
		{"a\x1b[2Jb:c d", "", filter.NoTerm, ""},
	} {
		f, err := language().Parse(c.expr, now, berlin)
		if c.want == "" { // [ is no letter of a name, so this is free text
			if err != nil {
				t.Errorf("%q: %v", c.expr, err)
			}
			continue
		}
		var wrong *filter.Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v, and the filter %q", c.expr, err, f)
			continue
		}
		if wrong.Error() != c.want || wrong.Fault != c.fault || c.expr[wrong.Start:wrong.End] != c.at {
			t.Errorf("%q:\n%s (%d, at %q), want\n%s (%d, at %q)", c.expr, wrong, wrong.Fault, c.expr[wrong.Start:wrong.End], c.want, c.fault, c.at)
		}
		if errors.Is(err, filter.ErrIncomplete) {
			t.Errorf("%q is taken for half typed", c.expr)
		}
	}
}

// Strangers' text in an error is safe to show.
func TestErrorsAreSafe(t *testing.T) {
	_, err := language().Parse("t\u202eype:x\u009bx", now, berlin)
	if err == nil || strings.ContainsAny(err.Error(), "\u202e\u009b") {
		t.Errorf("the error is %+q", fmt.Sprint(err))
	}
	_, err = language().Parse("type:"+strings.Repeat("x", 500), now, berlin)
	if err == nil || len(err.Error()) > 200 {
		t.Errorf("the error is %q", err)
	}
}

// Every way to type these, letter by letter, is right or half typed, never wrong.
func TestHalfTyped(t *testing.T) {
	for _, whole := range []string{
		"type:service,personal", "-status:expiring prod", "expires:<30d", "created:>=2027-01-31", "expires:never", "expires:never,<12w",
		`name:"a b" ws:legal`, `"two words"`, "until:tomorrow", "role:?", "expires:>2027", "!created:yesterday", `name:""`,
	} {
		for i := range len(whole) {
			_, err := language().Parse(whole[:i], now, berlin)
			if err != nil && !errors.Is(err, filter.ErrIncomplete) {
				t.Errorf("on the way to %q, %q is wrong: %v", whole, whole[:i], err)
			}
		}
		parse(t, whole)
	}
	for _, half := range []string{"type:", "type:serv", "expires:<", "expires:<30", "expires:2027-0", "-", "!", `"two`, "type:service,", "expires:nev"} {
		_, err := language().Parse(half, now, berlin)
		if !errors.Is(err, filter.ErrIncomplete) {
			t.Errorf("%q is not half typed: %v", half, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, expr := range []string{strings.Repeat("a", 5000), strings.Repeat("a ", 100)} {
		if _, err := language().Parse(expr, now, berlin); err == nil || errors.Is(err, filter.ErrIncomplete) {
			t.Errorf("%d bytes: %v", len(expr), err)
		}
	}
}

func TestEmpty(t *testing.T) {
	for expr, want := range map[string]bool{"": true, " \t": true, "a": false, "type:service": false} {
		f := parse(t, expr)
		if f.Empty() != want || f.String() != expr {
			t.Errorf("%q: empty is %v, text is %q", expr, f.Empty(), f)
		}
	}
	if zero := (filter.Filter[*row]{}); !zero.Empty() || !zero.Match(&rows[0]) {
		t.Error("the zero Filter doesn't match everything")
	}
}

func TestSuggest(t *testing.T) {
	for _, c := range []struct {
		expr string
		want []string
	}{
		{"", nil},
		{"prod ", nil},
		{"ex", []string{"expires:"}},
		{"prod -e", []string{"prod -expires:"}},
		{"s", []string{"status:", "secretary:"}},
		{"work", []string{"workspace:"}},
		{"type:", []string{"type:personal", "type:service"}},
		{"type:S", []string{"type:service"}},
		{"type:service,p", []string{"type:service,personal"}},
		{"type:service", nil},
		{"expires:n", []string{"expires:never"}},
		{"created:>", []string{"created:>30d", "created:>90d", "created:>1y"}},
		{"nothing:", nil},
		{`"ex`, nil},
	} {
		var got []string
		for _, s := range language().Suggest(c.expr) {
			got = append(got, s.Expr)
			if !strings.HasSuffix(s.Expr, s.Term) {
				t.Errorf("%q: the term %q isn't the end of %q", c.expr, s.Term, s.Expr)
			}
			if _, err := language().Parse(s.Expr, now, berlin); err != nil && !errors.Is(err, filter.ErrIncomplete) {
				t.Errorf("%q suggests %q, which is wrong: %v", c.expr, s.Expr, err)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q suggests %q, want %q", c.expr, got, c.want)
		}
	}
}

// The help shows what can be typed: the example of every field is accepted, and every field is there.
func TestTerms(t *testing.T) {
	terms := language().Terms()
	for i, name := range []string{"id", "name", "type", "role", "status", "ws", "created", "expires", "secretary"} {
		if !strings.HasPrefix(terms[i].Form, name+":") {
			t.Errorf("line %d is about %q, want %s", i, terms[i].Form, name)
		}
		parse(t, terms[i].Form)
	}
	if want := (filter.Term{Form: "type:personal", About: "personal or service"}); terms[2] != want {
		t.Errorf("the line of type is %v, want %v", terms[2], want)
	}
	for _, term := range terms {
		if term.Form == "" || len(term.Form) > 20 || len(term.About) > 70 {
			t.Errorf("the line %v doesn't fit in a help screen", term)
		}
	}
}

func TestNewRefusesMistakes(t *testing.T) {
	value := func(*row) (string, bool) { return "", true }
	for what, fields := range map[string][]filter.Field[*row]{
		"a name twice":          {{Name: "a", Text: value}, {Name: "b", Aliases: []string{"A"}, Text: value}},
		"no name":               {{Text: value}},
		"a blank in a name":     {{Name: "a b", Text: value}},
		"no function":           {{Name: "a"}},
		"another kind's":        {{Name: "a", Kind: filter.Time, Text: value}},
		"a list without a list": {{Name: "a", Kind: filter.List, Text: value}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is accepted", what)
				}
			}()
			filter.New(fields...)
		}()
	}
}
