package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// The bounds of a policy file.
const (
	maxPolicy     = 1 << 20 // bytes
	policyVersion = 1       // the highest that is read
	maxPolicyDays = 3650
)

// PolicyError is something in a policy that fob doesn't understand. Nothing of such a policy is used.
type PolicyError struct {
	Path         string
	Line, Column int // from 1; 0: no place
	Problem      string
	More         int // how many other errors follow further down
}

// Error says where and what: `policy.toml:7: no setting "grase_days", did you mean "grace_days"?`.
func (e *PolicyError) Error() string {
	text := e.Path + ": "
	if e.Line > 0 {
		text = e.Path + ":" + strconv.Itoa(e.Line) + ": "
	}
	text += e.Problem
	if e.More > 0 {
		text += fmt.Sprintf(" (and %d more like it)", e.More)
	}
	return text
}

// policyFile is the file as it is decoded; nil is what isn't in it. The names are those of policyNames.
type policyFile struct {
	Version          *int                `toml:"version"`
	WindowDays       *int                `toml:"window_days"`
	GraceDays        *int                `toml:"grace_days"`
	QueryingRoles    []string            `toml:"querying_roles"`
	QueryPermissions []string            `toml:"query_permissions"`
	Rules            map[string]ruleFile `toml:"rules"`
	Exceptions       []exceptionFile     `toml:"exceptions"`
}

type ruleFile struct {
	On          *bool    `toml:"on"`
	Severity    *string  `toml:"severity"`
	Days        *int     `toml:"days"`
	Allowed     []string `toml:"allowed"`
	Pattern     *string  `toml:"pattern"`
	MostDays    *float64 `toml:"most_days"`
	Hours       *int     `toml:"hours"`
	ServiceKeys *bool    `toml:"service_keys"`
}

type exceptionFile struct {
	Key    string   `toml:"key"`
	Name   string   `toml:"name"`
	Rules  []string `toml:"rules"`
	Reason string   `toml:"reason"`
	Owner  string   `toml:"owner"`
	Until  any      `toml:"until"`
}

// reader reads one policy and keeps what is wrong with it.
type reader struct {
	path   string
	places places
	wrong  []*PolicyError
}

func (r *reader) fail(at place, format string, args ...any) {
	r.wrong = append(r.wrong, &PolicyError{Path: r.path, Line: at.line, Column: at.column, Problem: fmt.Sprintf(format, args...)})
}

// first returns the error that stands first in the file, nil if there is none.
func (r *reader) first() error {
	if len(r.wrong) == 0 {
		return nil
	}
	slices.SortStableFunc(r.wrong, func(a, b *PolicyError) int { return a.Line - b.Line })
	e := r.wrong[0]
	e.More = len(r.wrong) - 1
	return e
}

// ParsePolicy reads a policy; path is only named in errors, which are *PolicyError. What the policy doesn't say is as in
// DefaultPolicy. An empty text is the default policy, with its hash.
func ParsePolicy(path string, text []byte) (Policy, error) {
	r := &reader{path: path}
	if len(text) > maxPolicy {
		return Policy{}, &PolicyError{Path: path, Problem: fmt.Sprintf("a policy has at most %d bytes", maxPolicy)}
	}
	// Editors on Windows begin a file with a mark of its encoding.
	data := bytes.TrimPrefix(text, []byte("\ufeff"))
	var anything map[string]any
	if err := toml.Unmarshal(data, &anything); err != nil {
		line, column := placeOf(err)
		return Policy{}, &PolicyError{Path: path, Line: line, Column: column, Problem: "not valid TOML: " + said(strings.TrimPrefix(err.Error(), "toml: "))}
	}
	if err := r.survey(data); err != nil {
		return Policy{}, err
	}
	var file policyFile
	if err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&file); err != nil {
		line, column := placeOf(err)
		name := r.places.before(line, column)
		return Policy{}, &PolicyError{Path: path, Line: line, Column: column, Problem: wrongType(name)}
	}
	p := r.policy(file)
	if err := r.first(); err != nil {
		return Policy{}, err
	}
	sum := sha256.Sum256(text)
	p.SHA256 = hex.EncodeToString(sum[:])
	return p, nil
}

func placeOf(err error) (line, column int) {
	if wrong, ok := errors.AsType[*toml.DecodeError](err); ok {
		return wrong.Position()
	}
	return 0, 0
}

func (r *reader) policy(file policyFile) Policy {
	p := DefaultPolicy()
	if v := file.Version; v != nil && (*v < 1 || *v > policyVersion) {
		r.fail(r.places.of("version"), "version %d is not one that this fob reads: it knows up to %d", *v, policyVersion)
	}
	r.number(&p.WindowDays, file.WindowDays, 1, maxPolicyDays, "window_days")
	r.number(&p.GraceDays, file.GraceDays, 0, maxPolicyDays, "grace_days")
	if file.QueryingRoles != nil {
		p.QueryingRoles = file.QueryingRoles
	}
	if file.QueryPermissions != nil {
		p.QueryPermissions = file.QueryPermissions
	}
	for _, rule := range catalog {
		if raw, ok := file.Rules[string(rule.ID)]; ok {
			r.rule(&p, rule.ID, raw)
		}
	}
	for n, raw := range file.Exceptions {
		p.Exceptions = append(p.Exceptions, r.exception(n, raw))
	}
	return p
}

