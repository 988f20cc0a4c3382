package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"fob/client"
	"fob/ui/desk"
)

// read reads the list anew; what is on screen stays until the new one is whole.
func (s *keysScreen) read() tea.Cmd {
	if s.scope.Workspace == "" && !s.organization {
		return nil
	}
	d, scope := s.Desk, s.scope
	s.retrying, s.since = "", s.Now()
	return stream(&s.reading, mergePages, func(ctx ctxt, tell func(desk.Page)) (tea.Msg, error) {
		list, err := d.Keys(ctx, scope, tell)
		return listedMsg{list}, err
	})
}

// mergePages makes one page of two, for a screen that draws slower than pages come.
func mergePages(a, b desk.Page) desk.Page {
	if b.Restart {
		return b
	}
	b.More = append(a.More[:len(a.More):len(a.More)], b.More...)
	b.Restart = a.Restart
	return b
}

// part takes a part of the list that is being read. Only a first reading is shown while it comes in.
func (s *keysScreen) part(p desk.Page) tea.Cmd {
	s.retrying, s.announced = p.Retrying, p.Announced
	if !s.list.AsOf.IsZero() {
		return nil
	}
	if p.Restart {
		s.rows = nil
	}
	s.rows = append(s.rows, p.More...)
	s.summary = desk.Summarize(s.rows)
	return s.arrange()
}

// loaded hears the answer to one of the screen's questions, told apart by what it holds.
func (s *keysScreen) loaded(msg loadedMsg) tea.Cmd {
	switch body := msg.body.(type) {
	case placesMsg:
		if !s.places.done(msg) {
			return nil
		}
		if s.err = msg.err; s.err != nil {
			return nil
		}
		s.workspaces = body.names
		if s.scope.Workspace == "" && body.start != "" {
			s.scope = client.Scope{Workspace: body.start}
		}
		return s.read()
	case listedMsg:
		if !s.reading.done(msg) {
			return nil
		}
		s.retrying = ""
		if s.err = msg.err; s.err != nil {
			return nil
		}
		s.now = s.Now()
		s.list, s.rows = body.list, body.list.Rows
		s.announced = body.list.Announced
		s.summary = desk.Summarize(s.rows)
		if s.list.Complete {
			s.table.forget(s.rows)
		}
		s.countReach()
		if s.other != nil {
			s.other.countReach()
		}
		return s.arrange()
	case arrangedMsg:
		if !s.arranging.done(msg) {
			return nil
		}
		s.table.show(body.rows, body.order)
		if s.unarranged {
			return s.arrange()
		}
	}
	return nil
}

// arrange filters and sorts: at once where that takes no time, beside the screen where it does. What changes meanwhile
// is taken up when the answer comes, so that keys typed fast don't pile up work.
func (s *keysScreen) arrange() tea.Cmd {
	rows, match := s.rows, s.filter.match()
	order, reverse := s.table.arrangement()
	if len(rows) <= arrangeBeside {
		s.arranging.stop()
		s.unarranged = false
		s.table.show(rows, arrange(rows, match, order, reverse))
		return nil
	}
	if s.arranging.busy() {
		s.unarranged = true
		return nil
	}
	s.unarranged = false
	return s.arranging.start(0, func(ctxt) (tea.Msg, error) {
		return arrangedMsg{rows, arrange(rows, match, order, reverse)}, nil
	})
}

// countReach takes up the organization's list as the neighbour has it now: which of its keys reach this workspace, too.
func (s *keysScreen) countReach() {
	if !s.organization && s.other != nil {
		s.reaching = desk.Reaching(s.other.list.Rows, s.scope.Workspace)
	}
}
