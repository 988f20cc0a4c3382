package desk

import (
	"net/http"
	"net/url"
	"strings"

	"fob/client"
	"fob/client/visible"
)

// Unpublished is what can be said of a session from signing in that is refused although its person may do it.
const Unpublished = "whether it takes sessions from signing in is not published: a pasted session token may do"

// forbidden says what can be done about a refusal (403): what is true for what was asked and for whoever asked it, as far
// as that is known by now. It asks nobody.
func (d *Desk) forbidden(e *client.Error) string {
	next := d.whoMay(e)
	if web := d.options.Profile.WebURL; web != "" {
		next += "; the platform's own pages are at " + visible.Line(web)
	}
	return next
}

func (d *Desk) whoMay(e *client.Error) string {
	d.mu.Lock()
	var who Identity
	if d.who != nil {
		who = *d.who
	}
	d.mu.Unlock()
	if v := d.sent.Load(); v != nil && client.LooksLikeKey(*v) {
		return "the platform doesn't let this key do that: " + SignInAsPerson
	}
	state, _, own := d.SessionState()
	signed := own && !state.Pasted
	path, of := strings.TrimPrefix(e.Path, "/api/v1"), ""
	whole := e.Method == http.MethodGet && path == "/token" || path == "/users" || strings.HasPrefix(path, "/organization/")
	writes := !whole && (path == "/token" || strings.HasPrefix(path, "/token/"))
	if rest, found := strings.CutPrefix(path, "/workspaces/"); found {
		of, _, _ = strings.Cut(rest, "/")
		if name, err := url.PathUnescape(of); err == nil {
			of = name
		}
	}
	if !whole && !writes && of == "" {
		return "this session may not do that"
	}
	role := who.roleIn(of)
	switch {
	case who.Role == roleAdmin && signed, preset(role) == presetEditor && signed:
		return Unpublished
	case who.Role == roleAdmin:
		return "you were Admin when fob asked: either that has changed, or the platform takes no session of this kind for it"
	case whole && who.OrganizationReadOnly && path == "/token":
		return who.Over(client.Scope{}).No
	case whole && who.OrganizationReadOnly:
		return "that is for admins; you are " + who.Role + " in this organization"
	case of != "" && role != "":
		return "you are " + role + " in " + visible.Line(of) + "; somebody with more rights there may"
	}
	next := "somebody with more rights in that workspace may"
	switch {
	case whole:
		next = "this session may not do that; an admin of the organization may"
	case writes: // the request doesn't show whose key it is
		next += "; an organization key takes an admin"
	}
	if signed && who.Role == "" && (whole || writes) {
		next += "; " + Unpublished
	}
	return next
}
