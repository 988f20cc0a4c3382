package stash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"fob/config"
)

const indexVersion = 1

// ErrNoEntry is returned for an account that the index doesn't have.
var ErrNoEntry = errors.New("the stash has no such entry")

// Place is one place that a key went to.
type Place struct {
	Kind string `json:"kind"` // KindKeyring and so on
	// Where tells places of one kind apart: the keyring's service, the env file's path; may be empty.
	Where string `json:"where,omitempty"`
	// Variable is the one that has the key in an env file; empty for API_KEY.
	Variable string `json:"variable,omitempty"`
	// As is the name by which a command knows the key, where that isn't the key's own: that of the key that it replaced.
	As string `json:"as,omitempty"`
	// Custody is a secret.Custody: "kept", "handed over" or "sent".
	Custody string    `json:"custody"`
	At      time.Time `json:"at"` // UTC
	// ReadBackAt is when it was last found there, in UTC; nil if it never was.
	ReadBackAt *time.Time `json:"read_back_at,omitempty"`
}

// Entry is what this machine knows about a key it put somewhere. It never has the secret. Times are in UTC.
type Entry struct {
	Account        string     `json:"account"`          // the random name it is stored under
	KeyID          string     `json:"key_id,omitempty"` // empty until it is known
	Origin         string     `json:"origin"`           // of the platform's API: "https://host"
	OrganizationID string     `json:"organization_id"`
	Name           string     `json:"name,omitempty"`
	Type           string     `json:"type,omitempty"` // "service" or "personal"
	Workspaces     []string   `json:"workspaces,omitempty"`
	AllWorkspaces  bool       `json:"all_workspaces,omitempty"`
	ExpiresAt      *time.Time `json:"expires_at,omitempty"` // nil: never
	CreatedAt      time.Time  `json:"created_at"`
	// RevokedAt is when fob revoked the key from this machine, UTC; nil: it didn't.
	RevokedAt *time.Time `json:"revoked_at,omitempty"`
	// Print tells the key's secret from any other, without telling anything of it: see PrintOf. Empty if it isn't known.
	Print  string  `json:"print,omitempty"`
	Places []Place `json:"places,omitempty"`
}

// Index is the list of keys that this machine put somewhere, without their secrets. It is safe for several goroutines
// and several processes at once.
type Index struct{ document *config.Document }

// OpenIndex returns the index kept at path. Nothing is touched before its first use.
func OpenIndex(path string) *Index { return &Index{config.OpenDocument(path, indexVersion)} }

// NewMemoryIndex returns an index that ends with the process, for the demo.
func NewMemoryIndex() *Index { return &Index{config.NewMemoryDocument(indexVersion)} }

// Entries returns all entries in the order they came in. The error is config.ErrDamaged or config.ErrNewer for a file
// that this fob can't read.
func (i *Index) Entries(ctx context.Context) ([]Entry, error) {
	data, err := i.document.Read(ctx)
	if err != nil {
		return nil, err
	}
	s, err := decodeIndex(data)
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, 0, len(s.entries))
	for _, row := range s.entries {
		entries = append(entries, row.known)
	}
	return entries, nil
}

// Put adds an entry, or merges it into the one with the same account: fields that are set replace, places are added,
// and a place with the same kind, Where and Variable is replaced.
func (i *Index) Put(ctx context.Context, e Entry) error {
	if e.Account == "" {
		return errors.New("an entry of the stash needs an account")
	}
	return i.change(ctx, func(s *rows) error {
		at := s.find(e.Account)
		if at < 0 {
			s.entries = append(s.entries, row{known: e, raw: map[string]json.RawMessage{}})
			return nil
		}
		merge(&s.entries[at].known, e)
		return nil
	})
}

// Update changes the entry of account. The account itself stays. The error is ErrNoEntry if there is none, or what
// change returns; nothing is written then.
func (i *Index) Update(ctx context.Context, account string, change func(*Entry) error) error {
	return i.change(ctx, func(s *rows) error {
		at := s.find(account)
		if at < 0 {
			return ErrNoEntry
		}
		e := s.entries[at].known
		e.Places, e.Workspaces = slices.Clone(e.Places), slices.Clone(e.Workspaces)
		if err := change(&e); err != nil {
			return err
		}
		e.Account = account
		s.entries[at].known = e
		return nil
	})
}

