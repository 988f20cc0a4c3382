package secret_test

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"fob/client/secret"
)

func TestCut(t *testing.T) {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	session := part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"jti":"`+rand.Text()+`"}`) + "." + part(rand.Text())
	key := "api_" + session
	for name, text := range map[string]string{
		"a key": key, "a session": session, "a key without its end": key[:len(key)-30], "the beginning of a key": key[:20],
		"a key without dots": "api_" + rand.Text() + rand.Text(),
	} {
		if got := secret.Cut("before " + text + ", after"); got != "before [secret], after" {
			t.Errorf("%s: %d of its characters are left", name, len(got)-len("before , after"))
		}
		if !secret.Found("before "+text) || !secret.Found([]byte(text)) {
			t.Errorf("%s isn't found", name)
		}
	}
	for _, text := range []string{"api_prod", "the api_key of a person", "API_KEY=", "eyJ", strings.Repeat("a.", 40)} {
		if secret.Cut(text) != text || secret.Found(text) {
			t.Errorf("%q is taken for a secret", text)
		}
	}
}
