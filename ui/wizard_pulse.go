package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// beat is how often a screen that waits shows that it does.
const beat = 250 * time.Millisecond

// pulse counts how long a screen has been waiting, by messages and not by the clock, so that View stays pure.
type pulse struct {
	to    screenID
	n     int // which waiting it is: beats of an older one are dropped
	beats int
	on    bool
}

type beatMsg struct{ n int }

// start begins to count anew.
func (p *pulse) start() tea.Cmd {
	p.n++
	p.beats, p.on = 0, true
	return p.next()
}

func (p *pulse) stop() { p.on = false }

func (p *pulse) next() tea.Cmd { return after(beat, toMsg{to: p.to, body: beatMsg{p.n}}) }

// hear counts a beat and asks for the next one.
func (p *pulse) hear(msg beatMsg) tea.Cmd {
	if !p.on || msg.n != p.n {
		return nil
	}
	p.beats++
	return p.next()
}

// seconds is how long the waiting has lasted.
func (p *pulse) seconds() int { return p.beats * int(beat/time.Millisecond) / 1000 }

// since is " (12 s)", or nothing in the first second.
func (p *pulse) since() string {
	if s := p.seconds(); s > 0 {
		return fmt.Sprintf(" (%d s)", s)
	}
	return ""
}

// spin is the spinner's character of this beat.
func (p *pulse) spin(l *look) string { return l.spinner[p.beats%len(l.spinner)] }
