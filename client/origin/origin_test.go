package origin_test

import (
	"strings"
	"testing"

	"fob/client/origin"
)

// Every address in the clear that is taken is of this machine itself.
func TestParse(t *testing.T) {
	for _, c := range []struct{ address, origin, wrong string }{
		{"https://api.cloud.deepset.ai", "https://api.cloud.deepset.ai", ""},
		{"https://api.cloud.deepset.ai/", "https://api.cloud.deepset.ai", ""},
		{"https://api.cloud.deepset.ai/api", "https://api.cloud.deepset.ai", ""},
		{" https://api.cloud.deepset.ai/api/v1/ ", "https://api.cloud.deepset.ai", ""},
		{"https://API.Example.com:443/api/v1", "https://api.example.com", ""},
		{"https://example.com:8443/api/v1", "https://example.com:8443", ""},
		{"https://example.com/deep/set/api/v1", "", "a path"},
		{"https://example.com/v1", "", "a path"},
		{"https://example.com/api/v2", "", "a path"},
		{"https://example.com/%61pi", "", "a path"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080", ""},
		{"http://127.9.9.9", "http://127.9.9.9", ""},
		{"http://[::1]:80/api", "http://[::1]", ""},
		{"http://localhost:1", "http://localhost:1", ""},
		{"http://example.com", "", "plain http"},
		{"http://127.0.0.1.example.com", "", "plain http"},
		{"http://localhost.example.com", "", "plain http"},
		{"http://0.0.0.0", "", "plain http"},
		{"https://ana:pass@example.com", "", "password"},
		{"https://example.com?x=1", "", "query"},
		{"https://example.com/#x", "", "fragment"},
		{"ftp://example.com", "", "form"},
		{"api.cloud.deepset.ai", "", "form"},
		{"https://", "", "form"},
		{"https://exa mple.com:pass@x", "", "form"},
		{"", "", "no address"},
	} {
		got, local, err := origin.Parse(c.address)
		if c.wrong == "" {
			if err != nil || got != c.origin || local != strings.HasPrefix(got, "http://") {
				t.Errorf("%q: %q, here: %t, %v", c.address, got, local, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "pass@") {
			t.Errorf("%q: %v, want a word about %q", c.address, err, c.wrong)
		}
	}
}
