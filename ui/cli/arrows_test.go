package cli_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows says which of our packages a package may import: what is below it. They point down only.
var arrows = map[string][]string{
	"fob":                         {"fob/ui/background", "fob/ui/cli"},
	"fob/ui/cli":                  {"fob/ui", "fob/ui/desk", "fob/ui/desk/doctor", "fob/ui/filter", "fob/client", "fob/client/audit", "fob/client/audit/history", "fob/client/audit/report", "fob/client/sandbox", "fob/client/secret", "fob/client/visible", "fob/config", "fob/config/stash", "fob/client/session"},
	"fob/ui":                      {"fob/ui/desk", "fob/ui/filter", "fob/client", "fob/client/audit", "fob/client/audit/history", "fob/client/lifecycle", "fob/client/secret", "fob/client/visible", "fob/config/stash", "fob/client/session"},
	"fob/ui/desk":                 {"fob/ui/filter", "fob/client", "fob/client/audit", "fob/client/audit/history", "fob/client/audit/report", "fob/client/lifecycle", "fob/client/secret", "fob/client/visible", "fob/config", "fob/config/stash", "fob/client/session"},
	"fob/ui/desk/doctor":          {"fob/ui/desk", "fob/client", "fob/client/secret", "fob/client/visible", "fob/config", "fob/config/stash"},
	"fob/ui/filter":               {"fob/client/visible"},
	"fob/ui/background":           {},
	"fob/client":                  {"fob/client/origin", "fob/client/secret", "fob/client/visible"},
	"fob/client/lifecycle":        {"fob/client", "fob/client/secret", "fob/client/visible"},
	"fob/client/audit":            {"fob/client/audit/history", "fob/client", "fob/client/visible", "fob/config/tomltext"},
	"fob/client/audit/history":    {"fob/client"},
	"fob/client/audit/report":     {"fob/client/audit", "fob/client/audit/history", "fob/client", "fob/client/visible"},
	"fob/client/sandbox":          {"fob/client/secret", "fob/client/visible", "fob/client/sandbox/provider"},
	"fob/client/sandbox/visitor":  {},
	"fob/client/sandbox/chromium": {},
	"fob/client/sandbox/provider": {"fob/client/visible"},
	"fob/client/session":          {"fob/client/origin", "fob/client/secret", "fob/client/visible"},
	"fob/client/contract":         {"fob/client/secret", "fob/client/visible"},
	"fob/client/lifecycle/faulty": {},
	"fob/client/origin":           {"fob/client/visible"},
	"fob/client/secret":           {},
	"fob/client/visible":          {},
	"fob/config":                  {"fob/config/tomltext"},
	"fob/config/tomltext":         {},
	"fob/config/stash":            {"fob/config", "fob/client/secret", "fob/client/visible"},
}

// onlyTests are packages that no program may be built with.
var onlyTests = []string{
	"fob/client/contract", "fob/client/lifecycle/faulty", "fob/client/sandbox/chromium", "fob/client/sandbox/visitor", "testing", "net/http/httptest",
}

type goPackage struct {
	ImportPath string
	Imports    []string // without those of tests
	Deps       []string
	Module     struct{ Path string }
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps,Module", "fob/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func ours(path string) bool { return path == "fob" || strings.HasPrefix(path, "fob/") }

func TestArrowsPointDown(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range packages(t) {
		seen[p.ImportPath] = true
		allowed, known := arrows[p.ImportPath]
		if !known {
			t.Errorf("%s has no place in the house: give it one here and in the design", p.ImportPath)
		}
		for _, path := range p.Imports {
			if ours(path) && !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s, which isn't below it", p.ImportPath, path)
			}
		}
	}
	for path := range arrows {
		if !seen[path] {
			t.Errorf("%s is gone: take it out of the table", path)
		}
	}
}

func TestTheProgramHoldsNothingOfTests(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != "fob" {
			continue
		}
		for _, path := range onlyTests {
			if slices.Contains(p.Deps, path) {
				t.Errorf("fob is built with %s", path)
			}
		}
		return
	}
	t.Fatal("package fob was not found")
}

// ui/background answers for the terminal before Bubble Tea's init would ask it. That needs an import path that sorts
// before Bubble Tea's, and nothing to wait for but lipgloss, which Bubble Tea waits for as well.
func TestBackgroundComesFirst(t *testing.T) {
	const charm = "github.com/charmbracelet/"
	for _, p := range packages(t) {
		if p.ImportPath != "fob/ui/background" {
			continue
		}
		if p.Module.Path >= charm || p.ImportPath >= charm {
			t.Errorf("%s sorts behind %s", p.ImportPath, charm)
		}
		if !slices.Equal(p.Imports, []string{charm + "lipgloss"}) {
			t.Errorf("it imports %v and should import lipgloss alone", p.Imports)
		}
		return
	}
	t.Fatal("ui/background was not found")
}

// Commands and screens are two ways to the desk: neither knows the other's library.
func TestWhoKnowsWhichLibrary(t *testing.T) {
	below := []string{"fob/client", "fob/config", "fob/ui/desk", "fob/ui/filter"}
	for _, p := range packages(t) {
		for _, path := range p.Imports {
			cobra, charm := strings.HasPrefix(path, "github.com/spf13/"), strings.HasPrefix(path, "github.com/charmbracelet/")
			if cobra && p.ImportPath != "fob/ui/cli" {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
			if charm && path != "github.com/charmbracelet/x/ansi" && slices.ContainsFunc(below, func(b string) bool {
				return p.ImportPath == b || strings.HasPrefix(p.ImportPath, b+"/")
			}) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
}
