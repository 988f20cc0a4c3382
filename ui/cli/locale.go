package cli

import (
	"runtime"
	"strings"
)

// utf8Locale tells whether the terminal takes UTF-8, by the locale; elsewhere than on Windows, one that isn't set is
// plain ASCII.
func utf8Locale(getenv func(string) string) bool {
	if runtime.GOOS == "windows" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := getenv(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return false
}
