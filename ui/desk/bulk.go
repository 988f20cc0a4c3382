package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fob/client"
	"fob/client/audit"
	"fob/client/lifecycle"
	"fob/client/visible"
)

// BulkAction is what is done to each key of a plan: one to revoke them, to edit them, or whatever has one key and a
// result.
type BulkAction struct {
	Verb  string // what people type and the journal has: "revoke"
	Doing string // "revoking"
	Past  string // "revoked"
	What  string // what all keys get, in words: "role becomes Indexer"; "" where the verb says it all

	// Judge fills in what the action would do to a key: Would, Warnings, and Skip where it must not be done.
	Judge func(*BulkItem)
	// Lowers tells whether the action takes something away from what a key may do: then the key that fob itself uses is
	// left out. Nil: it takes nothing away.
	Lowers func(*Row) bool
	// Demotes tells whether the key is no admin key any more afterwards: then the last one is warned of. Nil: it is.
	Demotes func(*Row) bool
	// Do does it to one key. The error is nil exactly when the key is as it was meant to be. It is never repeated, and
	// once something was sent it doesn't heed ctx.
	Do func(ctx context.Context, item *BulkItem) (BulkResult, error)

	change  []lifecycle.Altered // of an edit, for the journal
	resumes string              // the intent of the bulk that is gone on with
}

// BulkItem is a key of a plan.
type BulkItem struct {
	Row      *Row
	Last     *LastQuery // nil: not known
	Would    string     // what would be done, in words: "is revoked", "role: Editor becomes Indexer"
	Changes  []Difference
	Warnings []string
	Skip     string // why it is left out, "" if it isn't
	Refused  error  // the same as an error, where it is one of the rotation's or the quarantine's

	successor *client.Draft // of a rotation: the new key, as the plan shows it
}

// BulkResult is what became of one key of a plan.
type BulkResult struct {
	Item         *BulkItem
	Index, Total int        // which one, from 0, of how many that are not left out
	State        string     // in a word: "revoked", "still there", "not tried"
	Key          client.Key // as it is now, as far as that is known
	Became       string     // what took its place, in words and safe to show: "replaced by ci-eval~2"; "" where State says it all
	Warnings     []string   // safe to show
	Err          error      // nil exactly when the key is as it was meant to be
	Issued       *Issued    // of a rotation: the new key that no place took; the holder has its secret
}

// Tried tells whether the key's turn came.
func (r BulkResult) Tried() bool { return r.State != string(NotTried) }

// NotTried is the state of a key whose turn never came.
const NotTried = lifecycle.NotTried

// BulkPlan is what would be done to several keys, in its order: what was never seen first, then what was last seen
// longest ago, then what can't be told. So whoever stops it because something broke has broken the least.
type BulkPlan struct {
	Action   BulkAction
	Scope    client.Scope // where the keys were chosen
	Items    []*BulkItem  // in the order in which it is done
	LeftOut  []*BulkItem  // what it isn't done to, see BulkItem.Skip
	Warnings []string     // about all of it: the last admin key
}

// Surroundings are what a plan needs to know beside its keys. The zero value is that nothing is known.
type Surroundings struct {
	Queries      map[string]LastQuery // by key id
	Organization []*Row               // the organization's keys; nil: not known
	Whole        bool                 // these are all of them
}

// PlanBulk puts the keys into order and says what would be done to each. Nothing is asked of anybody. Rows that come
// twice are taken once.
func (d *Desk) PlanBulk(action BulkAction, scope client.Scope, rows []*Row, s Surroundings) BulkPlan {
	p := BulkPlan{Action: action, Scope: scope}
	seen, rights := make(map[string]bool, len(rows)), d.Rights()
	for _, r := range rows {
		if seen[r.Key.ID] {
			continue
		}
		seen[r.Key.ID] = true
		item := &BulkItem{Row: r}
		if last, ok := s.Queries[r.Key.ID]; ok {
			item.Last = &last
		}
		if action.Judge != nil {
			action.Judge(item)
		}
		var right Right
		if !rights.who.ReadOnly { // else nothing gets as far as a plan, and that is no matter of one key
			right = rights.Key(r)
		}
		if item.Skip == "" && right.No != "" {
			item.Skip = right.No
		}
		if right.Untold != "" {
			item.Warnings = append(item.Warnings, right.Untold)
		}
		if item.Skip == "" && is(action.Lowers, r) && d.ownKey(r.Key) {
			item.Skip = "fob is using this key right now, and never takes away what it works with"
		}
		if item.Skip != "" {
			p.LeftOut = append(p.LeftOut, item)
			continue
		}
		p.Items = append(p.Items, item)
	}
	slices.SortStableFunc(p.Items, byLastQuery)
	slices.SortStableFunc(p.LeftOut, byLastQuery)
	p.warnOfAdmins(s, d.Now())
	return p
}

