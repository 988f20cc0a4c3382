package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"

	"fob/client"
	"fob/client/session"
	"fob/ui/desk"
)

// Lines of the frame around a tab: header, tabs and rule above; rule and footer below.
const (
	headLines = 3
	footLines = 2
)

// resize gives every screen its space.
func (p *program) resize(width, height int) {
	p.width, p.height = width, height
	p.layout()
}

func (p *program) layout() {
	if p.width == 0 {
		return
	}
	for i := range p.tabs {
		p.tabs[i].SetSize(p.width, p.height-headLines-footLines)
	}
	for _, pg := range p.pages {
		pg.SetSize(p.width, p.height-footLines)
	}
}

func (p *program) tooSmall() bool { return p.width < minWidth || p.height < minHeight }

// View draws the program. It changes nothing.
func (p *program) View() string {
	switch {
	case p.quitting:
		return ""
	case p.width == 0: // before the first size: the frame is there at once, without it
		return " fob"
	}
	top := p.topPage()
	if w, ok := top.(whole); ok && w.Whole() && p.asking == "" {
		return p.look.ascii(top.View())
	}
	if p.tooSmall() {
		return p.small()
	}
	var lines []string
	below := len(p.pages)
	for below > 0 && p.pages[below-1].boxed {
		below--
	}
	if below > 0 {
		lines = fit(p.pages[below-1].View(), p.height-footLines)
	} else if len(p.tabs) > 0 {
		lines = append(p.head(), fit(p.tabs[p.current].View(), p.height-headLines-footLines)...)
	} else {
		lines = fit("", p.height-footLines)
	}
	for _, pg := range p.pages[below:] {
		lines = over(lines, pg.View(), p.width)
	}
	lines = append(lines, p.statusLine(), p.footer())
	for i := range lines {
		lines[i] = cut(lines[i], p.width)
	}
	return p.look.ascii(strings.Join(lines, "\n"))
}

func (p *program) topPage() screen {
	if n := len(p.pages); n > 0 {
		return p.pages[n-1].screen
	}
	return nil
}

func (p *program) small() string {
	text := fmt.Sprintf("fob needs %d columns and %d lines; here are %d and %d.", minWidth, minHeight, p.width, p.height)
	if what := p.guard(); what != "" {
		text += " " + what + "."
	}
	return lipgloss.NewStyle().Width(max(p.width, 1)).MaxHeight(max(p.height, 1)).Render(text)
}

func (p *program) head() []string {
	l := p.look
	left := " " + l.accent.Bold(true).Render("fob")
	who := p.whoWords()
	var right []string
	if p.Demo() {
		right = append(right, l.warn.Render("demo"))
	}
	if p.ending != "" {
		right = append(right, l.bad.Render(p.ending))
	}
	if name := p.Profile().Name; name != "" {
		right = append(right, l.coloured(p.Profile().Colour).Render(l.truncate(name, 20)))
	}
	if p.who.ReadOnly {
		right = append(right, l.warn.Render("read-only"))
	}
	if s, ok := p.tabs[p.current].screen.(interface{ Age() string }); ok {
		if age := s.Age(); age != "" {
			right = append(right, l.faint.Render(age))
		}
	}
	var tabs strings.Builder
	for i, t := range p.tabs {
		label := fmt.Sprintf("%d %s", i+1, t.label)
		if i == p.current {
			tabs.WriteString(l.selected.Render("["+label+"]") + " ")
		} else {
			tabs.WriteString(" " + l.faintInk.on(label) + "  ")
		}
	}
	// The brackets, not the colour, say which tab is shown.
	return []string{
		between(left+"   "+who, strings.Join(right, l.faint.Render(" "+l.dot+" "))+" ", p.width),
		tabs.String(),
		l.faintInk.on(" " + strings.Repeat(l.rule, max(p.width-2, 0))),
	}
}

