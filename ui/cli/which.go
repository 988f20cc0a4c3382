package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// whichOutput is what fob which --json writes. Nothing of what was pasted is in it.
type whichOutput struct {
	Schema   int           `json:"schema"`
	Form     string        `json:"form"`   // what it is: "a whole key", "a masked key", …
	Claims   *whichClaims  `json:"claims"` // what it says of itself; null: nothing
	Stash    whichStash    `json:"stash"`
	Platform whichPlatform `json:"platform"`
}

type whichClaims struct {
	ID        *string    `json:"id"`
	Subject   *string    `json:"subject"`
	Name      *string    `json:"name"`
	IssuedAt  *time.Time `json:"issued_at"`  // UTC
	ExpiresAt *time.Time `json:"expires_at"` // UTC; null: never, or it doesn't say
}

type whichStash struct {
	Unread int               `json:"unread"` // keys whose secret could not be read to compare
	Keys   []whichStashMatch `json:"keys"`
}

type whichStashMatch struct {
	stashKey
	guessOutput
}

type whichPlatform struct {
	Asked    bool                 `json:"asked"`
	Complete bool                 `json:"complete"` // the whole list was looked through
	Why      *string              `json:"why"`      // why it was not asked, or not wholly
	Keys     []whichPlatformMatch `json:"keys"`
}

type whichPlatformMatch struct {
	keyOutput
	guessOutput
}

type guessOutput struct {
	Certainty string `json:"certainty"` // "certain", "likely" or "unknown"
	Why       string `json:"why"`
}

func (a *app) whichCommand() *cobra.Command {
	var (
		to     connection
		asJSON bool
	)
	cmd := &cobra.Command{
		Use: "which", Short: "Say which key a pasted key, or a part of one, is", GroupID: groupStash,
		Long: "Reads a key, or a part of one, from a prompt that shows nothing or from standard input, and says which key it\n" +
			"is: by what it says of itself, by the stash of this machine and, if FOB_API_URL and a session lead there, by\n" +
			"the platform's list. How sure each answer is, is said: certain, likely or unknown. The key is not kept, not\n" +
			"sent anywhere and not shown.\n\n" +
			"A part may be the last four characters or more, a masked key such as api_…k3Qz, or the middle of the three\n" +
			"parts of a key, which says most. A whole line of a log or of an env file will do.\n" +
			"If nothing is found the exit code is 5.",
		Example: "  fob which                     asks for it\n  wl-paste | fob which --json\n  echo …k3Qz | fob which",
		Args:    a.noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.which(cmd.Context(), &to, asJSON)
		},
	}
	to.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}

// errUnrecognized is the end of a search for a key that found none.
var errUnrecognized = errors.New("no key was recognized in it")

func (a *app) which(ctx context.Context, to *connection, asJSON bool) error {
	s, err := a.openStash()
	if err != nil {
		return err
	}
	text, err := a.pasted(ctx, "The key, or a part of one (nothing is shown):")
	if err != nil {
		return err
	}
	clue, err := desk.ReadClue(text)
	if err != nil {
		return wrongUsage("paste the key, four of its last characters, or its middle part", "%w", err)
	}
	r := desk.Recognized{Clue: clue}
	err = a.withKeyring(ctx, func(ctx context.Context) (err error) {
		r.Stash, r.Unread, err = s.Recognize(ctx, clue)
		return err
	})
	if err != nil {
		return err
	}
	platform, failed := a.whichOnPlatform(ctx, to, &r)
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if asJSON {
		err = writeJSON(a.Out, newWhichOutput(r, platform))
	} else {
		err = a.writeWhich(r, platform)
	}
	switch {
	case err != nil:
		return err
	case failed != nil:
		return &partlyError{"the platform could not be asked: " + failed.Error(), "what is said is by this machine alone"}
	case len(r.Stash) == 0 && len(r.Platform) == 0:
		return &codeError{error: errUnrecognized, code: exitNotFound}
	}
	return nil
}

