package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"fob/client"
	"fob/client/secret"
	"fob/client/session"
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
	Given    secret.Value // a session that came from outside; see Bind
	ByFlag   bool         // a flag gave it: it is for the address that is meant, whatever the environment says
	Terminal io.Writer
	ReadOnly bool // --read-only

	Keys        Keyring                                      // of keys
	Sessions    func(profile string) map[SessionStore]Keeper // where a profile's session can be kept
	ProbeStore  func(context.Context) error
	OpenBrowser func(context.Context, string) error
	OnExchange  func(client.Exchange)  // told of every request to the platform, if set
	OnSignIn    func(session.Exchange) // told of every request of signing in, refreshing and signing out, if set

	givenFor string // the origin that Given belongs to
	mu       sync.Mutex
	logins   map[string]*Login // by profile and origin: going over and back finds the same session
}

// Bind ties the session that came from outside to the platform that is meant at the start: it goes to that origin, and to
// no other, whatever is gone over to later. Without a call it goes nowhere. It is called once, before everything else.
func (s *Setup) Bind(ctx context.Context) {
	conn, err := s.Connection(ctx)
	if err != nil {
		return
	}
	address := conn.APIURL.Value
	if beside := strings.TrimSpace(s.getenv(config.EnvAPIURL)); beside != "" && !s.ByFlag {
		address = beside // the session of the environment is for the address that stands beside it
	}
	s.givenFor, _ = client.OriginOf(address)
}

func (s *Setup) getenv(name string) string {
	if s.Getenv == nil {
		return os.Getenv(name)
	}
	return s.Getenv(name)
}

