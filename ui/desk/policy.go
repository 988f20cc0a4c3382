package desk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"fob/client/audit"
	"fob/config"
)

// PolicyFile is where this machine's policy for audits is: people's file, to which fob only appends. Without a path it
// is kept in memory, as in the demo.
type PolicyFile struct {
	Path string
	text []byte
}

// read returns the file's text, nil if there is none.
func (p *PolicyFile) read() ([]byte, error) {
	if p.Path == "" {
		return p.text, nil
	}
	text, err := os.ReadFile(p.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return text, err
}

func (p *PolicyFile) write(text []byte) error {
	if p.Path == "" {
		p.text = text
		return nil
	}
	if err := config.MakeFolder(filepath.Dir(p.Path)); err != nil {
		return err
	}
	return config.WriteFile(p.Path, text, 0o600)
}

// name is what errors call the file.
func (p *PolicyFile) name() string {
	if p.Path == "" {
		return "policy"
	}
	return p.Path
}

// Load reads and checks the policy; without a file it is the default one.
func (p *PolicyFile) Load() (audit.Policy, error) {
	text, err := p.read()
	switch {
	case err != nil:
		return audit.Policy{}, fmt.Errorf("the policy can't be read: %w", err)
	case text == nil:
		return audit.DefaultPolicy(), nil
	}
	return audit.ParsePolicy(p.name(), text)
}

// Except appends an exception to the policy as text, so that people's comments stay, and returns the policy with it.
// Nothing is written if the result would not be a policy.
func (d *Desk) Except(ctx context.Context, e audit.Exception) (audit.Policy, error) {
	p := d.policyFile()
	if p.Path != "" {
		if err := config.MakeFolder(filepath.Dir(p.Path)); err != nil {
			return audit.Policy{}, err
		}
		unlock, err := config.Lock(ctx, p.Path)
		if err != nil {
			return audit.Policy{}, err
		}
		defer unlock()
	}
	text, err := p.read()
	if err != nil {
		return audit.Policy{}, fmt.Errorf("the policy can't be read: %w", err)
	}
	if text, err = audit.AppendException(text, e); err != nil {
		return audit.Policy{}, err
	}
	policy, err := audit.ParsePolicy(p.name(), text)
	if err != nil {
		return audit.Policy{}, err
	}
	if err := p.write(text); err != nil {
		return audit.Policy{}, fmt.Errorf("the policy can't be written: %w", err)
	}
	return policy, nil
}

// PolicyPath is where exceptions are written, "" for the demo's memory.
func (d *Desk) PolicyPath() string { return d.policyFile().Path }

func (d *Desk) policyFile() *PolicyFile {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.options.Policy == nil {
		d.options.Policy = &PolicyFile{}
	}
	return d.options.Policy
}

func (d *Desk) policyOf(_ context.Context, q AuditQuestion) (audit.Policy, error) {
	if q.Policy != nil {
		return *q.Policy, nil
	}
	return d.policyFile().Load()
}
