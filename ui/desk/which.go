package desk

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/secret"
)

// Form is what somebody pasted, as far as it can be told. Its text is for people.
type Form string

// The forms.
const (
	FormKey     Form = "a whole key"
	FormJWT     Form = "a session, or a key without its api_"
	FormMasked  Form = "a masked key"
	FormClaims  Form = "the part of a key that says which one it is"
	FormPart    Form = "a part of a key"
	formNothing Form = ""
)

// Clue is what somebody pasted: a key, or a part of one. It holds it only as secrets.
type Clue struct {
	Form   Form
	Claims client.Claims // what it says of itself; empty if it says nothing
	Tells  bool          // Claims have something
	Masked string        // how it may be shown

	whole      secret.Value // FormKey, FormJWT
	start, end secret.Value // FormMasked: what stands before and after the dots
	part       secret.Value // FormClaims, FormPart
}

// ErrNoClue is returned for a text in which nothing can be a key or a part of one.
var ErrNoClue = errors.New("nothing in it can be a key, or four characters of one")

// shortestPart is how many characters a part needs to be looked for.
const shortestPart = 4

// ReadClue finds in a text, which may be a line of a log or of an env file, what may be a key or a part of one. Nothing
// of it is kept anywhere else.
func ReadClue(text secret.Value) (Clue, error) {
	plain := calling.ReplaceAllString(strings.ReplaceAll(text.Reveal(), "...", "…"), " $1")
	words := strings.FieldsFunc(plain, func(r rune) bool { return !ofKeys(r) && !ofMasks(r) })
	best := Clue{}
	longest := 0
	for _, word := range words {
		plain := strings.Trim(word, ".") // the end of a sentence; every other character may be a key's
		switch at := strings.IndexFunc(word, ofMasks); {
		case client.LooksLikeKey(plain):
			return told(Clue{Form: FormKey, whole: secret.New(plain)}, plain), nil
		case at >= 0:
			tail := strings.TrimFunc(word[at:], ofMasks)
			if strings.ContainsFunc(tail, ofMasks) || len(tail) < shortestPart || best.Form == FormClaims {
				continue
			}
			best = Clue{Form: FormMasked, start: secret.New(word[:at]), end: secret.New(tail)}
			best.Masked = "…" + tail
			longest = len(text.Reveal())
		case strings.HasPrefix(plain, "eyJ") && strings.Count(plain, ".") == 2:
			best, longest = told(Clue{Form: FormJWT, whole: secret.New(plain)}, plain), len(text.Reveal())
		default:
			c := told(Clue{Form: FormPart, part: secret.New(plain)}, plain)
			if c.Tells {
				c.Form, longest = FormClaims, len(text.Reveal())
				best = c
			} else if len(plain) >= shortestPart && len(plain) > longest && !label(word) {
				best, longest = c, len(plain)
			}
		}
	}
	if best.Form == formNothing {
		return Clue{}, ErrNoClue
	}
	return best, nil
}

// Key is the clue's key, if it is a whole one.
func (c Clue) Key() (secret.Value, bool) { return c.whole, c.Form == FormKey }

