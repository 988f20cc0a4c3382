package desk

import (
	"context"
	"fmt"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/client/visible"
	"fob/config/stash"
)

// Verdict is what has become of a key of the stash, as a word.
type Verdict string

// What may have become of it.
const (
	VerdictAlive     Verdict = "alive"
	VerdictExpired   Verdict = "expired"
	VerdictRevoked   Verdict = "revoked"
	VerdictUnknown   Verdict = "unknown"
	VerdictElsewhere Verdict = "of another organization" // or of another platform
)

// Checked is a key of the stash and what has become of it.
type Checked struct {
	Stashed
	Verdict Verdict
	Why     string // how that is known, or why it isn't; made safe to show
	Failed  bool   // it could not be asked; asking again may tell
	Row     *Row   // the key as the platform shows it; nil if it doesn't
}

// CheckStash compares keys of the stash with the platform's list. It is whole if every list that was needed could be
// read to its end. The error is of the first list, where nothing could be read at all.
func (d *Desk) CheckStash(ctx context.Context, all []Stashed) (checked []Checked, whole bool, err error) {
	organization := d.options.OrganizationID
	if who, err := d.Who(ctx); err == nil && who.OrganizationID != "" {
		organization = who.OrganizationID
	}
	lists := map[string]List{}
	list, err := d.Keys(ctx, client.Scope{}, nil)
	allowed := !client.IsForbidden(err)
	if err != nil && allowed {
		return nil, false, err
	}
	if allowed {
		lists[""] = list
	}
	whole = list.Complete || !allowed
	checked = make([]Checked, len(all))
	for i, s := range all {
		e := s.Entry
		checked[i] = Checked{Stashed: s, Verdict: VerdictElsewhere}
		c := &checked[i]
		switch {
		case e.Origin != d.Origin():
			c.Why = "it is a key of " + visible.Line(e.Origin)
			continue
		case e.OrganizationID != "" && organization != "" && e.OrganizationID != organization:
			c.Why = "it is a key of the organization " + visible.Line(e.OrganizationID)
			continue
		case e.KeyID == "":
			c.Verdict, c.Why = VerdictUnknown, "its id isn't known here; --try asks with the key itself"
			continue
		}
		scope := ""
		if !allowed { // organization keys are for admins; a workspace's own may be seen all the same
			if scope = only(e); scope == "" {
				c.Verdict, c.Why, c.Failed = VerdictUnknown, "you may not see the organization's keys", true
				whole = false
				continue
			}
			if _, read := lists[scope]; !read {
				lists[scope], err = d.Keys(ctx, client.Scope{Workspace: scope}, nil)
				whole = whole && err == nil && lists[scope].Complete
			}
		}
		c.look(lists[scope], d.Now())
	}
	return checked, whole, nil
}

// only is the one workspace that an entry reaches, "" if there are several, all, or none is known.
func only(e stash.Entry) string {
	if e.AllWorkspaces || len(e.Workspaces) != 1 {
		return ""
	}
	return e.Workspaces[0]
}

// look finds the key in a list. That it isn't there means something only if the list is whole.
func (c *Checked) look(list List, now time.Time) {
	for _, r := range list.Rows {
		if r.Key.ID != c.Entry.KeyID {
			continue
		}
		c.Row, c.Verdict, c.Why = r, VerdictAlive, "the platform has it"
		if StatusAt(r.Key, now) == StatusExpired {
			c.Verdict, c.Why = VerdictExpired, "the platform has it, and its end is over"
		}
		return
	}
	if !list.Complete {
		c.Verdict, c.Why, c.Failed = VerdictUnknown, "it is not in the part of the list that could be read", true
		return
	}
	c.Verdict, c.Why = VerdictRevoked, "the platform does not have it any more"
}

// Trial is how keys are tried: with which certificates, and as which fob.
type Trial struct {
	CAFile, Version string
	OnExchange      func(client.Exchange) // told of every request, if set
}

// Try asks the platform that a key belongs to who it is (GET /me), with the key itself. The key goes to no other place.
func (s *Stash) Try(ctx context.Context, e Stashed, t Trial) Checked {
	c := Checked{Stashed: e, Verdict: VerdictUnknown}
	v, _, err := s.Secret(ctx, e.Entry)
	if err != nil {
		c.Why, c.Failed = visible.Line(err.Error()), true
		return c
	}
	platform, err := withKey(e.Entry.Origin, v, t)
	if err != nil {
		c.Why, c.Failed = visible.Line(err.Error()), true
		return c
	}
	defer platform.Close()
	_, err = platform.Me(ctx)
	switch {
	case err == nil:
		c.Verdict, c.Why = VerdictAlive, "the platform took it"
	case client.IsUnauthorized(err) && e.Status == StatusExpired:
		c.Verdict, c.Why = VerdictExpired, "its end is over, and the platform refused it"
	case client.IsUnauthorized(err):
		c.Verdict, c.Why = VerdictRevoked, "the platform refused it: it was revoked, or its person has left"
	default:
		c.Why, c.Failed = visible.Line(err.Error()), true
	}
	return c
}

// withKey is a client whose credential is a key.
func withKey(origin string, key secret.Value, t Trial) (*client.Client, error) {
	return client.New(client.Options{
		BaseURL: origin, Credential: func(context.Context) (secret.Value, error) { return key, nil },
		UserAgent: "fob/" + t.Version, Source: "fob", CAFile: t.CAFile, OnExchange: t.OnExchange,
	})
}

// OriginOf returns the scheme, host and port of a platform's address, as the stash has them. The error says why no key
// may be sent there.
func OriginOf(address string) (string, error) {
	origin, err := client.OriginOf(address)
	if err != nil {
		return "", fmt.Errorf("not the address of a platform: %w", err)
	}
	return origin, nil
}
