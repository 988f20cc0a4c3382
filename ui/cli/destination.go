package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"fob/ui/desk"
)

// destinationHelp says what a DEST is.
const destinationHelp = "DEST is where the key's secret goes, and is tried before the key is made:\n" +
	"  keyring         this machine's keyring: stored, read back and compared\n" +
	"  env-file:PATH   an env file with API_KEY, API_URL and DEFAULT_WORKSPACE_NAME, as the platform's SDKs read it;\n" +
	"                  stored, read back and compared. One that has an API_KEY already is refused without --replace\n" +
	"  command:NAME    your own command, [destinations.NAME] in config.toml, on its standard input\n" +
	"  clipboard       sent: nothing confirms that it arrived\n" +
	"  stdout          the secret alone on the output; refused on a terminal without --show\n"

// placesFor reads the destinations of --to.
func (a *app) placesFor(to []string, replace, show bool) ([]desk.Place, error) {
	var places []desk.Place
	seen := map[string]bool{}
	for _, text := range to {
		p, err := a.placeFor(strings.TrimSpace(text), replace, show)
		if err != nil {
			return nil, err
		}
		key := string(p.Kind) + ":" + p.Path + p.Command
		if seen[key] {
			return nil, wrongUsage("name it once", "--to %s is there twice", text)
		}
		seen[key] = true
		places = append(places, p)
	}
	return places, nil
}

// usualPlace takes the profile's destination where none is named; a profile without one changes nothing.
func (a *app) usualPlace(ctx context.Context, o *createOptions) error {
	s, err := a.setup(ctx, &o.connection, a.ownTerminal())
	if err != nil {
		return err
	}
	conn, err := s.Connection(ctx)
	if err != nil {
		return settingsFailure(err)
	}
	usual := strings.TrimSpace(conn.Destination.Value)
	if usual == "" {
		return nil
	}
	if o.places, err = a.placesFor([]string{usual}, o.replace, o.show); err != nil {
		return fmt.Errorf("the destination of %s: %w", conn.Destination.From.String(), err)
	}
	return o.checkOutput()
}

func (a *app) placeFor(text string, replace, show bool) (desk.Place, error) {
	kind, rest, found := strings.Cut(text, ":")
	p := desk.Place{Kind: desk.Kind(kind)}
	switch p.Kind {
	case desk.InEnvFile:
		if rest == "" {
			return p, wrongUsage("for example --to env-file:.env", "--to env-file needs a path")
		}
		path, err := filepath.Abs(rest)
		if err != nil {
			return p, wrongUsage("give it from the root", "the path of the env file can't be used: %w", err)
		}
		p.Path, p.Replace = path, replace
		return p, nil
	case desk.InCommand:
		if rest == "" {
			return p, wrongUsage("for example --to command:vault", "--to command needs the NAME of a [destinations.NAME] in config.toml")
		}
		p.Command = rest
		return p, nil
	case desk.InKeyring, desk.OnClipboard:
		if !found {
			return p, nil
		}
	case desk.OnOutput:
		if found {
			break
		}
		if isTerminal(a.Out) && !show {
			return p, wrongUsage("--show shows it; --to keyring keeps it without showing it", "the secret would be shown on this terminal")
		}
		p.Output = a.Out
		return p, nil
	}
	return p, wrongUsage("there are keyring, clipboard, env-file:PATH, command:NAME and stdout", "no destination is called %q", text)
}

// onOutput tells whether the secret goes to the output, where then nothing else goes.
func onOutput(places []desk.Place) bool {
	for _, p := range places {
		if p.Kind == desk.OnOutput {
			return true
		}
	}
	return false
}

// placeWords is a place for people, before anything is in it.
func placeWords(p desk.Place, d *desk.Desk) string {
	switch p.Kind {
	case desk.InEnvFile:
		return "the env file " + p.Path
	case desk.InCommand:
		return "the command " + p.Command
	case desk.OnOutput:
		return "the standard output"
	}
	for _, c := range d.PlaceChoices() {
		if c.Kind == p.Kind {
			return c.Label
		}
	}
	return string(p.Kind)
}
