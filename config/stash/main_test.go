package stash_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
)

// roleEnv makes this test's binary play another process: one with an environment of its own for the keyring, or one of
// several that write the same file.
const roleEnv = "STASH_TEST_ROLE"

// quickExit keeps the race detector from waiting a second at the end of every process.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// answer is what a process says about one call to the keyring.
type answer struct {
	Kind        stash.KeyringKind
	Error, Hint string
	MayBeStored bool
	Equal       bool // what Get found is what was on standard input
}

func play(role string, args []string) int {
	switch role {
	case "keyring":
		return keyringCalls(args)
	case "env-file": // path: says the key's hash once it is kept
		v := madeUpKey()
		if err := (stash.EnvFile{Path: args[0]}).Put(context.Background(), "", v); err != nil {
			say("refused: " + err.Error())
			return 0
		}
		say(fmt.Sprintf("%x", sha256.Sum256([]byte(v.Reveal()))))
	case "session-keyring": // path, what to do one after another
		return sessionCalls(stash.NewSessionKeyring(smallKeyring(), config.Dirs{Own: os.Getenv("FOB_HOME")}.SessionAccount("eu"), args[0]), args[1:])
	case "session-file":
		return sessionCalls(stash.SessionFile{Path: args[0]}, args[1:])
	case "index": // path, name, count: count < 0 is until killed
		index := stash.OpenIndex(args[0])
		count, _ := strconv.Atoi(args[2])
		for i := 0; i != count; i++ {
			account := args[1] + "-" + strconv.Itoa(i)
			if err := index.Put(context.Background(), stash.Entry{Account: account}); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			say(account)
		}
	}
	return 0
}

// keyringCalls makes the calls that are named in args one after another ("put=200ms"), on one Keyring, with the value on
// standard input, and says a JSON line about each.
func keyringCalls(args []string) int {
	value, err := io.ReadAll(os.Stdin)
	if err != nil {
		return 1
	}
	v := secret.New(string(value))
	k := stash.NewKeyring("fob-test")
	for _, arg := range args {
		var op string
		limit := 10 * time.Second
		for i := range arg {
			if arg[i] == '=' {
				op = arg[:i]
				limit, _ = time.ParseDuration(arg[i+1:])
			}
		}
		if op == "" {
			op = arg
		}
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		a := call(ctx, k, op, v)
		cancel()
		line, _ := json.Marshal(a)
		say(string(line))
	}
	return 0
}

func call(ctx context.Context, k *stash.Keyring, op string, v secret.Value) answer {
	const account = "an-account"
	var a answer
	var err error
	switch op {
	case "reach":
		err = k.Reach(ctx)
	case "try":
		err = k.Try(ctx)
	case "put":
		err = k.Put(ctx, account, v)
	case "get":
		var got secret.Value
		got, err = k.Get(ctx, account)
		a.Equal = got.Equal(v)
	case "delete":
		err = k.Delete(ctx, account)
	}
	if err == nil {
		return a
	}
	a.Kind, a.Error = stash.KindOf(err), err.Error()
	if failed, ok := err.(*stash.KeyringError); ok { //nolint:errorlint // every error has to be one itself
		a.Hint, a.MayBeStored = failed.Hint(), failed.MayBeStored
	}
	return a
}

// say tells the test that started this process.
func say(line string) { _, _ = fmt.Fprintln(os.Stdout, line) }

// process starts this binary in a role. It ends with the test at the latest.
func process(t *testing.T, role string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, quickExit)
	cmd.Stderr = os.Stderr
	return cmd
}

// madeUpKey returns a value with the form of a key that is none.
func madeUpKey() secret.Value {
	return secret.New("api_" + rand.Text() + "." + rand.Text() + "." + rand.Text())
}

func writeFile(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // the umask does not count
		t.Fatal(err)
	}
}
