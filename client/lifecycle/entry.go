package lifecycle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"time"
)

// journalVersion is the version of the entries that this program writes.
const journalVersion = 1

// Kind is what a journal entry is about.
type Kind string

// The kinds of entries. A reader meets others, too: the file is shared with newer programs.
const (
	IssueIntent    Kind = "issue.intent"    // a key is about to be made
	IssueStored    Kind = "issue.stored"    // its secret arrived and was put, or failed to be put, into the places
	IssueOutcome   Kind = "issue.outcome"   // what is known in the end
	IssueAbandoned Kind = "issue.abandoned" // a person left the secret with nobody, or only where it was sent, knowingly
	RevokeIntent   Kind = "revoke.intent"   // a key is about to be revoked
	RevokeOutcome  Kind = "revoke.outcome"  // what became of it
)

// Entry is one line of the journal. It never holds a secret. Which fields are set depends on Kind.
type Entry struct {
	V            int             `json:"v"`
	At           time.Time       `json:"at"` // UTC
	Kind         Kind            `json:"kind"`
	Intent       string          `json:"intent"` // ties what follows to its intent
	Account      string          `json:"account,omitempty"`
	Profile      string          `json:"profile,omitempty"` // what this machine calls the platform and its organization
	Who          string          `json:"who,omitempty"`
	Origin       string          `json:"origin,omitempty"`
	Organization string          `json:"organization,omitempty"`
	Workspace    string          `json:"workspace,omitempty"` // "": on the organization
	What         *What           `json:"what,omitempty"`
	Where        []string        `json:"where,omitempty"`    // the destinations' names
	Existing     *Existing       `json:"existing,omitempty"` // the keys that were there before
	Made         Made            `json:"made,omitempty"`
	Places       []Place         `json:"places,omitempty"`
	KeyID        string          `json:"key_id,omitempty"`
	KeyName      string          `json:"key_name,omitempty"`
	Certainty    Certainty       `json:"certainty,omitempty"`
	Candidates   []string        `json:"candidates,omitempty"` // ids
	Deviations   []Deviation     `json:"deviations,omitempty"`
	State        RevokedState    `json:"state,omitempty"`
	Altered      []Altered       `json:"altered,omitempty"`
	Edited       EditedState     `json:"edited,omitempty"`
	Clock        *time.Time      `json:"clock,omitempty"`    // At by this machine's clock, where that differs from the platform's
	Fob          string          `json:"fob,omitempty"`      // of an intent: the running fob that is at it, see Alive
	For          string          `json:"for,omitempty"`      // of a revocation: the intent whose key it ends
	Rotation     string          `json:"rotation,omitempty"` // the rotation that this is a step of
	Spots        []Spot          `json:"spots,omitempty"`    // of a rotation: where the old key is
	Home         []Spot          `json:"home,omitempty"`     // of a rotation: where the new key is to be kept
	Until        *time.Time      `json:"until,omitempty"`    // of a rotation: until when the old key waits, UTC
	Overlap      int64           `json:"overlap,omitempty"`  // of a rotation: how long the old key shall wait, in seconds
	Verb         string          `json:"verb,omitempty"`     // of a bulk
	IDs          []string        `json:"ids,omitempty"`      // of a bulk: keys
	Resumes      string          `json:"resumes,omitempty"`  // the intent of the bulk that this one goes on with
	Outcome      string          `json:"outcome,omitempty"`  // of a key's turn in a bulk, in a word
	Done         bool            `json:"done,omitempty"`     // of a key's turn in a bulk
	Why          string          `json:"why,omitempty"`
	Error        string          `json:"error,omitempty"`
	Raw          json.RawMessage `json:"-"` // the line as it was read
}

// What is the key that an intent is about: every field of the draft.
type What struct {
	Name             string     `json:"name"`
	Personal         bool       `json:"personal"`
	OrganizationRole string     `json:"organization_role"`
	RoleID           string     `json:"role_id"`
	RoleName         string     `json:"role_name,omitempty"`
	AllWorkspaces    bool       `json:"all_workspaces"`
	Workspaces       []string   `json:"workspaces"`
	ExpiresAt        *time.Time `json:"expires_at"` // null: never
}

