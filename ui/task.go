package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// This file makes every command of the program. A command wraps one call of the desk and does nothing else; Update
// changes state and never waits.

// Deadlines of what a screen asks for. A list has none of its own: each of its requests has one in the client, and it
// shows how far it is.
const (
	askWithin    = 45 * time.Second // one question to the platform, retries included
	keepWithin   = 3 * time.Minute  // the keyring, when a person may have to type its password
	reviewWithin = time.Minute
	learnWithin  = 2 * time.Minute // the search history of several keys
)

// screenID names a screen for as long as it lives, so that an answer finds the one that asked.
type screenID int

// loadedMsg is the answer to a load. The root hands it to the screen it is for; a late one, whose sequence number isn't
// the screen's current one, is dropped there.
type loadedMsg struct {
	to    screenID
	seq   int
	began time.Time // when it was asked
	body  tea.Msg
	err   error
}

// actedMsg is the answer to an action, which is never dropped: if its screen is gone, the root says what came of it.
type actedMsg struct {
	to    screenID
	began time.Time
	what  string // for people: "issuing nightly-eval"
	body  tea.Msg
	err   error
}

// load is a question under way: a newer one, or leaving, cancels it.
type load struct {
	to     screenID
	seq    int
	cancel context.CancelFunc
}

// start runs ask in a command of its own; an older question of the same load is cancelled and its answer dropped.
func (l *load) start(within time.Duration, ask func(context.Context) (tea.Msg, error)) tea.Cmd {
	l.stop()
	l.seq++
	ctx, cancel := deadline(within)
	l.cancel = cancel
	to, seq, began := l.to, l.seq, time.Now()
	return func() tea.Msg {
		defer cancel()
		body, err := ask(ctx)
		return loadedMsg{to: to, seq: seq, began: began, body: body, err: err}
	}
}

// stop cancels the question under way, if there is one; its answer will be dropped.
func (l *load) stop() {
	if l.cancel != nil {
		l.cancel()
		l.cancel = nil
	}
	l.seq++
}

// halt cancels the question under way and still awaits its answer.
func (l *load) halt() {
	if l.cancel != nil {
		l.cancel()
	}
}

// done notes that the answer msg arrived, and tells whether it is the awaited one.
func (l *load) done(msg loadedMsg) bool {
	if msg.seq != l.seq {
		return false
	}
	l.cancel = nil
	return true
}

// busy tells whether an answer is awaited.
func (l *load) busy() bool { return l.cancel != nil }

func deadline(d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return context.WithCancel(context.Background())
	}
	return context.WithTimeout(context.Background(), d)
}

// streamMsg is a part of an answer that comes in several. next waits for the one after it.
type streamMsg struct {
	to   screenID
	seq  int
	body tea.Msg
	next tea.Cmd
}

// stream runs ask, which may tell any number of parts before it returns. Parts that come faster than the screen draws
// are merged by merge, so that a list of a thousand pages doesn't draw a thousand frames.
func stream[P any](l *load, merge func(a, b P) P, ask func(ctx context.Context, tell func(P)) (tea.Msg, error)) tea.Cmd {
	l.stop()
	l.seq++
	ctx, cancel := context.WithCancel(context.Background())
	l.cancel = cancel
	to, seq, began := l.to, l.seq, time.Now()
	parts := make(chan P, 1)
	var last tea.Msg
	tell := func(p P) {
		for {
			select {
			case parts <- p:
				return
			default:
			}
			select {
			case old := <-parts:
				p = merge(old, p)
			default:
			}
		}
	}
	run := func() tea.Msg {
		defer cancel()
		defer close(parts)
		body, err := ask(ctx, tell)
		last = loadedMsg{to: to, seq: seq, began: began, body: body, err: err}
		return nil
	}
	var next tea.Cmd
	next = func() tea.Msg {
		if p, ok := <-parts; ok {
			return streamMsg{to: to, seq: seq, body: p, next: next}
		}
		return last
	}
	return tea.Batch(run, next)
}

// action runs do, which changes something. It isn't cancelled by leaving the screen. It counts as under way from now on,
// and not only once its command runs: the next key may be one that leaves.
func (w world) action(to screenID, what string, do func(context.Context) (tea.Msg, error)) tea.Cmd {
	w.ask(actingMsg{what: what})
	began := time.Now()
	return func() tea.Msg {
		body, err := do(context.Background())
		return actedMsg{to: to, began: began, what: what, body: body, err: err}
	}
}

// actingMsg tells the root that an action has begun.
type actingMsg struct{ what string }

// remember runs do, whose outcome nobody waits for.
func remember(do func(context.Context)) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), askWithin)
		defer cancel()
		do(ctx)
		return nil
	}
}

// after sends msg once d has passed.
func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}