// whoWords says who is signed in where.
func (p *program) whoWords() string {
	l := p.look
	switch {
	case errors.Is(p.whoErr, session.ErrNone):
		return l.bad.Render("not signed in")
	case client.IsUnauthorized(p.whoErr):
		return l.bad.Render("not signed in: " + l.line(explain(p.whoErr)))
	case p.whoErr != nil: // the session may be as good as ever
		return l.bad.Render("who you are isn't known: " + l.line(explain(p.whoErr)))
	case p.whoLoad.busy():
		return l.faint.Render(p.Profile().Product + " " + l.dot + " asking who you are " + l.ellipsis)
	}
	words := l.line(p.who.Organization)
	if words == "" {
		words = l.line(p.Profile().Product)
	}
	if p.who.Name != "" {
		words += " " + l.dot + " " + l.line(p.who.Name)
	}
	if p.who.Role != "" {
		words += ", " + l.line(p.who.Role)
	}
	return words
}

// statusLine is the rule above the footer, with what there is to say in it.
func (p *program) statusLine() string {
	l := p.look
	text, style := p.said.text, l.accent
	switch {
	case p.asking != "":
		text, style = "ctrl+c again leaves, any other key stays: "+p.asking, l.warn
	case !p.settled:
		text, style = "just opened: takes keys once you have stopped typing", l.faint
	case p.said.warning:
		style = l.warn
	}
	if text == "" {
		return l.faintInk.on(" " + strings.Repeat(l.rule, max(p.width-2, 0)))
	}
	text = cut(l.line(text), p.width-8)
	return l.faint.Render(" "+l.rule+l.rule+" ") + style.Render(text) +
		l.faint.Render(" "+strings.Repeat(l.rule, max(p.width-6-lipgloss.Width(text), 0)))
}

// footer names the keys that work here, from the bindings themselves. What doesn't fit gives way to the keys that work
// everywhere: the list of all keys, and the way out.
func (p *program) footer() string {
	bindings := p.active().ShortHelp()
	if t, ok := p.active().(typing); len(p.pages) > 0 || ok && t.Typing() {
		return " " + p.shortHelp(bindings, p.width-2)
	}
	everywhere := p.shortHelp([]key.Binding{keys.Help, keys.Quit}, p.width)
	return " " + p.shortHelp(bindings, p.width-4-lipgloss.Width(everywhere)) + "  " + everywhere
}

// shortHelp names as many of the bindings as fit into width, and shows where some did not. It is drawn for every key
// press, and bubbles' help adds what doesn't fit when there is no room for its ellipsis.
func (p *program) shortHelp(bindings []key.Binding, width int) string {
	l := p.look
	var b strings.Builder
	used := 0
	for i, binding := range bindings {
		if !binding.Enabled() {
			continue
		}
		h := binding.Help()
		gap := "  "
		if used == 0 {
			gap = ""
		}
		needed := len(gap) + ansi.StringWidth(h.Key) + 1 + ansi.StringWidth(h.Desc)
		room := width - used
		if i < len(bindings)-1 {
			room -= 2 // for the sign that there is more
		}
		if needed > room {
			b.WriteString(" " + l.faintInk.on("…"))
			break
		}
		used += needed
		b.WriteString(gap + l.boldInk.on(h.Key) + " " + l.faintInk.on(h.Desc))
	}
	return b.String()
}

// fit returns exactly height lines.
func fit(s string, height int) []string {
	lines := strings.Split(s, "\n")
	if len(lines) > height {
		return lines[:max(height, 0)]
	}
	for len(lines) < height {
		lines = append(lines, "")
	}
	return lines
}

// over lays a box in the middle of the lines.
func over(lines []string, box string, width int) []string {
	boxLines := strings.Split(box, "\n")
	w := lipgloss.Width(box)
	x, y := max((width-w)/2, 0), max((len(lines)-len(boxLines))/3, 0)
	out := append([]string(nil), lines...)
	for i, b := range boxLines {
		if y+i >= len(out) {
			break
		}
		under := pad(out[y+i], width)
		out[y+i] = pad(ansi.Cut(under, 0, max(x-1, 0)), x) + pad(b, w) + " " + ansi.Cut(under, x+w+1, width)
	}
	return out
}

// age puts the time since at into the words of the header.
func age(at, now time.Time) string {
	if at.IsZero() {
		return ""
	}
	d := max(now.Sub(at), 0)
	if d < time.Second {
		return "just read"
	}
	return desk.Ago(d) + " old"
}
