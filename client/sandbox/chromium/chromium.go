// Package chromium drives a real browser without a window, for tests of what a person does in one. It types and clicks
// as a person does, and runs no script on the page. Only tests import it.
package chromium

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience is how long a page may take; a browser that hangs shouldn't hang the test.
const patience = 30 * time.Second

// Browser is a browser with a profile of its own.
type Browser struct {
	t       testing.TB
	to      io.Writer
	answers chan message
	events  []message // that came while something else was waited for
	next    int
}

// Page is a tab of a browser. Scripts are switched off in it.
type Page struct {
	browser *Browser
	session string
	seen    map[string]bool // what the browser calls the loading of each page so far
}

// message is what goes over the pipe, either way: a call, its answer, or an event.
type message struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// Start starts a browser that ends with the test. It ends the test if there is none, or if it doesn't answer.
func Start(t testing.TB) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("the browser is missing; make needs installs it: %v", err)
	}
	home := t.TempDir()
	fromUs, to, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	from, toUs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// It is closed, and waited for, after the test's own context has ended.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), path, "--remote-debugging-pipe", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage", "--no-proxy-server", "--disable-extensions", "--window-size=800,900",
		"--user-data-dir="+filepath.Join(home, "profile"), "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home)
	cmd.ExtraFiles = []*os.File{fromUs, toUs} // it reads from 3 and writes to 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = fromUs.Close()
	_ = toUs.Close()
	b := &Browser{t: t, to: to, answers: make(chan message, 100)}
	read := make(chan struct{})
	go func() { defer close(read); b.read(from) }()
	t.Cleanup(func() {
		_, _ = io.WriteString(to, `{"id":1000000,"method":"Browser.close"}`+"\x00")
		ended := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		for range b.answers { // until the pipe ends
		}
		<-read
		_ = cmd.Wait()
		ended.Stop()
		_ = to.Close()
		_ = from.Close()
	})
	return b
}

func (b *Browser) read(from io.Reader) {
	defer close(b.answers)
	for in := bufio.NewReader(from); ; {
		text, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.answers <- m
		}
	}
}

// call sends a command, waits for its answer, and reads that into result unless it is nil.
func (b *Browser) call(session, method string, params, result any) {
	b.t.Helper()
	if err := b.try(session, method, params, result); err != nil {
		b.t.Fatal(err)
	}
}

