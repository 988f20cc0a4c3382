package cli_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"fob/client/sandbox/visitor"
)

var (
	shownAddress = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/idp/device`)
	shownCode    = regexp.MustCompile(`\b[A-Z]{4}-[A-Z]{4}\b`)
)

// fob demo --login shows the whole way, with a code where no browser can be opened, and keeps nothing anywhere.
func TestDemoLogin(t *testing.T) {
	env := clean(t)
	o := startOnTerminal(t, env, "demo", "--login")
	at := o.sees("takes keys once you have stopped typing", 0)
	at = o.sees(strings.Repeat("─", 70), at) // it does now
	o.sees("With a code", 0)
	o.types("\r")
	at = o.sees("/idp/device", at)
	all, more := o.output()
	for !shownCode.MatchString(all) {
		<-more
		all, more = o.output()
	}
	if _, err := visitor.New().EnterCode(shownAddress.FindString(all), shownCode.FindString(all), ida); err != nil {
		t.Fatal(err)
	}
	o.sees("ci-eval", at)
	o.types("q")
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	for _, line := range env {
		if home, found := strings.CutPrefix(line, "FOB_HOME="); found {
			if left, err := os.ReadDir(home); err == nil && len(left) > 0 {
				t.Errorf("the demo leaves %v in %s", left, home)
			}
		}
	}
}
