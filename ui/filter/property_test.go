package filter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fob/client/visible"
	"fob/ui/filter"
)

// anyRow draws a row; shown: every field of it is known.
func anyRow(shown bool) *rapid.Generator[row] {
	words := func(known ...string) *rapid.Generator[string] {
		if !shown {
			known = append(known, "?")
		}
		return rapid.SampledFrom(known)
	}
	return rapid.Custom(func(t *rapid.T) row {
		states := []filter.State{filter.Known, filter.Never}
		if !shown {
			states = append(states, filter.Unknown)
		}
		return row{
			id:       rapid.StringMatching(`[0-9a-f]{8}`).Draw(t, "id"),
			name:     words("", "prod", "Prod Ä", "never", "ci-eval", "日本").Draw(t, "name"),
			kind:     words("service", "personal", "Service").Draw(t, "kind"),
			role:     words("Editor", "Search user", "").Draw(t, "role"),
			status:   words("active", "expired", "expiring").Draw(t, "status"),
			ws:       rapid.SliceOfN(words("legal", "Claims", "über"), 0, 3).Draw(t, "ws"),
			wsHidden: !shown && rapid.Bool().Draw(t, "ws hidden"),
			created:  now.Add(time.Duration(rapid.IntRange(-9000, 100).Draw(t, "created")) * time.Hour),
			expires:  now.Add(time.Duration(rapid.IntRange(-9000, 9000).Draw(t, "expires")) * time.Hour),
			expiry:   rapid.SampledFrom(states).Draw(t, "state"),
		}
	})
}

// anyTerm is a term that is right, without a sign.
var anyTerm = rapid.OneOf(
	rapid.SampledFrom([]string{"prod", "a", "7", "never", "2026-1", "expired", `"search user"`, "ä", "日本", "x,y"}),
	rapid.SampledFrom([]string{"type:service", "type:personal,service", "status:expired", "role:editor", "role:u,d", `name:""`, "name:pro", "ws:legal", `ws:"",claims`, "id:a"}),
	rapid.SampledFrom([]string{"expires:<30d", "expires:>=2w", "expires:never", "expires:never,>1y", "created:>90d", "created:5d", "created:2026", "expires:>2026-12-24", "expires:<now"}),
)

// question is a term that asks what isn't shown.
var question = rapid.SampledFrom([]string{"role:?", "type:?", "ws:?", "expires:?"})

func match(t *rapid.T, expr string, r row) bool {
	f, err := language().Parse(expr, now, berlin)
	if err != nil {
		t.Fatalf("%q: %v", expr, err)
	}
	return f.Match(&r)
}

// Of what is shown, a term and its opposite match one each.
func TestOppositeIsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(true).Draw(t, "row")
		term := rapid.OneOf(anyTerm, question).Draw(t, "term")
		if match(t, term, r) == match(t, "-"+term, r) || match(t, "-"+term, r) != match(t, "!"+term, r) {
			t.Fatalf("%s and its opposite both match or both don't", term)
		}
	})
}

// What isn't shown: at most one of a term and its opposite match, and exactly one of ? and its opposite.
func TestHiddenMatchesNeither(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(false).Draw(t, "row")
		term := anyTerm.Draw(t, "term")
		if match(t, term, r) && match(t, "-"+term, r) {
			t.Fatalf("%s and its opposite both match", term)
		}
		hidden := question.Draw(t, "question")
		if match(t, hidden, r) == match(t, "-"+hidden, r) {
			t.Fatalf("%s and its opposite both match or both don't", hidden)
		}
		field, _, _ := strings.Cut(term, ":")
		if ask := field + ":?"; strings.HasPrefix(hidden, field+":") && match(t, ask, r) && (match(t, term, r) || match(t, "-"+term, r)) {
			t.Fatalf("%s isn't shown, and %s or its opposite matches", field, term)
		}
	})
}

// Terms are joined by and: in any order, and as if each were a filter of its own.
func TestTermsCommute(t *testing.T) {
	signed := rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom([]string{"", "-", "!"}).Draw(t, "sign") + rapid.OneOf(anyTerm, question).Draw(t, "term")
	})
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(false).Draw(t, "row")
		terms := rapid.SliceOfN(signed, 1, 6).Draw(t, "terms")
		shuffled := rapid.Permutation(terms).Draw(t, "shuffled")
		all := true
		for _, term := range terms {
			all = all && match(t, term, r)
		}
		if got := match(t, strings.Join(terms, " "), r); got != all {
			t.Fatalf("%q together: %v, each alone: %v", terms, got, all)
		}
		if got := match(t, strings.Join(shuffled, "\t "), r); got != all {
			t.Fatalf("%q match %v, in another order %v", terms, all, got)
		}
	})
}

