package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/secret"
	"fob/client/session"
	"fob/config"
	"fob/ui/desk"
)

// loginOptions are how somebody signs in.
type loginOptions struct {
	connection
	device, browser, withToken bool
	store                      string
}

func (a *app) loginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use: "login", Short: "Sign in to a platform", GroupID: groupAccount,
		Long: "Signs a person in, and keeps the session so that nothing has to be set or pasted again: it is refreshed by\n" +
			"itself. The browser of this machine is opened; over ssh, without a display or with --device you get a short\n" +
			"code to type on any device. --with-token takes a pasted session token instead, from a prompt that shows nothing\n" +
			"or from standard input: where the platform offers no sign-in, or refuses what comes of it.\n\n" +
			"The session is kept in the OS keyring. Where that can't be used you are asked whether a file that only you can\n" +
			"read will do, once for each profile; --store file or --store keyring answers that, and changes what was answered.\n" +
			"It belongs to the address that it was made for, and is never sent to another one.\n\n" +
			"The first time, fob notes the platform as a profile in config.toml: eu, us, or the host's name, unless\n" +
			"--profile says otherwise. fob logout ends the session.",
		Example: "  fob login                                               asks which platform\n" +
			"  fob login --api-url https://api.us.deepset.ai --device\n" +
			"  fob login --profile staging --api-url https://deepset.example.com\n" +
			"  fob login --with-token --api-url https://api.cloud.deepset.ai --store file < token",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return a.login(cmd.Context(), &o)
		},
	}
	o.flags(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.device, "device", false, "with a code, on any device")
	f.BoolVar(&o.browser, "browser", false, "in the browser of this machine, even if it doesn't open by itself")
	f.BoolVar(&o.withToken, "with-token", false, "paste a session token, from a hidden prompt or standard input")
	f.StringVar(&o.store, "store", "", "where the session is kept: `keyring` or file")
	completeWords(cmd, "store", string(desk.SessionInKeyring), string(desk.SessionInFile))
	return cmd
}

func (o *loginOptions) check() error {
	ways := 0
	for _, chosen := range []bool{o.device, o.browser, o.withToken} {
		if chosen {
			ways++
		}
	}
	switch {
	case ways > 1:
		return wrongUsage("take one of them", "--device, --browser and --with-token exclude each other")
	case o.store != "" && o.store != string(desk.SessionInKeyring) && o.store != string(desk.SessionInFile):
		return wrongUsage("fob login --help says what they mean", "--store takes keyring or file")
	case o.sessionFile != "":
		return wrongUsage("fob login --with-token < FILE", "--session-file is for commands that use a session, not for signing in")
	}
	return nil
}

// login signs somebody in.
func (a *app) login(ctx context.Context, o *loginOptions) error {
	d, err := a.loginDesk(ctx, o)
	if err != nil {
		return err
	}
	defer d.Close()
	choice, err := a.loginChoice(ctx, o, d)
	if err != nil {
		return err
	}
	var signed desk.Signed
	signIn := func(ctx context.Context) (err error) {
		signed, err = d.SignIn(ctx, choice, a.tellSignIn())
		return err
	}
	if choice.Way == desk.ByPasting {
		err = a.withKeyring(ctx, signIn)
	} else {
		err = signIn(ctx) // a person takes longer than a keyring does, and is told something else meanwhile
	}
	if signed.Unsaved != nil { // this run ends now, and the session would live on with nobody
		d.GiveUpSession(ctx)
		return fmt.Errorf("nobody was signed in, because the session can't be kept: %w", errors.Unwrap(signed.Unsaved))
	}
	if err != nil {
		return loginFailure(err, choice.Way)
	}
	for _, text := range signed.Warnings {
		a.warn(text)
	}
	organization, err := a.loginOrganization(ctx, o, d, signed)
	if err != nil {
		return err
	}
	name := signed.Name
	if name == "" {
		name = signed.Email
	}
	a.say(fmt.Sprintf("signed in as %s%s at %s, profile %s", name, organization, d.Origin(), d.LoginProfile()))
	if where := d.SessionPlace(); where != "" {
		a.say("the session is kept in " + where + otherwise(choice, d.SessionChosen()))
	}
	return nil
}

