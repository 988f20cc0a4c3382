// Package config is what this machine remembers between runs: where files are, how they are written safely, the
// journal, the state, and where each setting came from. It knows nothing of keys or screens.
package config

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/adrg/xdg"
)

// folder is the name of the application's own folder inside the ones of the system.
const folder = "fob"

// EnvHome names the variable that puts everything fob writes into one folder: for tests, and for use from a stick.
const EnvHome = "FOB_HOME"

// Dirs are the folders that fob writes to. They need not exist yet; whoever writes makes them with MakeFolder.
type Dirs struct {
	Config string // what people write
	State  string // what may be lost without harm, and the journal
	Data   string // what should be kept: the index of the stash
	// Own is the folder of FOB_HOME, "" where the folders are the person's usual ones: what is shared by everything that
	// runs on the machine, as the keyring is, has to tell the two apart.
	Own string
}

// reload guards xdg, which keeps what it found in variables of its package.
var reload sync.Mutex

// DefaultDirs returns the folders for the person who runs fob, by the rules of the system (XDG on Linux). The
// environment is read at the time of the call. FOB_HOME, if set, is all three. It fails where the system names no home
// at all, because a relative path would scatter files over whatever folder fob was started in.
func DefaultDirs() (Dirs, error) {
	if home := os.Getenv(EnvHome); home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return Dirs{}, fmt.Errorf("%s: %w", EnvHome, err)
		}
		return Dirs{Config: abs, State: abs, Data: abs, Own: resolved(abs)}, nil
	}
	reload.Lock()
	defer reload.Unlock()
	xdg.Reload()
	d := Dirs{
		Config: filepath.Join(xdg.ConfigHome, folder),
		State:  filepath.Join(xdg.StateHome, folder),
		Data:   filepath.Join(xdg.DataHome, folder),
	}
	for _, path := range []string{d.Config, d.State, d.Data} {
		if !filepath.IsAbs(path) || xdg.Home == "" || filepath.Dir(xdg.Home) == xdg.Home { // none, or the root of everything
			return Dirs{}, fmt.Errorf("no home folder is known: set HOME, or %s to a folder for fob's files", EnvHome)
		}
	}
	return d, nil
}

// resolved follows the links of a path as far as there is one, so that a folder is the same by whatever way it is named,
// also before it is made.
func resolved(path string) string {
	for at, rest := path, ""; ; at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		if there, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(there, rest)
		}
		if filepath.Dir(at) == at {
			return path
		}
	}
}

// JournalPath is where the journal of issued and revoked keys is.
func (d Dirs) JournalPath() string { return filepath.Join(d.State, "journal.jsonl") }

// StatePath is where the state between runs is.
func (d Dirs) StatePath() string { return filepath.Join(d.State, "state.json") }

// StashPath is where the index of the stash is.
func (d Dirs) StashPath() string { return filepath.Join(d.Data, "stash.json") }

// PolicyPath is this machine's own policy for audits, which people write and fob appends exceptions to.
func (d Dirs) PolicyPath() string { return filepath.Join(d.Config, "policy.toml") }

// HistoryFolder is where what was learned of search histories is kept between two audits.
func (d Dirs) HistoryFolder() string { return filepath.Join(d.State, "history") }

// SessionPath is where the session of a profile is kept if it is kept in a file, and what its lock goes by wherever it
// is kept. Any text may be a profile's name: the path is always in the same folder.
func (d Dirs) SessionPath(profile string) string {
	return filepath.Join(d.State, "sessions", "session-"+sessionName(profile)+".json")
}

// SessionAccount is what the session of a profile is stored under in the keyring. The keyring is one for the machine, and
// a folder of FOB_HOME has profiles of its own: there the name ends in a short hash of the folder.
func (d Dirs) SessionAccount(profile string) string {
	if d.Own == "" {
		return sessionName(profile)
	}
	return sessionName(profile) + "-" + hashOf(d.Own)[:8]
}

// sessionName is what is made of a profile's name where a session is stored: the name, and a hash of it, because some
// systems don't tell upper from lower case. Of what is no profile's name it has the hash alone.
func sessionName(profile string) string {
	hash := hashOf(profile)
	if CheckProfileName(profile) != nil {
		return hash
	}
	return profile + "-" + hash[:8]
}

func hashOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
