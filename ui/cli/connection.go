package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// connection is which platform a command talks to, and as whom. No flag takes a secret: arguments are seen by others.
type connection struct {
	cmd                    *cobra.Command
	profile                string
	apiURL, organizationID string
	caFile, sessionFile    string
	logFile                string
	readOnly               bool

	made *desk.Setup // what setup returned
}

func (c *connection) flags(cmd *cobra.Command) {
	c.cmd = cmd
	f := cmd.Flags()
	f.StringVar(&c.profile, "profile", "", "`NAME` of the profile in config.toml (FOB_PROFILE)")
	f.StringVar(&c.apiURL, "api-url", "", "`ADDRESS` of the platform (FOB_API_URL)")
	f.StringVar(&c.organizationID, "organization-id", "", "`ID` of the organization, for people in several (FOB_ORGANIZATION_ID)")
	f.StringVar(&c.caFile, "ca-file", "", "`FILE` with more certificate authorities, PEM")
	f.StringVar(&c.logFile, "log", "", "write what is sent and answered to this `FILE`: no header, no body, no secret")
	f.StringVar(&c.sessionFile, "session-file", "", "`FILE` with a session in it, instead of the one that fob login keeps (FOB_SESSION_TOKEN)")
	f.BoolVar(&c.readOnly, "read-only", false, "change nothing, whatever the session may do")
}

// options are the flags by the names of the settings.
func (c *connection) options() map[string]config.Option {
	options := map[string]config.Option{}
	for setting, flag := range map[string]struct{ name, value string }{
		"profile": {"profile", c.profile}, "api_url": {"api-url", c.apiURL},
		"organization": {"organization-id", c.organizationID}, "ca_file": {"ca-file", c.caFile},
	} {
		options[setting] = config.Option{Name: flag.name, Value: strings.TrimSpace(flag.value), Changed: c.cmd.Flags().Changed(flag.name)}
	}
	return options
}

// setup is what this machine is set up to reach, with the flags of a command. terminal may be nil. It fails with a
// *usageError where what is set can't be used.
func (a *app) setup(ctx context.Context, c *connection, terminal io.Writer) (*desk.Setup, error) {
	if c.made != nil {
		return c.made, nil
	}
	if c.sessionFile != "" {
		session, err := a.sessionOf(c.sessionFile)
		if err != nil {
			return nil, err
		}
		a.session, a.byFile = session, true
	}
	log, err := a.openLog(c.logFile)
	if err != nil {
		return nil, err
	}
	dirs, err := config.DefaultDirs()
	if err != nil {
		return nil, fmt.Errorf("no place for fob's files: %w", err)
	}
	keys := stash.NewKeyring(keyringService)
	sessions := keys.Under(stash.SessionService) // one worker for both
	c.made = &desk.Setup{
		Dirs: dirs, State: config.OpenState(dirs.StatePath()), Options: c.options(), Getenv: os.Getenv,
		Version: a.Version, Given: a.session, ByFlag: c.sessionFile != "", Terminal: terminal, ReadOnly: c.readOnly,
		Keys: keys,
		Sessions: func(profile string) map[desk.SessionStore]desk.Keeper {
			path := dirs.SessionPath(profile)
			return map[desk.SessionStore]desk.Keeper{
				desk.SessionInKeyring: stash.NewSessionKeyring(sessions, dirs.SessionAccount(profile), path),
				desk.SessionInFile:    stash.SessionFile{Path: path},
			}
		},
		ProbeStore:  sessions.Try,
		OpenBrowser: browserHere(os.Getenv),
		OnExchange:  log.ofPlatform(),
		OnSignIn:    log.ofSigningIn(),
	}
	c.made.Bind(ctx)
	a.made.Store(c.made)
	return c.made, nil
}

// connect opens the platform that flags, environment and profile name. terminal may be nil. It fails with
// errNotSignedIn where there is no session, and with a *usageError where what is set can't be used.
func (a *app) connect(ctx context.Context, c *connection, terminal io.Writer) (*desk.Desk, error) {
	s, err := a.setup(ctx, c, terminal)
	if err != nil {
		return nil, err
	}
	d, err := a.openTarget(ctx, s, desk.Target{})
	if err != nil {
		return nil, err
	}
	if !d.HasSession(ctx) {
		d.Close()
		return nil, errNotSignedIn
	}
	// A keyring that is locked asks a person for its password, which takes longer than a request may.
	if err := a.withKeyring(ctx, d.LoadSession); err != nil {
		d.Close()
		return nil, err
	}
	a.looks.Store(&look{d, c.cmd.Name() != "rotate"})
	return d, nil
}

// openTarget opens a target, with errors as connect has them.
func (a *app) openTarget(ctx context.Context, s *desk.Setup, to desk.Target) (*desk.Desk, error) {
	d, err := s.Open(ctx, to)
	switch {
	case errors.Is(err, desk.ErrNoAddress) && !a.session.IsZero():
		return nil, wrongUsage("set FOB_API_URL or --api-url, for example to https://api.cloud.deepset.ai", "no platform's address is given")
	case errors.Is(err, desk.ErrNoAddress):
		return nil, errNotSignedIn
	case err != nil:
		return nil, settingsFailure(err)
	}
	a.desk.Store(d)
	return d, nil
}

// settingsFailure is an error of the settings as one of wrong usage.
func settingsFailure(err error) error {
	var wrong *config.SettingsError
	var unknown *config.UnknownProfileError
	switch {
	case errors.As(err, &wrong):
		return wrongUsage("nothing of that file is used until it is mended", "%w", err)
	case errors.As(err, &unknown):
		return wrongUsage("fob profile list shows them", "%w", err)
	}
	return wrongUsage("look at FOB_API_URL, --api-url, --ca-file and the profile", "%w", err)
}

// keyringService is the name under which the OS keyring has fob's keys.
const keyringService = "fob"

// maxSession is the longest session that is taken from a file, in bytes.
const maxSession = 64 << 10

// sessionOf reads the session in a file, which may end in a newline.
func (a *app) sessionOf(path string) (secret.Value, error) {
	file, err := os.Open(path)
	if err != nil {
		return secret.Value{}, wrongUsage("look at --session-file", "the session file can't be read: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSession+1))
	if err != nil {
		return secret.Value{}, wrongUsage("look at --session-file", "the session file can't be read: %w", err)
	}
	text := strings.TrimSpace(string(data))
	clear(data)
	if text == "" || len(text) > maxSession || strings.ContainsAny(text, " \t\r\n") {
		return secret.Value{}, wrongUsage("it holds one session and nothing else", "there is no session in %s", path)
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		a.warn(fmt.Sprintf("others can read the session file: chmod 600 %s", path))
	}
	return secret.New(text), nil
}

// warn says something that stops nothing; while the screens are open it waits for their end.
func (a *app) warn(text string) {
	if a.terminal.Load() != nil {
		a.warnings = append(a.warnings, text)
		return
	}
	a.say("fob: " + text)
}
