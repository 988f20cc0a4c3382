package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// What an argument of a command destination may be replaced by. Only an argument that is nothing else is replaced: of a
// name that strangers can choose, a part of an argument could become an option, a path or a second field.
const (
	PlaceholderID      = "{id}"      // the key's id, known once the platform lists the key
	PlaceholderName    = "{name}"    // the key's name, known before it is made
	PlaceholderAccount = "{account}" // the random name that fob makes for each key; never changes, never used twice
)

var placeholders = []string{PlaceholderID, PlaceholderName, PlaceholderAccount}

// braced is what looks like a placeholder, known or not.
var braced = regexp.MustCompile(`^\{[A-Za-z_]*\}$`)

// CheckCommand says what is wrong with a program and its arguments, before anything is run.
func CheckCommand(argv []string) error {
	if len(argv) == 0 {
		return errors.New("the list is empty: it has to begin with a program")
	}
	switch program := argv[0]; {
	case program == "":
		return errors.New("the program is empty")
	case braced.MatchString(program):
		return fmt.Errorf("the program can't be a placeholder: %s", program)
	case strings.ContainsAny(program, `/\`) && !filepath.IsAbs(program):
		// It would be another program in every folder that fob is started in.
		return fmt.Errorf("the program %q has a path that is not absolute", program)
	}
	for _, arg := range argv {
		if strings.ContainsRune(arg, 0) {
			return fmt.Errorf("%q holds a zero byte, which no argument can", arg)
		}
		if slices.Contains(placeholders, arg) {
			continue
		}
		for _, p := range placeholders {
			if strings.Contains(arg, p) {
				return fmt.Errorf("%q holds %s, which has to be an argument of its own", arg, p)
			}
		}
		if braced.MatchString(arg) && len(arg) > 2 {
			return fmt.Errorf("no placeholder %s, there are %s", arg, strings.Join(placeholders, ", "))
		}
	}
	return nil
}
