package secret_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// callers are the functions that let a secret out, with the reason. A new one is a decision: the secret goes to a place
// where nothing protects it any more.
var callers = map[string]string{
	"fob/client/secret.Value.Equal":  "compares",
	"fob/client/secret.Value.IsZero": "asks whether there is one",
	"fob/client/secret.Value.Len":    "counts",
	"fob/client/secret.Value.Masked": "shows the last four characters",
	"fob/client/secret.Value.Redact": "takes it out of a text",

	"fob/client.Client.request":           "the credential of a request",
	"fob/client.ClaimsOf":                 "reads the claims of a JWT",
	"fob/client.LooksLikeKey":             "tells a key from a session",
	"fob/client/session.record.seal":      "writes down a session for its store, which gets it as a Value again",
	"fob/client/session.Session.open":     "reads what was stored",
	"fob/client/session.Session.refresh":  "sends the refresh token to the provider that gave it",
	"fob/client/session.Session.revoke":   "the same, to end it",
	"fob/client/sandbox.New":              "remembers the hashes of its sessions",
	"fob/client/sandbox.createKey":        "answers a create, as the platform does",
	"fob/config/stash.Clipboard.Put":      "refuses what would break out of a clipboard sequence",
	"fob/config/stash.Clipboard.copy":     "to the clipboard's tool",
	"fob/config/stash.Clipboard.write":    "to the clipboard by the terminal",
	"fob/config/stash.EnvFile.Put":        "into the file",
	"fob/config/stash.Output.Put":         "to the program that reads a command's output",
	"fob/config/stash.Keyring.write":      "into the keyring",
	"fob/config/stash.AddressIn":          "reads what should be an address beside a key",
	"fob/ui/desk.ReadClue":                "finds the key in what was pasted",
	"fob/ui/desk.Clue.of":                 "compares a part of a key with a key",
	"fob/ui/desk.Handout.Settings":        "for the child, or the pipe, that the person asked for",
	"fob/ui/cli.app.serve":                "prints the sandbox's session, made for this run, for scripts",
	"fob/ui/cli.later":                    "knows the demo's own session by it",
	"fob/config/stash.runCommand":         "into the standard input of a clipboard's tool",
	"fob/config/stash.feed.start":         "into the standard input of a person's command",
	"fob/config/stash.PrintOf":            "hashes it, to tell it from another later",
	"fob/config/stash.newCutter":          "finds it in what a command wrote, to cut it out",
	"fob/ui.reveal.shownView":             "on the screen, for thirty seconds, because a person asked for it",
	"fob/config/stash.checkSession":       "refuses what is no text",
	"fob/config/stash.sessionHead.sealed": "into the keyring's entry",
	"fob/config/stash.sessionHead.joined": "puts the parts of a session together",
	"fob/config/stash.openHead":           "reads the keyring's entry",
	"fob/config/stash.split":              "cuts a session that is larger than an entry of the keyring",
	"fob/config/stash.sumOf":              "hashes it, to tell a whole session from a mixture",
	"fob/config/stash.SessionFile.Save":   "into the file",
}

// Every function outside of the tests that names Reveal is in the list above, and every one in the list does so. What
// counts is the name alone, called or not, of whatever it is a method: a method value, a method expression and an
// interface with a Reveal of its own are found, too.
func TestCallersOfReveal(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]token.Position)
	files := 0
	fset := token.NewFileSet()
	err = filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if file != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "vendor" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		files++
		tree, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := path.Join("fob", filepath.ToSlash(folder))
		maps.Copy(found, revealers(fset, pkg, tree))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 5 {
		t.Fatalf("only %d files were read: not the module", files)
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if callers[name] == "" {
			t.Errorf("%s: %s lets a secret out by Reveal and is not in the list of callers; put it there with its reason, or leave the secret in its Value",
				found[name], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(callers)) {
		if _, there := found[name]; !there {
			t.Errorf("%s is in the list of callers, but doesn't name Reveal any more", name)
		}
	}
}

// revealers returns the functions of a file that name Reveal, and where. What stands outside of functions is called
// "package level".
func revealers(fset *token.FileSet, pkg string, tree *ast.File) map[string]token.Position {
	found := make(map[string]token.Position)
	for _, declaration := range tree.Decls {
		name := pkg + ": package level"
		f, isFunction := declaration.(*ast.FuncDecl)
		if isFunction {
			name = pkg + "." + receiver(f) + f.Name.Name
		}
		ast.Inspect(declaration, func(n ast.Node) bool {
			var named *ast.Ident
			switch n := n.(type) {
			case *ast.SelectorExpr:
				named = n.Sel
			case *ast.InterfaceType: // an interface with a Reveal could be called under another method's name
				for _, method := range n.Methods.List {
					for _, m := range method.Names {
						if m.Name == "Reveal" {
							named = m
						}
					}
				}
			}
			if named != nil && named.Name == "Reveal" {
				found[name] = fset.Position(named.Pos())
			}
			return true
		})
	}
	return found
}

// receiver returns "Type." for a method, "" for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	t := f.Recv.List[0].Type
	for {
		switch inner := t.(type) {
		case *ast.StarExpr:
			t = inner.X
		case *ast.IndexExpr:
			t = inner.X
		case *ast.IndexListExpr:
			t = inner.X
		case *ast.Ident:
			return inner.Name + "."
		default:
			return "?."
		}
	}
}

func TestRevealersAreFound(t *testing.T) {
	const source = `package p
import . "fob/client/secret"
var level = Value{}.Reveal()
type opener interface{ Reveal() string }
func direct(v Value) string { return v.Reveal() }
func value(v Value) func() string { f := v.Reveal; return f }
func expression(v Value) string { return Value.Reveal(v) }
func (b *box[T]) method() { go func() { _ = b.v.Reveal() }() }
func innocent(v Value) string { return v.Masked(3) + "Reveal" }
`
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "p.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(revealers(fset, "fob/p", tree)))
	want := []string{"fob/p.box.method", "fob/p.direct", "fob/p.expression", "fob/p.value", "fob/p: package level"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
