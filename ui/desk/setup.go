package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
	"fob/config/stash"
)

// Setup is what this machine is set up to reach: the profiles, and how their platforms are opened. Open and Profiles may
// be called from several goroutines.
type Setup struct {
	Dirs     config.Dirs
	Settings config.Settings
	State    *config.StateFile
	Options  map[string]config.Option // the flags, by the names of the settings
	Getenv   func(string) string

	Version  string
	Given    secret.Value // a session that came from outside; it goes to the address that was meant with it, and to no other
	Terminal io.Writer
	ReadOnly bool // --read-only

	Keys        Keyring                                      // of keys
	Sessions    func(profile string) map[SessionStore]Keeper // where a profile's session can be kept
	ProbeStore  func(context.Context) error
	OpenBrowser func(context.Context, string) error
	OnExchange  func(client.Exchange)
}

// Target says what to open. The zero value is what flags, environment and the current profile say.
type Target struct {
	Profile        string // another profile's name
	APIURL         string // an address
	OrganizationID string // an organization of it
	Anew           bool   // somebody signs in: the organization that was gone over to last may be another person's
	NewProfile     string // what the profile shall be called that is made when somebody signs in; "": by the address
}

// ProfileChoice is a profile to choose.
type ProfileChoice struct {
	Name    string
	Note    string // its address, and what is special about it; made safe to show
	Current bool
	APIURL  string

	ReadOnly, Production bool
}

// addressNote is how an address is shown where there is little room.
func addressNote(p config.Profile) string {
	note := strings.TrimPrefix(p.APIURL, "https://")
	if p.Production {
		note += ", production"
	}
	if p.ReadOnly {
		note += ", read-only"
	}
	return visible.Line(note)
}

// Profiles are the profiles of this machine, by name.
func (s *Setup) Profiles(ctx context.Context) ([]ProfileChoice, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	conn, _, err := s.resolve(ctx, settings, Target{})
	if err != nil {
		conn = config.Connection{}
	}
	var list []ProfileChoice
	for _, name := range settings.ProfileNames() {
		p := settings.Profiles[name]
		list = append(list, ProfileChoice{Name: name, Note: addressNote(p), Current: name == conn.Profile.Value, APIURL: p.APIURL, ReadOnly: p.ReadOnly, Production: p.Production})
	}
	return list, nil
}

// settings reads config.toml anew: a profile may have been added since.
func (s *Setup) settings() (config.Settings, error) { return config.Load(s.Dirs.SettingsPath()) }

