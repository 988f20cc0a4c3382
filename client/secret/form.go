package secret

import "regexp"

// form is whatever looks like a key, whole or cut short: "api_" before something long or before the start of a JWT, and
// a JWT alone, as sessions are. Every JWT begins with the base64 of {". A name such as "api_prod" doesn't match.
var form = regexp.MustCompile(`api_(?:eyJ[\w-]*|[\w-]{24,})(?:\.[\w-]*){0,2}|\beyJ[\w-]{4,}\.[\w-]+(?:\.[\w-]*)?`)

// Cut returns a stranger's text with "[secret]" in the place of whatever has the form of a key or a session.
func Cut(text string) string { return form.ReplaceAllString(text, redacted) }

// Found tells whether something in a stranger's text has the form of a key or a session.
func Found[T ~string | ~[]byte](text T) bool { return form.Match([]byte(text)) }