// givenTo is the session that came from outside, where it may be sent to the address; the zero Value otherwise.
func (s *Setup) givenTo(address string) secret.Value {
	s.mu.Lock()
	defer s.mu.Unlock()
	if origin, err := client.OriginOf(address); err != nil || origin != s.givenFor {
		return secret.Value{}
	}
	return s.Given
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

// addressNote is how an address is shown where there is little room: what warns stands first, because the end is cut off.
func addressNote(p config.Profile) string {
	note := ""
	if p.Production {
		note += "production, "
	}
	if p.ReadOnly {
		note += "read-only, "
	}
	return visible.Line(note + strings.TrimPrefix(p.APIURL, "https://"))
}

// Profiles are the profiles of this machine, by name; the one of current is marked.
func (s *Setup) Profiles(_ context.Context, current string) ([]ProfileChoice, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	var list []ProfileChoice
	for _, name := range settings.ProfileNames() {
		p := settings.Profiles[name]
		list = append(list, ProfileChoice{Name: name, Note: addressNote(p), Current: name == current, APIURL: p.APIURL, ReadOnly: p.ReadOnly, Production: p.Production})
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
	conn, elsewhere, err := s.resolve(ctx, settings, Target{})
	if err == nil && !elsewhere {
		conn = s.withRemembered(ctx, conn)
	}
	return conn, err
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
	profile := conn.Profile.Value
	if elsewhere || profile == "" {
		profile = cmp.Or(to.NewProfile, s.freeName(settings, address))
	}
	login, strict := s.login(profile, conn), strictest(settings, address)
	readOnlyBy := ""
	if !conn.ReadOnly.Yes() {
		readOnlyBy = strict.readOnlyBy
	}
	organization, remembered := s.organization(ctx, profile, conn, to)
	policy := cmp.Or(conn.Policy.Value, s.Dirs.PolicyPath())
	d, err := Open(Options{
		APIURL: address, OrganizationID: organization, Remembered: remembered, Session: s.givenTo(address), Login: login,
		CAFile: conn.CAFile.Value, Version: s.Version,
		Profile: Profile{
			Name: conn.Profile.Value, Product: visible.Line(conn.Product.Value), WebURL: visible.Line(conn.WebURL.Value),
			Colour: conn.Colour.Value, Production: conn.Production.Yes() || strict.production,
			ReadOnly: conn.ReadOnly.Yes() || strict.readOnlyBy != "" && conn.ReadOnly.From.Kind != config.Flag, ReadOnlyBy: readOnlyBy,
			Workspace: conn.Workspace.Value, Destination: conn.Destination.Value,
		},
		ReadOnly: s.ReadOnly,
		Journal:  config.OpenJournal(s.Dirs.JournalPath()), Index: stash.OpenIndex(s.Dirs.StashPath()), State: s.State,
		Keys: s.Keys, Terminal: s.Terminal, Getenv: s.Getenv, OnExchange: s.OnExchange, Commands: settings.Destinations,
		Policy: &PolicyFile{Path: policy}, HistoryFolder: s.Dirs.HistoryFolder(),
		OnSignIn: func(ctx context.Context, origin string) error {
			return s.adopt(ctx, profile, origin, conn.CAFile.Value)
		},
	})
	return d, err
}

// Switch opens a target that a person goes over to, and notes it for the next start: the profile, and the organization
// with it. With a session that came from outside nothing is noted: the next start has it as well, and it belongs to where
// this one began.
func (s *Setup) Switch(ctx context.Context, to Target) (*Desk, error) {
	d, err := s.Open(ctx, to)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	outside := !s.Given.IsZero()
	s.mu.Unlock()
	if !outside {
		s.remember(ctx, d.Profile().Name, to)
	}
	return d, nil
}

// login is how the session of a profile is had: one for each profile and platform, however often it is opened.
func (s *Setup) login(profile string, conn config.Connection) *Login {
	origin, _ := client.OriginOf(conn.APIURL.Value)
	s.mu.Lock()
	defer s.mu.Unlock()
	key := profile + " " + origin
	if s.logins[key] == nil {
		if s.logins == nil {
			s.logins = map[string]*Login{}
		}
		s.logins[key] = &Login{
			APIURL: conn.APIURL.Value, CAFile: conn.CAFile.Value, UserAgent: "fob/" + s.Version, Profile: profile,
			Keepers: s.Sessions(profile), Probe: s.ProbeStore, State: s.State, OpenBrowser: s.OpenBrowser, OnExchange: s.OnSignIn,
		}
	}
	return s.logins[key]
}

// Finish waits until what is under way with any session is over, or ctx is done.
func (s *Setup) Finish(ctx context.Context) {
	s.mu.Lock()
	logins := slices.Collect(maps.Values(s.logins))
	s.mu.Unlock()
	for _, l := range logins {
		l.Finish(ctx)
	}
}

// organization is the id of the organization to work in: the one that was said, be it by the profile, else the one that
// was gone over to last, which may have been another person's; remembered tells that it is that.
func (s *Setup) organization(ctx context.Context, profile string, conn config.Connection, to Target) (id string, remembered bool) {
	if conn.Organization.Value == "" && !to.Anew {
		id = s.LastOrganization(ctx, profile)
		return id, id != ""
	}
	return conn.Organization.Value, false
}

// remember notes what was gone over to, for the next start. A disk that takes nothing is no error here.
func (s *Setup) remember(ctx context.Context, profile string, to Target) {
	_ = s.State.Update(ctx, func(state *config.State) error {
		if to.Profile != "" {
			state.Profile = to.Profile
		}
		if profile != "" && (to.OrganizationID != "" || to.Anew) {
			state.SetOrganization(profile, to.OrganizationID)
		}
		return nil
	})
}

// adopt makes the profile under which somebody signed in, if there is none yet, and the current one of it.
func (s *Setup) adopt(ctx context.Context, name, origin, caFile string) error {
	s.mu.Lock()
	s.Given = secret.Value{} // somebody signed in instead
	s.mu.Unlock()
	settings, err := s.settings()
	if err != nil {
		return fmt.Errorf("the profile could not be noted: %w", err)
	}
	if _, there := settings.Profiles[name]; !there {
		if err := config.AppendProfile(ctx, s.Dirs.SettingsPath(), name, config.Profile{APIURL: origin, CAFile: caFile}); err != nil {
			return fmt.Errorf("the profile %s could not be added to config.toml: %w", name, err)
		}
	}
	return s.State.Update(ctx, func(state *config.State) error {
		state.Profile = name
		return nil
	})
}