// loginDesk opens the platform that somebody signs in to: the one that flags, environment or the profile name, and
// otherwise the one that is chosen at a terminal.
func (a *app) loginDesk(ctx context.Context, o *loginOptions) (*desk.Desk, error) {
	if !a.session.IsZero() {
		a.warn("FOB_SESSION_TOKEN is set, and goes before the session of fob login wherever it is")
		a.session = secret.Value{}
	}
	s, err := a.setup(ctx, &o.connection, nil)
	if err != nil {
		return nil, err
	}
	s.Given = secret.Value{}
	to := desk.Target{Anew: true}
	if name := o.newProfile(ctx, s); name != "" {
		if err := config.CheckProfileName(name); err != nil {
			return nil, wrongUsage("fob login --profile eu --api-url https://api.cloud.deepset.ai", "%w", err)
		}
		to.NewProfile = name
		s.Options["profile"] = config.Option{Name: "profile", Changed: true} // none: it is made when somebody has signed in
	}
	d, err := a.openTarget(ctx, s, to)
	if !errors.Is(err, errNotSignedIn) {
		return d, err
	}
	q, asks := a.questions()
	if !asks {
		return nil, wrongUsage("--api-url says it, for example https://api.cloud.deepset.ai", "it isn't known which platform to sign in to")
	}
	to.APIURL, err = askAddress(ctx, q)
	if err != nil {
		return nil, err
	}
	return a.openTarget(ctx, s, to)
}

// newProfile is the name of --profile if no profile is called so yet, otherwise "".
func (o *loginOptions) newProfile(ctx context.Context, s *desk.Setup) string {
	if o.profile == "" {
		return ""
	}
	list, err := s.Profiles(ctx, "")
	if err != nil {
		return ""
	}
	for _, p := range list {
		if p.Name == o.profile {
			return ""
		}
	}
	return o.profile
}

// askAddress asks which platform is meant.
func askAddress(ctx context.Context, q *questions) (string, error) {
	var choices []choice
	for _, p := range desk.Platforms() {
		choices = append(choices, choice{p.Label, p.APIURL})
	}
	at, err := q.choose(ctx, "Which platform?", append(choices, choice{"another address", ""}), 0)
	if err != nil {
		return "", err
	}
	if at < len(choices) {
		return choices[at].note, nil
	}
	address, err := q.text(ctx, "Its address, https://host", "", func(text string) error {
		_, err := client.OriginOf(desk.WithScheme(text))
		return err
	})
	return desk.WithScheme(address), err
}

// loginChoice is the way, and where the session goes.
func (a *app) loginChoice(ctx context.Context, o *loginOptions, d *desk.Desk) (c desk.SignInChoice, err error) {
	if c.Store, c.Answered, err = a.loginStore(ctx, o, d); err != nil {
		return c, err
	}
	switch {
	case o.withToken: // which needs nothing of what the platform offers
		c.Way = desk.ByPasting
	case o.device:
		c.Way = desk.ByCode
	case o.browser:
		c.Way = desk.ByBrowser
	default:
		c.Way = desk.ByAny
	}
	if c.Way == desk.ByPasting {
		c.Pasted, err = a.pastedSession(ctx)
	}
	return c, err
}

func (a *app) pastedSession(ctx context.Context) (secret.Value, error) {
	v, err := a.pasted(ctx, "The session token (nothing is shown):")
	if err != nil {
		return v, err
	}
	if v.IsZero() {
		return v, wrongUsage("paste it, or give it on standard input", "no session token was given")
	}
	return v, nil
}

