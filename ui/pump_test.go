package ui

import (
	"context"
	"net/http"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata" // the tests' zone, wherever they run

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// patienceOfTests is how long a pump waits for a command before the test fails. Nothing waits that long by design.
const patienceOfTests = 20 * time.Second

// pump runs a program without a terminal: it hears messages one after another, as Bubble Tea does, and can say when no
// answer is awaited any more. Timers don't run: a test says itself when time has passed.
type pump struct {
	t       testing.TB
	p       *program
	answers chan answer
	running int      // commands whose answer is awaited
	timers  int      // timers that were begun, and don't run
	frames  []string // every frame that was drawn, the last of several equal ones dropped
}

// answer is what a command came to. last tells that it was the command's last one.
type answer struct {
	msg  tea.Msg
	last bool
}

func newPump(t testing.TB, p *program, width, height int) *pump {
	t.Helper()
	u := &pump{t: t, p: p, answers: make(chan answer)}
	u.start(p.Init())
	u.send(tea.WindowSizeMsg{Width: width, Height: height})
	return u
}

// send lets the program hear messages, and draws.
func (u *pump) send(msgs ...tea.Msg) {
	for _, msg := range msgs {
		_, cmd := u.p.Update(msg)
		u.start(cmd)
		u.draw()
	}
}

func (u *pump) draw() {
	if frame := u.p.View(); len(u.frames) == 0 || u.frames[len(u.frames)-1] != frame {
		u.frames = append(u.frames, frame)
	}
}

// view is the frame as it is now.
func (u *pump) view() string { return u.p.View() }

// press lets the program hear keys by their names: "enter", "shift+tab", "x"; nothing is waited for in between.
func (u *pump) press(names ...string) {
	for _, name := range names {
		u.send(keyNamed(name))
	}
}

// typeText lets the program hear a text, a rune a key.
func (u *pump) typeText(text string) {
	for _, r := range text {
		u.press(string(r))
	}
}

var namedKeys = map[string]tea.KeyType{
	"enter": tea.KeyEnter, "esc": tea.KeyEsc, "tab": tea.KeyTab, "shift+tab": tea.KeyShiftTab, "up": tea.KeyUp, "down": tea.KeyDown,
	"left": tea.KeyLeft, "right": tea.KeyRight, "backspace": tea.KeyBackspace, "ctrl+c": tea.KeyCtrlC, "ctrl+u": tea.KeyCtrlU, "ctrl+d": tea.KeyCtrlD,
	"pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "home": tea.KeyHome, "end": tea.KeyEnd,
}

func keyNamed(name string) tea.KeyMsg {
	if t, ok := namedKeys[name]; ok {
		return tea.KeyMsg{Type: t}
	}
	k := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
	if name == " " {
		k.Type = tea.KeySpace
	}
	return k
}

// start runs a command beside the program. A timer is counted, and isn't run.
func (u *pump) start(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if isTimer(cmd) {
		u.timers++
		return
	}
	u.running++
	go func() { u.answers <- answer{cmd(), true} }()
}

// isTimer tells whether a command is one of tea.Tick, by the name of the function that it is.
func isTimer(cmd tea.Cmd) bool {
	return strings.Contains(runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name(), "Tick.func")
}

// hear lets the program hear an answer; batches and sequences are run.
func (u *pump) hear(a answer) {
	if a.last {
		u.running--
	}
	switch msg := a.msg.(type) {
	case nil:
		u.draw()
	case tea.BatchMsg:
		for _, cmd := range msg {
			u.start(cmd)
		}
	default:
		if cmds, ok := sequence(msg); ok {
			u.startAll(cmds)
			return
		}
		u.send(msg)
	}
}

// sequence tells whether a message is what tea.Sequence makes, which has no name outside of tea.
func sequence(msg tea.Msg) ([]tea.Cmd, bool) {
	v := reflect.ValueOf(msg)
	if v.Kind() != reflect.Slice || v.Type().Elem() != reflect.TypeFor[tea.Cmd]() {
		return nil, false
	}
	cmds := make([]tea.Cmd, v.Len())
	for i := range cmds {
		cmds[i] = v.Index(i).Interface().(tea.Cmd)
	}
	return cmds, true
}

// startAll runs commands one after another.
func (u *pump) startAll(cmds []tea.Cmd) {
	u.running++
	go func() {
		for _, cmd := range cmds {
			if cmd != nil && !isTimer(cmd) {
				u.answers <- answer{cmd(), false}
			}
		}
		u.answers <- answer{nil, true}
	}()
}

// idle hears every answer until none is awaited.
func (u *pump) idle() {
	u.t.Helper()
	for u.running > 0 {
		u.next("everything to be answered")
	}
}

// until hears answers until the condition holds, and leaves what is still under way alone.
func (u *pump) until(what string, condition func() bool) {
	u.t.Helper()
	for !condition() {
		if u.running == 0 {
			u.t.Fatalf("nothing is under way any more, waiting for %s:\n%s", what, u.view())
		}
		u.next(what)
	}
}

func (u *pump) next(what string) {
	u.t.Helper()
	select {
	case a := <-u.answers:
		u.hear(a)
	case <-time.After(patienceOfTests):
		u.t.Fatalf("no answer, waiting for %s:\n%s", what, u.view())
	}
}

// shows fails unless every text is on screen.
func (u *pump) shows(texts ...string) {
	u.t.Helper()
	view := u.view()
	flat := flatten(view)
	for _, text := range texts {
		if !strings.Contains(view, text) && !strings.Contains(flat, text) {
			u.t.Errorf("not on screen: %q\n%s", text, view)
		}
	}
}

// flatten is a frame's text without its lines, blanks and box, so that a sentence is found wherever it is broken.
func flatten(view string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(view, "│", " ")), " ")
}

