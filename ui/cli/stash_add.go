package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
	"fob/ui/desk"
)

// addOptions are what fob stash add is asked.
type addOptions struct {
	connection
	file, variable, name string
	yes, dryRun, asJSON  bool
}

// stashAddedOutput is what fob stash add --json writes.
type stashAddedOutput struct {
	Schema    int      `json:"schema"`
	Added     bool     `json:"added"` // false: it was there already, or it was a --dry-run
	Key       stashKey `json:"key"`
	Certainty string   `json:"certainty"` // how sure its id is: "certain", "likely" or "unknown"
	Why       string   `json:"why"`
}

func (a *app) stashAddCommand() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use: "add", Short: "Take in a key that lies around: from an env file, a hidden prompt or standard input",
		Long: "Takes a key into the OS keyring and the stash. The key comes from an env file, which stays as it is, from a\n" +
			"prompt that shows nothing, or from standard input; no argument takes one.\n\n" +
			"What the key says of itself is compared with the platform's list, if FOB_API_URL and a session lead there, to\n" +
			"find out which key it is; how sure that is, is said. Nothing is sent to the platform but the question for its\n" +
			"list. Without a connection, --api-url or the env file's API_URL says which platform it is for.",
		Example: "  fob stash add --from-file .env\n" +
			"  fob stash add --api-url https://api.cloud.deepset.ai       asks for the key\n" +
			"  pass show deepset | fob stash add --yes --json",
		Args: a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.stashAdd(cmd.Context(), &o) },
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.file, "from-file", "", "env `FILE` that the key lies in; it isn't changed")
	cmd.Flags().StringVar(&o.variable, "variable", "", "`NAME` of the variable in the file, if several have a key")
	cmd.Flags().StringVar(&o.name, "name", "", "what the stash calls the key, if the platform doesn't tell: `NAME`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "don't ask")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "say what would be stored, and store nothing")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "the result as JSON, for scripts")
	return cmd
}

// source is a key that lies around, and what stands around it.
type source struct {
	key      secret.Value
	variable string // of the env file
	line     int    // in it
	address  string // of the platform, as the file has it
}

// label says where the key lies, for people.
func (s source) label(o *addOptions) string {
	if o.file == "" {
		return ""
	}
	return fmt.Sprintf(" (%s in %s, line %d)", s.variable, visible.Line(o.file), s.line)
}

func (a *app) stashAdd(ctx context.Context, o *addOptions) error {
	if o.variable != "" && o.file == "" {
		return wrongUsage("--from-file names the file", "--variable is of a file, and none is given")
	}
	s, err := a.openStash()
	if err != nil {
		return err
	}
	from, err := a.source(ctx, o)
	if err != nil {
		return err
	}
	origin, err := a.originOf(ctx, o, from)
	if err != nil {
		return err
	}
	var (
		there  *desk.Stashed
		unread int
	)
	err = a.withKeyring(ctx, func(ctx context.Context) (err error) {
		there, unread, err = s.Holding(ctx, from.key)
		return err
	})
	if err != nil {
		return err
	}
	if there != nil {
		a.say("fob: that key is in the stash already: " + there.Label())
		return a.added(o, *there, false, desk.Guess{Certainty: desk.Certain, Why: "it is in the stash already"})
	}
	if unread > 0 {
		a.warn(fmt.Sprintf("%d keys of the stash could not be read: whether one of them is this one isn't known", unread))
	}
	addition := desk.Addition{Secret: from.key, Origin: origin, Name: o.name, File: o.file, Variable: from.variable}
	claims, err := client.ClaimsOf(from.key)
	if err != nil {
		return wrongUsage("take the whole key", "that is no whole key: what it says of itself can't be read")
	}
	if addition.Name == "" {
		addition.Name = claims.Name
	}
	guess := a.identify(ctx, o, claims, &addition)
	if at, ok := claims.ExpiresAt.Get(); ok && at.Before(time.Now()) {
		a.warn("the key has expired: it ended " + moment(at, time.Now(), time.Local))
	}
	if o.dryRun {
		a.say("fob: would store " + described(o, from, addition, guess) + " in the OS keyring")
		return nil
	}
	if err := a.agreed(ctx, o.yes, "Store "+described(o, from, addition, guess)+" in the OS keyring of this machine?"); err != nil {
		return err
	}
	var e desk.Stashed
	err = a.withKeyring(ctx, func(ctx context.Context) (err error) {
		e, err = s.Add(ctx, addition)
		return err
	})
	if err != nil {
		return err
	}
	a.say("fob: " + e.Label() + " is kept in the OS keyring: stored, read back and compared")
	if o.file != "" {
		a.say("fob: " + visible.Line(o.file) + " is as it was: the key is in there, too")
	}
	return a.added(o, e, true, guess)
}

func (a *app) added(o *addOptions, e desk.Stashed, added bool, g desk.Guess) error {
	if !o.asJSON {
		return nil
	}
	return writeJSON(a.Out, stashAddedOutput{1, added, newStashKey(e), string(g.Certainty), g.Why})
}

