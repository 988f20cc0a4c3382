package lifecycle

import (
	"context"
	"crypto/rand"
	"strings"
	"time"
)

// clock is the time by now, or by this machine.
func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Now()
	}
	return now()
}

// newName is a random name by name, or by the system's randomness.
func newName(name func() string) string {
	if name == nil {
		return strings.ToLower(rand.Text())
	}
	return name()
}

// pause sleeps for d, or until ctx ends.
func pause(ctx context.Context, wait func(context.Context, time.Duration) error, d time.Duration) error {
	if wait != nil {
		return wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}
