package ui

import (
	"errors"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fob/client/lifecycle"
	"fob/client/visible"
	"fob/ui/desk"
)

// inquiry is one thing that has to be said before a key is rotated: one of a few answers, a text, or workspaces. What is
// done with the answer is in take: it returns the question that follows from it, if one does.
type inquiry struct {
	title, why string
	options    []option
	value      int
	choice     *choice
	text       *textinput.Model
	spaces     *workspaces
	err        error
	take       func(a *desk.Answers) (*inquiry, error)
}

func (r *rotate) choices(title, why string, preset int, options []option, take func(at int, a *desk.Answers) *inquiry) *inquiry {
	q := &inquiry{title: title, why: why, value: preset, options: options}
	q.choice = newChoice(r.look, &q.value, options)
	q.take = func(a *desk.Answers) (*inquiry, error) { return take(q.value, a), nil }
	return q
}

func (r *rotate) written(title, why, preset string, take func(text string, a *desk.Answers) error) *inquiry {
	in := r.look.input()
	in.CharLimit = 255
	in.SetValue(preset)
	in.Focus()
	q := &inquiry{title: title, why: why, text: &in}
	q.take = func(a *desk.Answers) (*inquiry, error) { return nil, take(strings.TrimSpace(in.Value()), a) }
	return q
}

// offerService says why a key can't be rotated as it is, and what can take its place.
func (r *rotate) offerService(why *desk.NotMineError) *inquiry {
	text := visible.Line(why.Error())
	if owner := visible.Line(why.Owner); owner != "" {
		text = owner + "'s: " + text
	}
	return r.choices("A service key in its place?", text, 0,
		[]option{{"a service key", "belongs to nobody, and stays when people leave"}},
		func(_ int, a *desk.Answers) *inquiry {
			a.Personal = new(false)
			return nil
		})
}

// about is the question for what the platform doesn't show of the old key.
func (r *rotate) about(m desk.Missing) *inquiry {
	why := visible.Line(m.Why)
	switch m.Field {
	case lifecycle.FieldType:
		return r.choices("What shall the new key be?", why, 0,
			[]option{{"service", "belongs to nobody, stays when people leave"}, {"personal", "yours, and stops working when you leave"}},
			func(at int, a *desk.Answers) *inquiry {
				a.Personal = new(at == 1)
				return nil
			})
	case lifecycle.FieldOwner:
		return r.choices("Whose is it?", why, 0,
			[]option{{"a service key instead", "belongs to nobody"}, {"it is mine", "the new one is a personal key of yours"}},
			func(at int, a *desk.Answers) *inquiry {
				if at == 0 {
					a.Personal = new(false)
				}
				a.Mine = at == 1
				return nil
			})
	case lifecycle.FieldOrganizationRole:
		words := []string{"MEMBER", "EXTERNAL", "ADMIN"}
		options := []option{{"Member", ""}, {"External", ""}, {"Admin", "writes in every workspace and manages the organization"}}
		if r.known != nil && !r.known.who.MakesAdmins() {
			options = options[:2]
		}
		return r.choices("Which role in the organization shall it have?", why, 0, options,
			func(at int, a *desk.Answers) *inquiry {
				a.OrganizationRole = &words[at]
				return nil
			})
	case lifecycle.FieldRole:
		return r.aboutRole(why)
	case lifecycle.FieldWorkspaces:
		return r.aboutWorkspaces(why)
	case lifecycle.FieldExpiry:
		return r.aboutExpiry(why)
	}
	return r.written("What shall it be called?", why, "", func(text string, a *desk.Answers) error {
		if text == "" {
			return errors.New("a name is needed, to tell the two apart")
		}
		a.Name = &text
		return nil
	})
}

func (r *rotate) aboutRole(why string) *inquiry {
	var ids []string
	var options []option
	for _, role := range r.roles {
		if role.ID != "" {
			ids = append(ids, role.ID)
			options = append(options, option{visible.Line(role.Name), visible.Line(role.Description)})
		}
	}
	if len(ids) == 0 {
		ids, options = []string{""}, []option{{"your own role", "the platform names no roles: it may do what you may, now and later"}}
	}
	return r.choices("What may the new key do?", why, 0, options, func(at int, a *desk.Answers) *inquiry {
		a.RoleID = &ids[at]
		return nil
	})
}

