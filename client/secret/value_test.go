package secret_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"fob/client/secret"
)

func TestZeroValue(t *testing.T) {
	var zero secret.Value
	if zero.Reveal() != "" || !zero.IsZero() || zero.Len() != 0 || !zero.Equal(secret.New("")) {
		t.Error("the zero Value isn't an empty secret")
	}
	if got := zero.Redact("text"); got != "text" {
		t.Errorf("the zero Value redacts %q", got)
	}
	if got := zero.Masked(3); got != "•••" {
		t.Errorf("the zero Value is masked as %q", got)
	}
}

func TestReveal(t *testing.T) {
	s := fresh(t)
	v := secret.New(s)
	if v.Reveal() != s || v.Len() != len(s) || v.IsZero() {
		t.Error("the secret doesn't come back as it was")
	}
}

func TestEqual(t *testing.T) {
	s := fresh(t)
	v := secret.New(s)
	if !v.Equal(v) || !v.Equal(secret.New(strings.Clone(s))) {
		t.Error("the same secret isn't equal")
	}
	changed := []byte(s)
	for i := range changed {
		changed[i] ^= 1
		if v.Equal(secret.New(string(changed))) {
			t.Errorf("a secret that differs in byte %d is equal", i)
		}
		changed[i] ^= 1
	}
	for _, other := range []secret.Value{{}, secret.New(s[1:]), secret.New(s + "x"), secret.New(fresh(t))} {
		if v.Equal(other) || other.Equal(v) {
			t.Error("different secrets are equal")
		}
	}
}

func TestMasked(t *testing.T) {
	s := fresh(t)
	if got, want := secret.New(s).Masked(4), "api_••••"+s[len(s)-4:]; got != want {
		t.Errorf("a key is not masked as its prefix, four dots and its end")
	}
	if got, want := secret.New(s[4:]).Masked(2), "••"+s[len(s)-4:]; got != want {
		t.Errorf("a session is not masked as two dots and its end")
	}
	for _, short := range []string{s[:23], "x", ""} {
		if got := secret.New(short).Masked(5); got != "•••••" {
			t.Errorf("a secret of %d bytes shows something of itself", len(short))
		}
	}
}

// Whatever the secret and the number of dots, no more than its last four characters are shown.
func TestMaskedShowsFour(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(api_)?[ -~]{0,80}`).Draw(t, "secret")
		masked := secret.New(s).Masked(rapid.IntRange(-2, 60).Draw(t, "dots"))
		if !utf8.ValidString(masked) {
			t.Fatalf("the mask of %q is not UTF-8: %q", s, masked)
		}
		rest := strings.TrimPrefix(masked, "api_")
		end := strings.TrimLeft(rest, "•")
		if end == rest {
			t.Fatalf("%q has no dots", masked)
		}
		if utf8.RuneCountInString(end) > 4 || !strings.HasSuffix(s, end) {
			t.Fatalf("%q shows %q of %q", masked, end, s)
		}
	})
}

func TestRedact(t *testing.T) {
	s := fresh(t)
	v := secret.New(s)
	text := "Bearer " + s + ", again " + s + s + " and " + s[1:]
	want := "Bearer [secret], again [secret][secret] and " + s[1:]
	if v.Redact(text) != want {
		t.Error("an occurrence was missed, or more than the secret was taken")
	}
	if v.Redact("nothing here") != "nothing here" {
		t.Error("a text without the secret was changed")
	}
}

func TestCustody(t *testing.T) {
	for custody, safe := range map[secret.Custody]bool{secret.Kept: true, secret.HandedOver: true, secret.Sent: false, "": false, "lost": false} {
		if custody.Safe() != safe {
			t.Errorf("%q is safe: %v", custody, custody.Safe())
		}
	}
}
