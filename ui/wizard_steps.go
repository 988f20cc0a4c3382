package ui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/charmbracelet/huh"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/ui/desk"
)

// step is one question of the wizard.
type step int

const (
	stepType step = iota
	stepName
	stepExpiry
	stepDate       // the date, if one is wanted
	stepReach      // on the organization's tab
	stepWorkspaces // if it isn't every one
	stepRole
	stepPlace
	stepPath    // of an env file
	stepReplace // if that file has a key already
	stepReview
)

// answers are what was chosen and typed so far. They outlive every form.
type answers struct {
	kind    int // typeService, typePersonal
	name    string
	expiry  int // in expiryChoices
	date    string
	reach   int             // reachChosen, reachEvery
	chosen  map[string]bool // workspaces by id
	role    int             // in roleChoices
	place   int             // in places
	path    string
	replace int // replaceNo, replaceYes
}

// Positions of the answers to questions with a fixed set of them.
const (
	typeService  = 0
	typePersonal = 1
	reachChosen  = 0
	reachEvery   = 1
	replaceNo    = 0
	replaceYes   = 1
)

// text is everything that was typed, to tell whether a key changed it.
func (a *answers) text() string { return strings.Join([]string{a.name, a.date, a.path}, "\x00") }

// route are the steps that the answers so far ask for.
func (w *wizard) route() []step {
	route := []step{stepType, stepName, stepExpiry}
	if w.expiry == expiryDate {
		route = append(route, stepDate)
	}
	if w.scope.Workspace == "" {
		route = append(route, stepReach)
		if w.reach == reachChosen {
			route = append(route, stepWorkspaces)
		}
	}
	route = append(route, stepRole, stepPlace)
	if w.placeKind() == desk.InEnvFile {
		route = append(route, stepPath)
		if w.hasKey {
			route = append(route, stepReplace)
		}
	}
	return append(route, stepReview)
}

func (w *wizard) placeKind() desk.Kind { return w.places[w.answers.place].Kind }

// place is where the secret goes.
func (w *wizard) place() desk.Place {
	p := w.places[w.answers.place].Place()
	if p.Kind == desk.InEnvFile {
		p.Path, p.Replace = strings.TrimSpace(w.path), w.hasKey && w.replace == replaceYes
	}
	return p
}

// only is the key's only workspace, "" if it has several or all.
func (w *wizard) only() string { return w.order().Workspace() }

// roleChoice is a role as the wizard offers it.
type roleChoice struct {
	label, note string
	id          string // "" is the creator's own
	name        string
	admin       bool
}

// roleChoices are the roles that a key can have here. Where the platform tells none, a key has its creator's own.
func (w *wizard) roleChoices() []roleChoice {
	var list []roleChoice
	for _, r := range w.roleList {
		label := visible.Line(r.Name)
		if label == "" {
			label = desk.ShortID(r.ID)
		}
		list = append(list, roleChoice{label: label, note: visible.Line(r.Description), id: r.ID, name: r.Name})
	}
	if len(list) == 0 {
		list = append(list, roleChoice{
			label: "your own role", note: "the platform names no roles: the key may do what you may, now and later",
		})
	}
	if w.scope.Workspace == "" && w.who.MakesAdmins() {
		list = append(list, roleChoice{
			label: "organization Admin", note: "writes in every workspace and manages the organization", admin: true,
		})
	}
	return list
}

func (w *wizard) chosenRole() roleChoice {
	list := w.roleChoices()
	return list[min(w.role, len(list)-1)]
}

// chosenSpaces are the chosen workspaces in the platform's order.
func (w *wizard) chosenSpaces() []string {
	var names []string
	for _, s := range w.spaceList {
		if w.chosen[workspaceID(s)] {
			names = append(names, s.Name)
		}
	}
	return names
}

// expiryText is the end in the words that desk.ParseExpiry reads.
func (w *wizard) expiryText() string {
	if w.expiry == expiryDate {
		return w.date
	}
	return expiryChoices[w.expiry].text
}

// order is what the answers come to. The instant of the end is counted from now; an end that can't be read is nil, which
// the step of the date doesn't let pass.
func (w *wizard) order() desk.Order {
	role := w.chosenRole()
	draft := client.Draft{
		Name: strings.TrimSpace(w.name), Personal: w.kind == typePersonal, OrganizationRole: "MEMBER", RoleID: role.id,
	}
	if role.admin {
		draft.OrganizationRole, draft.RoleID = "ADMIN", ""
	}
	switch {
	case w.scope.Workspace != "":
		draft.Workspaces = []string{w.scope.Workspace}
	case w.reach == reachEvery:
		draft.AllWorkspaces = true
	default:
		draft.Workspaces = w.chosenSpaces()
	}
	draft.ExpiresAt, _ = w.ParseExpiry(w.expiryText())
	return desk.Order{Draft: draft, Scope: w.scope, RoleName: role.name, Places: []desk.Place{w.place()}}
}

