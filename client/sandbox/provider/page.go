package provider

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"fob/client/visible"
)

//go:embed page.css
var pageStyle string

// deny is chosen instead of a person.
const deny = "deny"

// Forms are answered by whoever was shown them: a form carries what the browser's cookie has, and a page from elsewhere
// knows neither. The cookie stays the same for all tabs.
const (
	formCookie = "fob-sandbox"
	formField  = "form"
)

// attr are an element's attributes.
type attr map[string]string

// el is an element. The page is a tree of nodes that the library renders, so that no text can become markup.
func el(name string, attributes attr, children ...*html.Node) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: name}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		n.Attr = append(n.Attr, html.Attribute{Key: key, Val: attributes[key]})
	}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

func words(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

// content is what a page says: its title, and what stands below it. token is what its forms carry.
type content struct {
	title string
	body  func(token string) []*html.Node
}

// sorry is a page without a form: what happened, and what to do.
func sorry(title, what, next string) content {
	return content{title, func(string) []*html.Node { return []*html.Node{el("p", nil, words(what)), el("p", nil, words(next))} }}
}

func formOf(action, token string, hidden attr, children ...*html.Node) *html.Node {
	n := el("form", attr{"method": "post", "action": action}, el("input", attr{"type": "hidden", "name": formField, "value": token}))
	for _, name := range slices.Sorted(maps.Keys(hidden)) {
		n.AppendChild(el("input", attr{"type": "hidden", "name": name, "value": hidden[name]}))
	}
	for _, c := range children {
		n.AppendChild(c)
	}
	return n
}

// people is the page on which somebody is chosen.
func (p *Provider) people(action string, hidden attr) content {
	return content{"Who is signing in?", func(token string) []*html.Node {
		first, aside := el("div", attr{"class": "people"}), el("div", attr{"class": "people"})
		for _, one := range p.o.People() {
			list := first
			if one.Aside {
				list = aside
			}
			list.AppendChild(el("button", attr{"name": "person", "value": one.ID},
				el("b", nil, words(visible.Line(one.name()))), el("span", nil, words(visible.Line(one.Note))),
				el("small", nil, words(visible.Line(one.Email)))))
		}
		var out []*html.Node
		if entry, waits := hidden["user_code"]; waits {
			out = append(out, el("p", nil, words("The device that waits shows this code. If it shows another one, or none, choose “Nobody”.")),
				el("p", attr{"class": "code"}, words(entry)))
		} else {
			out = append(out, el("p", nil, words("A program on this machine asks. From then on it may do what the person that you choose may do.")))
		}
		f := formOf(action, token, hidden, first)
		if aside.FirstChild != nil {
			f.AppendChild(el("details", nil, el("summary", nil, words("Somebody else")), aside))
		}
		f.AppendChild(el("button", attr{"name": "person", "value": deny, "class": "deny"}, words("Nobody: deny")))
		return append(out, f)
	}}
}

// entryForm is the page on which a code is entered. fault says what was wrong with the one before, if anything.
func (p *Provider) entryForm(filled, fault string) content {
	return content{"Enter the code", func(token string) []*html.Node {
		entry := attr{
			"id": "user_code", "name": "user_code", "value": visible.Truncate(visible.Line(filled), 40), "required": "", "autofocus": "",
			"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "placeholder": "BCDF-GHJK", "size": "12",
		}
		out := []*html.Node{el("p", nil, words("It is shown on the device, or in the terminal, where you are signing in."))}
		if fault != "" {
			entry["aria-describedby"], entry["aria-invalid"] = "fault", "true"
			out = append(out, el("p", attr{"id": "fault", "class": "fault", "role": "alert"}, words(fault)))
		}
		return append(out, formOf(p.o.Path+"/device", token, nil,
			el("label", attr{"for": "user_code"}, words("Code")), el("input", entry), el("button", attr{"class": "go"}, words("Continue"))))
	}}
}

// show writes a page that runs nothing and loads nothing. Its forms go to this provider, and from there to allow.
func (p *Provider) show(w http.ResponseWriter, r *http.Request, status int, c content, allow ...string) {
	var token string
	if cookie, err := r.Cookie(formCookie); err == nil && base64URL(cookie.Value, digestLength) {
		token = cookie.Value
	} else {
		token = opaque()
		http.SetCookie(w, &http.Cookie{
			Name: formCookie, Value: token, Path: p.o.Path, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode,
		})
	}
	body := el("body", nil, el("main", nil, append([]*html.Node{el("h1", nil, words(c.title))}, c.body(token)...)...),
		el("footer", nil, words("fob's sandbox: a stand-in for the platform on this machine. Nobody here is real, and there are no passwords.")))
	page := &html.Node{Type: html.DocumentNode}
	page.AppendChild(&html.Node{Type: html.DoctypeNode, Data: "html"})
	page.AppendChild(el("html", attr{"lang": "en"}, el("head", nil,
		el("meta", attr{"charset": "utf-8"}),
		el("meta", attr{"name": "viewport", "content": "width=device-width, initial-scale=1"}),
		el("title", nil, words(c.title+" · fob's sandbox")), el("style", nil, words(pageStyle))), body))
	sum := sha256.Sum256([]byte(pageStyle))
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-"+
		base64.StdEncoding.EncodeToString(sum[:])+"'; form-action "+strings.Join(append([]string{"'self'"}, allow...), " "))
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would take the origin from the forms, too
	w.WriteHeader(status)
	out := bufio.NewWriter(w)
	_ = html.Render(out, page) // whoever asked may be gone, and nobody else wants to know
	_ = out.Flush()
}

// ownForm lets through what a form of this provider sends, from the browser that it was shown in.
func (p *Provider) ownForm(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(formCookie)
		if r.ParseForm() != nil || once(r.PostForm) != nil || p.origin.Check(r) != nil || err != nil ||
			!base64URL(cookie.Value, digestLength) || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(r.PostForm.Get(formField))) != 1 {
			p.show(w, r, http.StatusForbidden, sorry("This page has to be opened again",
				"What was sent doesn't come from a page of this sandbox, or from one that is too old. Cookies have to be allowed.",
				"Go back to the program, and open the page that it names."))
			return
		}
		next(w, r)
	}
}
