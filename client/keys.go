package client

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"time"

	"fob/client/secret"
)

// keySource returns the list of a scope's keys.
func (c *Client) keySource(scope Scope) (source[Key], error) {
	path := "/token"
	op := "list the organization's keys"
	if scope.Workspace != "" {
		name, err := segment(scope.Workspace)
		if err != nil {
			return source[Key]{}, &Error{Op: "list keys", Method: http.MethodGet, Path: "/api/v1/workspaces/{name}/token", Message: err.Error(), Err: err}
		}
		path, op = "/workspaces/"+name+"/token", "list the workspace's keys"
	}
	return source[Key]{
		op: op, path: path, expects: "a list of keys",
		decode: decodeKeys,
		id:     func(k *Key) string { return k.ID },
	}, nil
}

func decodeKeys(body []byte) (page[Key], error) {
	d, err := newDocument(body, true)
	if err != nil {
		return page[Key]{}, err
	}
	return readPage(d, "tokens", readKey)
}

// ListKeys reads every key of a scope (GET /token, or GET /workspaces/{name}/token). progress, which may be nil, is told
// how far it is, one call at a time, on the goroutine that called ListKeys.
//
// Without an error, the listing is complete or says why it isn't. With one, it holds what was read before, if anything.
func (c *Client) ListKeys(ctx context.Context, scope Scope, progress func(Progress[Key])) (Listing[Key], error) {
	from, err := c.keySource(scope)
	if err != nil {
		return Listing[Key]{Why: err.Error()}, err
	}
	return list(ctx, c, from, progress)
}

// Keys yields the keys of a scope while they are read, each id once. It ends with an error if the list can't be read
// further, and with a *PartialError if it ended without being known to be whole; without either, what was yielded is
// the whole list.
func (c *Client) Keys(ctx context.Context, scope Scope) iter.Seq2[Key, error] {
	from, err := c.keySource(scope)
	if err != nil {
		return func(yield func(Key, error) bool) { yield(Key{}, err) }
	}
	return stream(ctx, c, from)
}

// newKey is the body of POST /token. Every field is sent, because the API's own defaults are wide.
type newKey struct {
	Expires          bool     `json:"expires"`
	ExpiresAt        *string  `json:"expires_at"`
	Name             *string  `json:"name"`
	OrganizationRole string   `json:"organization_role"`
	Personal         bool     `json:"personal"`
	RoleID           *string  `json:"role_id"`
	Workspaces       []string `json:"workspaces"`
}

// CreateKey makes a key (POST /token). The request is sent once and never repeated: if the error says Unanswered, the
// key may exist, and nobody has its secret. The platform as it is known answers with the secret alone, so Issued.Key
// is mostly empty. A draft that chooses no workspace without AllWorkspaces is refused before anything is sent.
func (c *Client) CreateKey(ctx context.Context, d Draft) (Issued, error) {
	k := call{op: "create a key", method: http.MethodPost, path: "/token", expects: "the new key"}
	body, err := draftBody(d)
	if err != nil {
		return Issued{}, &Error{Op: k.op, Method: k.method, Path: "/api/v1" + k.path, Message: err.Error(), Err: err}
	}
	k.body = body
	a, err := c.once(ctx, k)
	if err != nil {
		return Issued{}, err
	}
	issued, err := readIssued(a.body)
	if err != nil {
		e := c.misread(k, a, err)
		if errors.Is(err, errNoSecret) {
			e.Message = "expected the new key, got an answer without one"
		}
		err = e
	}
	clear(a.body) // the secret lives in its Value alone
	if err != nil {
		return Issued{}, err
	}
	return issued, nil
}

var (
	errScope    = errors.New("a key reaches either every workspace, or those that are chosen")
	errNoSecret = errors.New("no secret in the answer")
)

func draftBody(d Draft) ([]byte, error) {
	if d.AllWorkspaces != (len(d.Workspaces) == 0) {
		return nil, errScope
	}
	k := newKey{
		Expires: d.ExpiresAt != nil, Name: orNull(d.Name), OrganizationRole: d.OrganizationRole, Personal: d.Personal,
		RoleID: orNull(d.RoleID), Workspaces: d.Workspaces,
	}
	if d.AllWorkspaces {
		k.Workspaces = nil // null is nearest to "not given", which is how the platform says every workspace
	}
	if d.ExpiresAt != nil {
		// Rounded up to the millisecond that the platform's form has: a key doesn't end before what was asked for.
		at := d.ExpiresAt.Add(time.Millisecond - 1).Truncate(time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
		k.ExpiresAt = &at
	}
	return json.Marshal(k)
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// readIssued reads the answer to a create: the secret, and beside it nothing, an id, a key's fields, or a key of its own
// under any name. Texts are copied, so that nothing else holds the body.
func readIssued(body []byte) (Issued, error) {
	d, err := newDocument(body, false)
	if err != nil {
		return Issued{}, err
	}
	var issued Issued
	issued.read(d, d.space(0), 2)
	if issued.Secret.IsZero() {
		return Issued{}, errNoSecret
	}
	return issued, nil
}

// read takes what an object at from and the objects in it, down to depth, tell of the new key.
func (n *Issued) read(d document, from, depth int) {
	type part struct{ from, to int }
	var inside []part
	d.members(from, func(name string, from, to int) {
		switch {
		case d.b[from] == '{' && name != "user" && name != "role":
			inside = append(inside, part{from, to})
		case name == "api_token" && d.b[from] == '"' && n.Secret.IsZero():
			n.Secret = secret.New(d.text(from, to))
		}
	})
	if k, ok := readKey(d, from, 0); ok && k.ID != "" && n.Key.ID == "" {
		n.Key = k
		n.Key.Unknown = nil // an answer that holds a secret is not kept raw
	}
	for _, p := range inside {
		if depth > 0 {
			n.read(d, p.from, depth-1)
		}
	}
}

// change is the body of PATCH /token/{id}: any other field would be refused.
type change struct {
	Name             *string `json:"name,omitempty"`
	OrganizationRole *string `json:"organization_role,omitempty"`
	Personal         *bool   `json:"personal,omitempty"`
	RoleID           *string `json:"role_id,omitempty"`
}

// UpdateKey changes a key (PATCH /token/{id}): what is nil in ch stays as it is. It is sent once and never repeated.
func (c *Client) UpdateKey(ctx context.Context, id string, ch Change) error {
	body, err := json.Marshal(change(ch))
	if err != nil {
		return err
	}
	return c.alter(ctx, call{op: "change a key", method: http.MethodPatch, body: body}, id)
}

// RevokeKey revokes a key for good (DELETE /token/{id}). It is sent once and never repeated. A key that is gone already
// is an error for which IsNotFound is true.
func (c *Client) RevokeKey(ctx context.Context, id string) error {
	return c.alter(ctx, call{op: "revoke a key", method: http.MethodDelete}, id)
}

func (c *Client) alter(ctx context.Context, k call, id string) error {
	part, err := segment(id)
	if err != nil {
		return &Error{Op: k.op, Method: k.method, Path: "/api/v1/token/{id}", Message: err.Error(), Err: err}
	}
	k.path = "/token/" + part
	_, err = c.once(ctx, k)
	return err
}
