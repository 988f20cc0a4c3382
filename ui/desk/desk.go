// Package desk is what a person does with fob, without a screen: open a platform, list keys joined with what this
// machine knows of them, issue, keep and revoke. The screens and the commands reach the world through it alone, so what
// both need is written here once. It knows neither tea nor cobra.
package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config"
	"fob/config/stash"
)

// Product is what the platform is called on screen unless a profile says otherwise.
const Product = "Haystack Enterprise Platform"

// Profile is what a profile says of a platform beside where it is.
type Profile struct {
	Name       string // "": none is used
	Product    string // what the platform is called; "": Product
	WebURL     string // of its web pages; "" if not known
	Colour     string // one of config.Colours, "" for none
	Production bool   // whatever destroys something there says its name once more
	ReadOnly   bool
	ReadOnlyBy string // the profile that says so, if it is another one of the same platform

	Workspace   string // the workspace that is meant where none is named
	Destination string // where new keys go, as --to takes it
}

// Options say which platform a desk works with, and what this machine remembers for it.
type Options struct {
	APIURL         string       // https, or http on loopback
	OrganizationID string       // "": the session's own
	Remembered     bool         // OrganizationID is the one that was gone over to last
	Session        secret.Value // a person's session; a key is taken, too, and browses read-only
	Credentials    Credentials  // instead of Session: one that can be renewed
	Login          *Login       // how a person signs in here, and, without Session, as whom the platform is asked; nil: nobody does
	Profile        Profile
	ReadOnly       bool   // nothing is changed, whatever the session may do
	CAFile         string // more certificate authorities, PEM; "": the system's
	Version        string // fob's, for the User-Agent
	Demo           bool   // a demo organization
	Journal        lifecycle.Journal
	Index          *stash.Index
	Policy         *PolicyFile       // of audits; nil: the default one, and exceptions are kept in memory
	HistoryFolder  string            // where what was learned of search histories is kept; "": nowhere
	State          *config.StateFile // what may be forgotten without harm; nil: nothing is remembered
	Keys           Keyring           // where keys are kept
	Terminal       io.Writer         // where OSC 52 may be written; nil: nowhere
	Location       *time.Location    // the zone on screen; nil: time.Local
	Getenv         func(string) string
	Commands       map[string]config.CommandDestination           // the destinations of config.toml, by their names
	OnSignIn       func(ctx context.Context, origin string) error // told that somebody signed in; may be nil
	OnExchange     func(client.Exchange)                          // told of every request and its answer, if set; from several goroutines
	Transport      http.RoundTripper                              // in place of the one that is made, as client.Options has it; nil: that one
}

// Keyring is where this machine keeps keys: the OS keyring, or the demo's memory.
type Keyring interface {
	lifecycle.Destination
	Get(ctx context.Context, account string) (secret.Value, error)
	Delete(ctx context.Context, account string) error
}

// Desk is an open platform. Its methods may be called from several goroutines.
type Desk struct {
	options  Options
	platform *client.Client
	holder   *Holder

	mu        sync.Mutex
	who       *Identity
	unsaid    bool // the platform was asked who this is, and didn't say
	as        Credentials
	names     Names
	keyring   error                        // what the keyring said when it was last tried
	unreached bool                         // keyring says that there is none, and was not tried
	sent      atomic.Pointer[secret.Value] // the credential of the last request

	clip     *stash.Clipboard
	outcomes map[string]lifecycle.Outcome // by account, until their reveal is left
}

// ErrNoPlatform is returned by Open when no address or no session is given.
var ErrNoPlatform = errors.New("no platform is set up")

// Open returns a desk for the platform of o. It reaches neither network nor disk.
func Open(o Options) (*Desk, error) {
	as := o.Credentials
	switch {
	case as != nil:
	case !o.Session.IsZero():
		as = given{o.Session}
	case o.Login != nil:
		as = o.Login
	}
	if o.APIURL == "" || as == nil {
		return nil, ErrNoPlatform
	}
	o.ReadOnly = o.ReadOnly || o.Profile.ReadOnly
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	d := &Desk{options: o, holder: &Holder{}, as: as}
	platform, err := client.New(client.Options{
		BaseURL:        o.APIURL,
		Credential:     d.credential,
		Renew:          d.renew,
		OrganizationID: o.OrganizationID,
		UserAgent:      "fob/" + o.Version,
		Source:         "fob",
		CAFile:         o.CAFile,
		OnExchange:     o.OnExchange,
		Advise:         d.forbidden,
		Transport:      o.Transport,
	})
	if err != nil {
		return nil, err
	}
	d.platform = platform
	return d, nil
}

// Close shuts the idle connections to the platform. The desk may be used after it.
func (d *Desk) Close() { d.platform.Close() }

// Profile is the profile that the platform was opened by, with the product's name filled in.
func (d *Desk) Profile() Profile {
	p := d.options.Profile
	p.Product = cmp.Or(p.Product, Product)
	return p
}

