package ui

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fob/ui/desk"
)

// quitWithin is how long the program may take to end once it was told to. After a hang-up it may never: then the
// terminal is brought back without it.
const quitWithin = time.Second

// Ending is what is left when the program is over.
type Ending struct {
	Desk     *desk.Desk // what was worked with at last: the demo, if it was chosen on the welcome screen; nil if none was
	Warnings []string   // what was said on the status line and should not be lost; made safe to show
	Acting   bool       // something that changes the platform was still under way
}

// Run shows the program on t until a person leaves it or ctx ends; d may be nil, and then the welcome screen asks what to
// do. The terminal is as before when it returns. The error is a *Crash after a panic, and otherwise the terminal's: the
// end of ctx is none. Whatever it is, the Ending holds, and the caller looks into its desk's Holder.
func Run(ctx context.Context, t *Terminal, d *desk.Desk, o Options) (Ending, error) {
	at := &desks{last: d}
	if demo := o.Demo; demo != nil {
		o.Demo = func() (*desk.Desk, error) {
			d, err := demo()
			if err == nil {
				at.set(d)
			}
			return d, err
		}
	}
	root := newProgram(d, o)
	root.opened = at.set
	g := &guard{root: root}
	// Panics are caught by the guard: Bubble Tea would print their values, and a value may hold anything.
	ctx, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	in := &input{File: t.in, gone: func() { hangUp(ErrHungUp) }}
	p := tea.NewProgram(g, tea.WithInput(in), tea.WithOutput(t), tea.WithAltScreen(),
		tea.WithoutSignalHandler(), tea.WithoutCatchPanics())
	g.quit = func() { go p.Quit() }

	finished := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				finished <- NewCrash(r)
			}
		}()
		_, err := p.Run()
		finished <- err
	}()
	ended, err := wait(ctx, finished, p)
	if !ended {
		t.Restore()
		return Ending{Desk: at.get(), Acting: true}, hungUp(ctx)
	}
	if err == nil {
		t.release()
	}
	t.Restore()
	ending := Ending{Desk: at.get(), Warnings: root.warnings[min(len(o.Warnings), len(root.warnings)):], Acting: root.acting > 0}
	if crash := g.crashed(); crash != nil {
		return ending, crash
	}
	if ctx.Err() != nil { // what the terminal said on the way out is no news
		err = hungUp(ctx)
	}
	return ending, err
}

// hungUp is ErrHungUp if that is what ended ctx.
func hungUp(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), ErrHungUp) {
		return ErrHungUp
	}
	return nil
}

// wait waits for the program's end, and after ctx's end not for long; ended is false if it goes on all the same.
func wait(ctx context.Context, finished <-chan error, p *tea.Program) (ended bool, err error) {
	select {
	case err = <-finished:
		if err != nil && !errors.As(err, new(*Crash)) {
			// A terminal that hung up fails to be read a moment before the signal says why.
			select {
			case <-ctx.Done():
			case <-time.After(quitWithin / 4):
			}
		}
		return true, err
	case <-ctx.Done():
	}
	go p.Quit() // waits for the event loop, which may be gone
	select {
	case err = <-finished:
		return true, err
	case <-time.After(quitWithin):
		return false, nil
	}
}

// desks remembers the desk that is worked with, also for the case that the program doesn't end.
type desks struct {
	mu   sync.Mutex
	last *desk.Desk
}

func (a *desks) set(d *desk.Desk) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = d
}

func (a *desks) get() *desk.Desk {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last
}

// Crash is a panic of the program: a defect of fob. It says where it happened and never with what values.
type Crash struct {
	What  string   // a runtime error's own text, otherwise the type of the panic's value alone
	Where []string // functions and lines, the innermost first
}

// Error says what went wrong.
func (c *Crash) Error() string { return "a defect in fob: " + c.What }

// NewCrash tells what may be told of the panic with value r. It is called by the deferred function that recovered.
func NewCrash(r any) *Crash {
	c := &Crash{What: fmt.Sprintf("panic with %T", r)}
	var re runtime.Error
	if err, ok := r.(error); ok && errors.As(err, &re) {
		c.What = re.Error() // names types, indices and lengths
	}
	callers := make([]uintptr, 24)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		f, more := frames.Next()
		if f.Function != "" {
			c.Where = append(c.Where, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
		if !more {
			return c
		}
	}
}

// guard stands between Bubble Tea and the root model, and ends the program in order when something in it panics, be it
// in a command's own goroutine, which nothing else could catch.
type guard struct {
	root tea.Model
	quit func()

	mu    sync.Mutex
	crash *Crash
}

func (g *guard) crashed() *Crash {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.crash
}

// caught is deferred around everything that is ours.
func (g *guard) caught() {
	r := recover()
	if r == nil {
		return
	}
	crash := NewCrash(r)
	g.mu.Lock()
	if g.crash == nil {
		g.crash = crash
	}
	g.mu.Unlock()
	g.quit()
}

// Init starts the root model.
func (g *guard) Init() (cmd tea.Cmd) {
	defer g.caught()
	return g.watch(g.root.Init())
}

// Update hands a message on.
func (g *guard) Update(msg tea.Msg) (self tea.Model, cmd tea.Cmd) {
	self = g //nolint:wastedassign // it is what stands after a panic
	defer g.caught()
	if g.crashed() != nil {
		return g, nil
	}
	next, cmd := g.root.Update(msg)
	g.root = next
	return g, g.watch(cmd)
}

// View draws the root model.
func (g *guard) View() (view string) {
	defer g.caught()
	if g.crashed() != nil {
		return ""
	}
	return g.root.View()
}

// watch returns cmd with its panics caught, and those of the commands that it brings.
func (g *guard) watch(cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() (msg tea.Msg) {
		defer g.caught()
		return g.watchAll(cmd())
	}
}

var commands = reflect.TypeFor[[]tea.Cmd]()

// watchAll looks for commands in a message: a batch is a slice of them, and so is a sequence, whose type isn't exported.
func (g *guard) watchAll(msg tea.Msg) tea.Msg {
	v := reflect.ValueOf(msg)
	if msg == nil || v.Kind() != reflect.Slice || !v.CanConvert(commands) {
		return msg
	}
	watched := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		if cmd, ok := v.Index(i).Interface().(tea.Cmd); ok {
			watched.Index(i).Set(reflect.ValueOf(g.watch(cmd)))
		}
	}
	return watched.Interface()
}
