package config_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"fob/config"
)

// roleEnv makes this test's binary play one of several processes: the tests start it again with a role.
const roleEnv = "CONFIG_TEST_ROLE"

// quickExit keeps the race detector from waiting a second at the end of every process.
const quickExit = "GORACE=atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(play(role, os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

// roles are the ones that only some systems have.
var roles = map[string]func(args []string) int{}

// play runs a role. What it did is acknowledged on standard output, one line each.
func play(role string, args []string) int {
	ctx := context.Background()
	switch role {
	case "append": // path, name, count: count < 0 is until killed
		journal := config.OpenJournal(args[0])
		count, _ := strconv.Atoi(args[2])
		for i := 0; i != count; i++ {
			line, _ := json.Marshal(map[string]any{"from": args[1], "number": i})
			if err := journal.Append(ctx, line); err != nil {
				return fail(err)
			}
			say(string(line))
		}
	case "count": // path, screen, count: one update of the state each
		state := config.OpenState(args[0])
		count, _ := strconv.Atoi(args[2])
		for i := range count {
			err := state.Update(ctx, func(s *config.State) error {
				s.SetSort(args[1]+strconv.Itoa(i), config.Sort{Column: "name"})
				return nil
			})
			if err != nil {
				return fail(err)
			}
		}
	case "lease": // path: holds a lease until it is killed
		journal := config.OpenJournal(args[0])
		say(journal.Lease())
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
		runtime.KeepAlive(journal)
	case "hold": // path: holds the lock until it is killed
		if _, err := config.Lock(ctx, args[0]); err != nil {
			return fail(err)
		}
		say("held")
		_, _ = bufio.NewReader(os.Stdin).ReadByte()
	default:
		if run, ok := roles[role]; ok {
			return run(args)
		}
		return fail(fmt.Errorf("no role %q", role))
	}
	return 0
}

// say acknowledges something to the test that started this process.
func say(words ...any) { _, _ = fmt.Fprintln(os.Stdout, words...) }

func fail(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

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
