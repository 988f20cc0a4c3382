package config

import (
	"fmt"
	"os"
	"strings"
)

// The variables of the environment that connect fob to a platform.
const (
	EnvAPIURL         = "FOB_API_URL"
	EnvSessionToken   = "FOB_SESSION_TOKEN"
	EnvOrganizationID = "FOB_ORGANIZATION_ID"
	EnvProfile        = "FOB_PROFILE"
)

// Source says where a setting's value came from.
type Source struct {
	Kind SourceKind
	Name string // the flag without its dashes, the variable, or the section of the file; empty for the others
	Path string // the file's, of a File
	Line int    // in the file, of a File
}

// SourceKind is one of the places that a setting may come from.
type SourceKind int

// The places, the strongest last.
const (
	Unset SourceKind = iota
	Default
	Only       // of a profile: it is the only one there is
	Remembered // the one that was chosen last: a profile, or an organization, which Name says then
	File       // a profile in config.toml
	Environment
	Flag
)

// String says it for people: "--api-url", "FOB_API_URL", "/home/ada/.config/fob/config.toml:7".
func (s Source) String() string {
	switch s.Kind {
	case Default:
		return "default"
	case Only:
		return "the only profile"
	case Remembered:
		if s.Name == "organization" {
			return "chosen last, with o or fob login"
		}
		return "chosen last: fob profile use chooses another"
	case File:
		return fmt.Sprintf("%s:%d", s.Path, s.Line)
	case Environment:
		return s.Name
	case Flag:
		return "--" + s.Name
	default:
		return "not set"
	}
}

// Setting is a value and where it came from.
type Setting struct {
	Value string
	From  Source
}

// IsSet tells whether the setting has a value at all.
func (s Setting) IsSet() bool { return s.From.Kind != Unset }

// Yes tells whether a setting that is true or false is true.
func (s Setting) Yes() bool { return s.Value == "true" }

// Option is a command's flag as it was parsed.
type Option struct {
	Name    string // without its dashes
	Value   string
	Changed bool // it was given, even if empty
}

// Resolve returns the flag's value if it was given, else the environment's variable env if that isn't empty, else
// fallback. Spaces around a value of the environment are dropped, for the newline of a file that was read into it.
func Resolve(flag Option, env, fallback string) Setting {
	return resolve(flag, env, os.Getenv, byDefault(fallback))
}

func resolve(flag Option, env string, getenv func(string) string, weaker Setting) Setting {
	if flag.Changed {
		return Setting{Value: flag.Value, From: Source{Kind: Flag, Name: flag.Name}}
	}
	if env != "" {
		if value := strings.TrimSpace(getenv(env)); value != "" {
			return Setting{Value: value, From: Source{Kind: Environment, Name: env}}
		}
	}
	return weaker
}

// byDefault is a value that nobody set; unset if it is empty.
func byDefault(value string) Setting {
	if value == "" {
		return Setting{}
	}
	return Setting{Value: value, From: Source{Kind: Default}}
}

// TakeSession returns the session of FOB_SESSION_TOKEN, "" if there is none, and removes the variable from this
// process, so that no child inherits it. It answers once. The caller wraps it in a secret.Value at once: this package
// imports nothing of ours. What the system shows of the environment a process was started with isn't changed by this.
func TakeSession() (string, error) {
	value := strings.TrimSpace(os.Getenv(EnvSessionToken))
	if err := os.Unsetenv(EnvSessionToken); err != nil {
		return "", err
	}
	return value, nil
}