// ofKeys tells the characters that a key consists of.
func ofKeys(r rune) bool {
	return r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

// ofMasks tells the characters that programs put in the place of what they hide.
func ofMasks(r rune) bool { return strings.ContainsRune("•·●∙*…█", r) }

// calling finds what is called by a name in front of it, in env files, headers and JSON: the names are no parts of keys.
var calling = regexp.MustCompile(`[A-Za-z_][A-Za-z0-9_-]*["']?\s*[=:]\s*(["']?[A-Za-z0-9_•*…-])`)

// label tells the words that stand around keys in files and logs.
func label(word string) bool {
	return slices.Contains([]string{"authorization", "bearer", "export", "token", "key", "api-key", "api_key", "x-api-key"}, strings.ToLower(word))
}

// told reads the claims of a key, of its middle part, or of several parts.
func told(c Clue, text string) Clue {
	for _, piece := range strings.Split(text, ".") {
		claims, err := client.ClaimsOf(secret.New("." + piece + "."))
		if err == nil && claims != (client.Claims{}) {
			c.Claims, c.Tells = claims, true
		}
	}
	if !c.whole.IsZero() {
		c.Masked = c.whole.Masked(8)
	}
	return c
}

// Guess says how sure it is that a clue is of a key, and why.
type Guess struct {
	Certainty lifecycle.Certainty
	Why       string
}

// Recognized is what a clue is of.
type Recognized struct {
	Clue
	Stash    []StashMatch
	Unread   int // keys of the stash whose secret could not be read to compare
	Platform []PlatformMatch
}

// StashMatch is a key of the stash that a clue may be of.
type StashMatch struct {
	Stashed
	Guess
}

// PlatformMatch is a key of the platform that a clue may be of.
type PlatformMatch struct {
	Row *Row
	Guess
}

// mostMatches is how many keys are named that a clue may be of.
const mostMatches = 20

// Recognize looks for a clue among the keys of the stash: by their secrets, where they can be read.
func (s *Stash) Recognize(ctx context.Context, c Clue) ([]StashMatch, int, error) {
	all, err := s.Entries(ctx)
	if err != nil {
		return nil, 0, err
	}
	var matches []StashMatch
	unread := 0
	for _, e := range all {
		if !e.Kept {
			continue
		}
		v, _, err := s.Secret(ctx, e.Entry)
		if err != nil {
			unread++
			continue
		}
		if guess, ok := c.of(v); ok {
			matches = append(matches, StashMatch{e, guess})
		}
	}
	if len(matches) > 1 { // a whole key that is kept twice stays certain
		for i := range matches {
			if matches[i].Certainty == lifecycle.Likely {
				matches[i].Certainty = lifecycle.Unknown
				matches[i].Why += ", and so do those of others"
			}
		}
	}
	return matches[:min(len(matches), mostMatches)], unread, nil
}

// telling is how many characters of a signature tell a key from every other: it is random.
const telling = 16

// of tells whether a clue may be of a secret.
func (c Clue) of(v secret.Value) (Guess, bool) {
	text := v.Reveal()
	likely := func(why string) (Guess, bool) { return Guess{lifecycle.Likely, why}, true }
	certain := func(why string) (Guess, bool) { return Guess{lifecycle.Certain, why}, true }
	signature := text[strings.LastIndex(text, ".")+1:]
	switch c.Form {
	case FormKey:
		if v.Equal(c.whole) {
			return certain("it is the same key, byte for byte")
		}
	case FormJWT:
		if strings.TrimPrefix(text, "api_") == c.whole.Reveal() {
			return certain("it is the same key without its api_")
		}
	case FormMasked:
		end := c.end.Reveal()
		if strings.HasPrefix(text, c.start.Reveal()) && strings.HasSuffix(text, end) {
			if len(end) >= telling && strings.HasSuffix(signature, end) {
				return certain("its end agrees, and is long enough to be its alone")
			}
			return likely("its last characters agree")
		}
	case FormClaims, FormPart:
		part := c.part.Reveal()
		header, _, _ := strings.Cut(text, ".")
		switch {
		case !strings.Contains(text, part) || strings.Contains(header, part):
			// The beginning is the same in many keys, and tells nothing.
		case len(part) >= telling && strings.Contains(signature, part):
			return certain("a part of it agrees that no other key has")
		case strings.HasSuffix(text, part):
			return likely("its last characters agree")
		case c.Tells && c.Claims.ID != "":
			return certain("it names the same key")
		case len(part) >= 2*shortestPart:
			return likely("it has that part")
		}
	}
	return Guess{}, false
}

// makingSlack is how far the time in a key and the one that the list shows may be apart for one and the same making.
const makingSlack = 5 * time.Second

// RecognizeKey looks for the key that says those things of itself among the platform's. whole tells that rows are all
// the keys that there are. The platform shows nothing of a secret: what is compared is what the key says of itself.
// One that agrees in its making, its end and its name, as no other does, is certain; a name that differs leaves it
// open whether the key was renamed or is another.
func RecognizeKey(c client.Claims, rows []*Row, whole bool) []PlatformMatch {
	var matches []PlatformMatch
	named := false
	for _, r := range rows {
		if c.ID != "" && c.ID == r.Key.ID {
			return []PlatformMatch{{r, Guess{lifecycle.Certain, "the key itself names it"}}}
		}
		if g, ok := compareClaims(c, r.Key); ok {
			matches = append(matches, PlatformMatch{r, g})
			named = named || sameName(c, r.Key)
		}
	}
	if named { // then the others' names speak against them
		matches = slices.DeleteFunc(matches, func(m PlatformMatch) bool { return m.Row.Key.Name.Shown() && !sameName(c, m.Row.Key) })
	}
	for i := range matches {
		m := &matches[i]
		switch {
		case len(matches) > 1:
			m.Certainty, m.Why = lifecycle.Unknown, m.Why+", and so do those of others"
		case !whole && m.Certainty == lifecycle.Certain:
			m.Certainty, m.Why = lifecycle.Likely, m.Why+", but the list is partial"
		}
	}
	return matches[:min(len(matches), mostMatches)]
}

func sameName(c client.Claims, k client.Key) bool {
	name, ok := k.Name.Get()
	return ok && name != "" && name == c.Name
}

// compareClaims tells whether a key may be the one that claims are of: its making and its end don't disagree, and
// something agrees that few keys have in common.
func compareClaims(c client.Claims, k client.Key) (Guess, bool) {
	var agree []string
	made, tellsMade := c.IssuedAt.Get()
	created, showsMade := k.CreatedAt.Get()
	making := tellsMade && showsMade
	if making {
		if created.Sub(made).Abs() > makingSlack {
			return Guess{}, false
		}
		agree = append(agree, "the second it was made")
	}
	at, ends := k.ExpiresAt.Get()
	if k.ExpiresAt.Shown() {
		told, tells := c.ExpiresAt.Get()
		if ends != tells || ends && !sameSecond(at, told) {
			return Guess{}, false
		}
		agree = append(agree, "its end")
	}
	named := sameName(c, k)
	if named {
		agree = append(agree, "its name")
	}
	if !making && !ends && !named { // that they never end is true of many
		return Guess{}, false
	}
	g := Guess{lifecycle.Likely, strings.Join(agree, " and ") + " agree"}
	if len(agree) == 1 {
		g.Why = agree[0] + " agrees"
	}
	switch {
	case making && k.ExpiresAt.Shown() && named:
		g.Certainty = lifecycle.Certain
	case c.Name != "" && k.Name.Shown() && !named:
		g.Certainty, g.Why = lifecycle.Unknown, g.Why+", but its name differs: it was renamed, or it is another"
	}
	return g, true
}
