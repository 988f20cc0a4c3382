package lifecycle

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"fob/client"
)

// The kinds of entries about changing a key.
const (
	EditIntent  Kind = "edit.intent"  // a key is about to be changed
	EditOutcome Kind = "edit.outcome" // what became of it
)

// Altered is one field of a key that is changed, for the journal. A nil side isn't shown by the platform.
type Altered struct {
	Field string  `json:"field"` // "name", "type", "role", "organization role"
	From  *string `json:"from"`
	To    *string `json:"to"`
}

// The fields of a key that can be changed.
const (
	FieldName             = "name"
	FieldType             = "type"
	FieldRole             = "role"
	FieldOrganizationRole = "organization role"
)

// EditedState is what became of a key that was to be changed. Its text is for people.
type EditedState string

// What may become of it.
const (
	Changed        EditedState = "changed"    // the platform said so, or its list shows it
	AsItWas        EditedState = "as it was"  // refused; or unanswered, and the list still shows it unchanged
	MaybeChanged   EditedState = "unknown"    // unanswered, and no list could tell
	AlreadySo      EditedState = "already so" // there was nothing to change; nothing was sent
	NeverAttempted EditedState = "not tried"  // nothing was sent
)

// Done tells whether the key is as it was meant to be.
func (s EditedState) Done() bool { return s == Changed || s == AlreadySo }

// Edited is what Edit found out.
type Edited struct {
	Key      client.Key    // as it is now: what was changed over what was known before
	Sent     client.Change // what was sent: only what differs
	State    EditedState   //
	Warnings []string      // what went wrong beside it: the journal couldn't be written
	At       time.Time     // UTC
}

// Why a key was not changed, where the platform didn't say it.
var (
	errUnchanged = errors.New("the platform did not answer, and the list shows the key as it was; it may change yet")
	errUnshown   = errors.New("the platform did not answer, and no whole list could tell whether the key was changed")
)

// EditPlatform is what an Editor needs of the platform's client. *client.Client is one.
type EditPlatform interface {
	ListKeys(ctx context.Context, scope client.Scope, progress func(client.Progress[client.Key])) (client.Listing[client.Key], error)
	UpdateKey(ctx context.Context, id string, change client.Change) error
}

// Editor changes keys, each with one PATCH and never a second. Platform and Journal are needed; of the rest, the zero
// values are the defaults.
type Editor struct {
	Platform EditPlatform
	Journal  Journal

	Scope        client.Scope // the list that shows the key; asked when a PATCH stays unanswered
	Profile      string       // for the journal
	Who          string       // for the journal
	Origin       string       // for the journal
	Organization string       // for the journal

	Now  func() time.Time                                 // time.Now
	Name func() string                                    // random names for intents; crypto/rand.Text in lower case
	Wait func(ctx context.Context, d time.Duration) error // sleeps for d, or until ctx ends and returns its error

	EditFor time.Duration // how long the PATCH's answer is waited for: 60 s
	FindFor time.Duration // how long the list is asked about an unanswered PATCH: 10 s
}

// ValidateChange tells whether a change can be sent: nil, or Problems.
func ValidateChange(c client.Change) error {
	var all Problems
	if c.Name != nil {
		if text := nameProblem(*c.Name); text != "" {
			all = append(all, Problem{FieldName, text})
		}
	}
	if c.OrganizationRole != nil && !isOrganizationRole(*c.OrganizationRole) {
		all = append(all, Problem{FieldOrganizationRole, "the organization role is not one of " + strings.Join(organizationRoles, ", ")})
	}
	if c.RoleID != nil && !plausible(*c.RoleID) {
		all = append(all, Problem{FieldRole, "the role has no id that could be sent"})
	}
	if all == nil {
		return nil
	}
	return all
}

func isOrganizationRole(text string) bool {
	for _, role := range organizationRoles {
		if role == text {
			return true
		}
	}
	return false
}

// Needed is the part of a change that differs from what the platform shows of the key. What it doesn't show may differ,
// and stays in.
func Needed(key client.Key, c client.Change) client.Change {
	for _, f := range fieldsOf(key, c) {
		if f.same() {
			f.drop(&c)
		}
	}
	return c
}

// Alterations are the fields of a change with their value before and after it, in the order of the fields.
func Alterations(key client.Key, c client.Change) []Altered {
	var all []Altered
	for _, f := range fieldsOf(key, c) {
		a := Altered{Field: f.name, To: &f.to}
		if f.shown {
			a.From = &f.from
		}
		all = append(all, a)
	}
	return all
}

// changing is one field that a change sets.
type changing struct {
	name     string
	from, to string
	shown    bool // from is what the platform shows
	drop     func(*client.Change)
}

func (f changing) same() bool {
	if f.name == FieldOrganizationRole {
		return f.shown && strings.EqualFold(f.from, f.to)
	}
	return f.shown && f.from == f.to
}

