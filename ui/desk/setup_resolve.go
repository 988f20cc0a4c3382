package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"fob/client"
	"fob/config"
)

// resolve finds the settings of a target, and whether they are those of what was asked for at the start: a session that
// came from outside goes to no other platform.
func (s *Setup) resolve(ctx context.Context, settings config.Settings, to Target) (conn config.Connection, elsewhere bool, err error) {
	state, err := s.State.Load(ctx)
	if err != nil {
		state = config.State{} // what may be forgotten without harm
	}
	choice := config.Choice{
		Options: maps.Clone(s.Options), Getenv: s.Getenv, Settings: settings, State: state,
		Defaults: map[string]string{"product": Product},
	}
	if choice.Options == nil {
		choice.Options = map[string]config.Option{}
	}
	if to.Profile == "" && to.APIURL != "" {
		to.Profile = profileAt(settings, to.APIURL)
	}
	if to.Profile != "" || to.APIURL != "" {
		// What was said about the platform of the start says nothing about another one.
		choice.Getenv = without(s.Getenv, config.EnvAPIURL, config.EnvOrganizationID, config.EnvProfile)
		for _, name := range []string{"api_url", "organization", "workspace"} {
			delete(choice.Options, name)
		}
		choice.Options["profile"] = config.Option{Name: "profile", Value: to.Profile, Changed: true} // none, if it is ""
	} else if asked := choice.Options["profile"]; asked.Changed && asked.Value != "" {
		// A profile that is named in the command goes before an address in the environment: it would be the profile's
		// name, and its colour, at another platform.
		choice.Getenv = without(s.Getenv, config.EnvAPIURL, config.EnvOrganizationID)
	}
	if to.APIURL != "" {
		choice.Options["api_url"] = config.Option{Name: "api-url", Value: to.APIURL, Changed: true}
	}
	if to.OrganizationID != "" {
		choice.Options["organization"] = config.Option{Name: "organization-id", Value: to.OrganizationID, Changed: true}
	}
	conn, err = choice.Resolve()
	if err != nil || !strays(conn) {
		return conn, false, err
	}
	// The address is another than the profile's. Another profile may be meant by it, unless this one was asked for.
	if explicit := conn.Profile.From.Kind == config.Flag || conn.Profile.From.Kind == config.Environment; !explicit {
		if name := profileAt(settings, conn.APIURL.Value); name != "" {
			choice.Options["profile"] = config.Option{Name: "profile", Value: name, Changed: true}
			if other, err := choice.Resolve(); err == nil {
				other.Profile.From = conn.APIURL.From
				return other, false, nil
			}
		}
		choice.Options["profile"] = config.Option{Name: "profile", Changed: true} // none
		if none, err := choice.Resolve(); err == nil {
			none.Profile = config.Setting{}
			return none, true, nil
		}
	}
	return conn.Elsewhere(), true, nil
}

// strays tells whether the address isn't the one that the profile has.
func strays(c config.Connection) bool {
	return c.APIURL.IsSet() && (!c.Home.IsSet() || !sameOrigin(c.APIURL.Value, c.Home.Value))
}

func sameOrigin(a, b string) bool {
	x, err := client.OriginOf(a)
	if err != nil {
		return false
	}
	y, err := client.OriginOf(b)
	return err == nil && x == y
}

// profileAt is the name of the only profile with that address, "" if there is none or there are several.
func profileAt(settings config.Settings, address string) string {
	found := ""
	for _, name := range settings.ProfileNames() {
		if sameOrigin(settings.Profiles[name].APIURL, address) {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// strictest is what the profiles with that address ask for together: production is production, whatever leads there.
func strictest(settings config.Settings, address string) (s strictness) {
	for _, name := range settings.ProfileNames() {
		one := settings.Profiles[name]
		if !sameOrigin(one.APIURL, address) {
			continue
		}
		s.production = s.production || one.Production
		if one.ReadOnly && s.readOnlyBy == "" {
			s.readOnlyBy = name
		}
	}
	return s
}

// strictness is what keeps people from a slip at a platform.
type strictness struct {
	production bool
	readOnlyBy string // the first profile that is read-only, "" if none is
}

func without(getenv func(string) string, names ...string) func(string) string {
	if getenv == nil {
		getenv = os.Getenv
	}
	return func(name string) string {
		if slices.Contains(names, name) {
			return ""
		}
		return getenv(name)
	}
}

// freeName is what a profile for the address is called: eu, us, local, or the host's name; with a number behind it where
// another platform has that name already.
func (s *Setup) freeName(settings config.Settings, address string) string {
	base := hostName(address)
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		if p, taken := settings.Profiles[name]; !taken || sameOrigin(p.APIURL, address) {
			return name
		}
	}
}

func hostName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "platform"
	}
	switch host := strings.ToLower(u.Hostname()); host {
	case "api.cloud.deepset.ai":
		return "eu"
	case "api.us.deepset.ai":
		return "us"
	case "localhost", "127.0.0.1", "::1":
		return "local"
	default:
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' {
				return r
			}
			return -1
		}, strings.TrimPrefix(host, "api."))
		if name = strings.TrimLeft(name, ".-"); len(name) > 40 {
			name = name[:40]
		}
		return cmp.Or(name, "platform")
	}
}
