package provider

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"strings"
	"time"
	"unicode"

	"fob/client/visible"
)

// device is a sign-in that another device waits for.
type device struct {
	entry    string // what a person enters, without the hyphen
	scopes   scopes
	expires  time.Time
	asked    time.Time // when it was last polled for; zero: never
	interval time.Duration
	person   string // who was chosen
	denied   bool
	used     bool
}

func (d *device) settled() bool { return d.person != "" || d.denied }

type deviceJSON struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	Complete   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"`
	Interval   int    `json:"interval"`
}

// Codes to enter are of letters that spell no word and aren't taken for another: RFC 8628, 6.1.
const (
	entryLetters = "BCDFGHJKLMNPQRSTVWXZ"
	entryLength  = 8
)

func newEntry() string {
	out := make([]byte, entryLength)
	for i := range out {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(entryLetters))))
		if err != nil {
			panic(err) // the system's randomness doesn't fail, says its documentation
		}
		out[i] = entryLetters[n.Int64()]
	}
	return string(out)
}

func hyphenated(entry string) string { return entry[:entryLength/2] + "-" + entry[entryLength/2:] }

// tidied takes out of what a person entered what may stand between the letters, and makes them capitals.
func tidied(entered string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || unicode.IsSpace(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, entered)
}

func (p *Provider) startDevice(w http.ResponseWriter, r *http.Request) {
	values, f := form(r)
	if f != nil {
		refuse(w, f)
		return
	}
	s, f := parseScopes(values.Get("scope"))
	if f != nil {
		refuse(w, f)
		return
	}
	now, token := p.o.Now(), opaque()
	d := &device{scopes: s, expires: now.Add(p.o.DeviceLifetime), interval: pollInterval}
	p.mu.Lock()
	p.sweep(now)
	for d.entry == "" || p.entries[d.entry] != nil {
		d.entry = newEntry()
	}
	p.devices[hashed(token)], p.entries[d.entry] = d, d
	p.mu.Unlock()
	page := p.Issuer(r) + "/device"
	shown := hyphenated(d.entry)
	answer(w, http.StatusOK, deviceJSON{
		DeviceCode: token, UserCode: shown, URI: page, Complete: page + "?user_code=" + shown,
		ExpiresIn: int(p.o.DeviceLifetime / time.Second), Interval: int(pollInterval / time.Second),
	})
}

// poll answers whoever waits for a device's sign-in. It is called with the lock held.
func (d *device) poll(now time.Time) *fault {
	early := !d.asked.IsZero() && now.Sub(d.asked) < d.interval-pollSlack
	d.asked = now
	switch {
	case !now.Before(d.expires):
		return bad(expiredToken, "the code has expired")
	case d.used:
		return bad(invalidGrant, "the device code was used before")
	case early:
		d.interval += pollPenalty
		return bad(slowDown, "asked too soon: wait five seconds more from now on")
	case d.denied:
		return bad(accessDenied, "the person said no")
	case d.person == "":
		return bad(authorizationPending, "nobody has answered yet")
	}
	return nil
}

// askCode is the page that a person opens on any device. A code in the address is filled in, never taken as entered:
// the person compares it first.
func (p *Provider) askCode(w http.ResponseWriter, r *http.Request) {
	p.show(w, r, http.StatusOK, p.entryForm(r.URL.Query().Get("user_code"), ""))
}

// enterCode takes a code, and then who was chosen for it.
func (p *Provider) enterCode(w http.ResponseWriter, r *http.Request) {
	entered, now := r.PostForm.Get("user_code"), p.o.Now()
	p.mu.Lock()
	d := p.entries[tidied(entered)]
	open := d != nil && now.Before(d.expires) && !d.settled()
	p.mu.Unlock()
	if !open {
		p.show(w, r, http.StatusBadRequest, p.entryForm("",
			"There is no sign-in waiting with the code "+visible.Truncate(visible.Line(entered), 40)+". It may have expired, or been used; the device that waits shows the right one."))
		return
	}
	if !r.PostForm.Has("person") {
		p.show(w, r, http.StatusOK, p.people(p.o.Path+"/device", attr{"user_code": hyphenated(d.entry)}))
		return
	}
	chosen := r.PostForm.Get("person")
	person, known := p.person(chosen)
	if !known && chosen != deny {
		p.show(w, r, http.StatusBadRequest, sorry("Nobody was signed in", "The person that was chosen isn't here any more.", "Go back and choose another."))
		return
	}
	p.mu.Lock()
	first := !d.settled() // another tab may have answered meanwhile
	if first {
		d.person, d.denied = person.ID, chosen == deny
	}
	p.mu.Unlock()
	switch {
	case !first:
		p.show(w, r, http.StatusConflict, sorry("This code was answered already", "Another page was faster.", "The device that waits says what came of it."))
	case chosen == deny:
		p.show(w, r, http.StatusOK, sorry("Nobody was signed in", "The device that waits is told so.", "You can close this page."))
	default:
		p.show(w, r, http.StatusOK, sorry("Signed in as "+visible.Line(person.name()), "The device that waits goes on by itself.", "You can close this page and go back to it."))
	}
}
