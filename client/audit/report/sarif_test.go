package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"fob/client/audit"
	"fob/client/audit/report"
)

// TestSARIF holds logs against the schema of SARIF 2.1.0, which the library carries.
func TestSARIF(t *testing.T) {
	for name, r := range map[string]report.Report{"whole": audited(t), "empty": {}} {
		// What is validated is what was written, read strictly: nothing that reading fills in hides a lack.
		log, err := sarif.FromString(written(t, r, report.FormatSARIF), sarif.WithStrictValidation())
		if err != nil {
			t.Fatal(err)
		}
		if err := log.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != len(r.Findings) {
			t.Errorf("%s: version %s, %d runs", name, log.Version, len(log.Runs))
		}
	}
	broken, err := sarif.FromString(strings.Replace(written(t, audited(t), report.FormatSARIF), `"level": "error"`, `"level": "fatal"`, 1), sarif.WithStrictValidation())
	if err != nil || broken.Validate() == nil {
		t.Errorf("a level that SARIF doesn't have is valid: %v", err)
	}
}

func TestSARIFResults(t *testing.T) {
	r := audited(t)
	var log struct {
		Runs []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					LogicalLocations []struct{ FullyQualifiedName string }
				}
				PartialFingerprints map[string]string
				Suppressions        []struct{ Kind, Justification string }
			}
			Invocations []struct {
				ExecutionSuccessful        bool
				ToolExecutionNotifications []struct{ Message struct{ Text string } }
			}
		}
	}
	if err := json.Unmarshal([]byte(written(t, r, report.FormatSARIF)), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name != "fob" || len(run.Tool.Driver.Rules) != len(audit.Rules()) {
		t.Errorf("the tool is %+v", run.Tool.Driver)
	}
	suppressed := 0
	for n, got := range run.Results {
		f := r.Findings[n]
		level := map[audit.Severity]string{audit.High: "error", audit.Medium: "warning", audit.Low: "note"}[f.Severity]
		switch {
		case got.RuleID != string(f.Rule), run.Tool.Driver.Rules[got.RuleIndex].ID != got.RuleID, got.Level != level:
			t.Errorf("finding %+v is %+v", f, got)
		case got.Locations[0].LogicalLocations[0].FullyQualifiedName != "key/"+f.KeyID:
			t.Errorf("it stands at %+v", got.Locations)
		case !strings.Contains(got.Message.Text, f.Evidence), !strings.Contains(got.Message.Text, f.NextStep):
			t.Errorf("its message is %q", got.Message.Text)
		case got.PartialFingerprints["ruleAndKey/v1"] != string(f.Rule)+"/"+f.KeyID:
			t.Errorf("its fingerprints are %v", got.PartialFingerprints)
		}
		if len(got.Suppressions) > 0 {
			suppressed++
			if !f.Excepted() || got.Suppressions[0].Kind != "external" || got.Suppressions[0].Justification != "=a <b>pilot</b> (Ida | Krüger)" {
				t.Errorf("it is suppressed by %+v", got.Suppressions)
			}
		}
	}
	if suppressed != r.Counts.Excepted {
		t.Errorf("%d are suppressed, %d excepted", suppressed, r.Counts.Excepted)
	}
	if done := run.Invocations[0]; done.ExecutionSuccessful || len(done.ToolExecutionNotifications) != len(r.Why)+len(r.Skipped) {
		t.Errorf("the invocation is %+v", done)
	}
}
