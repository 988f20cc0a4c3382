package report

import (
	"io"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"fob/client/audit"
	"fob/client/visible"
)

// SARIF writes the report as a log of SARIF 2.1.0. A key is a logical location, a finding that is excepted is a
// suppressed result, and what isn't complete is a notification of the run.
func (r Report) SARIF(w io.Writer) error { return r.sarif().PrettyWrite(w) }

func (r Report) sarif() *sarif.Report {
	driver := sarif.NewToolComponent().WithName("fob")
	if r.Version != "" {
		driver.WithVersion(visible.Line(r.Version))
	}
	index := map[audit.RuleID]int{}
	for n, rule := range audit.Rules() {
		index[rule.ID] = n
		driver.AddRule(sarif.NewRule(string(rule.ID)).WithName(string(rule.ID)).
			WithShortDescription(sarif.NewMultiformatMessageString().WithText(rule.Title)).
			WithFullDescription(sarif.NewMultiformatMessageString().WithText(rule.Help)).
			WithDefaultConfiguration(sarif.NewReportingConfiguration().WithEnabled(rule.On).WithLevel(level(rule.Severity))))
	}
	run := sarif.NewRun().WithTool(sarif.NewTool().WithDriver(driver))

	for _, f := range r.Findings {
		run.AddResult(result(f, index))
	}
	run.AddInvocation(r.invocation())
	about := sarif.NewPropertyBag()
	for name, value := range map[string]*string{
		"organizationId": text(r.OrganizationID), "organization": text(r.Organization), "ranBy": text(r.RanBy), "asOf": instant(r.AsOf),
		"windowFrom": instant(r.From), "windowTo": instant(r.To), "policySha256": text(r.PolicySHA256),
	} {
		if value != nil {
			about.Add(name, *value)
		}
	}
	c := r.Counts
	about.Add("complete", r.Complete)
	about.Add("counts", map[string]int{
		"keys": c.Keys, "seen": c.Seen, "notSeen": c.NotSeen, "cannotTell": c.CannotTell,
		"findings": c.Findings, "high": c.High, "medium": c.Medium, "low": c.Low, "excepted": c.Excepted,
	})
	run.WithProperties(about)
	return sarif.NewReport().AddRun(run)
}

func result(f audit.Finding, index map[audit.RuleID]int) *sarif.Result {
	label := KeyLabel(f.KeyName, f.KeyID)
	place := sarif.NewLogicalLocation().WithName(label).WithFullyQualifiedName("key/" + visible.Line(f.KeyID)).WithKind("resource")
	out := sarif.NewRuleResult(string(f.Rule)).WithLevel(level(f.Severity)).
		WithMessage(sarif.NewTextMessage(label + ": " + f.Evidence + ". Next step: " + f.NextStep + ".")).
		WithLocations([]*sarif.Location{sarif.NewLocation().WithLogicalLocations([]*sarif.LogicalLocation{place})}).
		WithPartialFingerprints(map[string]string{"ruleAndKey/v1": string(f.Rule) + "/" + visible.Line(f.KeyID)})
	if n, ok := index[f.Rule]; ok {
		out.WithRuleIndex(n)
	}
	about := sarif.NewPropertyBag()
	about.Add("severity", string(f.Severity))
	about.Add("keyId", visible.Line(f.KeyID))
	about.Add("nextStep", f.NextStep)
	if f.Excepted() {
		about.Add("exceptedUntil", *instant(f.ExceptedUntil))
		out.WithSuppressions([]*sarif.Suppression{
			sarif.NewSuppression().WithKind("external").WithStatus("accepted").WithJustification(visible.Line(f.ExceptedWhy + " (" + f.ExceptedOwner + ")")),
		})
	}
	return out.WithProperties(about)
}

// invocation says whether everything was read, and what the rules couldn't tell.
func (r Report) invocation() *sarif.Invocation {
	done := sarif.NewInvocation().WithExecutionSuccessful(r.Complete)
	if at := instant(r.AsOf); at != nil {
		done.WithEndTimeUtc(*at)
	}
	var notes []*sarif.Notification
	note := func(level, text string) *sarif.Notification {
		n := sarif.NewNotification().WithLevel(level).WithMessage(sarif.NewTextMessage(text))
		notes = append(notes, n)
		return n
	}
	for _, why := range r.Why {
		note("error", why)
	}
	for _, s := range r.Skipped {
		note("note", string(s.Rule)+" could not tell of "+skipped(s)).
			WithAssociatedRule(sarif.NewReportingDescriptorReference().WithID(string(s.Rule)))
	}
	if notes != nil {
		done.WithToolExecutionNotifications(notes)
	}
	return done
}

func level(s audit.Severity) string {
	switch s {
	case audit.High:
		return "error"
	case audit.Medium:
		return "warning"
	default:
		return "note"
	}
}
