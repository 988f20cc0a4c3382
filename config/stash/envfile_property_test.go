package stash_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fob/client/secret"
	"fob/config/stash"
)

// ours matches a line that sets one of the names that are written, whatever stands before it.
var ours = regexp.MustCompile(`^(\x{feff})?[ \t]*(export[ \t]+)?(API_KEY|API_URL)[ \t]*=`)

// others are the lines that are none of ours, with their endings but without the ending of the very last one.
func others(text string) []string {
	var all []string
	for line := range strings.SplitAfterSeq(strings.TrimRight(text, "\n"), "\n") {
		if !ours.MatchString(line) {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

func TestAnyOtherLineSurvivesByteForByte(t *testing.T) {
	dir := t.TempDir()
	line := rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "API_KEY=old", "export API_KEY='old'", "API_URL=x", "A=1", "# API_KEY=old", "B='one", "two'", `C="x\"`,
			"\t D = 4 # d", "\ufeffAPI_KEY=1", "=", "export", "API_KEY", "A=\xff", "\r", "E=1\r",
		}),
		rapid.StringMatching(`[A-C_= '"#\\\r]{0,12}`),
	)
	rapid.Check(t, func(rt *rapid.T) {
		old := strings.Join(rapid.SliceOf(line).Draw(rt, "lines"), "\n")
		path := filepath.Join(dir, ".env")
		writeFile(t, path, old, 0o600)
		v := secret.New(rapid.StringMatching(`api_[a-zA-Z0-9_-]{20,40}`).Draw(rt, "key"))
		f := stash.EnvFile{Path: path, APIURL: "https://h.test", Replace: true}
		tried := f.Try(rt.Context())
		err := f.Put(rt.Context(), "", v)
		data, read := os.ReadFile(path)
		if read != nil {
			rt.Fatal(read)
		}
		if (tried == nil) != (err == nil) {
			rt.Fatalf("try says %v, put %v", tried, err)
		}
		if err != nil {
			if string(data) != old {
				rt.Fatalf("refused with %v, and changed", err)
			}
			return
		}
		if !strings.Contains(old, "\r") {
			got := others(string(data))
			want := others(old)
			if old == "" {
				want = nil
			}
			if diff := cmp.Diff(strings.TrimRight(strings.Join(want, "\n"), "\n"), strings.TrimRight(strings.Join(got, "\n"), "\n")); diff != "" {
				rt.Fatal(diff)
			}
		}
		variables, err := stash.ReadEnvFile(path)
		if err != nil {
			rt.Fatal(err)
		}
		keys := 0
		for _, variable := range variables {
			if variable.Name == stash.EnvAPIKey {
				keys++
				if !variable.Value.Equal(v) {
					rt.Fatalf("line %d has another key", variable.Line)
				}
			}
		}
		if keys == 0 {
			rt.Fatal("no key is in the file")
		}
		if err := f.Put(rt.Context(), "", v); err != nil {
			rt.Fatal(err)
		}
		if again, err := os.ReadFile(path); err != nil || string(again) != string(data) {
			rt.Fatalf("writing the same again changed the file: %v", err)
		}
	})
}

func TestReadEnvFileReadsWhatDotenvReadersDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	writeFile(t, path, strings.Join([]string{
		"A=plain", "export B = 'single # \\' $x' # comment", `C="two\nlines \"q\""`, "D=with space # comment", "E=a#b",
		"F=", "# G=1", "no name", "H=\"one", "two\"", "1=2", "I='open", "A=again\r", "J=x=y", "K L=1",
	}, "\n"), 0o600)
	variables, err := stash.ReadEnvFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type plain struct {
		Name, Value string
		Line        int
	}
	var got []plain
	for _, variable := range variables {
		got = append(got, plain{variable.Name, variable.Value.Reveal(), variable.Line})
	}
	want := []plain{
		{"A", "plain", 1},
		{"B", "single # ' $x", 2},
		{"C", "two\nlines \"q\"", 3},
		{"D", "with space", 4},
		{"E", "a#b", 5},
		{"F", "", 6},
		{"H", "one\ntwo", 9},
		{"1", "2", 11},
		{"I", "'open", 12},
		{"A", "again", 13},
		{"J", "x=y", 14},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if none, err := stash.ReadEnvFile(path + "-not-there"); none != nil || err != nil {
		t.Errorf("%v, %v", none, err)
	}
}

func FuzzReadEnvFile(f *testing.F) {
	for _, seed := range []string{
		"", "A=1\n", "A='\n'\n", "A=\"\\", "export A=1\r\nB=2", "\ufeffA=1", "A='x'y\n", "A=\r\r\nB", "=\n", "A=\"\n\nB=1\n\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		path := filepath.Join(t.TempDir(), ".env")
		writeFile(t, path, data, 0o600)
		variables, err := stash.ReadEnvFile(path)
		if err != nil {
			return
		}
		last := 0
		for _, variable := range variables {
			if variable.Line <= last || variable.Name == "" || variable.Value.Len() > len(data) {
				t.Fatalf("line %d after %d: %q", variable.Line, last, variable.Name)
			}
			last = variable.Line
		}
		v := secret.New("a-made-up-value")
		if err := (stash.EnvFile{Path: path, Replace: true}).Put(t.Context(), "", v); err != nil {
			return
		}
		after, err := stash.ReadEnvFile(path)
		if err != nil || len(after) < len(variables) {
			t.Fatalf("%d variables became %d, %v", len(variables), len(after), err)
		}
		for i, variable := range variables {
			want := variable.Value
			if variable.Name == stash.EnvAPIKey {
				want = v
			}
			if after[i].Name != variable.Name || !after[i].Value.Equal(want) {
				t.Fatalf("%s is another", variable.Name)
			}
		}
	})
}