func is(f func(*Row) bool, r *Row) bool { return f != nil && f(r) }

// byLastQuery is the order of a plan.
func byLastQuery(a, b *BulkItem) int {
	class := func(i *BulkItem) int {
		switch {
		case i.Last == nil:
			return 3
		case i.Last.Verdict == audit.NotSeen && i.Last.At.IsZero():
			return 0
		case i.Last.Verdict != audit.CannotTell:
			return 1
		}
		return 2
	}
	at := func(i *BulkItem) time.Time {
		if i.Last == nil {
			return time.Time{}
		}
		return i.Last.At
	}
	return cmp.Or(
		cmp.Compare(class(a), class(b)), at(a).Compare(at(b)),
		strings.Compare(strings.ToLower(a.Row.Name), strings.ToLower(b.Row.Name)), strings.Compare(a.Row.Key.ID, b.Row.Key.ID),
	)
}

// warnOfAdmins says that no admin key would be left that works.
func (p *BulkPlan) warnOfAdmins(s Surroundings, now time.Time) {
	admin := func(r *Row) bool {
		return strings.EqualFold(r.OrgRole, "ADMIN") && StatusAt(r.Key, now) != StatusExpired
	}
	going := map[string]bool{}
	var last *Row
	for _, i := range p.Items {
		if admin(i.Row) && is(p.Action.Demotes, i.Row) {
			going[i.Row.Key.ID], last = true, i.Row
		}
	}
	if last == nil {
		return
	}
	for _, r := range s.Organization {
		if admin(r) && !going[r.Key.ID] {
			return
		}
	}
	switch {
	case s.Organization == nil || !s.Whole:
		p.Warnings = append(p.Warnings, "whether another admin key is left afterwards isn't known: not all keys of the organization are known here")
	case len(going) == 1:
		p.Warnings = append(p.Warnings, last.Label()+" is the last admin key of the organization; people who are admins stay it")
	default:
		p.Warnings = append(p.Warnings, fmt.Sprintf("these are the last %d admin keys of the organization; people who are admins stay it", len(going)))
	}
}

// ownKey tells whether the key is the one that this desk works with. The secret may name the key; where it doesn't, the
// times and the name in it must be the key's.
func (d *Desk) ownKey(k client.Key) bool {
	session := d.sent.Load() // whatever was read of the platform was read with it
	if session == nil || !client.LooksLikeKey(*session) {
		return false
	}
	claims, err := client.ClaimsOf(*session)
	if err != nil {
		return false
	}
	if claims.ID == k.ID || claims.Subject == k.ID {
		return k.ID != ""
	}
	made, madeShown := k.CreatedAt.Get()
	issued, told := claims.IssuedAt.Get()
	if !madeShown || !told || made.Unix() != issued.Unix() {
		return false
	}
	end, ends := k.ExpiresAt.Get()
	until, has := claims.ExpiresAt.Get()
	return k.ExpiresAt.Shown() && ends == has && (!ends || end.Unix() == until.Unix())
}

// Word is what a person types before a plan is carried out: the word with the count for more than three keys, and for
// more than one that is revoked; what WordFor says for a single one that is revoked; "" where a yes is enough.
func (p BulkPlan) Word() string {
	n := len(p.Items)
	switch {
	case n == 0:
		return ""
	case p.Action.Verb == verbRevoke:
		rows := make([]*Row, n)
		for i, item := range p.Items {
			rows[i] = item.Row
		}
		return WordFor(rows)
	case n > 3:
		return fmt.Sprintf("%s %d", p.Action.Verb, n)
	}
	return ""
}

