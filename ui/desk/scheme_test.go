package desk

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

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
	long := strings.Repeat("eu-", 21)
	for _, why := range []string{
		whyKey, whyReadOnly,
		(&Desk{options: Options{ReadOnly: true, Profile: Profile{Name: long, ReadOnly: true}}}).readOnlyWhy(),
		(&Desk{options: Options{ReadOnly: true, Profile: Profile{Name: "us", ReadOnly: true, ReadOnlyBy: long}}}).readOnlyWhy(),
	} {
		if n := utf8.RuneCountInString(why); n > 72 || why == "" {
			t.Errorf("%q has %d characters", why, n)
		}
	}
}

func TestUntil(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 11, 28, 3, 8, 18, 0, time.UTC)
	for distance, want := range map[time.Duration]string{
		7 * day:                "in 7 days",
		7*day - 4*time.Second:  "in 7 days",
		7*day - 2*time.Minute:  "in 6 days",
		day - 30*time.Second:   "in 1 day",
		59 * time.Minute:       "in 59 min",
		time.Second:            "in 1 s",
		300 * time.Millisecond: "0 s ago", // the platform's clock is ahead
		0:                      "0 s ago",
		-4 * time.Second:       "4 s ago",
		-7*day + time.Second:   "6 days ago",
	} {
		if got := Until(now.Add(distance), now); got != want {
			t.Errorf("%v from now is %q, not %q", distance, got, want)
		}
	}
}
