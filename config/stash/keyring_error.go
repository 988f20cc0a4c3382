package stash

import (
	"errors"
	"fmt"
	"time"

	"fob/client/visible"
)

// KeyringKind says what is wrong with the keyring.
type KeyringKind string

// What can be wrong.
const (
	NoBus     KeyringKind = "no bus"     // Linux: there is no D-Bus session
	NoService KeyringKind = "no service" // nothing on this machine answers as a keyring
	Locked    KeyringKind = "locked"     // it is locked, and nobody unlocked it
	Dismissed KeyringKind = "dismissed"  // it said yes and stored nothing, as after a dismissed prompt
	TooLarge  KeyringKind = "too large"  // the value is above what this system's keyring holds
	Silent    KeyringKind = "silent"     // it did not answer in time
	Busy      KeyringKind = "busy"       // an earlier call has had no answer yet
	Lying     KeyringKind = "lying"      // what it gives back is not what was written
	NotFound  KeyringKind = "not found"  // it has nothing under that account
	Other     KeyringKind = "other"      // anything else; Err has it
)

const (
	opTry    = "try"
	opRead   = "read"
	opWrite  = "write"
	opDelete = "delete"
)

// KeyringError is every error of a Keyring.
type KeyringError struct {
	Kind KeyringKind
	Op   string // "try", "read", "write" or "delete"

	// Since is when the call began that keeps the keyring busy; zero for other kinds than Busy.
	Since time.Time
	// Waited is how long a Silent one was waited for.
	Waited time.Duration
	// MayBeStored: the write was not answered in time, and may have landed or still land. A later Get tells.
	MayBeStored bool
	// Size and Limit are in bytes, of a TooLarge value.
	Size, Limit int
	// Session: it was about a session, not a key.
	Session bool
	// Err is what the system said, without any secret; may be nil.
	Err error
}

// Error says what is wrong.
func (e *KeyringError) Error() string {
	text := e.what()
	if e.MayBeStored {
		text += "; the " + e.thing() + " may have been stored"
	}
	// What the system said is only worth its words where ours don't say it already.
	if e.Err != nil && (e.Kind == Other || e.Kind == NoBus || e.Kind == NoService) {
		text += ": " + visible.Line(e.Err.Error())
	}
	return text
}

func (e *KeyringError) thing() string {
	if e.Session {
		return "session"
	}
	return "key"
}

func (e *KeyringError) what() string {
	switch e.Kind {
	case NoBus:
		return "there is no D-Bus session to reach a keyring through"
	case NoService:
		return "no keyring service answers on this machine"
	case Locked:
		return "the keyring is locked, and was not unlocked"
	case Dismissed:
		return "the keyring stored nothing: its prompt was dismissed, or it dropped the " + e.thing() + " without a word"
	case TooLarge:
		if e.Limit == 0 {
			return "the value is larger than the keyring of this system holds"
		}
		return fmt.Sprintf("the value has %d bytes, and the keyring of this system holds %d", e.Size, e.Limit)
	case Silent:
		if e.Waited == 0 {
			return "the keyring did not answer in time"
		}
		return fmt.Sprintf("the keyring did not answer within %s", e.Waited.Round(100*time.Millisecond))
	case Busy:
		return fmt.Sprintf("the keyring is busy since %s: an earlier call has had no answer yet", e.Since.Format("15:04:05"))
	case Lying:
		return "the keyring gave back something else than what was written"
	case NotFound:
		return "the keyring has nothing under that name"
	default:
		return "the keyring failed to " + e.Op
	}
}

// Hint says what can be done about it, as a sentence without a full stop.
func (e *KeyringError) Hint() string {
	instead := "choose an env file or the clipboard"
	if e.Session {
		instead = "keep the session in a file: fob login --store file"
	}
	switch e.Kind {
	case NoBus:
		return "start fob inside a desktop session or under dbus-run-session, or " + instead
	case NoService:
		return "install and start a keyring (gnome-keyring, KWallet, KeePassXC), or " + instead
	case Locked:
		return "unlock the keyring and try again, or " + instead
	case Dismissed:
		return "try again and answer the keyring's prompt, or " + instead
	case TooLarge:
		if e.Session {
			return instead
		}
		return instead + " for this key"
	case Silent:
		if e.MayBeStored {
			return "look for the keyring's prompt, perhaps behind this window, then ask the keyring again what it has"
		}
		return "look for the keyring's prompt, perhaps behind this window, or " + instead
	case Busy:
		return "look for the keyring's prompt, perhaps behind this window, and answer it"
	case Lying:
		return "trust it with nothing for now: " + instead
	case NotFound:
		return "it may be kept on another machine, or was removed from the keyring by other means"
	default:
		return instead
	}
}

// Unwrap returns what the system said, or the error of the context that ended the waiting.
func (e *KeyringError) Unwrap() error { return e.Err }

// KindOf returns the kind of the KeyringError in err, "" if there is none.
func KindOf(err error) KeyringKind {
	if failed, ok := errors.AsType[*KeyringError](err); ok {
		return failed.Kind
	}
	return ""
}