// KeyWarning is something to know of keys of a plan, and of how many of them.
type KeyWarning struct {
	Text string
	Keys int
}

// KeyWarnings are what is to be known of single keys of the plans, each once, in their order: many keys have the same.
func KeyWarnings(plans ...BulkPlan) []KeyWarning {
	var all []KeyWarning
	at := map[string]int{}
	for _, p := range plans {
		for _, i := range p.Items {
			for _, text := range i.Warnings {
				n, known := at[text]
				if !known {
					n = len(all)
					at[text], all = n, append(all, KeyWarning{Text: text})
				}
				all[n].Keys++
			}
		}
	}
	return all
}

// String is the warning with the number of keys, where it is of several.
func (w KeyWarning) String() string {
	if w.Keys > 1 {
		return fmt.Sprintf("%s (%d keys)", w.Text, w.Keys)
	}
	return w.Text
}

// LastWords says when the key was last seen, in at most four words.
func (i *BulkItem) LastWords(now time.Time) string {
	switch {
	case i.Last == nil:
		return "not known"
	case i.Last.Verdict == audit.CannotTell:
		return "cannot tell"
	case i.Last.At.IsZero():
		return "not seen"
	}
	return "seen " + Until(i.Last.At, now)
}

// InUse tells whether the key may be in use: it was seen, or that can't be told. A key that has ended isn't.
func (i *BulkItem) InUse() bool {
	return i.Row.Status != StatusExpired && (i.Last == nil || i.Last.Verdict != audit.NotSeen)
}

// BulkReport is what came of a plan.
type BulkReport struct {
	Results  []BulkResult // as many as the plan's Items, in their order
	Warnings []string     // safe to show: the journal couldn't be written
	Again    BulkAction   // goes on with what is left
}

// Left are the keys that are not as they were meant to be.
func (r BulkReport) Left() []*Row {
	var rows []*Row
	for _, one := range r.Results {
		if one.Err != nil {
			rows = append(rows, one.Item.Row)
		}
	}
	return rows
}

// RunBulk carries out a plan, a key after the other, and tells each result; tell may be nil. Cancelling ctx stops before
// the next one; the one under way is finished. A new key that no place took ends it, too: the next one would fare alike,
// and somebody has to look after the secret. What is left can be gone on with, see Halted.
func (d *Desk) RunBulk(ctx context.Context, p BulkPlan, tell func(BulkResult)) BulkReport {
	report := BulkReport{Results: make([]BulkResult, len(p.Items))}
	ids := make([]string, len(p.Items))
	for i, item := range p.Items {
		ids[i] = item.Row.Key.ID
		report.Results[i] = BulkResult{Item: item, Index: i, Total: len(ids), Key: item.Row.Key}
	}
	bulk := lifecycle.Bulk{
		Journal: d.options.Journal, Verb: p.Action.Verb, Change: p.Action.change, Scope: p.Scope, Profile: d.options.Profile.Name, Origin: d.Origin(), Resumes: p.Action.resumes,
	}
	if who, err := d.Who(ctx); err == nil {
		bulk.Organization, bulk.Who = who.OrganizationID, who.Email
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	_, report.Warnings = bulk.Run(ctx, ids, func(ctx context.Context, i int) lifecycle.Turn {
		got, err := p.Action.Do(ctx, p.Items[i])
		r := &report.Results[i]
		r.State, r.Became, r.Warnings, r.Issued = got.State, got.Became, got.Warnings, got.Issued
		if got.Issued != nil {
			stop()
		}
		if got.Key.ID != "" {
			r.Key = got.Key
		}
		return lifecycle.Turn{State: got.State, Err: err, Warnings: got.Warnings}
	}, func(t lifecycle.Turn) {
		r := &report.Results[t.Index]
		r.Err, r.State = t.Err, t.State
		if tell != nil {
			tell(*r)
		}
	})
	report.Again = p.Action
	report.Again.resumes = bulk.Intent
	for i := range report.Warnings {
		report.Warnings[i] = visible.Line(report.Warnings[i])
	}
	return report
}