func fieldsOf(key client.Key, c client.Change) []changing {
	var all []changing
	if c.Name != nil { // null and "" are both an unnamed key
		all = append(all, changing{FieldName, key.Name.Value, *c.Name, key.Name.Shown(), func(c *client.Change) { c.Name = nil }})
	}
	if c.Personal != nil {
		personal, shown := key.Personal.Get()
		all = append(all, changing{FieldType, typeWord(personal), typeWord(*c.Personal), shown, func(c *client.Change) { c.Personal = nil }})
	}
	if c.RoleID != nil {
		role, shown := key.Role.Get() // a role that comes as a name alone can't be compared
		all = append(all, changing{FieldRole, role.ID, *c.RoleID, shown && role.ID != "", func(c *client.Change) { c.RoleID = nil }})
	}
	if c.OrganizationRole != nil {
		role, shown := key.OrganizationRole.Get()
		all = append(all, changing{FieldOrganizationRole, role, *c.OrganizationRole, shown, func(c *client.Change) { c.OrganizationRole = nil }})
	}
	return all
}

func typeWord(personal bool) string {
	if personal {
		return "personal"
	}
	return "service"
}

// Edit changes the key with key.ID: what differs of change, with one PATCH. The error is nil exactly when the key is
// known to be as change has it; Problems if the change can't be sent. ctx counts before the PATCH, when nothing was sent
// yet; after it, it only ends the pauses of asking the list. A journal that can't be written is a warning, as it is for a
// Revoker: a change can be seen on the platform, and nothing gets lost.
func (e *Editor) Edit(ctx context.Context, key client.Key, change client.Change) (Edited, error) {
	out := Edited{Key: key, State: NeverAttempted, At: e.now().UTC()}
	if err := firstError(ctx.Err(), ValidateChange(change)); err != nil {
		return out, err
	}
	if !plausible(key.ID) {
		return out, errNoID
	}
	out.Sent = Needed(key, change)
	altered := Alterations(key, out.Sent)
	if len(altered) == 0 {
		out.State = AlreadySo
		return out, nil
	}
	entry := Entry{
		Kind: EditIntent, Intent: newName(e.Name), Profile: e.Profile, Who: e.Who, Origin: e.Origin,
		Organization: e.Organization, Workspace: e.Scope.Workspace, KeyID: key.ID, KeyName: clip(key.Name.Value), Altered: altered,
	}
	e.write(ctx, &out, entry)
	err := e.send(ctx, &out)
	out.At = e.now().UTC()
	entry.Kind, entry.Edited, entry.Altered = EditOutcome, out.State, nil
	if err != nil {
		entry.Error = clip(err.Error())
	}
	e.write(ctx, &out, entry)
	return out, err
}

func (e *Editor) send(ctx context.Context, out *Edited) error {
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), orDefault(e.EditFor, answerFor))
	defer cancel()
	err := guard(func() error { return e.Platform.UpdateKey(own, out.Key.ID, out.Sent) })
	switch {
	case err == nil:
		e.done(out)
		return nil
	case !undecided(err) || status(err) == http.StatusNotFound:
		if status(err) != 0 && e.belied(ctx, *out) {
			e.done(out)
			return nil
		}
		out.State = AsItWas
		return err
	}
	return e.ask(ctx, out, err)
}

// done takes in that the platform has made the change.
func (e *Editor) done(out *Edited) {
	out.State = Changed
	lay(&out.Key, out.Sent)
}

// belied takes one look at the list after a refusal: what stands before the platform may refuse what the platform did,
// and a quarantine that nobody knows of would never be released.
func (e *Editor) belied(ctx context.Context, out Edited) bool {
	short, cancel := context.WithTimeout(context.WithoutCancel(ctx), beliedFor)
	defer cancel()
	e.see(short, &out)
	return out.State == Changed
}

// lay puts what was changed over what was known.
func lay(k *client.Key, c client.Change) {
	if c.Name != nil {
		k.Name = client.Some(*c.Name)
	}
	if c.Personal != nil {
		k.Personal = client.Some(*c.Personal)
	}
	if c.RoleID != nil {
		k.Role = client.Some(client.RoleRef{ID: *c.RoleID})
	}
	if c.OrganizationRole != nil {
		k.OrganizationRole = client.Some(*c.OrganizationRole)
	}
}

// ask lets the list tell what became of an unanswered PATCH.
func (e *Editor) ask(ctx context.Context, out *Edited, cause error) error {
	asking{e.Now, e.Wait, e.FindFor}.until(ctx, func(ctx context.Context) bool {
		e.see(ctx, out)
		return out.State == Changed
	})
	switch out.State {
	case Changed:
		return nil
	case AsItWas:
		return errors.Join(errUnchanged, cause)
	default:
		return errors.Join(errUnshown, cause)
	}
}

// see looks at the key in the list. A field that the list doesn't show tells nothing.
func (e *Editor) see(ctx context.Context, out *Edited) {
	out.State = MaybeChanged
	_ = guard(func() error {
		list, err := e.Platform.ListKeys(ctx, e.Scope, nil)
		for _, k := range list.Items {
			if k.ID != out.Key.ID {
				continue
			}
			all := true
			for _, f := range fieldsOf(k, out.Sent) {
				if f.shown && !f.same() {
					out.State = AsItWas
					return nil
				}
				all = all && f.shown
			}
			if all {
				out.State, out.Key = Changed, k
			}
			return nil
		}
		return err
	})
}

func (e *Editor) write(ctx context.Context, out *Edited, entry Entry) {
	entry.At = e.now()
	writeAside(ctx, e.Journal, entry, &out.Warnings)
}

func (e *Editor) now() time.Time { return clock(e.Now) }