// Several values between commas match what one of them matches.
func TestCommaIsOr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(false).Draw(t, "row")
		values := rapid.SliceOfN(rapid.SampledFrom([]string{"never", "<30d", ">2026-12-24", "?", "2027", ">1y"}), 1, 4).Draw(t, "values")
		some := slices.ContainsFunc(values, func(v string) bool { return match(t, "expires:"+v, r) })
		if match(t, "expires:"+strings.Join(values, ","), r) != some {
			t.Fatalf("%q together don't match what one of them matches", values)
		}
	})
}

// A date and the duration that leads to it divide the times alike, and < and >= leave nothing between them.
func TestComparisonsMeet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRow(true).Draw(t, "row")
		r.expiry = filter.Known
		n := rapid.IntRange(0, 400).Draw(t, "n")
		unit := rapid.SampledFrom([]string{"h", "d", "w", "m", "y"}).Draw(t, "unit")
		for _, field := range []string{"expires", "created"} {
			for _, at := range []string{fmt.Sprint(n, unit), now.AddDate(0, 0, n).Format(time.DateOnly), now.AddDate(0, -n, 0).Format("2006-01")} {
				if match(t, field+":<"+at, r) == match(t, field+":>="+at, r) || match(t, field+":>"+at, r) == match(t, field+":<="+at, r) {
					t.Fatalf("%s: a time is on both sides of %s or on none", field, at)
				}
			}
		}
	})
}

// Fold is idempotent, and finds a text whatever its case.
func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Zoë Ó Briain": "zoe o briain", "STRASSE": "strasse", "Straße": "strasse", "Łódź": "lodz", "ＡＢ": "ab", "ﬁ": "fi",
		"e\u0301": "e", "Ñandú": "nandu", "ΟΔΟΣ": "οδοσ", "οδος": "οδοσ", "İI": "ii", "plain": "plain", "कि": "कि", "a\xff": "a\ufffd",
	} {
		if got := filter.Fold(in); got != want {
			t.Errorf("Fold(%q) is %q, want %q", in, got, want)
		}
	}
	for r := range rune(utf8.MaxRune) {
		once := filter.Fold(string(r))
		if twice := filter.Fold(once); twice != once {
			t.Errorf("%U is folded to %+q, and that to %+q", r, once, twice)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		part := s[rapid.IntRange(0, len(s)).Draw(t, "from"):]
		if !utf8.ValidString(part) || strings.ContainsAny(part, "\"\\") || strings.TrimSpace(filter.Fold(part)) == "" {
			return
		}
		if !match(t, `name:"`+part+`"`, row{name: "n" + s}) || !match(t, `name:"`+filter.Fold(part)+`"`, row{name: "n" + s}) {
			t.Fatalf("%q isn't found in %q", part, s)
		}
	})
}

// Folded promises nothing but speed.
func TestFoldedFindsTheSame(t *testing.T) {
	field := func(folded bool) *filter.Language[string] {
		return filter.New(filter.Field[string]{Name: "name", Folded: folded, Text: func(s string) (string, bool) {
			if folded {
				s = filter.Fold(s)
			}
			return s, true
		}})
	}
	text := rapid.StringOfN(rapid.RuneFrom([]rune("aAbBéÉe\u0301ßsSłL ﬁi")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		in := text.Draw(t, "text")
		expr := `"` + text.Filter(func(s string) bool { return filter.Fold(s) != "" }).Draw(t, "part") + `"`
		plain, err := field(false).Parse(expr, now, nil)
		if err != nil {
			t.Fatal(err)
		}
		folded, err := field(true).Parse(expr, now, nil)
		if err != nil {
			t.Fatal(err)
		}
		if plain.Match(in) != folded.Match(in) {
			t.Fatalf("%s in %q: %v, folded %v", expr, in, plain.Match(in), folded.Match(in))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, expr := range []string{
		"", "prod", "-type:service,personal", `name:"a \"b\" \\`, "expires:<30d created:>=2027-01-31", "role:?", "!", "-", ":", "::", `"`, "a:b:c",
		"expires:<99999y", "expires:>-1d", "type:serv", "\xff:\xff", "É:x", "-\u202e:", `"":x`, "expires:,", "x\u00a0y", "expires:0001",
	} {
		f.Add(expr)
	}
	l := language()
	f.Fuzz(func(t *testing.T, expr string) {
		l.Suggest(expr)
		got, err := l.Parse(expr, now, berlin)
		if err != nil {
			var wrong *filter.Error
			if !errors.As(err, &wrong) || wrong.Start < 0 || wrong.Start > wrong.End || wrong.End > len(expr) {
				t.Fatalf("%q: the error %#v points nowhere", expr, err)
			}
			if text := err.Error(); text == "" || visible.Line(text) != text {
				t.Fatalf("%q: the error %+q is not safe to show", expr, text)
			}
			return
		}
		again, err := l.Parse(expr+" "+expr, now, berlin)
		for _, r := range rows {
			if m := got.Match(&r); err == nil && again.Match(&r) != m {
				t.Fatalf("%q twice matches otherwise than once", expr)
			}
		}
	})
}
