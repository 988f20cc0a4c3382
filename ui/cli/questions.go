package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"fob/client/visible"
)

// questions asks a person at a terminal one thing after another, in plain lines: nothing is drawn twice, choices are
// made by their numbers, and what is wrong with an answer is said in a line of its own. It is fob's way for screen
// readers, and for everybody who left something out of a command.
type questions struct {
	in  *bufio.Reader
	app *app
}

// choice is an answer to choose. note is what it means; it may be empty.
type choice struct{ label, note string }

// errNoMoreInput is the end of the input in the middle of the questions.
var errNoMoreInput = errors.New("the input ended before everything was answered")

// questions returns the way to ask, and whether there is one: without a terminal nothing is asked.
func (a *app) questions() (*questions, bool) {
	if !isTerminal(a.In) || !isTerminal(a.Err) {
		return nil, false
	}
	return &questions{bufio.NewReader(a.In), a}, true
}

// line asks for a line. The blanks around it are left out. It fails with errNoMoreInput, or with the cause of ctx's end.
func (q *questions) line(ctx context.Context, prompt string) (string, error) {
	q.app.prompt(prompt + " ")
	type answer struct {
		text string
		err  error
	}
	given := make(chan answer, 1)
	go func() {
		text, err := q.in.ReadString('\n')
		given <- answer{text, err}
	}()
	select {
	case got := <-given:
		text := strings.TrimSpace(got.text)
		if got.err != nil && (text == "" || !errors.Is(got.err, io.EOF)) {
			q.app.prompt("\n")
			return "", errNoMoreInput
		}
		return text, nil
	case <-ctx.Done():
		q.app.prompt("\n")
		return "", context.Cause(ctx)
	}
}

// text asks until check, which may be nil, has nothing against the answer. An empty answer is the preset.
func (q *questions) text(ctx context.Context, question, preset string, check func(string) error) (string, error) {
	prompt := question + ":"
	if preset != "" {
		prompt = question + " (Enter takes " + preset + "):"
	}
	for {
		text, err := q.line(ctx, prompt)
		if err != nil {
			return "", err
		}
		if text == "" {
			text = preset
		}
		switch {
		case hasSecret(text):
			q.app.say("That has the form of a key, and a key is never typed here. Take another, and revoke that one if others saw it.")
		case check == nil:
			return text, nil
		default:
			if err := check(text); err != nil {
				q.wrong(err.Error())
				continue
			}
			return text, nil
		}
	}
}

// choose asks for one of the choices by its number, from 1; preset is the place of what Enter takes, -1 for nothing. It
// returns the place, from 0.
func (q *questions) choose(ctx context.Context, question string, choices []choice, preset int) (int, error) {
	q.list(question, choices)
	prompt := "Number:"
	if preset >= 0 {
		prompt = fmt.Sprintf("Number (Enter takes %d):", preset+1)
	}
	for {
		text, err := q.line(ctx, prompt)
		if err != nil {
			return 0, err
		}
		if text == "" && preset >= 0 {
			return preset, nil
		}
		i, err := chosen(text, choices)
		if err == nil {
			return i, nil
		}
		q.wrong(err.Error())
	}
}

// several asks for one or more of the choices, by their numbers or their names, with commas between them. It returns
// their places, from 0, in the order of the choices.
func (q *questions) several(ctx context.Context, question string, choices []choice) ([]int, error) {
	q.list(question, choices)
	for {
		text, err := q.line(ctx, "Numbers, with commas between them:")
		if err != nil {
			return nil, err
		}
		places, err := chosenSeveral(text, choices)
		if err == nil {
			return places, nil
		}
		q.wrong(err.Error())
	}
}

func chosenSeveral(text string, choices []choice) ([]int, error) {
	var places []int
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		i, err := chosen(part, choices)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(places, i) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		return nil, errors.New("at least one is needed")
	}
	slices.Sort(places)
	return places, nil
}

// chosen finds a choice by its number or by what it is called.
func chosen(text string, choices []choice) (int, error) {
	for i, c := range choices {
		if c.label == text { // before numbers: a workspace may be called "7"
			return i, nil
		}
	}
	n, err := strconv.Atoi(text)
	switch {
	case text == "":
		return 0, fmt.Errorf("a number from 1 to %d is needed", len(choices))
	case err != nil || n < 1 || n > len(choices):
		return 0, fmt.Errorf("%q is no number from 1 to %d", visible.Truncate(text, widest), len(choices))
	}
	return n - 1, nil
}

// list says what there is to choose from.
func (q *questions) list(question string, choices []choice) {
	q.app.say(question)
	for i, c := range choices {
		text := fmt.Sprintf("%d. %s", i+1, c.label)
		if c.note != "" {
			text += ": " + c.note
		}
		q.app.say(text)
	}
}

// confirm asks for a yes; everything that isn't one is asked again, and Enter is a no.
func (q *questions) confirm(ctx context.Context, question string) (bool, error) {
	q.stakes()
	for {
		text, err := q.line(ctx, question+" (y or n, Enter takes n):")
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "y", "yes":
			return true, nil
		case "", "n", "no":
			return false, nil
		}
		q.wrong("please answer y or n")
	}
}

// stakes says, before something is agreed to, that it is agreed to in production.
func (q *questions) stakes() {
	d := q.app.desk.Load()
	if d == nil {
		return
	}
	if p := d.Profile(); p.Production {
		q.app.say("! " + cmp.Or(p.Name, d.Origin()) + " is a production profile.")
	}
}

// typed asks for a word to be typed as it stands. An empty answer is a no.
func (q *questions) typed(ctx context.Context, question, word string) (bool, error) {
	q.stakes()
	for {
		text, err := q.line(ctx, question+" (Enter alone leaves it):")
		switch {
		case err != nil:
			return false, err
		case text == word:
			return true, nil
		case text == "":
			return false, nil
		}
		q.wrong("that is not what is asked for")
	}
}

func (q *questions) wrong(text string) { q.app.say("Not taken: " + text + ".") }