func (r *rotate) aboutWorkspaces(why string) *inquiry {
	options := []option{{"chosen workspaces", "you choose them in the next step"}, {"every workspace", "future ones, too"}}
	if len(r.spaces) == 0 {
		options = options[1:]
	}
	return r.choices("Where shall it work?", why, 0, options, func(at int, a *desk.Answers) *inquiry {
		if at == len(options)-1 {
			a.AllWorkspaces = new(true)
			return nil
		}
		chosen := map[string]bool{}
		for _, w := range r.spaces {
			if slices.Contains(r.row.Reach, visible.Line(w.Name)) {
				chosen[workspaceID(w)] = true
			}
		}
		q := &inquiry{title: "In which workspaces?", spaces: newWorkspaces(r.look, r.spaces, chosen)}
		q.take = func(a *desk.Answers) (*inquiry, error) {
			a.Workspaces = nil
			for _, w := range r.spaces {
				if chosen[workspaceID(w)] {
					a.Workspaces = append(a.Workspaces, w.Name)
				}
			}
			if len(a.Workspaces) == 0 {
				return nil, errors.New("no workspace is chosen: space chooses one")
			}
			return nil, nil
		}
		return q
	})
}

func (r *rotate) aboutExpiry(why string) *inquiry {
	return r.choices("When shall it stop working?", why, expiryPreset, expiryOptions(r.Desk), func(at int, a *desk.Answers) *inquiry {
		text := expiryChoices[at].text
		set := func(text string, a *desk.Answers) error {
			end, err := r.ParseExpiry(text)
			if err == nil {
				a.Expiry = &desk.Expiry{At: end}
			}
			return err
		}
		if text == "" {
			return r.written("Until which day?", "as 2027-01-31: until the end of that day", "", set)
		}
		_ = set(text, a) // the words are the program's own
		return nil
	})
}

// size gives the field its space. A nil inquiry has none.
func (q *inquiry) size(width, height int) {
	switch {
	case q == nil:
	case q.choice != nil:
		q.choice.WithWidth(width - 2).WithHeight(max(height, 1))
	case q.spaces != nil:
		q.spaces.WithWidth(width - 2).WithHeight(max(height, 2))
	case q.text != nil:
		q.text.Width = max(width-10, 20)
	}
}

func (q *inquiry) typing() bool {
	return q != nil && (q.text != nil || q.spaces != nil && q.spaces.filtering)
}

// answer hears a key for the question.
func (r *rotate) answer(msg tea.KeyMsg) tea.Cmd {
	q := r.inquiry
	switch {
	case matches(msg, keys.PrevTab): // nothing was sent: what was said is asked again
		r.answers = desk.Answers{}
		return r.replan()
	case q.spaces != nil && q.spaces.filtering:
	case matches(msg, keys.Details):
		if !r.seen {
			return nil
		}
		return r.answered()
	}
	q.err = nil
	switch {
	case q.choice != nil:
		q.choice.Update(msg)
	case q.spaces != nil:
		q.spaces.Update(msg)
	case q.text != nil:
		in, cmd := typeInto(*q.text, msg)
		*q.text = in
		return cmd
	}
	return nil
}

// answered takes the answer, and asks what comes next: what follows from it, what else is missing, or the plan anew.
func (r *rotate) answered() tea.Cmd {
	next, err := r.inquiry.take(&r.answers)
	switch {
	case err != nil:
		r.inquiry.err = err
		return nil
	case next != nil:
		return r.inquire(next)
	case len(r.plan.Unknown) > 1:
		r.plan.Unknown = r.plan.Unknown[1:]
		return r.inquire(r.about(r.plan.Unknown[0]))
	}
	return r.replan()
}

func (q *inquiry) help() []key.Binding {
	again := saying(keys.PrevTab, "from the beginning")
	switch {
	case q.spaces != nil:
		return []key.Binding{saying(keys.Details, "next"), saying(keys.Mark, "choose"), keys.Filter, again}
	case q.text != nil:
		return []key.Binding{saying(keys.Details, "next"), again}
	}
	return []key.Binding{saying(keys.Details, "next"), bind("↑↓", "choose"), again}
}
