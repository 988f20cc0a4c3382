package stash

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"fob/client/secret"
)

// Variable is one NAME=value of an env file.
type Variable struct {
	Name  string
	Value secret.Value // any value of an env file may be a secret
	Line  int          // where it begins, from 1
}

// ReadEnvFile returns the variables of an env file in their order, a name as often as it is there (readers take the
// last). It understands what dotenv readers do: blank lines and comments, "export ", values in quotes, also over several
// lines, a comment after a value, and any ending of lines. Values are not expanded. Lines that are none of this are left
// out. A file that does not exist has no variables.
func ReadEnvFile(path string) ([]Variable, error) {
	lines, err := readEnvLines(path)
	if err != nil {
		return nil, err
	}
	var all []Variable
	for _, line := range lines {
		if line.name != "" {
			all = append(all, Variable{Name: line.name, Value: secret.New(line.value), Line: line.number})
		}
	}
	return all, nil
}

func readEnvLines(path string) ([]envLine, error) {
	data, err := readEnv(path)
	if err != nil {
		return nil, err
	}
	return splitEnv(data), nil
}

// readEnv returns a file's bytes, nil if it does not exist.
func readEnv(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxEnvFile+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxEnvFile:
		return nil, fmt.Errorf("%w: %s is larger than %d bytes", ErrUnwritable, path, maxEnvFile)
	case bytes.IndexByte(data, 0) >= 0:
		return nil, fmt.Errorf("%w: %s is not a text file of UTF-8", ErrUnwritable, path)
	}
	return data, nil
}

// envLine is one line of an env file.
type envLine struct {
	number int
	text   string // without its ending
	ending string // "\n", "\r\n", "\r" or, for the last one, ""

	lead  string // what stands before the name: blanks, "export ", a byte order mark
	name  string // "" where the line sets nothing
	value string // without quotes
	spans bool   // the value goes on in the following lines
	// inside is the name that the line would set if it weren't in the middle of a quoted value.
	inside string
}

const byteOrderMark = "\ufeff"

// splitEnv reads all lines; joined again, text and ending are data byte for byte.
func splitEnv(data []byte) []envLine {
	var all []envLine
	var starts []int
	text := string(data)
	for at := 0; at < len(text); {
		line := envLine{number: len(all) + 1}
		rest := text[at:]
		end := strings.IndexAny(rest, "\r\n")
		switch {
		case end < 0:
			line.text = rest
		case strings.HasPrefix(rest[end:], "\r\n"):
			line.text, line.ending = rest[:end], "\r\n"
		default:
			line.text, line.ending = rest[:end], rest[end:end+1]
		}
		starts = append(starts, at)
		all = append(all, line)
		at += len(line.text) + len(line.ending)
	}
	for at := 0; at < len(all); {
		rest := text[starts[at]+len(all[at].text):]
		at += readEnvLine(all[at:], rest)
	}
	return all
}

// readEnvLine reads the variable that begins on the first of lines, and returns how many lines it takes. rest is what
// the file has after that line's text.
func readEnvLine(lines []envLine, rest string) int {
	first := &lines[0]
	lead, name, value := cutName(first.text)
	if name == "" {
		return 1
	}
	first.lead, first.name = lead, name
	if value == "" || value[0] != '\'' && value[0] != '"' {
		first.value = unquoted(value)
		return 1
	}
	if inner, length := closing(value[1:], value[0]); length > 0 {
		first.value = inner
		return 1
	}
	// The end of the quotes may be on a later line. If there is none, the quote is taken as it stands.
	inner, length := closing(value[1:]+rest, value[0])
	if length == 0 {
		first.value = unquoted(value)
		return 1
	}
	first.value, first.spans = inner, true
	beyond := length - len(value[1:]) - len(first.ending)
	taken := 1
	for ; beyond > 0; taken++ {
		_, lines[taken].inside, _ = cutName(lines[taken].text)
		beyond -= len(lines[taken].text) + len(lines[taken].ending)
	}
	return taken
}

// cutName takes a line apart at its first "=". The name is "" where the line sets nothing.
func cutName(text string) (lead, name, value string) {
	rest := strings.TrimLeft(strings.TrimPrefix(text, byteOrderMark), " \t")
	if after, ok := strings.CutPrefix(rest, "export"); ok && strings.TrimLeft(after, " \t") != after {
		rest = strings.TrimLeft(after, " \t")
	}
	name, value, ok := strings.Cut(rest, "=")
	name = strings.TrimRight(name, " \t")
	if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) }) {
		return "", "", ""
	}
	return text[:len(text)-len(rest)], name, strings.TrimLeft(value, " \t")
}

func isNameRune(r rune) bool {
	return r == '_' || r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// unquoted ends a value at a comment, which needs a blank before it.
func unquoted(value string) string {
	for i := range len(value) {
		if value[i] == '#' && (i == 0 || value[i-1] == ' ' || value[i-1] == '\t') {
			value = value[:i]
			break
		}
	}
	return strings.TrimRight(value, " \t")
}

// closing returns what stands before the closing quote and how many bytes that takes with the quote, 0 if there is none.
// In double quotes, a backslash takes the meaning of \n, \r, \t, \" and \\; in single ones, of \' and \\.
func closing(text string, quote byte) (inner string, length int) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			return b.String(), i + 1
		case c == '\\' && i+1 < len(text):
			i++
			b.WriteString(unescape(text[i], quote))
		default:
			b.WriteByte(c)
		}
	}
	return "", 0
}

func unescape(c, quote byte) string {
	double := quote == '"'
	switch {
	case c == quote || c == '\\':
		return string([]byte{c})
	case double && c == 'n':
		return "\n"
	case double && c == 'r':
		return "\r"
	case double && c == 't':
		return "\t"
	}
	return string([]byte{'\\', c})
}

// setLines returns the file with settings set: where a name is there, every line of it gets the value and keeps what
// stands before the name, so that all readers agree whichever they take; other names are added at the end. All other
// lines stay byte for byte.
func setLines(lines []envLine, settings []Setting) []byte {
	ending := "\n"
	if len(lines) > 0 && lines[0].ending != "" {
		ending = lines[0].ending
	}
	var b bytes.Buffer
	there := map[string]bool{}
	for _, line := range lines {
		text := line.text
		for _, s := range settings {
			if line.name == s.Name {
				text = line.lead + s.Name + "=" + s.Value
				there[s.Name] = true
			}
		}
		b.WriteString(text)
		b.WriteString(line.ending)
	}
	if len(lines) > 0 && lines[len(lines)-1].ending == "" {
		b.WriteString(ending)
	}
	for _, s := range settings {
		if !there[s.Name] {
			b.WriteString(s.Name + "=" + s.Value + ending)
		}
	}
	return b.Bytes()
}

// plain refuses a value that readers of NAME=value without quotes would not all read the same: what ends a line, quotes
// and comments, what shells and dotenv readers expand, blanks at the ends.
func plain(name, value string) error {
	bad := !utf8.ValidString(value) || strings.TrimSpace(value) != value || strings.HasPrefix(value, "#") ||
		strings.Contains(value, " #") || strings.ContainsAny(value, "'\"`$\\") ||
		strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) })
	if bad {
		return fmt.Errorf("%s: %w", name, ErrNotPlain)
	}
	return nil
}