// problem is what the desk says against the order in one field, nil if nothing.
func (w *wizard) problem(field string) error {
	var all lifecycle.Problems
	if errors.As(w.Validate(w.order()), &all) {
		for _, p := range all {
			if p.Field == field {
				return errors.New(p.Text)
			}
		}
	}
	return nil
}

// build makes the form of the step, with the answers so far.
func (w *wizard) build() {
	w.form, w.spaces = nil, nil
	if w.step == stepReview {
		return
	}
	field, check := w.field()
	if field == nil {
		return
	}
	width, height := w.width-2, w.fieldHeight()
	w.form = newForm(w.look, field.WithWidth(width).WithHeight(height), check, width, height)
}

// field is the field of the step, nil while it waits for an answer, and what it is asked before it is left forward.
func (w *wizard) field() (huh.Field, func() error) {
	l := w.look
	switch w.step {
	case stepType:
		return newChoice(l, &w.kind, []option{
			{"service", "belongs to nobody, stays when people leave"},
			{"personal", "yours, and stops working when you leave"},
		}), nil
	case stepName:
		return newInput(l, &w.name, 255), func() error { return w.problem("name") }
	case stepExpiry:
		return newChoice(l, &w.expiry, expiryOptions(w.Desk)), nil
	case stepDate:
		return newInput(l, &w.date, 40), func() error {
			_, err := w.ParseExpiry(w.date)
			return err
		}
	case stepReach:
		return newChoice(l, &w.reach, []option{
			{"chosen workspaces", "you choose them in the next step"},
			{"every workspace", "future ones, too"},
		}), nil
	case stepWorkspaces:
		if w.spaceList == nil {
			return nil, nil
		}
		w.spaces = newWorkspaces(l, w.spaceList, w.chosen)
		return w.spaces, func() error {
			if len(w.chosenSpaces()) == 0 {
				return errors.New("no workspace is chosen: space chooses one; for every workspace go back a step")
			}
			return nil
		}
	case stepRole:
		if !w.rolesRead {
			return nil, nil
		}
		var options []option
		for _, r := range w.roleChoices() {
			options = append(options, option{label: r.label, note: r.note})
		}
		return newChoice(l, &w.role, options), nil
	case stepPlace:
		options := make([]option, len(w.places))
		for i, p := range w.places {
			options[i] = option{label: visible.Line(p.Label)}
		}
		return newChoice(l, &w.answers.place, options), nil
	case stepPath:
		return newInput(l, &w.path, 4096), func() error {
			if strings.TrimSpace(w.path) == "" {
				return errors.New("a file needs a path")
			}
			return nil
		}
	case stepReplace:
		return newChoice(l, &w.replace, []option{
			{"no, name another file", "that key stays where it is"},
			{"yes, replace it", "it may be the only copy"},
		}), nil
	}
	return nil, nil
}

// summary is what was answered to the questions under a heading, short enough for the line of progress.
func (w *wizard) summary(h heading) string {
	switch h {
	case headType:
		return typeWord(w.kind == typePersonal)
	case headName:
		if name := strings.TrimSpace(w.name); name != "" {
			return visible.Truncate(name, 20)
		}
		return "no name"
	case headExpiry:
		if w.expiry == expiryDate {
			return visible.Truncate(strings.TrimSpace(w.date), 20)
		}
		return expiryChoices[w.expiry].label
	case headReach:
		if w.reach == reachEvery {
			return "every workspace"
		}
		if names := w.chosenSpaces(); len(names) == 1 {
			return visible.Truncate(names[0], 20)
		}
		return fmt.Sprintf("%d workspaces", len(w.chosen))
	case headRole:
		return visible.Truncate(w.chosenRole().label, 20)
	case headPlace:
		if w.placeKind() == desk.InKeyring {
			return strings.TrimPrefix(visible.Truncate(w.places[w.answers.place].Label, 20), "the ")
		}
		if w.placeKind() == desk.InCommand {
			return visible.Truncate(w.places[w.answers.place].Command, 20)
		}
		return map[desk.Kind]string{
			desk.InEnvFile: "env file", desk.OnClipboard: "clipboard", desk.OnDisplay: "this screen",
		}[w.placeKind()]
	}
	return ""
}

func typeWord(personal bool) string {
	if personal {
		return desk.Personal
	}
	return desk.Service
}

// label is what the key is called in sentences.
func (w *wizard) label() string {
	if name := strings.TrimSpace(w.name); name != "" {
		return visible.Line(name)
	}
	return "the new key"
}
