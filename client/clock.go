package client

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// skewedClock remembers how far the server's clock is from this machine's.
type skewedClock struct {
	local func() time.Time
	mu    sync.Mutex
	skew  time.Duration
	known bool
}

// learn takes the Date of an answer to a request that was sent at the local time sent, and returns it, or the zero
// time if there is none.
func (k *skewedClock) learn(h http.Header, sent time.Time) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	now := k.local()
	// Date has whole seconds: on average the true time is half a second later. It was written somewhere between
	// sending and now.
	skew := date.Add(500 * time.Millisecond).Sub(sent.Add(now.Sub(sent) / 2))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.skew, k.known = skew, true
	return date.UTC()
}

// Skew returns how far the server's clock, as its last answer told it, is ahead of this machine's (negative: behind),
// to about a second, and whether any answer told it yet.
func (c *Client) Skew() (time.Duration, bool) {
	c.clock.mu.Lock()
	defer c.clock.mu.Unlock()
	return c.clock.skew, c.clock.known
}

// ServerNow returns what the server's clock says now, in UTC, to about a second; before its first answer, what this
// machine's clock says.
func (c *Client) ServerNow() time.Time {
	skew, _ := c.Skew()
	return c.clock.local().Add(skew).UTC()
}

// sleepContext waits for d, or until ctx is done.
func sleepContext(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
