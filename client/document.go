package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// document is a JSON text that encoding/json has found valid, cut into pieces by position.
//
// Decoding into a struct can't say whether a field was absent, null or of another type without failing as a whole, and
// gives no raw text of unknown fields without reading everything twice. Since the text is known to be valid, cutting it
// is a matter of matching quotes and brackets, and costs less than encoding/json's own way (see BenchmarkReadKeys).
type document struct {
	b     []byte
	s     string // the same; texts are parts of it. "": texts are copies, and nothing keeps the document alive
	clean bool   // valid UTF-8
}

// newDocument returns the document of an answer. With share, texts and raw values are parts of the body, which saves
// an allocation each; without, they are copies, for bodies that hold what must not be kept.
func newDocument(body []byte, share bool) (document, error) {
	if !json.Valid(body) {
		var syntax *json.SyntaxError
		if errors.As(json.Unmarshal(body, new(json.RawMessage)), &syntax) && syntax.Offset >= int64(len(body)) && looksCut(body) {
			return document{}, io.ErrUnexpectedEOF
		}
		return document{}, errAnswer
	}
	d := document{b: body, clean: utf8.Valid(body)}
	if share {
		d.s = string(body)
	}
	return d, nil
}

// looksCut tells a JSON text that ends too early from a text of another kind.
func looksCut(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && (body[0] == '{' || body[0] == '[')
}

// space returns the position of the first byte from i that isn't white space.
func (d document) space(i int) int {
	for i < len(d.b) && (d.b[i] == ' ' || d.b[i] == '\n' || d.b[i] == '\r' || d.b[i] == '\t') {
		i++
	}
	return i
}

// end returns the position after the value that starts at i.
func (d document) end(i int) int {
	switch d.b[i] {
	case '"':
		return d.endText(i)
	case '{', '[':
		depth := 0
		for ; i < len(d.b); i++ {
			switch d.b[i] {
			case '"':
				i = d.endText(i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return i
	}
	for i < len(d.b) {
		switch d.b[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}

func (d document) endText(i int) int {
	for i++; i < len(d.b); {
		quote := bytes.IndexByte(d.b[i:], '"')
		if quote < 0 {
			return len(d.b)
		}
		escape := bytes.IndexByte(d.b[i:i+quote], '\\')
		if escape < 0 {
			return i + quote + 1
		}
		i += escape + 2
	}
	return i
}

// members calls each with every member of the object at i, in order: its name, and where its value starts and ends.
// It reports false, and calls nothing, if there is no object at i.
func (d document) members(i int, each func(name string, from, to int)) bool {
	if d.b[i] != '{' {
		return false
	}
	for i = d.space(i + 1); d.b[i] != '}'; {
		to := d.endText(i)
		name := d.text(i, to)
		from := d.space(d.space(to) + 1) // past the colon
		to = d.end(from)
		each(name, from, to)
		if i = d.space(to); d.b[i] == ',' {
			i = d.space(i + 1)
		}
	}
	return true
}

// elements calls each with every element of the array at i. It reports false, and calls nothing, if there is no array
// at i.
func (d document) elements(i int, each func(from, to int)) bool {
	if d.b[i] != '[' {
		return false
	}
	for i = d.space(i + 1); d.b[i] != ']'; {
		to := d.end(i)
		each(i, to)
		if i = d.space(to); d.b[i] == ',' {
			i = d.space(i + 1)
		}
	}
	return true
}

// text returns the text at [from, to), which includes its quotes.
func (d document) text(from, to int) string {
	inner := d.b[from+1 : to-1]
	if bytes.IndexByte(inner, '\\') >= 0 || !d.clean {
		var s string
		_ = json.Unmarshal(d.b[from:to], &s) // it is valid
		return s
	}
	if d.s == "" {
		return string(inner)
	}
	return d.s[from+1 : to-1]
}

// raw returns the value at [from, to) as it was sent.
func (d document) raw(from, to int) json.RawMessage {
	if d.s == "" {
		return bytes.Clone(d.b[from:to])
	}
	return json.RawMessage(d.b[from:to:to])
}

func (d document) isNull(from int) bool { return d.b[from] == 'n' }

// id reads an identifier, which may be a text or a number; ok is false for anything else, and for an empty text.
func (d document) id(from, to int) (string, bool) {
	switch c := d.b[from]; {
	case c == '"':
		s := d.text(from, to)
		return s, s != ""
	case c == '-' || c >= '0' && c <= '9':
		return string(d.b[from:to]), true
	}
	return "", false
}

// textField reads a text that may be null into f; ok is false for another type, which leaves f as it is.
func (d document) textField(from, to int, f *Field[string]) (ok bool) {
	switch d.b[from] {
	case '"':
		*f = Some(d.text(from, to))
	case 'n':
		*f = Null[string]()
	default:
		return false
	}
	return true
}

// plain reads a text into s, "" for null.
func (d document) plain(from, to int, s *string) (ok bool) {
	var f Field[string]
	if ok = d.textField(from, to, &f); ok {
		*s = f.Value
	}
	return ok
}

func (d document) boolField(from int, f *Field[bool]) (ok bool) {
	switch d.b[from] {
	case 't', 'f':
		*f = Some(d.b[from] == 't')
	case 'n':
		*f = Null[bool]()
	default:
		return false
	}
	return true
}

func (d document) timeField(from, to int, f *Field[time.Time]) (ok bool) {
	switch d.b[from] {
	case '"':
		t, ok := parseTime(d.text(from, to))
		if ok {
			*f = Some(t)
		}
		return ok
	case 'n':
		*f = Null[time.Time]()
		return true
	}
	return false
}

// The forms of a time beside RFC 3339: offsets without a colon or without minutes, and no zone at all, which means UTC.
var timeForms = []string{"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05"}

// parseTime reads a time in every form that the platform is known to send, with any number of fraction digits, of
// which nine count, and returns it in UTC.
func parseTime(s string) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), true
	}
	if len(s) > 10 && (s[10] == ' ' || s[10] == 't') {
		s = s[:10] + "T" + s[11:]
	}
	s = strings.TrimSpace(s)
	if strings.HasSuffix(s, "z") {
		s = s[:len(s)-1] + "Z"
	}
	for _, form := range append(timeForms, time.RFC3339) {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// isUUID tells whether s has the form of a UUID: 8-4-4-4-12 hexadecimal digits.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return true
}
