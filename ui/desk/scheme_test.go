package desk

import (
	"testing"

	"fob/config"
)

func TestWithScheme(t *testing.T) {
	for typed, want := range map[string]string{
		"":                           "",
		" api.example.com ":          "https://api.example.com",
		"api.example.com:8443/api":   "https://api.example.com:8443/api",
		"http://api.example.com":     "http://api.example.com",
		"ftp://api.example.com":      "ftp://api.example.com",
		"127.0.0.1:8080":             "http://127.0.0.1:8080",
		"LocalHost/api/v1":           "http://LocalHost/api/v1",
		"[::1]:99":                   "http://[::1]:99",
		"localhost.example.com":      "https://localhost.example.com",
		"127.0.0.1.example.com:8080": "https://127.0.0.1.example.com:8080",
	} {
		if got := WithScheme(typed); got != want {
			t.Errorf("%q becomes %q, not %q", typed, got, want)
		}
	}
}

// What has to give way where there is no room is the address, not the warning.
func TestAWarningStandsBeforeTheAddress(t *testing.T) {
	p := config.Profile{APIURL: "https://api.example.com", Production: true, ReadOnly: true}
	if got, want := addressNote(p), "production, read-only, api.example.com"; got != want {
		t.Errorf("the note is %q, not %q", got, want)
	}
}

func TestRefusalsFitTheStatusLine(t *testing.T) {
	for _, why := range []string{whyKey, whyReadOnly} {
		if len(why) > 72 {
			t.Errorf("%q has %d characters", why, len(why))
		}
	}
}
