package audit

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
	ending := "\n"
	if bytes.Contains(text, []byte("\r\n")) {
		ending = "\r\n"
	}
	var b strings.Builder
	b.Write(text)
	line := func(s string) { b.WriteString(s + ending) }
	if len(text) > 0 {
		if !bytes.HasSuffix(text, []byte("\n")) {
			line("")
		}
		line("")
	}
	line("[[exceptions]]")
	line("key = " + quoted(e.Key))
	if e.Name != "" {
		line("name = " + quoted(e.Name))
	}
	if e.Rules != nil {
		rules := make([]string, len(e.Rules))
		for n, r := range e.Rules {
			rules[n] = quoted(string(r))
		}
		line("rules = [" + strings.Join(rules, ", ") + "]")
	}
	line("reason = " + quoted(e.Reason))
	line("owner = " + quoted(e.Owner))
	if e.WholeDay {
		line("until = " + e.Until.UTC().Format(time.DateOnly))
	} else {
		line("until = " + e.Until.UTC().Format(time.RFC3339))
	}
	out := []byte(b.String())
	if _, err := ParsePolicy("the policy with the exception", out); err != nil {
		return nil, err
	}
	return out, nil
}

// quoted is s as a text of TOML on one line. What isn't UTF-8 becomes the replacement character.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			b.WriteString(`\u` + hexadecimal(r, 4))
		default:
			b.WriteString(`\U` + hexadecimal(r, 8))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hexadecimal(r rune, width int) string {
	s := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", width-len(s)) + s
}
