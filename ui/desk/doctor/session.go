package doctor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fob/client"
	"fob/ui/desk"
)

// sessionWithin is how long finding the session may take: it may be in a keyring, and need to be renewed.
const sessionWithin = 10 * time.Second

// endsShortly is how long before its end a session is spoken of.
const endsShortly = 5 * time.Minute

func (e *examination) findSession(ctx context.Context) (Held, error) {
	if e.Session == nil {
		return Held{}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sessionWithin)
	defer cancel()
	held, err := e.Session(ctx)
	if !held.Value.IsZero() {
		e.keep(held.Value)
	}
	return held, err
}

// again is how to get another session.
func (h Held) again() string {
	if h.Given {
		return "set " + h.From + " to a new one"
	}
	return "fob login signs you in again"
}

func (e *examination) lookAtSession(context.Context) []Finding {
	held, err := e.session()
	switch {
	case err != nil:
		return one(fail(Session, brief(err.Error()), "look at "+orNone(held.From)+"; fob login signs you in").with("from", held.From))
	case held.Value.IsZero():
		return one(warn(Session, "not signed in", "fob login signs you in; fob demo needs no account").with("kind", "none"))
	}
	kind, word := "session", "a person's session"
	if client.LooksLikeKey(held.Value) {
		kind, word = "key", "a key, which only browses"
	}
	head := "from " + held.From + ": " + word
	f := ok(Session, head)
	claims, err := client.ClaimsOf(held.Value)
	ends, has := claims.ExpiresAt.Get()
	switch {
	case held.Renewed:
		f.Seen += ", renewed by itself"
	case err != nil:
		f.Seen += "; it doesn't say when it ends"
	case !has:
		f.Seen += "; it never ends, as it says itself"
	case time.Until(ends) <= 0:
		f = fail(Session, head+"; ended "+ends.Format("2006-01-02 15:04 UTC"), held.again())
	default:
		f.Seen += fmt.Sprintf("; ends %s, in %s", ends.Format("2006-01-02 15:04 UTC"), span(time.Until(ends)))
		if time.Until(ends) < endsShortly {
			f = warn(Session, f.Seen, "sign in again before a longer piece of work")
		}
	}
	if has {
		f = f.with("expires_at", ends.Format(time.RFC3339))
	}
	if kind == "key" && f.State == OK {
		f = warnWith(f, "to make, change or revoke keys, sign in with a person's session")
	}
	return one(f.with("from", held.From).with("kind", kind))
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
	held, err := e.session()
	if err != nil || held.Value.IsZero() {
		return one(skip(Rights, "there is no session to ask about"))
	}
	d, err := desk.Open(desk.Options{
		APIURL: e.APIURL.Value, OrganizationID: e.OrganizationID, Session: held.Value, CAFile: e.CAFile, Version: e.Version,
		ReadOnly: e.ReadOnly, OnExchange: e.OnExchange,
	})
	if err != nil {
		return one(skip(Rights, "there is no address to go to"))
	}
	defer d.Close()
	who, err := d.Who(ctx)
	if err != nil {
		return one(refused(err, held))
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

func refused(err error, held Held) Finding {
	failed, _ := errors.AsType[*client.Error](err)
	switch {
	case client.IsUnauthorized(err):
		return fail(Rights, "the platform doesn't take the session: "+brief(err.Error()), "it has ended or was revoked: "+held.again())
	case client.IsForbidden(err):
		return fail(Rights, "the platform doesn't say who this is: "+brief(err.Error()), "look at FOB_ORGANIZATION_ID, or ask an admin of the organization")
	case failed == nil || failed.Status == 0:
		return skip(Rights, "the platform did not answer")
	}
	return fail(Rights, brief(err.Error()), "look at the line address, then try again in a while")
}