func (r *reader) number(to, from *int, least, most int, name ...string) {
	switch {
	case from == nil:
	case *from < least || *from > most:
		r.fail(r.places.of(name...), "%s is a number from %d to %d", strings.Join(name, "."), least, most)
	default:
		*to = *from
	}
}

func (r *reader) rule(p *Policy, id RuleID, raw ruleFile) {
	at := func(name string) place { return r.places.of("rules", string(id), name) }
	s := p.Rules[id]
	if raw.On != nil {
		s.On = *raw.On
	}
	if raw.Severity != nil {
		if s.Severity = Severity(*raw.Severity); s.Severity.Rank() == 0 {
			r.fail(at("severity"), "rules.%s.severity is one of low, medium, high", id)
		}
	}
	p.Rules[id] = s
	// survey has refused the names that another rule has.
	switch id {
	case RuleNotSeen:
		r.number(&p.NotSeenDays, raw.Days, 1, maxPolicyDays, "rules", string(id), "days")
	case RuleExpiresSoon:
		r.number(&p.ExpiresSoonDays, raw.Days, 1, maxPolicyDays, "rules", string(id), "days")
	case RuleLifetimeOverPolicy:
		r.number(&p.LongestLifeDays, raw.Days, 0, 10*maxPolicyDays, "rules", string(id), "days")
	case RuleAdminRole:
		p.AllowedRoles = raw.Allowed
	case RuleOwnerLeft:
		p.LeaversServiceKeys = raw.ServiceKeys != nil && *raw.ServiceKeys
	case RuleUnnamed:
		if raw.Pattern != nil {
			var err error
			if p.NamePattern, err = regexp.Compile(*raw.Pattern); err != nil {
				r.fail(at("pattern"), "rules.%s.pattern is not a regular expression: %s", id, said(strings.TrimPrefix(err.Error(), "error parsing regexp: ")))
			}
		}
	case RulePersonalAsService:
		r.number(&p.Hours, raw.Hours, 1, 24, "rules", string(id), "hours")
		if raw.MostDays != nil {
			if p.MostDays = *raw.MostDays; !(p.MostDays > 0 && p.MostDays <= 1) {
				r.fail(at("most_days"), "rules.%s.most_days is a share, more than 0 and at most 1", id)
			}
		}
	}
}

func (r *reader) exception(n int, raw exceptionFile) Exception {
	at := func(name string) place { return r.places.of("exceptions", "#"+strconv.Itoa(n), name) }
	e := Exception{Key: strings.TrimSpace(raw.Key), Name: raw.Name, Reason: strings.TrimSpace(raw.Reason), Owner: strings.TrimSpace(raw.Owner)}
	e.Line = at("key").line
	what := "the exception"
	if e.Key != "" {
		what += " of " + short(e.Key)
	}
	for _, field := range []struct{ name, value, missing string }{
		{"key", e.Key, "names no key by its id"}, {"reason", e.Reason, "has no reason"}, {"owner", e.Owner, "has no owner, who answers for it"},
	} {
		if field.value == "" {
			r.fail(at(field.name), "%s %s", what, field.missing)
		}
	}
	for _, name := range raw.Rules {
		id := RuleID(name)
		if _, ok := position[id]; !ok {
			text := "no rule " + strconv.Quote(said(name))
			if near := nearest(name, ruleNames()); near != "" {
				text += ", did you mean " + strconv.Quote(near) + "?"
			}
			r.fail(at("rules"), "%s", text)
		} else if id == RuleExceptionEnded {
			r.fail(at("rules"), "that an exception has ended can't be excepted")
		}
		e.Rules = append(e.Rules, id)
	}
	if raw.Rules != nil && len(raw.Rules) == 0 {
		r.fail(at("rules"), "%s covers no rule: leave the list out to cover all of them", what)
	}
	var ok bool
	switch e.Until, e.WholeDay, ok = end(raw.Until); {
	case raw.Until == nil:
		r.fail(at("until"), "%s has no end: an exception is for a time, as in until = 2027-01-31", what)
	case !ok:
		r.fail(at("until"), "until is a day or an instant, as in 2027-01-31 or 2027-01-31T12:00:00Z")
	}
	return e
}

// end reads the end of an exception, which people may write as TOML's own dates or as text.
func end(raw any) (until time.Time, wholeDay, ok bool) {
	switch v := raw.(type) {
	case toml.LocalDate:
		return v.AsTime(time.UTC), true, true
	case time.Time:
		return v.UTC(), false, true
	case string:
		if t, err := time.Parse(time.DateOnly, v); err == nil {
			return t, true, true
		}
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UTC(), false, true
		}
	}
	return time.Time{}, false, false
}
