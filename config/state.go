package config

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

const stateVersion = 1

// Sort is the order of a table.
type Sort struct {
	Column     string `json:"column"`
	Descending bool   `json:"descending,omitempty"`
}

// State is what this machine remembers between runs and may forget without harm.
type State struct {
	// Workspaces has the last workspace's name by origin and organization; see Workspace and SetWorkspace.
	Workspaces map[string]string `json:"workspaces,omitempty"`
	// Sorts has the order of each table by the name of its screen.
	Sorts map[string]Sort `json:"sorts,omitempty"`
	// Profile is the current one's name, "" if none was chosen. config.toml may have lost it since.
	Profile string `json:"profile,omitempty"`
	// Organizations has the organization that each profile was used with last, by its id; see Organization.
	Organizations map[string]string `json:"organizations,omitempty"`
	// Stores says in which store each profile has a session, StoreKeyring or StoreFile; see Store and SetStore.
	Stores map[string]string `json:"stores,omitempty"`
	// Answers has what a person answered when they were asked where the session of a profile shall be kept; see
	// StoreAnswer and AnswerStore. It outlives the session: nobody is asked at every sign-in.
	Answers map[string]StoreAnswer `json:"store_answers,omitempty"`
}

// StoreAnswer is where a person wants a session to be kept.
type StoreAnswer struct {
	Store  string    `json:"store"`
	Origin string    `json:"origin,omitempty"` // of the platform that it was answered for
	At     time.Time `json:"at"`               // UTC
}

// The stores that a session may live in.
const (
	StoreKeyring = "keyring"
	StoreFile    = "file"
)

// Store returns where the session of a profile is, "" if it never had one or was signed out: then no store needs to be
// touched.
func (s State) Store(profile string) string { return s.Stores[profile] }

// SetStore remembers where the session of a profile is, "" for nowhere.
func (s *State) SetStore(profile, store string) {
	if store == "" {
		delete(s.Stores, profile)
		return
	}
	if s.Stores == nil {
		s.Stores = map[string]string{}
	}
	s.Stores[profile] = store
}

// StoreAnswer returns where the session of a profile shall be kept, the zero value if nobody ever said so for the platform
// at origin: what is good enough for a test platform need not be for the one that the profile was pointed at later.
func (s State) StoreAnswer(profile, origin string) StoreAnswer {
	answer := s.Answers[profile]
	if answer.Origin != origin {
		return StoreAnswer{}
	}
	return answer
}

// AnswerStore remembers where the session of a profile shall be kept.
func (s *State) AnswerStore(profile string, answer StoreAnswer) {
	if s.Answers == nil {
		s.Answers = map[string]StoreAnswer{}
	}
	s.Answers[profile] = answer
}

// Organization returns the id of the organization that a profile was used with last, "" if none was chosen.
func (s State) Organization(profile string) string { return s.Organizations[profile] }

// SetOrganization remembers the organization that a profile is used with.
func (s *State) SetOrganization(profile, id string) {
	if s.Organizations == nil {
		s.Organizations = map[string]string{}
	}
	s.Organizations[profile] = id
}

// Forget forgets what is remembered of a profile.
func (s *State) Forget(profile string) {
	delete(s.Organizations, profile)
	delete(s.Stores, profile)
	delete(s.Answers, profile)
}

// Workspace returns the name of the workspace last shown of an organization at an origin ("https://host"), "" if none
// is remembered.
func (s State) Workspace(origin, organizationID string) string {
	return s.Workspaces[origin+" "+organizationID]
}

// SetWorkspace remembers the workspace last shown.
func (s *State) SetWorkspace(origin, organizationID, name string) {
	if s.Workspaces == nil {
		s.Workspaces = map[string]string{}
	}
	s.Workspaces[origin+" "+organizationID] = name
}

// SetSort remembers the order of a screen's table.
func (s *State) SetSort(screen string, sort Sort) {
	if s.Sorts == nil {
		s.Sorts = map[string]Sort{}
	}
	s.Sorts[screen] = sort
}

// StateFile is where a State is kept.
type StateFile struct{ document *Document }

// OpenState returns the state kept at path. Nothing is touched before the first Load or Update.
func OpenState(path string) *StateFile { return &StateFile{OpenDocument(path, stateVersion)} }

// NewMemoryState returns a state that ends with the process, for the demo.
func NewMemoryState() *StateFile { return &StateFile{NewMemoryDocument(stateVersion)} }

// Load returns the state, an empty one if there is none yet. Errors are those of Document.Read.
func (f *StateFile) Load(ctx context.Context) (State, error) {
	data, err := f.document.Read(ctx)
	if err != nil || data == nil {
		return State{}, err
	}
	return decodeState(data)
}

func decodeState(data []byte) (State, error) {
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return State{}, fmt.Errorf("the state is %w: %w", ErrDamaged, err)
	}
	return s, nil
}

// Update changes the state under its lock. Fields that this fob doesn't know are kept.
func (f *StateFile) Update(ctx context.Context, change func(*State) error) error {
	return f.document.Update(ctx, func(old []byte) ([]byte, error) {
		fields := map[string]json.RawMessage{}
		var s State
		if old != nil {
			var err error
			if s, err = decodeState(old); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(old, &fields); err != nil {
				return nil, err
			}
		}
		if err := change(&s); err != nil {
			return nil, err
		}
		known, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		for _, name := range []string{"workspaces", "sorts", "profile", "stores", "organizations", "store_answers"} {
			delete(fields, name)
		}
		var own map[string]json.RawMessage
		if err := json.Unmarshal(known, &own); err != nil {
			return nil, err
		}
		maps.Copy(fields, own)
		fields["version"] = json.RawMessage(fmt.Sprint(stateVersion))
		return json.MarshalIndent(fields, "", "  ")
	})
}
