package doctor

import (
	"bufio"
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// matter are the libraries that faults are most often asked about, by their paths.
var matter = []struct{ path, name string }{
	{"github.com/charmbracelet/bubbletea", "bubbletea"},
	{"github.com/charmbracelet/huh", "huh"},
	{"github.com/zalando/go-keyring", "go-keyring"},
	{"github.com/godbus/dbus/v5", "dbus"},
}

func (e *examination) versions(context.Context) []Finding {
	version := e.Version
	if version == "" {
		version = "unknown"
	}
	f := ok(Versions, "").with("fob", version).with("go", runtime.Version()).with("os", runtime.GOOS).with("arch", runtime.GOARCH)
	seen := []string{"fob " + version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
	if system := distribution("/etc/os-release"); system != "" {
		seen, f = append(seen, system), f.with("system", system)
	}
	if info, known := debug.ReadBuildInfo(); known {
		libraries := map[string]string{}
		for _, dep := range info.Deps {
			libraries[dep.Path] = dep.Version
		}
		for _, m := range matter {
			if v := libraries[m.path]; v != "" {
				seen, f = append(seen, m.name+" "+v), f.with(strings.ReplaceAll(m.name, "-", "_"), v)
			}
		}
	}
	f.Seen = strings.Join(seen, " · ")
	return one(f)
}

// distribution is what a Linux calls itself, "" if it doesn't say.
func distribution(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, found := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); found {
			return brief(strings.Trim(name, `"`))
		}
	}
	return ""
}
