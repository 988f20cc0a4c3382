package cli

import (
	"strings"
	"sync"
	"time"

	"fob/ui/desk"
)

// slowAfter is how long a step may take before it is said what is waited for.
const slowAfter = 2 * time.Second

// slowSteps says what takes long, a line for each step that does.
type slowSteps struct {
	app   *app
	mu    sync.Mutex
	timer *time.Timer
	last  string // what is waited for at the platform's wish
}

// tell hears the next step.
func (s *slowSteps) tell(step desk.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
	if step.Retrying != "" && step.Retrying != s.last {
		s.app.say("fob: waiting for the platform: " + step.Retrying)
	}
	s.last = step.Retrying
	text := string(step.Stage)
	if step.Destination != "" {
		text += ": " + step.Destination
	}
	s.timer = time.AfterFunc(slowAfter, func() { s.app.say("fob: still " + strings.TrimPrefix(text, "still ")) })
}

func (s *slowSteps) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.timer != nil {
		s.timer.Stop()
	}
}
