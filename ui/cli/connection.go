package cli

import (
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
	cmd                                *cobra.Command
	apiURL, organizationID             string
	caFile, sessionFile, logFile       string
	apiURLSetting, organizationSetting config.Setting
}

func (c *connection) flags(cmd *cobra.Command) {
	c.cmd = cmd
	f := cmd.Flags()
	f.StringVar(&c.apiURL, "api-url", "", "`ADDRESS` of the platform (FOB_API_URL)")
	f.StringVar(&c.organizationID, "organization-id", "", "`ID` of the organization, for people in several (FOB_ORGANIZATION_ID)")
	f.StringVar(&c.caFile, "ca-file", "", "`FILE` with more certificate authorities, PEM")
	f.StringVar(&c.logFile, "log", "", "write what is sent and answered to this `FILE`: no header, no body, no secret")
	f.StringVar(&c.sessionFile, "session-file", "", "`FILE` with the session in it (otherwise FOB_SESSION_TOKEN)")
}

// resolve finds the settings in flags and environment.
func (c *connection) resolve() {
	option := func(name, value string) config.Option {
		return config.Option{Name: name, Value: strings.TrimSpace(value), Changed: c.cmd.Flags().Changed(name)}
	}
	c.apiURLSetting = config.Resolve(option("api-url", c.apiURL), config.EnvAPIURL, "")
	c.organizationSetting = config.Resolve(option("organization-id", c.organizationID), config.EnvOrganizationID, "")
}

// connect opens the platform that flags and environment name. terminal may be nil. It fails with errNotSignedIn where
// there is no session, and with a *usageError where what is set can't be used.
func (a *app) connect(c *connection, terminal io.Writer) (*desk.Desk, error) {
	c.resolve()
	if c.sessionFile != "" {
		session, err := a.sessionOf(c.sessionFile)
		if err != nil {
			return nil, err
		}
		a.session = session
	}
	address := c.apiURLSetting.Value
	switch {
	case a.session.IsZero():
		return nil, errNotSignedIn
	case address == "":
		return nil, wrongUsage("set FOB_API_URL or --api-url, for example to https://api.cloud.deepset.ai", "no platform's address is given")
	}
	onExchange, err := a.openLog(c.logFile)
	if err != nil {
		return nil, err
	}
	dirs, err := config.DefaultDirs()
	if err != nil {
		return nil, fmt.Errorf("no place for fob's files: %w", err)
	}
	settings, err := config.Load(dirs.SettingsPath())
	if err != nil {
		return nil, wrongUsage("nothing of that file is used until it is mended", "%w", err)
	}
	d, err := desk.Open(desk.Options{
		APIURL: address, OrganizationID: c.organizationSetting.Value, Session: a.session, CAFile: c.caFile, Version: a.Version,
		Journal: config.OpenJournal(dirs.JournalPath()), Index: stash.OpenIndex(dirs.StashPath()), State: config.OpenState(dirs.StatePath()),
		Keys: stash.NewKeyring(keyringService), Terminal: terminal, Getenv: os.Getenv,
		OnExchange: onExchange, Commands: settings.Destinations,
		Policy: &desk.PolicyFile{Path: dirs.PolicyPath()}, HistoryFolder: dirs.HistoryFolder(),
	})
	if err != nil {
		return nil, wrongUsage("look at FOB_API_URL, --api-url and --ca-file", "%w", err)
	}
	return d, nil
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

// unset tells whether nothing at all says where to connect: then the screens offer what can be done.
func (a *app) unset(c *connection) bool {
	c.resolve()
	return a.session.IsZero() && c.sessionFile == "" && !c.apiURLSetting.IsSet()
}

// warn says something that stops nothing; while the screens are open it waits for their end.
func (a *app) warn(text string) {
	if a.terminal.Load() != nil {
		a.warnings = append(a.warnings, text)
		return
	}
	a.say("fob: " + text)
}
