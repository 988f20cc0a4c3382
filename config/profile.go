package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Profile is a section [profiles.NAME]: a platform, and how one works there. What isn't set is empty.
type Profile struct {
	APIURL       string // the platform's address: https, or http to this machine itself
	Organization string // an organization's id
	Workspace    string // the workspace's name that commands mean without a scope
	Destination  string // where new keys go, as --to takes it
	Policy       string // an audit policy's path; absolute as Load returns it, in the file relative to the file's folder
	Product      string // what the platform is called
	WebURL       string // where people sign in with a browser
	Colour       string // one of Colours
	Production   bool   // destructive questions show the profile's name and colour
	ReadOnly     bool   // nothing is changed
	CAFile       string // more certificate authorities; a path as Policy

	// Line is where the section begins, from 1, and Lines where each of its names stands; none of a Profile that
	// wasn't read from a file.
	Line  int
	Lines map[string]int
}

// Colours are what a profile's colour may be: those of the terminal's own that are seen on any background.
var Colours = []string{"red", "green", "yellow", "blue", "magenta", "cyan"}

// profileNames are the names that a profile may have, in the order in which they are written and shown.
var profileNames = []string{
	"api_url", "organization", "workspace", "destination", "policy", "product", "web_url", "colour", "production",
	"read_only", "ca_file",
}

// profileName is what a profile may be called: it is typed, shown, and part of a file's name.
var profileName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// CheckProfileName says what is wrong with the name of a profile.
func CheckProfileName(name string) error {
	if !profileName.MatchString(name) {
		return fmt.Errorf("a profile can't be called %q: letters, digits, ., _ and - only, 64 at most, a letter or digit first", name)
	}
	return nil
}

// value returns the text of a setting by its name in the file, and whether the profile has it.
func (p Profile) value(name string) (value string, set bool) {
	yes := func(b bool) (string, bool) {
		_, written := p.Lines[name]
		return strconv.FormatBool(b), b || written
	}
	switch name {
	case "production":
		return yes(p.Production)
	case "read_only":
		return yes(p.ReadOnly)
	}
	for _, t := range p.texts() {
		if t.name == name {
			value = *t.value
		}
	}
	return value, value != ""
}

type profileText struct {
	name  string
	value *string
	check func(string) error // beyond what is asked of every text; nil for nothing
}

func (p *Profile) texts() []profileText {
	return []profileText{
		{"api_url", &p.APIURL, checkAddress},
		{"organization", &p.Organization, nil},
		{"workspace", &p.Workspace, nil},
		{"destination", &p.Destination, checkDestination},
		{"policy", &p.Policy, checkPath},
		{"product", &p.Product, nil},
		{"web_url", &p.WebURL, checkAddress},
		{"colour", &p.Colour, checkColour},
		{"ca_file", &p.CAFile, checkPath},
	}
}

// profileRaw is the section as it is decoded. The names have to be the ones of profileNames.
type profileRaw struct {
	APIURL       *string `toml:"api_url"`
	Organization *string `toml:"organization"`
	Workspace    *string `toml:"workspace"`
	Destination  *string `toml:"destination"`
	Policy       *string `toml:"policy"`
	Product      *string `toml:"product"`
	WebURL       *string `toml:"web_url"`
	Colour       *string `toml:"colour"`
	Production   bool    `toml:"production"`
	ReadOnly     bool    `toml:"read_only"`
	CAFile       *string `toml:"ca_file"`
}

func profile(name string, raw profileRaw, commands map[string]destinationRaw) (Profile, *problem) {
	p := Profile{Production: raw.Production, ReadOnly: raw.ReadOnly}
	if err := CheckProfileName(name); err != nil {
		return p, &problem{nil, err.Error()}
	}
	written := []*string{ // in the order of texts
		raw.APIURL, raw.Organization, raw.Workspace, raw.Destination, raw.Policy, raw.Product, raw.WebURL, raw.Colour,
		raw.CAFile,
	}
	for i, t := range p.texts() {
		if written[i] == nil {
			continue
		}
		*t.value = *written[i]
		err := checkText(*t.value)
		if err == nil && t.check != nil {
			err = t.check(*t.value)
		}
		if command, ok := strings.CutPrefix(*t.value, "command:"); ok && err == nil && t.name == "destination" {
			if _, there := commands[command]; !there {
				err = fmt.Errorf("the file has no [destinations.%s]", command)
			}
		}
		if err != nil {
			return p, &problem{[]string{t.name}, fmt.Sprintf("%s: %v", dotted([]string{"profiles", name, t.name}), err)}
		}
	}
	return p, nil
}

// settle notes where the profile stands, and makes its paths ones that mean the same from every folder.
func (p *Profile) settle(name, folder string, found places) {
	p.Line, p.Lines = found.of("profiles", name).line, map[string]int{}
	for _, setting := range profileNames {
		if at, ok := found[strings.Join([]string{"profiles", name, setting}, separator)]; ok {
			p.Lines[setting] = at.line
		}
	}
	for _, path := range []*string{&p.Policy, &p.CAFile} {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(folder, *path)
		}
	}
}

// maxText is the longest text of a profile, in bytes.
const maxText = 1024

// checkText refuses what no name, address or path has, and what would act on a terminal or turn around what it shows.
func checkText(text string) error {
	acts := func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	}
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("it is empty: leave the line out to set nothing")
	case text != strings.TrimSpace(text):
		return fmt.Errorf("%q begins or ends with a space", text)
	case len(text) > maxText:
		return fmt.Errorf("it has %d bytes, and %d are the most", len(text), maxText)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, acts):
		return fmt.Errorf("%q holds a control character", text)
	}
	return nil
}

// checkAddress refuses what can't be an address that a credential is sent to. It doesn't repeat it, for it may hold a
// password.
func checkAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("it is not of the form https://host")
	case u.User != nil:
		return errors.New("it has a name or password in it")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it has a query or a fragment")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("plain http is only for this machine itself: it has to be https")
	}
	return nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func checkDestination(text string) error {
	kind, rest, found := strings.Cut(text, ":")
	switch {
	case !found && (kind == "keyring" || kind == "clipboard"):
		return nil
	case found && rest != "" && (kind == "env-file" || kind == "command"):
		return nil
	}
	return fmt.Errorf("no destination is called %q, there are keyring, clipboard, env-file:PATH and command:NAME", text)
}

func checkPath(text string) error {
	if text == "~" || strings.HasPrefix(text, "~/") {
		return errors.New("~ means nothing here: write the folder out")
	}
	return nil
}

func checkColour(text string) error {
	if slices.Contains(Colours, text) {
		return nil
	}
	if near := nearest(text, Colours); near != "" {
		return fmt.Errorf("no colour %q, did you mean %q?", text, near)
	}
	return fmt.Errorf("no colour %q, there are %s", text, strings.Join(Colours, ", "))
}