// Remove forgets the entry of account; ErrNoEntry if there is none. What is stored in its places is not touched.
func (i *Index) Remove(ctx context.Context, account string) error {
	return i.change(ctx, func(s *rows) error {
		at := s.find(account)
		if at < 0 {
			return ErrNoEntry
		}
		s.entries = slices.Delete(s.entries, at, at+1)
		return nil
	})
}

func (i *Index) change(ctx context.Context, change func(*rows) error) error {
	return i.document.Update(ctx, func(old []byte) ([]byte, error) {
		s, err := decodeIndex(old)
		if err != nil {
			return nil, err
		}
		if err := change(s); err != nil {
			return nil, err
		}
		return s.encode()
	})
}

// merge lays the fields of e that are set over into.
func merge(into *Entry, e Entry) {
	text := func(to *string, from string) {
		if from != "" {
			*to = from
		}
	}
	text(&into.KeyID, e.KeyID)
	text(&into.Origin, e.Origin)
	text(&into.OrganizationID, e.OrganizationID)
	text(&into.Name, e.Name)
	text(&into.Type, e.Type)
	text(&into.Print, e.Print)
	if len(e.Workspaces) > 0 || e.AllWorkspaces {
		into.Workspaces, into.AllWorkspaces = e.Workspaces, e.AllWorkspaces
	}
	if e.ExpiresAt != nil {
		into.ExpiresAt = e.ExpiresAt
	}
	if !e.CreatedAt.IsZero() {
		into.CreatedAt = e.CreatedAt
	}
	for _, place := range e.Places {
		same := func(p Place) bool {
			return p.Kind == place.Kind && p.Where == place.Where && p.Variable == place.Variable
		}
		if at := slices.IndexFunc(into.Places, same); at >= 0 {
			into.Places[at] = place
		} else {
			into.Places = append(into.Places, place)
		}
	}
}

// rows is the decoded index: what this fob knows of each entry, over all that the file has.
type rows struct {
	raw     map[string]json.RawMessage
	entries []row
}

type row struct {
	known Entry
	raw   map[string]json.RawMessage
}

func (s *rows) find(account string) int {
	return slices.IndexFunc(s.entries, func(r row) bool { return r.known.Account == account })
}

func decodeIndex(data []byte) (*rows, error) {
	s := &rows{raw: map[string]json.RawMessage{}}
	if data == nil {
		return s, nil
	}
	damaged := func(err error) error {
		return fmt.Errorf("the index of the stash is %w, and is left as it is: %w", config.ErrDamaged, err)
	}
	if err := json.Unmarshal(data, &s.raw); err != nil {
		return nil, damaged(err)
	}
	var raws []json.RawMessage
	if entries, ok := s.raw["entries"]; ok {
		if err := json.Unmarshal(entries, &raws); err != nil {
			return nil, damaged(err)
		}
	}
	for number, raw := range raws {
		var r row
		err := json.Unmarshal(raw, &r.known)
		if err == nil {
			err = json.Unmarshal(raw, &r.raw)
		}
		if err == nil && r.known.Account == "" {
			err = errors.New("it has no account")
		}
		if err != nil {
			return nil, damaged(fmt.Errorf("entry %d: %w", number+1, err))
		}
		s.entries = append(s.entries, r)
	}
	return s, nil
}

// entryFields are the names that Entry writes: they are dropped from an old row before the new one is laid over it, so
// that a field which became empty does not come back.
var entryFields = []string{
	"account", "key_id", "origin", "organization_id", "name", "type", "workspaces", "all_workspaces", "expires_at",
	"created_at", "print", "places",
}

func (s *rows) encode() ([]byte, error) {
	entries := make([]map[string]json.RawMessage, 0, len(s.entries))
	for _, r := range s.entries {
		data, err := json.Marshal(r.known)
		if err != nil {
			return nil, err
		}
		for _, name := range entryFields {
			delete(r.raw, name)
		}
		if err := json.Unmarshal(data, &r.raw); err != nil {
			return nil, err
		}
		entries = append(entries, r.raw)
	}
	data, err := json.Marshal(entries)
	if err != nil {
		return nil, err
	}
	s.raw["entries"] = data
	s.raw["version"] = json.RawMessage(fmt.Sprint(indexVersion))
	return json.MarshalIndent(s.raw, "", "  ")
}
