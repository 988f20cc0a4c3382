package sandbox

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// filterLimit is in bytes.
const filterLimit = 4096

// span is a range of instants in milliseconds since 1970: from the first, up to but without the second.
type span struct{ from, to int64 }

var allTime = span{math.MinInt64, math.MaxInt64}

func (s span) and(other span) span { return span{max(s.from, other.from), min(s.to, other.to)} }

// condition is what a filter of the search history asks for; every part has to hold.
type condition struct {
	span      span
	apiKey    []keyCondition
	createdBy []string
}

// keyCondition asks for entries of the key with that id or name, or, if none is set, for those without a key.
type keyCondition struct {
	none bool
	ref  string
}

// parseFilter reads the part of OData that the sandbox knows: created_at with ge, gt, le, lt and eq, api_key and
// created_by with eq, joined by and.
func parseFilter(text string) (condition, error) {
	out := condition{span: allTime}
	if len(text) > filterLimit {
		return out, fmt.Errorf("longer than %d bytes", filterLimit)
	}
	words, err := filterWords(text)
	if err != nil {
		return out, err
	}
	for {
		if len(words) < 3 {
			return out, errors.New("expected a field, an operator and a value")
		}
		if err := out.add(words[0], words[1], words[2]); err != nil {
			return out, err
		}
		words = words[3:]
		if len(words) == 0 {
			return out, nil
		}
		if words[0].quoted || words[0].text != "and" {
			return out, fmt.Errorf("expected and, not %q", words[0].text)
		}
		words = words[1:]
	}
}

type filterWord struct {
	text   string
	quoted bool
}

// filterWords splits at spaces; a quoted text is one word, in which a doubled quote stands for one.
func filterWords(text string) ([]filterWord, error) {
	var words []filterWord
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimLeft(text, " \t") {
		if text[0] != '\'' {
			end := strings.IndexAny(text, " \t")
			if end < 0 {
				end = len(text)
			}
			words = append(words, filterWord{text: text[:end]})
			text = text[end:]
			continue
		}
		var b strings.Builder
		text = text[1:]
		for {
			end := strings.IndexByte(text, '\'')
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			b.WriteString(text[:end])
			text = text[end+1:]
			if !strings.HasPrefix(text, "'") {
				break
			}
			b.WriteByte('\'')
			text = text[1:]
		}
		words = append(words, filterWord{b.String(), true})
	}
	return words, nil
}

func (c *condition) add(field, operator, value filterWord) error {
	if field.quoted || operator.quoted {
		return errors.New("fields and operators are not quoted")
	}
	switch field.text {
	case "created_at":
		if value.quoted {
			return errors.New("a time is not quoted")
		}
		t, err := time.Parse(time.RFC3339Nano, value.text)
		if err != nil {
			return fmt.Errorf("%q is not a time", value.text)
		}
		s, ok := compared(operator.text, t)
		if !ok {
			return fmt.Errorf("operator %q is unknown for created_at", operator.text)
		}
		c.span = c.span.and(s)
		return nil
	case "api_key", "created_by":
		if operator.text != "eq" {
			return fmt.Errorf("operator %q is unknown for %s", operator.text, field.text)
		}
		if field.text == "created_by" {
			c.createdBy = append(c.createdBy, value.text)
			return nil
		}
		none := !value.quoted && value.text == "null"
		c.apiKey = append(c.apiKey, keyCondition{none: none, ref: value.text})
		return nil
	}
	return fmt.Errorf("field %q is unknown", field.text)
}

// compared returns the instants for which "instant operator t" holds.
func compared(operator string, t time.Time) (span, bool) {
	floor := t.UnixMilli()
	ceil := floor
	if t.Nanosecond()%int(time.Millisecond) != 0 {
		ceil++
	}
	s := allTime
	switch operator {
	case "ge":
		s.from = ceil
	case "gt":
		s.from = floor + 1
	case "le":
		s.to = floor + 1
	case "lt":
		s.to = ceil
	case "eq":
		s.from, s.to = ceil, floor+1
	default:
		return s, false
	}
	return s, true
}