// OrganizationID is the organization that was chosen, "" for the session's own.
func (d *Desk) OrganizationID() string { return d.options.OrganizationID }

// Demo tells whether this is the demo organization.
func (d *Desk) Demo() bool { return d.options.Demo }

// Location is the zone in which times are shown.
func (d *Desk) Location() *time.Location { return d.options.Location }

// Now is the platform's time, as far as its answers told it, in the zone on screen.
func (d *Desk) Now() time.Time { return d.platform.ServerNow().In(d.options.Location) }

// Holder holds the secrets that are not safe yet.
func (d *Desk) Holder() *Holder { return d.holder }

// Origin is the platform's scheme, host and port.
func (d *Desk) Origin() string { return d.platform.Origin() }

// clockTolerance is how far this machine's clock may be from the platform's before it is said.
const clockTolerance = time.Minute

// ClockWarning says how far this machine's clock is from the platform's, or "" while the difference is at most a minute.
func (d *Desk) ClockWarning() string {
	skew, known := d.platform.Skew()
	if !known || skew.Abs() <= clockTolerance {
		return ""
	}
	return fmt.Sprintf("this machine's clock and the platform's are %s apart; the platform's is used", skew.Abs().Round(time.Second))
}

// Identity is who the session belongs to and what they may do.
type Identity struct {
	UserID, Name, Email  string // made safe to show
	Role                 string // organization role as a word, "" if the platform doesn't show it
	OrganizationID       string
	Organization         string   // made safe to show
	Workspaces           []string // the person's, as GET /me shows them
	Memberships          []Membership
	ReadOnly             bool   // nothing can be changed
	OrganizationReadOnly bool   // organization keys can't be changed
	Why                  string // the reason of either
}

// May tells whether keys of the scope can be changed, as far as that is known, and if not, why.
func (i Identity) May(s client.Scope) (bool, string) {
	right := i.Over(s)
	return right.No == "", right.No
}

// Who asks the platform whose session this is. The answer is remembered; errors are *client.Error.
func (d *Desk) Who(ctx context.Context) (Identity, error) {
	d.mu.Lock()
	known := d.who
	d.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	why, err := d.barred(ctx)
	if err != nil {
		return Identity{}, err
	}
	me, err := d.platform.Me(ctx)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.unsaid = d.unsaid || ctx.Err() == nil // whoever left before the answer was told nothing
		return Identity{ReadOnly: why != "", Why: why}, err
	}
	who := identity(me, d.options)
	if who.ReadOnly = why != ""; who.ReadOnly {
		who.Why = why
	}
	d.mu.Lock()
	d.who, d.unsaid = &who, false
	d.mu.Unlock()
	return who, nil
}

func identity(me client.Me, o Options) Identity {
	who := Identity{
		UserID:         me.UserID,
		Name:           PersonName(client.PersonRef{GivenName: me.GivenName, FamilyName: me.FamilyName, Email: me.Email}),
		Email:          visible.Line(me.Email),
		Role:           roleWord(visible.Line(me.Organization.Role)),
		OrganizationID: me.Organization.ID,
		Organization:   visible.Line(me.Organization.Name),
	}
	switch {
	case who.OrganizationID == "":
		who.OrganizationID = o.OrganizationID
	case o.OrganizationID != "" && o.OrganizationID != who.OrganizationID: // that GET /me heeds the header isn't published
		who.OrganizationID, who.Organization, who.Role = o.OrganizationID, "", ""
		return who
	}
	for _, w := range me.Organization.Workspaces {
		who.Workspaces = append(who.Workspaces, w.Name)
		who.Memberships = append(who.Memberships, Membership{w.Name, visible.Line(w.Role)})
	}
	if who.Role == roleMember || who.Role == roleExternal {
		who.OrganizationReadOnly = true
		who.Why = "organization keys are for admins; you are " + who.Role + " in this organization"
	}
	return who
}

// Workspaces lists the organization's workspaces by name.
func (d *Desk) Workspaces(ctx context.Context) ([]client.Workspace, error) {
	list, err := d.platform.Workspaces(ctx)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names.Workspaces = make(map[string]string, len(list))
	for _, w := range list {
		d.names.Workspaces[w.ID] = w.Name
	}
	return list, nil
}

// Roles lists the roles that a key can have.
func (d *Desk) Roles(ctx context.Context) ([]client.Role, error) {
	who, err := d.Who(ctx)
	if err != nil {
		return nil, err
	}
	list, err := d.platform.Roles(ctx, who.OrganizationID)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names.Roles = make(map[string]string, len(list.Items))
	for _, r := range list.Items {
		d.names.Roles[r.ID] = r.Name
	}
	return list.Items, nil
}

// knownNames are the names behind ids, as far as Workspaces and Roles have been read.
func (d *Desk) knownNames() Names {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names
}
