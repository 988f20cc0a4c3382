package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/ui/desk"
)

// sessionWithin is how long finding the session may take: it may be in a keyring.
const sessionWithin = 4 * time.Second

// endsShortly is how long before its end a session is spoken of.
const endsShortly = 5 * time.Minute

func (e *examination) findSession(ctx context.Context) (secret.Value, error) {
	if e.Identity.Session == nil {
		return secret.Value{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sessionWithin)
	defer cancel()
	v, err := e.Identity.Session(ctx)
	if !v.IsZero() {
		e.keep(v)
	}
	return v, err
}

func (e *examination) lookAtSession(context.Context) []Finding {
	v, err := e.session()
	switch {
	case err != nil:
		return one(fail(Session, brief(err.Error()), "look at "+orNone(e.From)).with("from", e.From))
	case v.IsZero():
		return one(warn(Session, "not signed in", "set FOB_SESSION_TOKEN, or give --session-file; fob demo needs none").with("kind", "none"))
	}
	kind, word := "session", "a person's session"
	if client.LooksLikeKey(v) {
		kind, word = "key", "a key, which only browses"
	}
	f := ok(Session, "from "+e.From+": "+word)
	claims, err := client.ClaimsOf(v)
	ends, has := claims.ExpiresAt.Get()
	switch {
	case err != nil:
		f.Seen += "; it doesn't say when it ends"
	case !has:
		f.Seen += "; it never ends, as it says itself"
	default:
		left := time.Until(ends)
		f.Seen += fmt.Sprintf("; ends %s, in %s", ends.Format("2006-01-02 15:04 UTC"), span(left))
		switch {
		case left <= 0:
			f = fail(Session, fmt.Sprintf("from %s: %s; ended %s", e.From, word, ends.Format("2006-01-02 15:04 UTC")), "sign in again: set "+e.From+" to a new one")
		case left < endsShortly:
			f = warn(Session, f.Seen, "sign in again before a longer piece of work")
		}
		f = f.with("expires_at", ends.Format(time.RFC3339))
	}
	if kind == "key" && f.State == OK {
		f = warnWith(f, "to make, change or revoke keys, sign in with a person's session")
	}
	return one(f.with("from", e.From).with("kind", kind))
}

func warnWith(f Finding, advice string) Finding {
	f.State, f.Advice = Warn, advice
	return f
}

// span is a length of time in words, roughly: "3 days", "20 min".
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

// rights asks the platform who the session is of.
func (e *examination) rights(ctx context.Context) []Finding {
	if e.APIURL.Value == "" {
		return one(skip(Rights, "no address is set"))
	}
	v, err := e.session()
	if err != nil || v.IsZero() {
		return one(skip(Rights, "there is no session to ask about"))
	}
	d, err := desk.Open(desk.Options{
		APIURL: e.APIURL.Value, OrganizationID: e.OrganizationID, Session: v, CAFile: e.CAFile, Version: e.Version,
		OnExchange: e.OnExchange,
	})
	if err != nil {
		return one(skip(Rights, "there is no address to go to"))
	}
	defer d.Close()
	who, err := d.Who(ctx)
	if err != nil {
		return one(refused(err, e.From))
	}
	seen := orNone(who.Name)
	if who.Email != "" && who.Email != who.Name {
		seen += " <" + who.Email + ">"
	}
	role := who.Role
	if role != "" {
		seen += ", " + role
	}
	if who.Organization != "" {
		seen += " of " + who.Organization
	}
	f := ok(Rights, seen)
	switch {
	case who.ReadOnly:
		f.Seen += "; can change nothing: " + who.Why
	case who.OrganizationReadOnly:
		f.Seen += "; " + who.Why
	}
	return one(f.with("name", who.Name).with("role", role).with("organization", who.Organization).
		with("organization_id", who.OrganizationID).with("read_only", who.ReadOnly))
}

func refused(err error, source string) Finding {
	failed, _ := errors.AsType[*client.Error](err)
	switch {
	case client.IsUnauthorized(err):
		return fail(Rights, "the platform doesn't take the session: "+brief(err.Error()), "it has ended or was revoked: set "+source+" to a new one")
	case client.IsForbidden(err):
		return fail(Rights, "the platform doesn't say who this is: "+brief(err.Error()), "look at FOB_ORGANIZATION_ID, or ask an admin of the organization")
	case failed == nil || failed.Status == 0:
		return skip(Rights, "the platform did not answer")
	}
	return fail(Rights, brief(err.Error()), "look at the line address, then try again in a while")
}