// tellSignIn says on the error output what the person has to do elsewhere, so that it can be read aloud and copied.
func (a *app) tellSignIn() func(desk.SignInNotice) {
	var last desk.SignInNotice
	return func(n desk.SignInNotice) {
		if n == last {
			return
		}
		last = n
		switch {
		case n.Keeping:
			if isTerminal(a.Err) {
				a.say("fob: keeping the session; your keyring may ask for its password")
			}
			return
		case n.Code != "":
			if n.NotOpened {
				a.say("No browser could be opened here.")
			}
			a.say("On any device, open")
			a.say("  " + n.Address)
			a.say("and enter the code")
			a.say("  " + n.Code)
			if n.Direct != "" && n.Direct != n.Address {
				a.say("or open this address, which has it already: " + n.Direct)
			}
		case n.Address != "" && n.Opening:
			a.say("Opening your browser. If it shows nothing, open this address on this machine:")
			a.say("  " + n.Address)
		case n.Address != "" && n.NotOpened:
			a.say("Your browser could not be opened. Open this address on this machine:")
			a.say("  " + n.Address)
		case n.Address != "":
			a.say("Open this address in a browser on this machine:")
			a.say("  " + n.Address)
		default:
			return
		}
		a.say("fob: waiting for you (ctrl+c leaves)")
	}
}

// loginOrganization has a person in several organizations choose one, unless they did before. It returns what is said
// of it.
func (a *app) loginOrganization(ctx context.Context, o *loginOptions, d *desk.Desk, signed desk.Signed) (string, error) {
	profile := d.LoginProfile()
	words := inWords(signed.Organization)
	last := o.made.LastOrganization(ctx, profile)
	if !signed.Several {
		switch {
		case o.organizationID != "":
			o.made.Choose(ctx, profile, o.organizationID)
		case last != "":
			o.made.Choose(ctx, profile, "") // it was another person's
		}
		return words, nil
	}
	list, err := d.Organizations(ctx)
	if err != nil {
		return words, err
	}
	choices, names := make([]choice, len(list)), make([]string, len(list))
	preset := 0
	for i, one := range list {
		choices[i], names[i] = choice{one.Name, one.ID}, one.Name+" ("+one.ID+")"
		if one.ID == last {
			return inWords(one.Name), nil
		}
		if one.ID == signed.OrganizationID {
			preset = i
		}
	}
	q, asks := a.questions()
	if !asks {
		o.made.Choose(ctx, profile, "")
		a.warn("you belong to several organizations, and this is the first; fob login --organization-id chooses: " + strings.Join(names, ", "))
		return words, nil
	}
	at, err := q.choose(ctx, "Which organization?", choices, preset)
	if err != nil {
		return words, err
	}
	o.made.Choose(ctx, profile, list[at].ID)
	return inWords(list[at].Name), nil
}

func inWords(organization string) string {
	if organization == "" {
		return ""
	}
	return " in " + organization
}

// loginFailure adds what to do about it.
func loginFailure(err error, way desk.SignInWay) error {
	switch {
	case errors.Is(err, session.ErrNotOffered), errors.Is(err, session.ErrNoWay):
		return wrongUsage("fob login --with-token takes a pasted session token", "%w", err)
	case errors.Is(err, session.ErrDenied), errors.Is(err, session.ErrTimedOut):
		return &codeError{error: fmt.Errorf("%w; nobody was signed in", err), code: exitRefused}
	case !client.IsForbidden(err) && !client.IsUnauthorized(err):
		return err
	case way == desk.ByPasting: // the cause's own advice, to sign in again, would be wrong here and below
		return &codeError{error: errors.New("the platform does not take this session token: " + err.Error()), code: exitRefused}
	default:
		return &codeError{error: errors.New("you signed in, but " + err.Error() + "; whether the platform takes such sessions is not published: fob login --with-token takes a pasted one"), code: exitRefused}
	}
}
