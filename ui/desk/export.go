package desk

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"fob/client/audit"
	"fob/client/audit/report"
	"fob/config"
)

// formats are the report formats by the endings of files.
var formats = map[string]report.Format{
	".html": report.FormatHTML, ".htm": report.FormatHTML, ".md": report.FormatMarkdown, ".csv": report.FormatCSV,
	".json": report.FormatJSON, ".sarif": report.FormatSARIF, ".txt": report.FormatTable,
}

// Export writes the audit as a report into a file, in the format that the file's ending names. A file that is there is
// replaced only if replace is set; the error is then fs.ErrExist.
func (a Audit) Export(path string, replace bool) error {
	format, ok := formats[strings.ToLower(filepath.Ext(path))]
	if !ok {
		return fmt.Errorf("the ending of %s names no format: .html .md .csv .json .sarif .txt", filepath.Base(path))
	}
	if _, err := os.Lstat(path); err == nil && !replace {
		return &fs.PathError{Op: "export", Path: path, Err: fs.ErrExist}
	}
	var text bytes.Buffer
	if err := a.Report().Write(&text, format); err != nil {
		return fmt.Errorf("the report can't be made: %w", err)
	}
	return config.WriteFile(path, text.Bytes(), 0o600)
}

// Save keeps what was judged, without secrets, so that it can be judged again.
func (a Audit) Save(path string) error {
	var text bytes.Buffer
	snapshot := report.Snapshot{OrganizationID: a.OrganizationID, Organization: a.Organization, RanBy: a.RanBy, Input: a.Input}
	if err := report.Save(&text, snapshot); err != nil {
		return fmt.Errorf("the snapshot can't be made: %w", err)
	}
	return config.WriteFile(path, text.Bytes(), 0o600)
}

// AuditFrom judges a snapshot again, without a platform. zone is that of the days in what people read.
func AuditFrom(path string, policy audit.Policy, version string, zone *time.Location) (Audit, error) {
	file, err := os.Open(path)
	if err != nil {
		return Audit{}, err
	}
	defer file.Close()
	s, err := report.Load(file)
	if err != nil {
		return Audit{}, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	s.Input.Location = zone
	return Audit{
		Input: s.Input, Policy: policy, Result: audit.Judge(s.Input, policy), OrganizationID: s.OrganizationID,
		Organization: s.Organization, RanBy: s.RanBy, Version: version,
	}, nil
}
