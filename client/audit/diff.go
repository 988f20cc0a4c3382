package audit

// Changes are what changed from one result to a later one.
type Changes struct {
	NewFindings  []Finding // in the later one's order
	GoneFindings []Gone    // in the earlier one's order
	Verdicts     []Change  // of keys that are in both, in the later one's order
	NewKeys      []Judged  // of the later one
	GoneKeys     []Judged  // of the earlier one
	// Unsure says why keys and findings that are gone may still be there, in words; empty: they aren't.
	Unsure []string
}

// Gone is a finding that the later result doesn't have.
type Gone struct {
	Finding
	// Sure is false where the later result couldn't tell: something wasn't read, or its rule skipped keys.
	Sure bool
}

// Change is a key whose verdict changed.
type Change struct {
	ID, Name      string
	Before, After Verdict
	Reason        string // of the later one
}

// None tells whether nothing changed.
func (c Changes) None() bool {
	return len(c.NewFindings)+len(c.GoneFindings)+len(c.Verdicts)+len(c.NewKeys)+len(c.GoneKeys) == 0
}

// Diff says what changed from before to now. A finding is the same if its rule and its key are; one that became excepted
// is gone, one whose exception ended is new.
func Diff(before, now Result) Changes {
	c := Changes{Unsure: now.Why}
	type mark struct {
		rule RuleID
		key  string
	}
	marks := func(r Result) map[mark]bool {
		m := make(map[mark]bool, len(r.Findings))
		for _, f := range r.Findings {
			if !f.Excepted() {
				m[mark{f.Rule, f.KeyID}] = true
			}
		}
		return m
	}
	old, recent := marks(before), marks(now)
	unsure := map[RuleID]bool{}
	for _, s := range now.Skipped {
		unsure[s.Rule] = true
	}
	keys := make(map[string]*Judged, len(before.Keys))
	for n := range before.Keys {
		keys[before.Keys[n].ID] = &before.Keys[n]
	}
	there := make(map[string]bool, len(now.Keys))
	for _, k := range now.Keys {
		there[k.ID] = true
		was, known := keys[k.ID]
		switch {
		case !known:
			c.NewKeys = append(c.NewKeys, k)
		case was.Verdict != k.Verdict:
			c.Verdicts = append(c.Verdicts, Change{ID: k.ID, Name: k.Name, Before: was.Verdict, After: k.Verdict, Reason: k.Reason})
		}
	}
	for _, k := range before.Keys {
		if !there[k.ID] {
			c.GoneKeys = append(c.GoneKeys, k)
		}
	}
	for _, f := range now.Findings {
		if !f.Excepted() && !old[mark{f.Rule, f.KeyID}] {
			c.NewFindings = append(c.NewFindings, f)
		}
	}
	excepted := map[mark]bool{}
	for _, f := range now.Findings {
		if f.Excepted() {
			excepted[mark{f.Rule, f.KeyID}] = true
		}
	}
	for _, f := range before.Findings {
		if f.Excepted() || recent[mark{f.Rule, f.KeyID}] {
			continue
		}
		sure := now.Complete && (!there[f.KeyID] || !unsure[f.Rule] || excepted[mark{f.Rule, f.KeyID}])
		c.GoneFindings = append(c.GoneFindings, Gone{Finding: f, Sure: sure})
	}
	return c
}
