package ui

import "github.com/charmbracelet/bubbles/key"

// keys are the program's keys, the same on every screen. Footer and help are drawn from these bindings.
var keys = struct {
	Tab1, Tab2, Tab3, Tab4, NextTab, PrevTab                          key.Binding
	Up, Down, PageUp, PageDown, Top, Bottom                           key.Binding
	Details, Filter, Back, Sort, Reverse, Mark, MarkAll               key.Binding
	Except, Export, Window, Log                                       key.Binding
	New, Edit, Revoke, Refresh, Workspace, CopyID, Help, Quit, Cancel key.Binding
	Organization, Profile, Elsewhere                                  key.Binding
	Rotate, Quarantine, Finish, Undo, GoOn, Leave                     key.Binding
	Keep, Copy, EnvFile, Pipe, Show, Discard, Clear, Done             key.Binding
}{
	Tab1:         bind("1", "workspace", "1"),
	Tab2:         bind("2", "organization", "2"),
	Tab3:         bind("3", "audit", "3"),
	Tab4:         bind("4", "stash", "4"),
	NextTab:      bind("tab", "next tab", "tab"),
	PrevTab:      bind("shift+tab", "previous tab", "shift+tab"),
	Up:           bind("↑/k", "up", "up", "k"),
	Down:         bind("↓/j", "down", "down", "j"),
	PageUp:       bind("pgup", "a page up", "pgup", "ctrl+b"),
	PageDown:     bind("pgdn", "a page down", "pgdown", "ctrl+f"),
	Top:          bind("g", "first", "g", "home"),
	Bottom:       bind("G", "last", "G", "end"),
	Details:      bind("enter", "details", "enter"),
	Filter:       bind("/", "filter", "/"),
	Back:         bind("esc", "back", "esc"),
	Sort:         bind("s", "sort", "s"),
	Reverse:      bind("S", "reverse order", "S"),
	Mark:         bind("space", "mark", " "),
	MarkAll:      bind("*", "mark all shown", "*"),
	New:          bind("n", "new", "n"),
	Edit:         bind("e", "edit", "e"),
	Revoke:       bind("x", "revoke", "x"),
	Rotate:       bind("R", "rotate", "R"),
	Quarantine:   bind("Q", "quarantine", "Q"),
	Finish:       bind("f", "revoke the old key", "f"),
	Undo:         bind("u", "undo", "u"),
	GoOn:         bind("g", "go on", "g"),
	Leave:        bind("l", "leave it as it is", "l"),
	Refresh:      bind("r", "refresh", "r"),
	Workspace:    bind("w", "workspace", "w"),
	Organization: bind("o", "organization", "o"),
	Profile:      bind("P", "profile", "P"),
	Elsewhere:    bind("s", "keep it elsewhere", "s"),
	CopyID:       bind("y", "copy the id", "y"),
	Except:       bind("a", "except", "a"),
	Export:       bind("E", "export", "E"),
	Window:       bind("t", "another window", "t"),
	Log:          bind("L", "log", "L"),
	Help:         bind("?", "keys", "?"),
	Quit:         bind("q", "quit", "q"),
	Cancel:       bind("ctrl+c", "quit", "ctrl+c"),
	Keep:         bind("k", "keep in the keyring", "k"),
	Copy:         bind("c", "send to the clipboard", "c"),
	EnvFile:      bind("f", "write an env file", "f"),
	Pipe:         bind("p", "pipe to a command", "p"),
	Show:         bind("v", "show it for 30 s", "v"),
	Discard:      bind("d", "discard and revoke", "d"),
	Clear:        bind("C", "clear the clipboard", "C"),
	Done:         bind("enter", "done", "enter"),
}

// bind returns a binding of the keys names, shown as label with what it does.
// Without names it is shown and matches nothing: for keys that a field of its own hears.
func bind(label, does string, names ...string) key.Binding {
	if len(names) == 0 {
		names = []string{label}
	}
	return key.NewBinding(key.WithKeys(names...), key.WithHelp(label, does))
}

// saying returns the binding with other words for what it does here.
func saying(b key.Binding, does string) key.Binding {
	b.SetHelp(b.Help().Key, does)
	return b
}
