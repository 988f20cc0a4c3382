package desk_test

import (
	"strings"
	"testing"
	"unicode"

	"fob/client/secret"
	"fob/ui/desk"
)

// Whatever is pasted to be recognized: nothing of it comes back that could be a key, or that moves a terminal.
func FuzzReadClue(f *testing.F) {
	for _, text := range []string{
		"", "k3Qz", "api_••••k3Qz", "API_KEY=api_eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJhIn0.c2lnbmF0dXJl", "api_...k3Qz", "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJhIn0.c2ln",
		"the key api_eyJ9 is \x1b[2J gone", "\xff…\xfe", "eyJuYW1lIjoiXHUwMDFiWzJKIn0", "…", "…………abcd",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := desk.ReadClue(secret.New(text))
		if err != nil {
			if len(text) > 8 && strings.Contains(err.Error(), text) {
				t.Fatal("the error repeats it")
			}
			return
		}
		if strings.ContainsFunc(c.Masked, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Fatalf("it would act on a terminal: %q", c.Masked)
		}
	})
}