// Connection resolves every setting of what the zero Target opens.
func (s *Setup) Connection(ctx context.Context) (config.Connection, error) {
	settings, err := s.settings()
	if err != nil {
		return config.Connection{}, err
	}
	conn, _, err := s.resolve(ctx, settings, Target{})
	return conn, err
}

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
	if to.Profile != "" || to.APIURL != "" {
		// What was said about the platform of the start says nothing about another one.
		choice.Getenv = without(s.Getenv, config.EnvAPIURL, config.EnvOrganizationID, config.EnvProfile)
		for _, name := range []string{"api_url", "organization", "workspace"} {
			delete(choice.Options, name)
		}
	}
	if to.Profile != "" {
		choice.Options["profile"] = config.Option{Name: "profile", Value: to.Profile, Changed: true}
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

// ErrNoAddress is returned by Open where nothing says which platform is meant.
var ErrNoAddress = errors.New("no platform's address is given")

// Open opens a target. It reaches no network and no keyring. Errors are ErrNoAddress, ErrNoPlatform where there is no
// session and none can be got, config's of the settings, and those of an address that can't be used.
func (s *Setup) Open(ctx context.Context, to Target) (*Desk, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	conn, elsewhere, err := s.resolve(ctx, settings, to)
	if err != nil {
		return nil, err
	}
	address := conn.APIURL.Value
	if address == "" {
		return nil, ErrNoAddress
	}
	given := s.Given
	if !given.IsZero() && (to.Profile != "" || to.APIURL != "") {
		if start, _, err := s.resolve(ctx, settings, Target{}); err != nil || !sameOrigin(start.APIURL.Value, address) {
			given = secret.Value{}
		}
	}
	profile := conn.Profile.Value
	if elsewhere || profile == "" {
		profile = cmp.Or(to.NewProfile, s.freeName(settings, address))
	}
	login := s.login(profile, conn)
	policy := cmp.Or(conn.Policy.Value, s.Dirs.PolicyPath())
	d, err := Open(Options{
		APIURL: address, OrganizationID: s.organization(ctx, profile, conn, to), Session: given, Login: login,
		CAFile: conn.CAFile.Value, Version: s.Version,
		Profile: Profile{
			Name: conn.Profile.Value, Product: visible.Line(conn.Product.Value), WebURL: visible.Line(conn.WebURL.Value),
			Colour: conn.Colour.Value, Production: conn.Production.Yes(), ReadOnly: conn.ReadOnly.Yes(),
			Workspace: conn.Workspace.Value, Destination: conn.Destination.Value,
		},
		ReadOnly: s.ReadOnly,
		Journal:  config.OpenJournal(s.Dirs.JournalPath()), Index: stash.OpenIndex(s.Dirs.StashPath()), State: s.State,
		Keys: s.Keys, Terminal: s.Terminal, Getenv: s.Getenv, OnExchange: s.OnExchange, Commands: settings.Destinations,
		Policy: &PolicyFile{Path: policy}, HistoryFolder: s.Dirs.HistoryFolder(),
		OnSignIn: func(ctx context.Context, origin string) error { return s.adopt(ctx, profile, origin) },
	})
	if err != nil {
		return nil, err
	}
	if to.Profile != "" || to.OrganizationID != "" {
		s.remember(ctx, conn.Profile.Value, to)
	}
	return d, nil
}

// login is how the session of a profile is had.
func (s *Setup) login(profile string, conn config.Connection) *Login {
	return &Login{
		APIURL: conn.APIURL.Value, CAFile: conn.CAFile.Value, UserAgent: "fob/" + s.Version, Profile: profile,
		Keepers: s.Sessions(profile), Probe: s.ProbeStore, State: s.State, OpenBrowser: s.OpenBrowser,
	}
}

// organization is the id of the organization to work in: the one that was said, else the one that was gone over to last,
// else the profile's.
func (s *Setup) organization(ctx context.Context, profile string, conn config.Connection, to Target) string {
	if k := conn.Organization.From.Kind; k == config.Flag || k == config.Environment {
		return conn.Organization.Value
	}
	if conn.Organization.Value == "" && !to.Anew {
		return s.LastOrganization(ctx, profile)
	}
	return conn.Organization.Value
}

// remember notes what was gone over to, for the next start. A disk that takes nothing is no error here.
func (s *Setup) remember(ctx context.Context, profile string, to Target) {
	_ = s.State.Update(ctx, func(state *config.State) error {
		if to.Profile != "" {
			state.Profile = to.Profile
		}
		if to.OrganizationID != "" && profile != "" {
			state.SetOrganization(profile, to.OrganizationID)
		}
		return nil
	})
}

// adopt makes the profile under which somebody signed in, if there is none yet, and the current one of it.
func (s *Setup) adopt(ctx context.Context, name, origin string) error {
	settings, err := s.settings()
	if err != nil {
		return fmt.Errorf("the profile could not be noted: %w", err)
	}
	if _, there := settings.Profiles[name]; !there {
		if err := config.AppendProfile(ctx, s.Dirs.SettingsPath(), name, config.Profile{APIURL: origin}); err != nil {
			return fmt.Errorf("the profile %s could not be added to config.toml: %w", name, err)
		}
	}
	return s.State.Update(ctx, func(state *config.State) error {
		state.Profile = name
		return nil
	})
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
