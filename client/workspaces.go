package client

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"time"
)

// Workspaces returns the workspaces of the organization (GET /workspaces), which the platform gives all at once. Should
// it give pages, they are read, and a list that isn't known to be whole comes with a *PartialError beside it.
func (c *Client) Workspaces(ctx context.Context) ([]Workspace, error) {
	from := source[Workspace]{
		op: "list the workspaces", path: "/workspaces", expects: "a list of workspaces",
		// A name is unique within an organization, and may be all there is.
		id: func(w *Workspace) string { return orDefault(w.ID, w.Name) },
		decode: func(body []byte) (page[Workspace], error) {
			d, err := newDocument(body, true)
			if err != nil {
				return page[Workspace]{}, err
			}
			return readPage(d, "workspaces", readWorkspace)
		},
	}
	var p page[Workspace]
	k := call{op: from.op, path: from.path, expects: from.expects}
	err := c.get(ctx, k, func(a answer) (err error) {
		p, err = from.decode(a.body)
		return err
	})
	more, told := p.hasMore.Get()
	switch {
	case err != nil:
		return nil, err
	case p.odd > 0:
		return p.items, &PartialError{Op: from.op, Why: "some entries can't be read", Read: len(p.items)}
	case p.bare, p.total != nil && *p.total == len(p.items), p.total == nil && !more:
		return p.items, nil
	case p.total == nil && !told:
		return p.items, nil
	}
	l, err := list(ctx, c, from, nil)
	if err == nil && !l.Complete {
		err = &PartialError{Op: from.op, Why: l.Why, Read: len(l.Items), Announced: l.Announced}
	}
	return l.Items, err
}

// readWorkspace reads a workspace: an object, or a bare name or id.
func readWorkspace(d document, from, to int) (Workspace, bool) {
	var w Workspace
	id, name, ok := d.reference(from, to, [2]string{"workspace_id", "id"}, [2]string{"name", "workspace_name"})
	if !ok {
		return w, false
	}
	w.ID, w.Name = id, name
	d.members(from, func(name string, from, to int) {
		switch name {
		case "languages":
			w.Languages = strings.Join(d.words(from, to), ", ")
		case "default_idle_timeout_in_seconds":
			if d.isNull(from) {
				w.IdleTimeout = Null[time.Duration]()
				return
			}
			var seconds float64
			if json.Unmarshal(d.b[from:to], &seconds) == nil && math.Abs(seconds) < 1<<32 {
				w.IdleTimeout = Some(time.Duration(seconds * float64(time.Second)))
			}
		}
	})
	return w, true
}

// words reads one text, or an array of texts and of objects with names.
func (d document) words(from, to int) []string {
	if d.b[from] == '"' {
		return []string{d.text(from, to)}
	}
	words := []string{}
	d.elements(from, func(from, to int) {
		if s := d.name(from, to, "id"); s != "" {
			words = append(words, s)
		}
	})
	return words
}
