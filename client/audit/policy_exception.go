package audit

import (
	"errors"
	"strings"
	"time"

	"fob/config/tomltext"
)

// AppendException returns the text of a policy with an exception added at its end. What stood there stays as it was,
// comments and all; a text that isn't a policy, and an exception that a policy may not have, are refused. An empty text
// is the beginning of a policy.
func AppendException(text []byte, e Exception) ([]byte, error) {
	if _, err := ParsePolicy("the policy", text); err != nil {
		return nil, err
	}
	if e.Until.IsZero() {
		return nil, errors.New("an exception has to have an end")
	}
	lines := []string{"[[exceptions]]", "key = " + tomltext.Quoted(e.Key)}
	if e.Name != "" {
		lines = append(lines, "name = "+tomltext.Quoted(e.Name))
	}
	if e.Rules != nil {
		rules := make([]string, len(e.Rules))
		for n, r := range e.Rules {
			rules[n] = tomltext.Quoted(string(r))
		}
		lines = append(lines, "rules = ["+strings.Join(rules, ", ")+"]")
	}
	until := e.Until.UTC().Format(time.RFC3339)
	if e.WholeDay {
		until = e.Until.UTC().Format(time.DateOnly)
	}
	lines = append(lines, "reason = "+tomltext.Quoted(e.Reason), "owner = "+tomltext.Quoted(e.Owner), "until = "+until)
	out := tomltext.Append(text, lines...)
	if _, err := ParsePolicy("the policy with the exception", out); err != nil {
		return nil, err
	}
	return out, nil
}
