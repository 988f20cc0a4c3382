package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// homeless is what is said of files where no folder for them is known.
const homeless = "no folder for it is known"

// at runs of with fob's folders, or says that there are none.
func (e *examination) at(name string, of func(config.Dirs) Finding) []Finding {
	if e.Dirs == nil {
		return one(skip(name, "not looked at"))
	}
	dirs, err := e.Dirs()
	if err != nil {
		return one(skip(name, homeless))
	}
	return one(of(dirs))
}

func (e *examination) settings(context.Context) []Finding {
	return e.at(Settings, func(d config.Dirs) Finding {
		path := d.SettingsPath()
		settings, err := config.Load(path)
		switch {
		case err != nil:
			return fail(Settings, err.Error(), "mend that line: nothing of the file is used until then").with("path", path)
		case missing(path):
			return ok(Settings, "no "+path+", which is fine").with("path", path)
		}
		return private(ok(Settings, path+" reads well, "+count(len(settings.Destinations), "destination")), path, othersWrite)
	})
}

func (e *examination) policy(context.Context) []Finding {
	return e.at(Policy, func(d config.Dirs) Finding {
		path := d.PolicyPath()
		_, err := (&desk.PolicyFile{Path: path}).Load()
		switch {
		case err != nil:
			return fail(Policy, brief(err.Error()), "mend that line: fob audit needs it").with("path", path)
		case missing(path):
			return ok(Policy, "none of this machine's own: audits take the default").with("path", path)
		}
		return private(ok(Policy, path+" reads well"), path, othersWrite)
	})
}

func (e *examination) stateFile(ctx context.Context) []Finding {
	return e.at(StateFile, func(d config.Dirs) Finding {
		path := d.StatePath()
		if _, err := config.OpenState(path).Load(ctx); err != nil {
			return unreadable(StateFile, path, err, "it may be deleted without harm")
		}
		if missing(path) {
			return ok(StateFile, "none yet").with("path", path)
		}
		return private(ok(StateFile, path+" reads well"), path, othersRead)
	})
}

func (e *examination) journal(ctx context.Context) []Finding {
	return e.at(Journal, func(d config.Dirs) Finding {
		path := d.JournalPath()
		lines, torn := 0, 0
		for line, err := range config.OpenJournal(path).Lines() {
			if ctx.Err() != nil {
				return fail(Journal, path+" was not read to its end in time", "")
			}
			switch {
			case errors.Is(err, config.ErrLineTooLong):
				torn++
			case err != nil:
				return unreadable(Journal, path, err, "")
			case !json.Valid(line):
				torn++
			}
			lines++
		}
		if missing(path) {
			return ok(Journal, "none yet").with("path", path)
		}
		seen := path + ", " + count(lines, "line")
		if torn > 0 {
			seen += fmt.Sprintf(", %d of them torn, as a process that dies leaves them", torn)
		}
		return private(ok(Journal, seen), path, othersRead).with("lines", lines)
	})
}

func (e *examination) stash(ctx context.Context) []Finding {
	return e.at(Stash, func(d config.Dirs) Finding {
		path := d.StashPath()
		entries, err := stash.OpenIndex(path).Entries(ctx)
		switch {
		case err != nil:
			return unreadable(Stash, path, err, "the keys themselves are where they were; keep the file, it says where")
		case missing(path):
			return ok(Stash, "none yet").with("path", path)
		}
		return private(ok(Stash, path+", "+count(len(entries), "key")), path, othersRead).with("keys", len(entries))
	})
}

func unreadable(name, path string, err error, advice string) Finding {
	if errors.Is(err, config.ErrNewer) {
		advice = "use the newer fob that wrote it"
	}
	if errors.Is(err, fs.ErrPermission) {
		advice = "it belongs to somebody else, perhaps after a run as root: give it back with chown"
	}
	seen := brief(err.Error())
	if !strings.Contains(seen, path) {
		seen = path + ": " + seen
	}
	return fail(name, seen, advice).with("path", path)
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// What others must not do with a file.
const (
	othersRead  fs.FileMode = 0o077
	othersWrite fs.FileMode = 0o022
)

// private warns of a file that others may do with what they should not.
func private(f Finding, path string, bits fs.FileMode) Finding {
	f = f.with("path", path)
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" {
		return f
	}
	mode := info.Mode().Perm()
	f = f.with("mode", fmt.Sprintf("%04o", mode))
	if mode&bits == 0 {
		return f
	}
	f.State = Warn
	switch {
	case info.IsDir():
		f.Seen += "; others can write into " + path
		f.Advice = "chmod go-w " + path
	case mode&othersWrite != 0:
		f.Seen += "; others can write it"
		f.Advice = "chmod go-w " + path
	default:
		f.Seen += "; others can read it"
		f.Advice = "chmod 600 " + path
	}
	return f
}

func (e *examination) folders(context.Context) []Finding {
	if e.Dirs == nil {
		return one(skip(Folders, "not looked at"))
	}
	dirs, err := e.Dirs()
	if err != nil {
		why, advice, _ := strings.Cut(brief(err.Error()), ": ")
		return one(fail(Folders, why, advice))
	}
	var seen []string
	f := ok(Folders, "")
	for _, path := range []string{dirs.Config, dirs.State, dirs.Data} {
		if len(seen) > 0 && strings.HasPrefix(seen[len(seen)-1], path) {
			continue // FOB_HOME is all three
		}
		word, err := writable(path)
		if err != nil {
			return one(fail(Folders, path+" can't be written: "+brief(err.Error()), "give it back with chown or chmod, or set FOB_HOME to another folder").with("path", path))
		}
		seen = append(seen, path+word)
		if f = private(f, path, othersWrite); f.State == Warn {
			f.Seen = strings.TrimPrefix(f.Seen, "; ")
			return one(f)
		}
	}
	f.Seen = strings.Join(seen, ", ")
	f.Facts = nil
	return one(f)
}

// writable tries to write into a folder, or into the one above that it would be made in.
func writable(path string) (word string, err error) {
	there := path
	for {
		info, err := os.Stat(there)
		if err == nil && !info.IsDir() {
			return "", fmt.Errorf("%s is not a folder", there)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) || filepath.Dir(there) == there {
			return "", err
		}
		there, word = filepath.Dir(there), " (made when needed)"
	}
	tried, err := os.MkdirTemp(there, ".fob-doctor-")
	if err != nil {
		return "", err
	}
	return word, os.Remove(tried)
}

// count is a number of things in words: "1 key", "2 keys".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
