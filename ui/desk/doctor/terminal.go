package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"fob/client/visible"
	"fob/config/stash"
)

// Screen is the terminal, as far as it is known without asking it.
type Screen struct {
	In, Out       bool // input and output are a terminal
	Width, Height int  // 0: not known
	MinWidth      int  // what the screens need
	MinHeight     int
	UTF8          bool      // the locale can show UTF-8
	Writer        io.Writer // where a sequence for the clipboard could be written; nothing is
	// Ask waits for the terminal's answer to a question, and returns how long it took. nil: it wasn't asked, and Unasked
	// says why. Its error is that of ctx where nothing came; Gone and Garbled tell the other two apart.
	Ask           func(ctx context.Context) (time.Duration, error)
	Unasked       error
	Gone, Garbled error
}

// answerWithin is how long a terminal may take to answer. A slow line to another continent takes a third of it.
const answerWithin = time.Second

func (e *examination) terminal(ctx context.Context) []Finding {
	s := e.Screen
	switch {
	case !s.In && !s.Out:
		return one(skip(Terminal, "neither input nor output is a terminal").with("terminal", false))
	case !s.In:
		return one(skip(Terminal, "the input is no terminal").with("terminal", false))
	case !s.Out:
		return one(skip(Terminal, "the output is no terminal").with("terminal", false))
	case s.Ask == nil && s.Unasked != nil:
		return one(ok(Terminal, "there is one; not asked: "+s.Unasked.Error()).with("terminal", true))
	case s.Ask == nil:
		return one(ok(Terminal, "there is one").with("terminal", true))
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	took, err := s.Ask(ctx)
	const works = "fob asks its terminal nothing, and works without; programs that do ask will wait"
	switch {
	case err == nil:
		return one(ok(Terminal, "answers in "+short(took)).with("terminal", true).with("answered", true))
	case s.Gone != nil && errors.Is(err, s.Gone):
		return one(fail(Terminal, "the terminal went away", "open another one").with("terminal", true).with("answered", false))
	case s.Garbled != nil && errors.Is(err, s.Garbled):
		return one(warn(Terminal, "answers something that is no answer, or somebody typed", works).with("terminal", true).with("answered", false))
	}
	return one(warn(Terminal, fmt.Sprintf("doesn't answer within %s", answerWithin), works).with("terminal", true).with("answered", false))
}

func (e *examination) colours(context.Context) []Finding {
	name := e.Getenv("TERM")
	set := ""
	for _, variable := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := e.Getenv(variable); locale != "" {
			set = variable + " " + locale
			break
		}
	}
	seen := []string{"TERM " + orNone(name)}
	plain := true
	switch {
	case name == "" || name == "dumb":
		seen = append(seen, "no colours")
	case e.Getenv("NO_COLOR") != "":
		seen = append(seen, "no colours: NO_COLOR is set")
	default:
		plain = false
		seen = append(seen, "colours")
	}
	if e.Screen.UTF8 {
		seen = append(seen, strings.TrimSuffix("UTF-8, "+set, ", "))
	} else {
		seen = append(seen, "not UTF-8, "+orNone(set))
	}
	f := ok(Colours, strings.Join(seen, " · "))
	switch {
	case !e.Screen.Out:
		f = skip(Colours, "the output is no terminal · "+f.Seen)
	case !e.Screen.UTF8:
		f = warn(Colours, f.Seen, "signs are drawn in ASCII: set LANG to a locale such as C.UTF-8")
	case name == "" || name == "dumb":
		f = warn(Colours, f.Seen, "set TERM to what the terminal is, for example xterm-256color")
	}
	return one(f.with("term", name).with("colours", !plain).with("utf8", e.Screen.UTF8))
}

func orNone(text string) string {
	if text == "" {
		return "not set"
	}
	return text
}

func (e *examination) size(context.Context) []Finding {
	s := e.Screen
	if !s.Out {
		return one(skip(Size, "the output is no terminal"))
	}
	if s.Width <= 0 || s.Height <= 0 {
		return one(warn(Size, "the terminal doesn't tell its size", fmt.Sprintf("set it: stty cols %d rows %d", max(80, s.MinWidth), max(24, s.MinHeight))))
	}
	f := ok(Size, fmt.Sprintf("%d columns, %d rows", s.Width, s.Height))
	if s.Width < s.MinWidth || s.Height < s.MinHeight {
		f = warn(Size, f.Seen, fmt.Sprintf("the screens need %d columns and %d rows: make the window larger, or its letters smaller", s.MinWidth, s.MinHeight))
	}
	return one(f.with("width", s.Width).with("height", s.Height))
}

func (e *examination) clip() *stash.Clipboard { return stash.NewClipboard(e.Screen.Writer, e.Getenv) }

func (e *examination) clipboard(ctx context.Context) []Finding {
	c := e.clip()
	way := c.Way()
	err := c.Try(ctx)
	switch {
	case errors.Is(err, stash.ErrNoClipboard) && !e.Screen.Out:
		return one(skip(Clipboard, "the output is no terminal, and no tool of this machine reaches one").with("way", "none"))
	case errors.Is(err, stash.ErrNoClipboard):
		return one(warn(Clipboard, "no way to one from here", "install wl-copy, xclip or xsel, or choose the keyring or an env file").with("way", "none"))
	case err != nil:
		return one(warn(Clipboard, way+": "+err.Error(), "choose the keyring or an env file meanwhile").with("way", way))
	}
	return one(ok(Clipboard, "by "+way+"; nothing confirms that it arrives").with("way", way))
}

func (e *examination) multiplexer(ctx context.Context) []Finding {
	m, err := e.clip().Multiplexer(ctx)
	switch {
	case m.Name == "":
		return one(skip(Multiplexer, "neither tmux nor screen"))
	case m.Name == "screen":
		return one(ok(Multiplexer, "screen: the clipboard is reached through it").with("multiplexer", m.Name))
	case err != nil:
		return one(warn(Multiplexer, "TMUX is set, and tmux can't be asked: "+err.Error(), "outside of tmux, unset TMUX; inside, look at PATH").with("multiplexer", m.Name))
	}
	seen := fmt.Sprintf("tmux %s · set-clipboard %s · allow-passthrough %s", m.Version, orNone(m.SetClipboard), orNone(m.Passthrough))
	return one(ok(Multiplexer, seen).with("multiplexer", m.Name).with("set_clipboard", m.SetClipboard).with("allow_passthrough", m.Passthrough))
}

// short is a time in words: "3 ms", "1.2 s".
func short(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// brief is a stranger's text, cut to what is worth reading in a line.
func brief(text string) string { return visible.Truncate(visible.Line(text), 160) }
