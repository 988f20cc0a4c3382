package visible_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"fob/client/visible"
)

// check fails unless text is safe to write to a terminal as one line. It judges by lists of its own, not by the code's.
func check(t interface{ Fatalf(string, ...any) }, source, text string) {
	if !utf8.ValidString(text) {
		t.Fatalf("%+q became invalid UTF-8: %+q", source, text)
	}
	marks := 0
	for _, r := range text {
		switch {
		case r < 0x20, r >= 0x7f && r <= 0x9f:
			t.Fatalf("%+q: control character %U in %+q", source, r, text)
		case unicode.In(r, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector):
			t.Fatalf("%+q: invisible character %U in %+q", source, r, text)
		case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point):
			t.Fatalf("%+q: ignorable character %U in %+q", source, r, text)
		case unicode.Is(unicode.Zs, r) && r != ' ' && r != 0x3000:
			t.Fatalf("%+q: odd blank %U in %+q", source, r, text)
		case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Zs):
			t.Fatalf("%+q: unassigned character %U in %+q", source, r, text)
		}
		if unicode.Is(unicode.M, r) {
			marks++
		} else {
			marks = 0
		}
		if marks > 3 {
			t.Fatalf("%+q: more than three marks in a row in %+q", source, text)
		}
	}
	if first, _ := utf8.DecodeRuneInString(text); unicode.Is(unicode.M, first) {
		t.Fatalf("%+q: begins with a mark that would join what stands before it: %+q", source, text)
	}
	if ansi.Strip(text) != text {
		t.Fatalf("%+q: an escape sequence is left in %+q", source, text)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", `ci-eval #3 "x" \u202e`, `ci-eval #3 "x" \u202e`},
		{"empty", "", ""},
		{"letters", "Zoë Ó Briain, 東京, Ключ, שלום, مفتاح, ключ", "Zoë Ó Briain, 東京, Ключ, שלום, مفتاح, ключ"},
		{"escape sequence", "\x1b[31mred\x1b]52;c;QQ==\a", "␛[31mred␛]52;c;QQ==␇"},
		{"lines", "a\r\nb\tc\x00d\x7f", "a␍␊b␉c␀d␡"},
		{"C1 as UTF-8", "a\u009b31mb\u0085c", `a\u009b31mb\u0085c`},
		{"C1 as a byte", "a\x9b31mb", `a\x9b31mb`},
		{"bidi override", "prod\u202egnp.exe\u202c", `prod\u202egnp.exe\u202c`},
		{"bidi isolates", "\u2066a\u2069\u200e\u200f\u061c", `\u2066a\u2069\u200e\u200f\u061c`},
		{"zero width", "pr\u200bod\u2060\ufeff\u00ad", `pr\u200bod\u2060\ufeff\u00ad`},
		{"separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"odd blanks", "a\u00a0b\u2003c\u3000d", `a\u00a0b\u2003c` + "\u3000d"},
		{"tags", "a\U000e0041\U000e007f", `a\U000e0041\U000e007f`},
		{"private and unassigned", "\ue000\U000f0000\u0378\U0010ffff", `\ue000\U000f0000\u0378\U0010ffff`},
		{"not UTF-8", "a\xff\xc3(\xed\xa0\x80", `a\xff\xc3(\xed\xa0\x80`},
		{"the sign for it is one", "a\ufffdb", "a\ufffdb"},
		{"fillers", "\u3164\u115f\uffa0\u2800", `\u3164\u115f\uffa0\u2800`},
		{"accents", "e\u0301\u0323\u0302x", "e\u0301\u0323\u0302x"},
		{"zalgo", "z" + strings.Repeat("\u0335", 5), "z\u0335\u0335\u0335" + `\u0335\u0335`},
		{"a mark without a letter", "\u0301a \u0301\u202e\u0301", `\u0301a \u0301\u202e\u0301`},
		{"joined emoji", "👩\u200d💻 ok", "👩💻 ok"},
		{"selector and skin", "⚙\ufe0f 👍\U0001f3fd", "⚙ 👍"},
		{"joiner elsewhere", "a\u200db\ufe0fc\U0001f3fd", `a\u200db\ufe0fc\U0001f3fd`},
		{"flags", "🇩🇪🇫🇷🇦", "🇩🇪🇫🇷" + `\U0001f1e6`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := visible.Line(c.in); got != c.want {
				t.Errorf("Line(%+q) is\n%+q, want\n%+q", c.in, got, c.want)
			}
		})
	}
}

// Every character there is, alone, after a letter and after a symbol; of the empty and the private planes, which are all
// alike, one in 257. None joins what stands beside its cell.
func TestLineEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if r > 0x323ff && r>>12 != 0xe0 {
			r += 256
		}
		for _, before := range []string{"", "a", "⚙"} {
			s := before + string(r)
			line := visible.Line(s)
			check(t, s, line)
			if got, want := ansi.StringWidth("│"+line+"│"), 2+visible.Width(s); got != want {
				t.Errorf("%+q between lines takes %d cells, not %d", line, got, want)
			}
		}
	}
	for b := range 256 {
		s := string([]byte{'a', byte(b)})
		check(t, s, visible.Line(s))
	}
}

// What a name may be made of to do harm, in the proportions that find it.
var hostile = rapid.OneOf(
	rapid.String(),
	rapid.StringOfN(rapid.RuneFrom([]rune("a \x1b[]\r\n\t;=+@\u202e\u2066\u200d\ufe0f\u0301\u0335👩💻🇩🇪⚙1東\u1100\u1161\u0915\u094d\u093f\u0e33\U0001f3fdｶﾞ")), 0, 40, -1),
	rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 40), func(b []byte) string { return string(b) }),
)

func TestLineProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile.Draw(t, "text")
		line := visible.Line(s)
		check(t, s, line)
		if again := visible.Line(line); again != line {
			t.Fatalf("Line is not idempotent: %+q, then %+q", line, again)
		}
		ascii := visible.ASCII(s)
		for i := range len(ascii) {
			if ascii[i] < 0x20 || ascii[i] > 0x7e {
				t.Fatalf("ASCII(%+q) has the byte %#x: %+q", s, ascii[i], ascii)
			}
		}
		if visible.ASCII(ascii) != ascii {
			t.Fatalf("ASCII is not idempotent: %+q", ascii)
		}
	})
}

func cellProperties(t interface{ Fatalf(string, ...any) }, s string, width int) {
	for _, f := range []func(string, int) string{visible.Cell, visible.CellASCII} {
		cell := f(s, width)
		check(t, s, cell)
		if got := ansi.StringWidth(cell); got != max(width, 0) {
			t.Fatalf("Cell(%+q, %d) is %d cells wide: %+q", s, width, got, cell)
		}
	}
	short := visible.Truncate(s, width)
	check(t, s, short)
	if got := visible.Width(short); got > max(width, 0) {
		t.Fatalf("Truncate(%+q, %d) is %d cells wide: %+q", s, width, got, short)
	}
	if w := visible.Width(s); w <= width && short != visible.Line(s) {
		t.Fatalf("Truncate(%+q, %d) changed what is only %d cells wide: %+q", s, width, w, short)
	} else if w > width && width > 0 && !strings.HasSuffix(short, "…") {
		t.Fatalf("Truncate(%+q, %d) doesn't show that something is missing: %+q", s, width, short)
	}
}

func TestCellProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cellProperties(t, hostile.Draw(t, "text"), rapid.IntRange(-1, 30).Draw(t, "width"))
	})
}

// Two cells side by side are as wide as both: nothing in one joins the other.
func TestCellsStandAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		left, right := visible.Cell(hostile.Draw(t, "left"), 7), visible.Cell(hostile.Draw(t, "right"), 5)
		if got := ansi.StringWidth(left + "│" + right + "│"); got != 14 {
			t.Fatalf("%+q and %+q side by side take %d cells, not 14", left, right, got)
		}
	})
}

func TestCell(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"abc", 5, "abc  "},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"abcd", 1, "…"},
		{"abcd", 0, ""},
		{"abcd", -4, ""},
		{"東京都", 6, "東京都"},
		{"東京都", 5, "東京…"},
		{"東京都", 4, "東… "},
		{"a\x1b[2Jb", 4, "a␛[…"},
		{"Zoë", 4, "Zoë "},
	} {
		if got := visible.Cell(c.in, c.width); got != c.want {
			t.Errorf("Cell(%q, %d) is %q, want %q", c.in, c.width, got, c.want)
		}
	}
	if got := visible.CellASCII("Zoë Müller", 8); got != `Zo\u00e~` {
		t.Errorf("CellASCII is %q", got)
	}
}

// A name of several megabytes costs no more than one that is a little too long.
func TestCellOfHugeText(t *testing.T) {
	long, huge := strings.Repeat("\u0301\u200b東", 100), strings.Repeat("\u0301\u200b東", 1<<20)
	if visible.Cell(huge, 20) != visible.Cell(long, 20) {
		t.Errorf("Cell is %q, want %q", visible.Cell(huge, 20), visible.Cell(long, 20))
	}
	cost := func(s string) float64 { return testing.AllocsPerRun(10, func() { visible.Cell(s, 20) }) }
	if a, b := cost(long), cost(huge); b > a {
		t.Errorf("%v allocations for a cell of a huge text, %v for a long one", b, a)
	}
}

func TestPlainTextIsFree(t *testing.T) {
	name := "ingest-prod, a service key"
	for what, f := range map[string]func(){
		"Line":       func() { visible.Line(name) },
		"Truncate":   func() { visible.Truncate(name, 30) },
		"Width":      func() { visible.Width(name) },
		"exact Cell": func() { visible.Cell(name, len(name)) },
	} {
		if got := testing.AllocsPerRun(100, f); got != 0 {
			t.Errorf("%s of plain ASCII makes %v allocations", what, got)
		}
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[31m\u009b", "👩\u200d💻\ufe0f", "z\u0335\u0335\u0335\u0335", "\xff\xfe", "🇩🇪🇦", "क्षि", "각", "1\ufe0f\u20e3"} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		line := visible.Line(s)
		check(t, s, line)
		if visible.Line(line) != line {
			t.Fatalf("Line is not idempotent on %+q", s)
		}
		cellProperties(t, s, width%200)
	})
}

func BenchmarkLine(b *testing.B) {
	for name, s := range map[string]string{
		"plain":   "ingest-prod-nightly-evaluation",
		"letters": "Zoë Ó Briain, Schlüssel für München",
		"hostile": "\x1b[31mred\u202e👩\u200d💻\x00\xff",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				visible.Line(s)
			}
		})
	}
}

func BenchmarkCell(b *testing.B) {
	for name, s := range map[string]string{"plain": "ingest-prod-nightly", "letters": "Zoë Ó Briain", "wide": "東京都の鍵, nightly evaluation"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				visible.Cell(s, 20)
			}
		})
	}
}