func (b *Browser) try(session, method string, params, result any) error {
	b.next++
	m := message{ID: b.next, Session: session, Method: method}
	var err error
	if m.Params, err = json.Marshal(params); err != nil {
		return err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if _, err := b.to.Write(append(text, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	answer, err := b.await(method, func(got message) bool { return got.ID == m.ID })
	switch {
	case err != nil:
		return err
	case answer.Error != nil:
		return fmt.Errorf("%s: %s", method, answer.Error.Message)
	case result == nil:
		return nil
	}
	return json.Unmarshal(answer.Result, result)
}

// await returns the first message that fits; other events are kept.
func (b *Browser) await(what string, fits func(message) bool) (message, error) {
	for i, m := range b.events {
		if fits(m) {
			b.events = append(b.events[:i], b.events[i+1:]...)
			return m, nil
		}
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		select {
		case m, ok := <-b.answers:
			switch {
			case !ok:
				return m, fmt.Errorf("%s: the browser has ended", what)
			case fits(m):
				return m, nil
			case m.Method != "":
				b.events = append(b.events, m)
			}
		case <-late.C:
			return message{}, fmt.Errorf("%s: no answer from the browser in %v", what, patience)
		}
	}
}

type object = map[string]any

// Open opens a tab at address and returns when the page is there.
func (b *Browser) Open(address string) *Page {
	b.t.Helper()
	var target struct {
		ID string `json:"targetId"`
	}
	b.call("", "Target.createTarget", object{"url": "about:blank"}, &target)
	var attached struct {
		Session string `json:"sessionId"`
	}
	b.call("", "Target.attachToTarget", object{"targetId": target.ID, "flatten": true}, &attached)
	p := &Page{b, attached.Session, map[string]bool{}}
	p.call("Page.enable", object{}, nil)
	p.call("Page.setLifecycleEventsEnabled", object{"enabled": true}, nil)
	p.call("Emulation.setScriptExecutionDisabled", object{"value": true}, nil)
	p.Go(address)
	return p
}

func (p *Page) call(method string, params, result any) {
	p.browser.t.Helper()
	p.browser.call(p.session, method, params, result)
}

// loading returns the page's loading that an event is about, and whether it is complete; "" for other events.
func (p *Page) loading(m message) (id string, complete bool) {
	if m.Session != p.session || m.Method != "Page.lifecycleEvent" {
		return "", false
	}
	var event struct{ LoaderID, Name string }
	if json.Unmarshal(m.Params, &event) != nil {
		return "", false
	}
	return event.LoaderID, event.Name == "load"
}

// loads does what leads to another page, and returns when that is there. Pages have no frames here.
func (p *Page) loads(do func()) {
	p.browser.t.Helper()
	for _, m := range p.browser.events {
		if id, _ := p.loading(m); id != "" {
			p.seen[id] = true
		}
	}
	do()
	p.loaded(func(id string) bool { return !p.seen[id] })
}

// loaded waits until a page is complete.
func (p *Page) loaded(which func(id string) bool) {
	p.browser.t.Helper()
	m, err := p.browser.await("a page", func(m message) bool {
		id, complete := p.loading(m)
		return complete && which(id)
	})
	if err != nil {
		p.browser.t.Fatal(err)
	}
	id, _ := p.loading(m)
	p.seen[id] = true
}

// Go opens another page in the tab.
func (p *Page) Go(address string) {
	p.browser.t.Helper()
	var went struct {
		LoaderID string
		Error    string `json:"errorText"`
	}
	p.call("Page.navigate", object{"url": address}, &went)
	if went.Error != "" {
		p.browser.t.Fatalf("%s: %s", address, went.Error)
	}
	p.loaded(func(id string) bool { return id == went.LoaderID })
}

// find returns the node of the first element that fits a CSS selector.
func (p *Page) find(selector string) int {
	p.browser.t.Helper()
	var document struct {
		Root struct {
			ID int `json:"nodeId"`
		} `json:"root"`
	}
	p.call("DOM.getDocument", object{"depth": 0}, &document)
	var found struct {
		ID int `json:"nodeId"`
	}
	p.call("DOM.querySelector", object{"nodeId": document.Root.ID, "selector": selector}, &found)
	if found.ID == 0 {
		p.browser.t.Fatalf("nothing on the page is a %s: %s", selector, p.HTML())
	}
	return found.ID
}

// Type types text into the element that fits a CSS selector.
func (p *Page) Type(selector, text string) {
	p.browser.t.Helper()
	p.call("DOM.focus", object{"nodeId": p.find(selector)}, nil)
	for _, r := range text {
		p.call("Input.dispatchKeyEvent", object{"type": "char", "text": string(r)}, nil)
	}
}

// Enter presses Enter, and returns when the page that it leads to is there.
func (p *Page) Enter() {
	p.browser.t.Helper()
	p.loads(func() {
		key := object{"type": "keyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
		p.call("Input.dispatchKeyEvent", key, nil)
	})
}

// Press clicks into the middle of the element that fits a CSS selector.
func (p *Page) Press(selector string) {
	p.browser.t.Helper()
	p.call("Page.bringToFront", object{}, nil)
	node := p.find(selector)
	p.call("DOM.scrollIntoViewIfNeeded", object{"nodeId": node}, nil)
	var box struct {
		Model struct {
			Border []float64 `json:"border"`
		} `json:"model"`
	}
	p.call("DOM.getBoxModel", object{"nodeId": node}, &box)
	corners := box.Model.Border
	for _, kind := range []string{"mousePressed", "mouseReleased"} {
		p.call("Input.dispatchMouseEvent", object{
			"type": kind, "button": "left", "clickCount": 1, "x": (corners[0] + corners[4]) / 2, "y": (corners[1] + corners[5]) / 2,
		}, nil)
	}
}

// Follow clicks, and returns when the page that it leads to is there.
func (p *Page) Follow(selector string) {
	p.browser.t.Helper()
	p.loads(func() { p.Press(selector) })
}

// HTML returns the page as the browser has understood it.
func (p *Page) HTML() string {
	p.browser.t.Helper()
	var document struct {
		Root struct {
			ID int `json:"nodeId"`
		} `json:"root"`
	}
	p.call("DOM.getDocument", object{"depth": 0}, &document)
	var out struct {
		HTML string `json:"outerHTML"`
	}
	p.call("DOM.getOuterHTML", object{"nodeId": document.Root.ID}, &out)
	return out.HTML
}

// Wants fails the test unless text is on the page.
func (p *Page) Wants(text string) {
	p.browser.t.Helper()
	if page := p.HTML(); !strings.Contains(page, text) {
		p.browser.t.Errorf("%q isn't on the page: %s", text, page)
	}
}

// Address returns what stands in the address bar.
func (p *Page) Address() string {
	p.browser.t.Helper()
	var history struct {
		Current int `json:"currentIndex"`
		Entries []struct {
			URL string `json:"url"`
		} `json:"entries"`
	}
	p.call("Page.getNavigationHistory", object{}, &history)
	return history.Entries[history.Current].URL
}

// Picture returns the page as a PNG.
func (p *Page) Picture() []byte {
	p.browser.t.Helper()
	var shot struct {
		Data string `json:"data"`
	}
	p.call("Page.captureScreenshot", object{"format": "png"}, &shot)
	out, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		p.browser.t.Fatal(err)
	}
	return out
}