// Existing says what was there before a key was made: not every id, an organization may have a hundred thousand.
type Existing struct {
	Count    int    `json:"count"`
	Complete bool   `json:"complete"`
	Newest   string `json:"newest,omitempty"` // the id of the one made last, as far as the platform shows when
	Prints   Prints `json:"prints,omitempty"` // of every id; none where there were too many
	Whole    bool   `json:"whole,omitempty"`  // Prints has every key that the new one could be confused with
}

// Place is what became of a secret at one destination.
type Place struct {
	Destination string    `json:"destination"`
	Custody     string    `json:"custody,omitempty"` // "" when it failed
	Error       string    `json:"error,omitempty"`
	At          time.Time `json:"at"` // UTC
}

// LineError is a line of the journal that can't be read: torn by a crash, or not an entry. The others still can.
type LineError struct {
	Line int // from 1, blank lines included
	Err  error
}

// Error names the line and says what is wrong with it, never what is in it.
func (e *LineError) Error() string {
	return fmt.Sprintf("journal line %d can't be read: %v", e.Line, e.Err)
}

// Unwrap returns the cause.
func (e *LineError) Unwrap() error { return e.Err }

var (
	errNoKind = errors.New("it has no kind")
	errNoLine = errors.New("it is not one JSON object")
)

// Append writes e with this program's version and, where it has no time, the time now. It returns once the line is on
// the disk. Whatever looks like a key in it is replaced, for texts of strangers end up here.
func Append(ctx context.Context, j Journal, e Entry) error {
	e.V = journalVersion
	if e.At.IsZero() {
		e.At = time.Now()
	}
	e.At = e.At.UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("a journal entry can't be written: %w", err)
	}
	return guard(func() error { return j.Append(ctx, keyForm.ReplaceAll(line, []byte("[secret]"))) })
}

// keyForm is what a key, or another JWT, looks like in a text. Every JWT begins with the base64 of {".
var keyForm = regexp.MustCompile(`(api_)?eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?|` +
	`api_[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`)

func looksSecret(text string) bool { return keyForm.MatchString(text) }

// Entries reads the journal, oldest first. A line that can't be read is yielded as a *LineError, a fault of the journal
// itself as it is; both leave it to the caller to go on. Entries of unknown kinds and of newer versions are yielded
// with what is understood of them, and whole in Raw.
func Entries(j Journal) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		number := 0
		for line, err := range j.Lines() {
			number++
			if err != nil {
				if !yield(Entry{}, err) {
					return
				}
				continue
			}
			line = bytes.TrimSpace(line)
			if len(line) == 0 {
				continue
			}
			e, err := readEntry(line)
			if err != nil {
				err = &LineError{number, err}
			}
			if !yield(e, err) {
				return
			}
		}
	}
}

func readEntry(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err == nil && e.Kind != "" { // nearly every line
		e.Raw = bytes.Clone(line)
		return e, nil
	}
	var head struct {
		V      int       `json:"v"`
		At     time.Time `json:"at"`
		Kind   Kind      `json:"kind"`
		Intent string    `json:"intent"`
	}
	switch err := json.Unmarshal(line, &head); {
	case err != nil && !json.Valid(line):
		return Entry{}, errNoLine // the decoder's own words would quote the line
	case err != nil:
		return Entry{}, fmt.Errorf("a field has an unexpected form")
	case head.Kind == "":
		return Entry{}, errNoKind
	}
	if head.V <= journalVersion {
		return Entry{}, fmt.Errorf("a field has an unexpected form")
	}
	// A newer program may have given a field another form; what ties entries together stays, and what says whose and
	// which key it is, if that has the form it had.
	e = Entry{V: head.V, At: head.At, Kind: head.Kind, Intent: head.Intent, Raw: bytes.Clone(line)}
	var plain struct {
		Profile      string `json:"profile"`
		Who          string `json:"who"`
		Origin       string `json:"origin"`
		Organization string `json:"organization"`
		Workspace    string `json:"workspace"`
		KeyID        string `json:"key_id"`
		KeyName      string `json:"key_name"`
	}
	if json.Unmarshal(line, &plain) == nil {
		e.Profile, e.Who, e.Origin, e.Organization = plain.Profile, plain.Who, plain.Origin, plain.Organization
		e.Workspace, e.KeyID, e.KeyName = plain.Workspace, plain.KeyID, plain.KeyName
	}
	return e, nil
}
