package stash

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"fob/client/secret"
)

// shortest is the length from which a piece of a key is cut out of a text: shorter ones are common, and tell nothing.
const shortest = 8

const cutMark = "[secret]"

// cutter takes a key out of a text that a stranger's program wrote: the key itself, and the forms that programs write
// values in; whole, in pieces, broken over lines, and in the other case.
type cutter struct {
	pieces map[string]bool // every piece of length bytes, of every form
	length int
}

// newCutter returns a cutter for v; of the zero Value, one that cuts nothing.
func newCutter(v secret.Value) *cutter {
	s := v.Reveal()
	tight, _ := dense(s)
	c := &cutter{length: min(shortest, len(tight))}
	if c.length == 0 {
		return c
	}
	c.pieces = make(map[string]bool)
	for _, form := range forms(s) {
		form, _ = dense(form)
		for i := 0; i+c.length <= len(form); i++ {
			c.pieces[form[i:i+c.length]] = true
		}
	}
	return c
}

// forms are the ways that s may be written in.
func forms(s string) []string {
	quoted := strconv.Quote(s)
	inJSON, _ := json.Marshal(s)
	list := []string{
		s, quoted[1 : len(quoted)-1], strings.Trim(string(inJSON), `"`),
		url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s)),
	}
	// Of a text around it, base64 shows a key in one of three ways, by what stands before it. The letters at both ends
	// depend on their neighbours as well, and are left out.
	for before := range 3 {
		padded := strings.Repeat("\x00", before) + s
		first := (before*8 + 5) / 6
		last := len(padded) * 8 / 6
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			list = append(list, encoding.EncodeToString([]byte(padded))[min(first, last):last])
		}
	}
	return list
}

// dense returns text in lower case without white space, and where each of its bytes was.
func dense(text string) (string, []int) {
	var b strings.Builder
	places := make([]int, 0, len(text))
	for i := range len(text) {
		ch := text[i]
		switch {
		case ch == ' ' || ch >= '\t' && ch <= '\r':
			continue
		case ch >= 'A' && ch <= 'Z':
			ch += 'a' - 'A'
		}
		b.WriteByte(ch)
		places = append(places, i)
	}
	return b.String(), places
}

// cut returns text with every piece of the key replaced by "[secret]".
func (c *cutter) cut(text string) string {
	if c.length == 0 {
		return text
	}
	tight, places := dense(text)
	covered := make([]bool, len(tight)+1) // the last is never covered
	for i := 0; i+c.length <= len(tight); i++ {
		if c.pieces[tight[i:i+c.length]] {
			for j := i + c.length - 1; j >= i && !covered[j]; j-- {
				covered[j] = true
			}
		}
	}
	var b strings.Builder
	from := 0 // where in text the rest begins
	for i, hit := range covered[:len(tight)] {
		if !hit || covered[i+1] {
			continue
		}
		begin := i
		for begin > 0 && covered[begin-1] {
			begin--
		}
		b.WriteString(text[from:places[begin]])
		b.WriteString(cutMark)
		from = places[i] + 1
	}
	b.WriteString(text[from:])
	return b.String()
}
