package tomltext_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"pgregory.net/rapid"

	"fob/config/tomltext"
)

func TestAppendKeepsWhatStandsThere(t *testing.T) {
	for text, want := range map[string]string{
		"":              "[a]\nb = 1\n",
		"x = 1":         "x = 1\n\n[a]\nb = 1\n",
		"x = 1\n":       "x = 1\n\n[a]\nb = 1\n",
		"x = 1\r\n# y":  "x = 1\r\n# y\r\n\r\n[a]\r\nb = 1\r\n",
		"x = 1\n\n\n":   "x = 1\n\n\n\n[a]\nb = 1\n",
		"\ufeffx = '\"": "\ufeffx = '\"\n\n[a]\nb = 1\n",
	} {
		given := append(make([]byte, 0, 100), text...) // room that is not ours
		if got := string(tomltext.Append(given, "[a]", "b = 1")); got != want {
			t.Errorf("%q became %q", text, got)
		}
		if beyond := given[:100]; strings.Trim(string(beyond[len(text):]), "\x00") != "" {
			t.Errorf("%q: it wrote behind what it was given", text)
		}
	}
}

func TestWhateverIsQuotedIsReadBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.Rune()), rapid.Custom(func(rt *rapid.T) string {
			return string(rapid.SliceOf(rapid.Byte()).Draw(rt, "bytes"))
		})).Draw(rt, "text")
		line := tomltext.Name(s) + " = " + tomltext.Quoted(s)
		if strings.ContainsAny(line, "\n\r\x1b") || !utf8.ValidString(line) {
			rt.Fatalf("%q", line)
		}
		var got map[string]string
		if err := toml.Unmarshal([]byte(line), &got); err != nil {
			rt.Fatal(err)
		}
		want := strings.ToValidUTF8(s, "\ufffd")
		if value, there := got[want]; !there || value != want || len(got) != 1 {
			rt.Fatalf("%q gave %q", line, got)
		}
	})
}

func TestOnlyPlainNamesStandBare(t *testing.T) {
	for name, want := range map[string]string{"eu_1-A": "eu_1-A", "eu.1": `"eu.1"`, "": `""`, "é": `"é"`, "a b": `"a b"`} {
		if got := tomltext.Name(name); got != want {
			t.Errorf("%q: %s", name, got)
		}
	}
}