// hides fails if any of the texts is on screen.
func (u *pump) hides(texts ...string) {
	u.t.Helper()
	view := u.view()
	for _, text := range texts {
		if strings.Contains(view, text) || strings.Contains(flatten(view), text) {
			u.t.Errorf("on screen: %q\n%s", text, view)
		}
	}
}

// settle lets the quiet after a screen opened by itself pass.
func (u *pump) settle() { u.send(settledMsg{u.p.settling}) }

// place is a sandbox and a desk on it.
type place struct {
	*desk.Desk
	sandbox *sandbox.Sandbox
	posts   atomic.Int32 // creates that arrived
	deletes atomic.Int32
	journal *config.MemoryJournal
	keyring *stash.Memory
	index   *stash.Index
	before  atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // answers in the sandbox's place
}

// berlin is the tests' zone on screen.
func berlin(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// testNow is the sandbox's clock.
var testNow = time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)

// newPlace serves a sandbox on loopback and opens a desk on it. change may alter the desk's options.
func newPlace(t testing.TB, change func(*desk.Options)) *place {
	t.Helper()
	pl := &place{journal: config.NewMemoryJournal(), keyring: stash.NewMemory(), index: stash.NewMemoryIndex()}
	pl.sandbox = sandbox.New(sandbox.Options{Seed: 1, Now: func() time.Time { return testNow }, Before: func(w http.ResponseWriter, r *http.Request) bool {
		switch r.Method {
		case http.MethodPost:
			pl.posts.Add(1)
		case http.MethodDelete:
			pl.deletes.Add(1)
		}
		if f := pl.before.Load(); f != nil {
			return (*f)(w, r)
		}
		return false
	}})
	server, err := sandbox.Listen("127.0.0.1:0", pl.sandbox)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // cuts off what is still open
		_ = server.Close(ctx)
	})
	o := desk.Options{
		APIURL: server.URL(), OrganizationID: pl.sandbox.OrganizationID(), Session: pl.sandbox.SessionToken(), Demo: true,
		Journal: pl.journal, Index: pl.index, Keys: pl.keyring, Location: berlin(t),
	}
	if change != nil {
		change(&o)
	}
	if pl.Desk, err = desk.Open(o); err != nil {
		t.Fatal(err)
	}
	return pl
}

// intercept lets f answer requests in the sandbox's place; it returns whether it did.
func (pl *place) intercept(f func(http.ResponseWriter, *http.Request) bool) { pl.before.Store(&f) }
