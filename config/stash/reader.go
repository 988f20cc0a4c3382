package stash

import (
	"net/url"
	"slices"
	"strings"

	"fob/client/secret"
)

// Reader is a program of the platform's that takes a key, the platform's address and a workspace from variables. The
// names and forms are those that the programs themselves read.
type Reader struct {
	Name  string // what a person calls it: "sdk"
	About string // for people

	Key       string // the variable that holds the key
	Address   string // the one that holds the platform's address; "" if it takes none
	Suffix    string // what its address ends in, after the host
	Workspace string // the one that holds a workspace's name; "" if it takes none
}

// SDK reads what the platform's own SDKs and commands read: API_URL with /api/v1 suits both, for one requires it and the
// other strips it.
var SDK = Reader{
	Name: "sdk", About: "the platform's SDKs and commands",
	Key: EnvAPIKey, Address: EnvAPIURL, Suffix: apiPath, Workspace: EnvWorkspace,
}

// Readers are the programs whose variables are known, the SDKs first.
func Readers() []Reader {
	return []Reader{
		SDK,
		{
			Name: "mcp", About: "the deepset MCP server",
			Key: "DEEPSET_API_KEY", Address: "DEEPSET_API_URL", Suffix: "/api", Workspace: "DEEPSET_WORKSPACE",
		},
		{
			Name: "haystack1", About: "Haystack 1.x",
			Key: "DEEPSET_CLOUD_API_KEY", Address: "DEEPSET_CLOUD_API_ENDPOINT", Suffix: apiPath,
		},
	}
}

// ReaderNamed returns the reader that a person means: one of Readers by its name, the SDKs for "", or, for any other
// name that a variable can have, a program that takes the key alone from that variable. A name that has a meaning of its
// own, as PATH has, is refused.
func ReaderNamed(name string) (Reader, bool) {
	if name == "" {
		return SDK, true
	}
	for _, r := range Readers() {
		if r.Name == name {
			return r, true
		}
	}
	return Reader{Name: name, Key: name}, isVariable(name) && !taken(name)
}

// taken tells whether a variable means something to the system, to shells or to fob itself: with a key in it, a command
// would not start, or start something else.
func taken(name string) bool {
	name = strings.ToUpper(name) // Windows tells no cases apart
	for _, prefix := range []string{"LD_", "DYLD_", "LC_", "XDG_", "FOB_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return slices.Contains([]string{
		"PATH", "HOME", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME", "TERM", "LANG", "LANGUAGE", "TZ", "IFS", "ENV", "BASH_ENV", "DISPLAY",
		"TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
		"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "NODE_OPTIONS", "NODE_PATH", "PERL5LIB", "PERL5OPT", "RUBYLIB", "RUBYOPT", "JAVA_TOOL_OPTIONS",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	}, name)
}

// isVariable tells whether every shell and every dotenv reader takes a name for a variable's.
func isVariable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Beside are the variables beside the key: the platform's address, given with or without /api/v1 or /api, and the
// workspace. An empty one of the two is left out.
func (r Reader) Beside(address, workspace string) []Setting {
	var all []Setting
	if address != "" && r.Address != "" {
		address = strings.TrimRight(address, "/")
		for _, suffix := range []string{apiPath, "/api"} {
			address = strings.TrimRight(strings.TrimSuffix(address, suffix), "/")
		}
		all = append(all, Setting{r.Address, address + r.Suffix})
	}
	if workspace != "" && r.Workspace != "" {
		all = append(all, Setting{r.Workspace, workspace})
	}
	return all
}

// Variables are the names that r reads.
func (r Reader) Variables() []string {
	return slices.DeleteFunc([]string{r.Key, r.Address, r.Workspace}, func(name string) bool { return name == "" })
}

// Setting is a variable and its value, which is no secret.
type Setting struct{ Name, Value string }

// Check refuses a value that readers of NAME=value without quotes would not all read the same, with ErrNotPlain.
func (s Setting) Check() error { return plain(s.Name, s.Value) }

// AddressIn returns the address that a variable of an env file has. An address is no secret; what has the form of
// anything else is left where it is, and the answer is "".
func AddressIn(v secret.Value) string {
	text := v.Reveal()
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return text
}
