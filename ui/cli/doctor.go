package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"fob/client/session"
	"fob/config"
	"fob/config/stash"
	"fob/ui"
	"fob/ui/desk"
	"fob/ui/desk/doctor"
)

// doctorService is the name under which the doctor writes into the keyring, to try it: never the one of people's keys.
const doctorService = "fob-doctor"

func (a *app) doctorCommand() *cobra.Command {
	var (
		to     connection
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at what fob depends on, and say what to do", GroupID: groupFob,
		Long: "Looks at the terminal, the keyring, fob's files, the way to the platform, the session and the versions, all at\n" +
			"the same time, and writes a line for each: ok, warn, fail or skipped, what was seen, and what to do about it.\n" +
			"Nothing has to be set up for it, nothing is changed (what it writes to try the keyring and the folders it\n" +
			"deletes at once), and no secret is in what it writes.\n\n" +
			"The exit code is 1 if something is wrong; a warning alone is 0.",
		Example: "  fob doctor\n  fob doctor --json > doctor.json",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.doctor(cmd.Context(), &to, asJSON)
		},
	}
	to.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

func (a *app) doctor(ctx context.Context, to *connection, asJSON bool) error {
	log, err := a.openLog(to.logFile)
	if err != nil {
		return err
	}
	found := a.bearings(ctx, to)
	screen, done := a.screen()
	defer done()
	// Whoever interrupts twice gets the terminal back as well.
	a.inFlight.Store(&done)
	defer a.inFlight.Store(nil)
	findings := doctor.Examine(ctx, doctor.Patient{
		Version: a.Version, Screen: screen, Getenv: os.Getenv, Keyring: stash.NewKeyring(doctorService),
		Dirs: config.DefaultDirs, APIURL: found.APIURL, CAFile: found.CAFile.Value, OnExchange: log.ofPlatform(),
		Identity: doctor.Identity{
			Session:        func(ctx context.Context) (doctor.Held, error) { return a.held(ctx, to) },
			OrganizationID: found.Organization.Value, ReadOnly: to.readOnly || found.ReadOnly.Yes(),
		},
		Slow: func(names []string) {
			a.say("fob: still looking at " + strings.Join(names, ", ") + " (ctrl+c leaves)")
		},
	})
	done()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if asJSON {
		err = writeJSON(a.Out, newDoctorOutput(findings))
	} else {
		err = a.writeFindings(findings)
	}
	if err != nil {
		return err
	}
	return unwell(findings)
}

// bearingsWithin is how long config.toml and the state may take to be read.
const bearingsWithin = 2 * time.Second

// bearings are the settings, of flags and environment alone where the profiles can't be read: that is told by a line of
// its own.
func (a *app) bearings(ctx context.Context, to *connection) config.Connection {
	ctx, cancel := context.WithTimeout(ctx, bearingsWithin)
	defer cancel()
	found := make(chan config.Connection, 1)
	go func() {
		if dirs, err := config.DefaultDirs(); err == nil {
			s := &desk.Setup{Dirs: dirs, State: config.OpenState(dirs.StatePath()), Options: to.options(), Getenv: os.Getenv}
			if conn, err := s.Connection(ctx); err == nil {
				found <- conn
			}
		}
		close(found)
	}()
	select {
	case conn, ok := <-found:
		if ok {
			return conn
		}
	case <-ctx.Done():
	}
	options := to.options()
	options["profile"] = config.Option{Name: "profile", Changed: true}      // none
	conn, _ := config.Choice{Options: options, Getenv: os.Getenv}.Resolve() // only a profile could fail it
	return conn
}

// held is the session of a file, of the environment, or of fob login; none where nobody is signed in.
func (a *app) held(ctx context.Context, to *connection) (doctor.Held, error) {
	switch {
	case to.sessionFile != "":
		v, err := a.sessionOf(to.sessionFile)
		return doctor.Held{Value: v, From: "--session-file", Given: true}, err
	case !a.session.IsZero():
		return doctor.Held{Value: a.session, From: config.EnvSessionToken, Given: true}, nil
	}
	s, err := a.setup(ctx, to, nil)
	if err != nil {
		return doctor.Held{}, nil
	}
	d, err := s.Open(ctx, desk.Target{})
	if err != nil || !d.HasSession(ctx) {
		return doctor.Held{}, nil
	}
	defer d.Close()
	v, err := d.Session(ctx)
	if errors.Is(err, session.ErrNone) {
		return doctor.Held{}, nil
	}
	held := doctor.Held{Value: v, From: "fob login"}
	if state, store, own := d.SessionState(); own {
		held.From, held.Renewed = "fob login, kept in the "+string(store)+d.SessionChosen(), state.Renewable
	}
	return held, err
}

// screen is the terminal, and asks it what it is. done has to be called once nothing is waited for any more.
func (a *app) screen() (s doctor.Screen, done func()) {
	s = doctor.Screen{
		In: isTerminal(a.In), Out: isTerminal(a.Out), MinWidth: ui.MinWidth, MinHeight: ui.MinHeight,
		UTF8: utf8Locale(os.Getenv), Gone: ui.ErrHungUp, Garbled: ui.ErrGarbled,
	}
	done = func() {}
	if !s.Out {
		return s, done
	}
	s.Writer = a.Out
	if width, height, err := term.GetSize(int(a.Out.Fd())); err == nil {
		s.Width, s.Height = width, height
	}
	switch name := os.Getenv("TERM"); {
	case !s.In:
		return s, done
	case name == "" || name == "dumb":
		s.Unasked = errors.New("TERM says that it understands no questions")
		return s, done
	}
	asked, err := ui.AskTerminal(a.In, a.Out)
	if err != nil {
		s.Unasked = err
		return s, done
	}
	s.Ask = asked.Answer
	return s, asked.Close
}

// unwell is the error of findings of which one or more are wrong.
func unwell(findings []doctor.Finding) error {
	var wrong []string
	for _, f := range findings {
		if f.State == doctor.Fail {
			wrong = append(wrong, f.Name)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("something is wrong with: %s", strings.Join(wrong, ", "))
}

// doctorOutput is what fob doctor --json writes. Checks have a fixed order; more may come.
type doctorOutput struct {
	Schema int           `json:"schema"`
	OK     bool          `json:"ok"`    // nothing is wrong; a warning alone is ok
	AsOf   time.Time     `json:"as_of"` // UTC, by this machine's clock
	Checks []checkOutput `json:"checks"`
}

type checkOutput struct {
	Check  string         `json:"check"`
	State  string         `json:"state"` // "ok", "warn", "fail" or "skipped"
	Seen   string         `json:"seen"`
	Advice *string        `json:"advice"` // null: nothing is to be done
	TookMS int64          `json:"took_ms"`
	Facts  map[string]any `json:"facts"` // the same for programs, by names that the schema lists
}

func newDoctorOutput(findings []doctor.Finding) doctorOutput {
	o := doctorOutput{Schema: 1, OK: unwell(findings) == nil, AsOf: time.Now().UTC(), Checks: make([]checkOutput, len(findings))}
	for i, f := range findings {
		c := checkOutput{Check: f.Name, State: string(f.State), Seen: f.Seen, Advice: unlessEmpty(f.Advice), TookMS: f.Took.Milliseconds(), Facts: f.Facts}
		if c.Facts == nil {
			c.Facts = map[string]any{}
		}
		o.Checks[i] = c
	}
	return o
}
