package cli

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// What is said before the usage is broken by hand: nothing of it is so long that a terminal breaks it once more.
func TestHelpIsBrokenIntoLines(t *testing.T) {
	var look func(*cobra.Command)
	look = func(cmd *cobra.Command) {
		for line := range strings.SplitSeq(cmd.Long, "\n") {
			if n := utf8.RuneCountInString(line); n > 120 {
				t.Errorf("%s: %d characters: %s", cmd.CommandPath(), n, line)
			}
		}
		for _, c := range cmd.Commands() {
			look(c)
		}
	}
	look((&app{System: System{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}}).root())
}