// whichOnPlatform looks through the platform's list, if there is one to ask and something to look for. A platform that
// was to be asked and could not be is told as failed.
func (a *app) whichOnPlatform(ctx context.Context, to *connection, r *desk.Recognized) (p whichPlatform, failed error) {
	why := func(text string) whichPlatform { return whichPlatform{Why: &text} }
	if !r.Tells {
		return why("the platform shows nothing of a secret, and this part says nothing of itself"), nil
	}
	d, err := a.connect(ctx, to, nil)
	switch {
	case errors.Is(err, errNotSignedIn):
		return why("not signed in"), nil
	case err != nil:
		return why(visible.Line(err.Error())), err
	}
	_ = learnNames(ctx, d)
	list, err := d.Keys(ctx, client.Scope{}, a.tellWaiting())
	if err != nil {
		return why(visible.Line(err.Error())), err
	}
	r.Platform = desk.RecognizeKey(r.Claims, list.Rows, list.Complete)
	p = whichPlatform{Asked: true, Complete: list.Complete}
	if !list.Complete {
		text := partial(list)
		p.Why, failed = &text, errors.New(text)
	}
	return p, failed
}

func newWhichOutput(r desk.Recognized, p whichPlatform) whichOutput {
	o := whichOutput{Schema: 1, Form: string(r.Form), Stash: whichStash{r.Unread, []whichStashMatch{}}, Platform: p}
	o.Platform.Keys = []whichPlatformMatch{}
	if r.Tells {
		o.Claims = &whichClaims{
			ID: unlessEmpty(r.Claims.ID), Subject: unlessEmpty(r.Claims.Subject), Name: unlessEmpty(r.Claims.Name),
			IssuedAt: utc(r.Claims.IssuedAt), ExpiresAt: utc(r.Claims.ExpiresAt),
		}
	}
	for _, m := range r.Stash {
		o.Stash.Keys = append(o.Stash.Keys, whichStashMatch{newStashKey(m.Stashed), guessOutput{string(m.Certainty), m.Why}})
	}
	for _, m := range r.Platform {
		o.Platform.Keys = append(o.Platform.Keys, whichPlatformMatch{newKeyOutput(m.Row), guessOutput{string(m.Certainty), m.Why}})
	}
	return o
}

// writeWhich writes a line for each fact.
func (a *app) writeWhich(r desk.Recognized, p whichPlatform) error {
	now, zone := time.Now(), time.Local
	facts := []fact{{"what it is", string(r.Form)}}
	if r.Tells {
		for _, f := range []fact{{"it calls itself", r.Claims.Name}, {"its own id", r.Claims.ID}, {"its subject", r.Claims.Subject}} {
			if f.text != "" {
				facts = append(facts, f)
			}
		}
		if at, ok := r.Claims.IssuedAt.Get(); ok {
			facts = append(facts, fact{"made", moment(at, now, zone)})
		}
		end := "never, as it says itself"
		if at, ok := r.Claims.ExpiresAt.Get(); ok {
			end = moment(at, now, zone)
		}
		facts = append(facts, fact{"ends", end})
	}
	for _, m := range r.Stash {
		facts = append(facts, fact{"in the stash", fmt.Sprintf("%s, %s: %s", m.Label(), m.Certainty, m.Why)})
	}
	if len(r.Stash) == 0 {
		facts = append(facts, fact{"in the stash", "none that it is of"})
	}
	if r.Unread > 0 {
		facts = append(facts, fact{"", fmt.Sprintf("%d keys of the stash could not be read to compare", r.Unread)})
	}
	for _, m := range r.Platform {
		facts = append(facts, fact{"on the platform", fmt.Sprintf("%s, %s, %s; %s: %s", m.Row.Label(), m.Row.Scope, m.Row.Status, m.Certainty, m.Why)})
	}
	switch {
	case !p.Asked:
		facts = append(facts, fact{"on the platform", "not asked: " + *p.Why})
	case len(r.Platform) == 0 && p.Complete:
		facts = append(facts, fact{"on the platform", "none that it fits: it may be revoked, or of another organization"})
	case len(r.Platform) == 0:
		facts = append(facts, fact{"on the platform", "none in the part of the list that could be read"})
	}
	out := bufio.NewWriter(a.Out)
	writeFacts(out, facts, a.labelWidth(facts), a.takesUTF8())
	return out.Flush()
}