// described is what would be stored, and how sure it is which key that is.
func described(o *addOptions, from source, a desk.Addition, g desk.Guess) string {
	text := from.key.Masked(8) + from.label(o)
	switch {
	case a.Row != nil:
		text += fmt.Sprintf(", which is certainly %s (%s),", a.Row.Label(), g.Why)
	case g.Certainty == desk.Likely:
		text += ", which is likely " + g.Why + ","
	default:
		text += ", of which it isn't known which key it is (" + g.Why + "),"
	}
	return text
}

// source reads the key from where it lies.
func (a *app) source(ctx context.Context, o *addOptions) (source, error) {
	if o.file != "" {
		return sourceIn(o.file, o.variable)
	}
	text, err := a.pasted(ctx, "The key (nothing is shown):")
	if err != nil {
		return source{}, err
	}
	clue, err := desk.ReadClue(text)
	key, whole := clue.Key()
	if err != nil || !whole {
		return source{}, wrongUsage("a key is api_ and the three parts of a JWT; fob which says what a part of one is of", "that is no whole key")
	}
	return source{key: key}, nil
}

// sourceIn finds the key in an env file. The file is only read.
func sourceIn(file, variable string) (source, error) {
	all, err := stash.ReadEnvFile(file)
	if err != nil {
		return source{}, wrongUsage("look at --from-file", "the env file can't be read: %w", err)
	}
	var found []source
	last := map[string]secret.Value{}
	for _, v := range all {
		last[v.Name] = v.Value
		if variable != "" && v.Name != variable || !client.LooksLikeKey(v.Value) {
			continue
		}
		found = slices.DeleteFunc(found, func(s source) bool { return s.variable == v.Name }) // readers take the last
		found = append(found, source{key: v.Value, variable: v.Name, line: v.Line})
	}
	if len(found) == 0 {
		what := "no variable of " + visible.Line(file) + " has a key"
		if variable != "" {
			what = visible.Line(variable) + " in " + visible.Line(file) + " has no key"
		}
		return source{}, wrongUsage("a key is api_ and the three parts of a JWT", "%s", what)
	}
	names := make([]string, len(found))
	same := true
	for i, s := range found {
		names[i] = s.variable
		same = same && s.key.Equal(found[0].key)
	}
	if !same {
		return source{}, wrongUsage("--variable chooses one: "+visible.Line(strings.Join(names, ", ")), "%s has several keys", visible.Line(file))
	}
	one := found[0]
	for _, r := range stash.Readers() {
		if v, ok := last[r.Address]; ok && r.Key == one.variable {
			one.address = stash.AddressIn(v)
		}
	}
	return one, nil
}

// originOf finds out which platform a key is for: what stands beside it says so, otherwise flags and environment do.
func (a *app) originOf(ctx context.Context, o *addOptions, from source) (string, error) {
	setup, err := a.setup(ctx, &o.connection, nil)
	if err != nil {
		return "", err
	}
	conn, err := setup.Connection(ctx)
	if err != nil {
		return "", settingsFailure(err)
	}
	given := conn.APIURL
	address := given.Value
	if from.address != "" {
		address = from.address
	}
	if address == "" {
		return "", wrongUsage("--api-url, FOB_API_URL or a profile says it, for example https://api.cloud.deepset.ai", "it isn't known which platform the key is for")
	}
	origin, err := desk.OriginOf(address)
	if err != nil {
		return "", wrongUsage("look at --api-url, FOB_API_URL and the env file", "%w", err)
	}
	if o.cmd.Flags().Changed("api-url") {
		if asked, err := desk.OriginOf(given.Value); err != nil || asked != origin {
			return "", wrongUsage("leave out --api-url if the file is right", "the env file says that the key is for %s, and --api-url says another", origin)
		}
	}
	return origin, nil
}

// identify finds out which key it is, if the platform that it is for can be asked, and puts that into the addition if it
// is certain.
func (a *app) identify(ctx context.Context, o *addOptions, claims client.Claims, to *desk.Addition) desk.Guess {
	unknown := func(why string) desk.Guess { return desk.Guess{Certainty: desk.Unknown, Why: why} }
	d, err := a.connect(ctx, &o.connection, nil)
	switch {
	case errors.Is(err, errNotSignedIn):
		return unknown("the platform was not asked: not signed in")
	case err != nil:
		return unknown("the platform was not asked: " + visible.Line(err.Error()))
	case d.Origin() != to.Origin:
		return unknown("the platform was not asked: the session is for another one")
	}
	who := learnNames(ctx, d)
	list, err := d.Keys(ctx, client.Scope{}, a.tellWaiting())
	if err != nil {
		return unknown(visible.Line(err.Error()))
	}
	matches := desk.RecognizeKey(claims, list.Rows, list.Complete)
	if len(matches) == 0 {
		why := "the platform has no key that fits: it may be revoked, or of another organization"
		if !list.Complete {
			why = "the part of the list that could be read has no key that fits"
		}
		return unknown(why)
	}
	best := matches[0]
	for _, m := range matches {
		if m.Certainty == desk.Certain {
			to.Row, to.OrganizationID = m.Row, who.OrganizationID
			return m.Guess
		}
	}
	if best.Certainty == desk.Likely {
		return desk.Guess{Certainty: desk.Likely, Why: best.Row.Label() + ": " + best.Why}
	}
	if len(matches) == 1 {
		return unknown("it may be " + best.Row.Label() + ": " + best.Why)
	}
	return unknown(fmt.Sprintf("it may be any of %d keys", len(matches)))
}
