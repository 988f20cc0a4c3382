// Package visitor plays a person in front of the sandbox's identity provider, for tests: it reads the pages and fills in
// their forms as a browser would, without being told anything that isn't on them.
package visitor

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// ErrNobody is returned where the page offers no button with the name.
var ErrNobody = errors.New("the page has no such button")

// Visitor is a browser of a person's own. The zero value is not one; see New.
type Visitor struct{ browser *http.Client }

// New returns a browser without cookies.
func New() *Visitor {
	jar, _ := cookiejar.New(nil) // fails for no options
	return &Visitor{&http.Client{Jar: jar, Timeout: 20 * time.Second}}
}

// EnterCode opens the address at which codes are entered, enters the code, and presses the button that names who. It
// returns the text of the page at the end.
func (v *Visitor) EnterCode(address, code, who string) (string, error) {
	page, err := v.open(address, nil)
	if err != nil {
		return "", err
	}
	if page, err = v.submit(page, "", url.Values{"user_code": {code}}); err != nil {
		return page.text(), err
	}
	page, err = v.submit(page, who, url.Values{})
	return page.text(), err
}

// Choose opens an address and presses the button that names who. It returns the text of the page at the end, which is
// that of the program which waits for the browser to come back.
func (v *Visitor) Choose(address, who string) (string, error) {
	page, err := v.open(address, nil)
	if err != nil {
		return "", err
	}
	page, err = v.submit(page, who, url.Values{})
	return page.text(), err
}

// page is what a browser shows.
type page struct {
	at   *url.URL
	root *html.Node
}

const pageLimit = 1 << 20

func (v *Visitor) open(address string, form url.Values) (page, error) {
	var (
		res *http.Response
		err error
	)
	if form == nil {
		res, err = v.browser.Get(address) //nolint:noctx // the browser has a timeout
	} else {
		res, err = v.browser.PostForm(address, form) //nolint:noctx // as above
	}
	if err != nil {
		return page{}, err
	}
	defer res.Body.Close()
	root, err := html.Parse(io.LimitReader(res.Body, pageLimit))
	if err == nil && res.StatusCode >= http.StatusInternalServerError {
		err = fmt.Errorf("the page answered %s", res.Status)
	}
	return page{res.Request.URL, root}, err
}

// submit sends the form that has a button which names who, or the first form for "".
func (v *Visitor) submit(p page, who string, fields url.Values) (page, error) {
	for form := range elements(p.root, "form") {
		var pressed *html.Node
		for button := range elements(form, "button") {
			if who == "" || strings.Contains(textOf(button), who) {
				pressed = button
				break
			}
		}
		if pressed == nil {
			continue
		}
		for input := range elements(form, "input") {
			if name := attribute(input, "name"); !fields.Has(name) {
				fields.Set(name, attribute(input, "value"))
			}
		}
		if name := attribute(pressed, "name"); name != "" {
			fields.Set(name, attribute(pressed, "value"))
		}
		action, err := p.at.Parse(attribute(form, "action"))
		if err != nil {
			return p, err
		}
		return v.open(action.String(), fields)
	}
	return p, fmt.Errorf("%w: %q, on %q", ErrNobody, who, p.text())
}

// text is what the page says, without its head.
func (p page) text() string {
	if p.root == nil {
		return ""
	}
	for body := range elements(p.root, "body") {
		return textOf(body)
	}
	return ""
}

func textOf(n *html.Node) string {
	var words []string
	for d := range n.Descendants() {
		if d.Type == html.TextNode && (d.Parent == nil || d.Parent.Data != "style") {
			words = append(words, strings.Fields(d.Data)...)
		}
	}
	return strings.Join(words, " ")
}

func elements(n *html.Node, name string) func(yield func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for d := range n.Descendants() {
			if d.Type == html.ElementNode && d.Data == name && !yield(d) {
				return
			}
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
