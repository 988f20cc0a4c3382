package desk

import "strings"

// Preset is which of PlaceChoices the profile's destination means, and its path if that is an env file. It is the first
// where the profile has no destination, or one that isn't to choose from.
func (d *Desk) Preset() (at int, path string) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(d.options.Profile.Destination), ":")
	for i, c := range d.PlaceChoices() {
		if c.Kind != Kind(kind) || c.Kind == InCommand && c.Command != rest {
			continue
		}
		if c.Kind == InEnvFile {
			path = rest
		}
		return i, path
	}
	return 0, ""
}
