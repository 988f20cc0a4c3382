package config

import (
	"os"
	"strings"
)

// The variables of the environment that connect fob to a platform.
const (
	EnvAPIURL         = "FOB_API_URL"
	EnvSessionToken   = "FOB_SESSION_TOKEN"
	EnvOrganizationID = "FOB_ORGANIZATION_ID"
)

// Source says where a setting's value came from.
type Source struct {
	Kind SourceKind
	Name string // the flag without its dashes, or the variable; empty for the others
}

// SourceKind is one of the places that a setting may come from.
type SourceKind int

// The places, the strongest last.
const (
	Unset SourceKind = iota
	Default
	Environment
	Flag
)

// Setting is a value and where it came from.
type Setting struct {
	Value string
	From  Source
}

// IsSet tells whether the setting has a value at all.
func (s Setting) IsSet() bool { return s.From.Kind != Unset }

// Option is a command's flag as it was parsed.
type Option struct {
	Name    string // without its dashes
	Value   string
	Changed bool // it was given, even if empty
}

// Resolve returns the flag's value if it was given, else the environment's variable env if that isn't empty, else
// fallback. Spaces around a value of the environment are dropped, for the newline of a file that was read into it.
func Resolve(flag Option, env, fallback string) Setting {
	if flag.Changed {
		return Setting{Value: flag.Value, From: Source{Kind: Flag, Name: flag.Name}}
	}
	if env != "" {
		if value := strings.TrimSpace(os.Getenv(env)); value != "" {
			return Setting{Value: value, From: Source{Kind: Environment, Name: env}}
		}
	}
	if fallback != "" {
		return Setting{Value: fallback, From: Source{Kind: Default}}
	}
	return Setting{}
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
