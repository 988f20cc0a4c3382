package stash

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"fob/client/secret"
)

// folded is base64 as base64(1) writes it: in lines of 76.
func folded(s string) string {
	encoded := base64.StdEncoding.EncodeToString([]byte(s))
	return regexp.MustCompile(`.{76}`).ReplaceAllString(encoded, "$0\n")
}

// written are the ways in which programs write a value; the secret has letters in them that each of them changes.
var written = map[string]func(s string) string{
	"itself":              func(s string) string { return s },
	"quoted":              func(s string) string { return fmt.Sprintf("%q", s) },
	"JSON":                func(s string) string { out, _ := json.Marshal(map[string]string{"key": s}); return string(out) },
	"a query":             url.QueryEscape,
	"a path":              url.PathEscape,
	"hex":                 func(s string) string { return hex.EncodeToString([]byte(s)) },
	"upper hex":           func(s string) string { return fmt.Sprintf("%X", s) },
	"a hex dump":          func(s string) string { return fmt.Sprintf("% x", s) },
	"base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 URL":          func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"base64 in lines":     folded,
	"base64 of a line":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte("KEY=" + s + "\n")) },
	"base64 of a header":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s)) },
	"upper case":          strings.ToUpper,
	"lines":               func(s string) string { return regexp.MustCompile(`.{20}`).ReplaceAllString(s, "$0\n  ") },
	"its beginning":       func(s string) string { return s[:len(s)/2] },
	"its end":             func(s string) string { return s[len(s)/2:] },
	"itself in an option": func(s string) string { return "--password=" + s },
}

// A cut text has no eight letters in a row of any form, whatever stands around it, and all of what stands around it.
func TestEveryFormOfAKeyIsCutOut(t *testing.T) {
	for name, write := range written {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				plain := rapid.SampledFrom([]string{"", `"\/+ é%&=`}).Draw(t, "letters") // a key has none of them; a cutter is for any
				s := "api_" + rand.Text() + plain + rand.Text() + "." + rand.Text()
				before := rapid.StringMatching(`[!-~]{0,6} ?`).Draw(t, "before")
				after := rapid.StringMatching(` ?[!-~]{0,6}`).Draw(t, "after")
				text := before + write(s) + after
				got := newCutter(secret.New(s)).cut(text)
				if !strings.Contains(got, cutMark) {
					t.Fatalf("nothing was cut: %q", text)
				}
				rest := strings.Join(strings.Fields(strings.ReplaceAll(got, cutMark, "\n")), "\n")
				for other, write := range written {
					if other == "JSON" || other == "itself in an option" {
						continue // they have letters of their own, and the key in between is another form
					}
					form := write(s)
					form = strings.ToLower(strings.Join(strings.Fields(form), ""))
					for i := 0; i+shortest <= len(form); i++ {
						if strings.Contains(strings.ToLower(rest), form[i:i+shortest]) {
							t.Fatalf("%d letters are left of the form", shortest)
						}
					}
				}
				if !strings.HasPrefix(got, strings.TrimRight(before, " ")[:max(len(before)-7, 0)]) {
					t.Fatalf("what stood before is gone: %q", before)
				}
			})
		})
	}
}

func TestWhatIsNotTheKeyStays(t *testing.T) {
	s := "api_" + rand.Text() + rand.Text()
	c := newCutter(secret.New(s))
	for text, want := range map[string]string{
		"":                               "",
		"permission denied on kv/data/x": "permission denied on kv/data/x",
		"a " + s + " b " + s + " c":      "a [secret] b [secret] c",
		s + s:                            "[secret]",
		"got " + s[:7] + ".":             "got " + s[:7] + ".", // too short to be told from other words
		base32.StdEncoding.EncodeToString([]byte("other")): base32.StdEncoding.EncodeToString([]byte("other")),
	} {
		if got := c.cut(text); got != want {
			t.Errorf("%d letters became %q", len(text), got)
		}
	}
	if got := newCutter(secret.Value{}).cut("text"); got != "text" {
		t.Errorf("without a key: %q", got)
	}
	if got := newCutter(secret.New("abc")).cut("x abc y"); got != "x [secret] y" {
		t.Errorf("a short one: %q", got)
	}
}

// A text that ends in the middle of a key shows less than eight letters of it.
func TestAKeyAtTheEndOfTheOutputIsCutOut(t *testing.T) {
	s := "api_" + rand.Text() + rand.Text() + rand.Text()
	c := newCutter(secret.New(s))
	for n := range len(s) {
		b := &bounded{}
		flood := strings.Repeat(s+" ", 100) + strings.Repeat(". ", maxCommandOutput/2)
		_, _ = b.Write([]byte(flood[:maxCommandOutput-n]))
		_, _ = b.Write([]byte(s + "and more"))
		if b.kept.Len() != maxCommandOutput || !b.cut {
			t.Fatalf("kept %d bytes", b.kept.Len())
		}
		shown := b.without([]*cutter{c})
		if !strings.HasSuffix(shown, " …") || n > 2 && strings.Contains(strings.Join(strings.Fields(shown), ""), s[:min(n, shortest)]) {
			t.Fatalf("the first %d letters are shown", n)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add([]byte("api_0123456789"), []byte("x api_0123456789 y"))
	f.Add([]byte("\xff\x00"), []byte("\xff\x00\xff"))
	f.Add([]byte(" "), []byte("  "))
	f.Add([]byte("abcd efg"), []byte("x abcd efg y")) // shorter without its space
	f.Fuzz(func(t *testing.T, key, text []byte) {
		c := newCutter(secret.New(string(key)))
		got := c.cut(string(text))
		if len(key) >= shortest && len(bytes.TrimSpace(key)) > 0 && bytes.Contains([]byte(got), key) && !strings.Contains(cutMark, string(key)) {
			t.Errorf("%q is in %q", key, got)
		}
	})
}
