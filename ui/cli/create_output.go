package cli

import (
	"time"

	"fob/client/visible"
	"fob/ui/desk"
)

// createOutput is what fob create --json writes. The secret is never in it.
type createOutput struct {
	Schema         int               `json:"schema"`
	AsOf           time.Time         `json:"as_of"` // UTC, by the platform's clock
	DryRun         bool              `json:"dry_run"`
	OrganizationID *string           `json:"organization_id"`
	Key            keyOutput         `json:"key"`        // as the list shows it; as it was ordered where it isn't certain which one it is
	Made           string            `json:"made"`       // "yes", "no" or "unknown": the answer never arrived, or can't be read
	Certainty      *string           `json:"certainty"`  // "certain", "likely" or "unknown"; null: nothing was made
	Candidates     []string          `json:"candidates"` // ids of the keys that it may be, where that isn't certain
	Places         []placeOutput     `json:"places"`
	Wider          bool              `json:"wider"` // than asked
	Deviations     []deviationOutput `json:"deviations"`
	Unusual        []string          `json:"unusual"`
	Warnings       []string          `json:"warnings"`
	Revoked        bool              `json:"revoked"` // again, because no place took its secret or it was wider than asked
}

// deviationOutput is one difference between what was asked and what was made.
type deviationOutput struct {
	Field    string  `json:"field"`
	Asked    string  `json:"asked"`
	Got      *string `json:"got"` // null: not shown
	Wider    bool    `json:"wider"`
	NotShown bool    `json:"not_shown"`
}

// plannedOutput is a key that would be made.
func plannedOutput(d *desk.Desk, who desk.Identity, order desk.Order, unusual []string) createOutput {
	out := createOutput{
		Schema: 1, AsOf: d.Now().UTC(), DryRun: true, OrganizationID: unlessEmpty(organizationOf(d, who)), Key: orderedKey(order), Made: "no",
		Candidates: []string{}, Places: make([]placeOutput, len(order.Places)), Deviations: []deviationOutput{}, Unusual: notNil(unusual), Warnings: []string{},
	}
	for i, p := range order.Places {
		out.Places[i] = placeOutput{Kind: string(p.Kind), Where: placeWords(p, d)}
	}
	return out
}

// orderedKey is a key as it was asked for.
func orderedKey(order desk.Order) keyOutput {
	draft := order.Draft
	kind, all := desk.Service, draft.AllWorkspaces
	if draft.Personal {
		kind = desk.Personal
	}
	role := order.RoleName
	if role == "" {
		role = draft.RoleID
	}
	return keyOutput{
		Name: unlessEmpty(draft.Name), Type: &kind, Workspaces: append([]string{}, draft.Workspaces...), AllWorkspaces: &all,
		Role: unlessEmpty(role), OrganizationRole: &draft.OrganizationRole, ExpiresAt: draft.ExpiresAt,
	}
}

// output is what came of the order.
func (i *issuing) output() createOutput {
	m := i.made
	out := plannedOutput(i.desk, i.who, i.order, i.unusual)
	certainty := string(m.Certainty)
	out.DryRun, out.Made, out.Wider, out.Revoked = false, i.exists, m.Wider, i.revoked
	if i.exists == string(desk.MadeNo) {
		return out
	}
	out.Certainty = &certainty
	if m.Key != nil && m.Certainty == desk.Certain {
		out.Key = newKeyOutput(i.desk.Row(*m.Key, i.order.Scope))
	} else {
		for _, k := range m.Candidates {
			out.Candidates = append(out.Candidates, k.ID)
		}
	}
	for n, p := range m.Places {
		if n >= len(out.Places) {
			break
		}
		at := p.At.UTC()
		out.Places[n].Where, out.Places[n].At, out.Places[n].Custody = p.Destination, &at, unlessEmpty(string(p.Custody))
		if p.Err != nil {
			text := withoutSecrets(visible.Line(p.Err.Error()))
			out.Places[n].Error, out.Places[n].Custody = &text, nil
		}
	}
	for _, d := range m.Deviations {
		one := deviationOutput{Field: d.Field, Asked: d.Asked, Got: &d.Got, Wider: d.Wider, NotShown: d.NotShown}
		if d.NotShown {
			one.Got = nil
		}
		out.Deviations = append(out.Deviations, one)
	}
	out.Warnings = append(out.Warnings, m.Warnings...)
	return out
}

// notNil is a list that is written as one, be it empty.
func notNil(list []string) []string { return append([]string{}, list...) }
