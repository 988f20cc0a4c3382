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

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui"
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
	to.resolve()
	onExchange, err := a.openLog(to.logFile)
	if err != nil {
		return err
	}
	screen, done := a.screen()
	defer done()
	// Whoever interrupts twice gets the terminal back as well.
	a.inFlight.Store(&done)
	defer a.inFlight.Store(nil)
	findings := doctor.Examine(ctx, doctor.Patient{
		Version: a.Version, Screen: screen, Getenv: os.Getenv, Keyring: stash.NewKeyring(doctorService),
		Dirs: config.DefaultDirs, APIURL: to.apiURLSetting, CAFile: to.caFile, Identity: a.identity(to), OnExchange: onExchange,
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

// identity is as whom the doctor asks: the session of a file, or of the environment.
func (a *app) identity(to *connection) doctor.Identity {
	who := doctor.Identity{From: config.EnvSessionToken, OrganizationID: to.organizationSetting.Value}
	who.Session = func(context.Context) (secret.Value, error) { return a.session, nil }
	if path := to.sessionFile; path != "" {
		who.From = "--session-file"
		who.Session = func(context.Context) (secret.Value, error) { return a.sessionOf(path) }
	}
	return who
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
