package client

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestReadingIsTriedAgain(t *testing.T) {
	again := []int{408, 425, 429, 500, 502, 503, 504}
	for _, status := range append([]int{400, 401, 403, 404, 406, 409, 412, 413, 415, 422, 424, 501, 591}, again...) {
		p := serve(t, says(status, `{"detail":"busy"}`))
		_, err := p.Me(t.Context())
		if !strings.Contains(err.Error(), fmt.Sprint(status)) {
			t.Error(err)
		}
		want := 1
		if slices.Contains(again, status) {
			want = triesMost
		}
		if n := len(p.requests()); n != want {
			t.Errorf("%d: %d requests, want %d", status, n, want)
		}
		if want > 1 && !slices.Equal(p.waits, []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}) {
			t.Errorf("%d: waits %v", status, p.waits)
		}
	}
}

func TestReadingComesThrough(t *testing.T) {
	p := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		switch n {
		case 1:
			hangUp(t, w) // on a new connection: on one that was used, net/http itself would ask again
		case 2:
			write(w, 503, "text/html", "<html>")
		default:
			write(w, 200, "application/json", oneKey)
		}
	})
	var told []string
	shown := make(chan struct{})
	p.sleep = func(ctx context.Context, _ time.Duration) error {
		select {
		case <-shown: // a wait is long enough to be seen
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l, err := p.ListKeys(t.Context(), Scope{}, func(p Progress[Key]) {
		if p.Retrying != "" {
			told = append(told, p.Retrying)
			shown <- struct{}{}
		}
	})
	if err != nil || !l.Complete || len(p.requests()) != 3 {
		t.Fatal(l, err)
	}
	if !slices.Equal(told, []string{"no connection, again in 0.2 s", "503, again in 0.4 s"}) {
		t.Error(told)
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		header string
		asked  time.Duration
		waits  time.Duration // 0: not waited for
	}{
		{"12", 12 * time.Second, 12 * time.Second},
		{"0", 0, 200 * time.Millisecond},
		{"60", time.Minute, time.Minute},
		{"61", 61 * time.Second, 0},
		{"99999999999", 365 * 24 * time.Hour, 0},
		{"-5", 0, 200 * time.Millisecond},
		{"soon", 0, 200 * time.Millisecond},
		{"Sun, 22 Nov 2026 10:00:30 GMT", 30 * time.Second, 30 * time.Second},
		{"Sun, 22 Nov 2026 09:59:00 GMT", 0, 200 * time.Millisecond},
		{"Mon, 23 Nov 2026 10:00:00 GMT", 24 * time.Hour, 0},
	} {
		var notices []Retry
		p := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
			if n > 1 {
				write(w, 200, "application/json", `{"user_id":"u"}`)
				return
			}
			w.Header().Set("Date", "Sun, 22 Nov 2026 10:00:00 GMT") // the server's clock counts, not this machine's
			w.Header().Set("Retry-After", c.header)
			write(w, 429, "application/json", `{}`)
		}, func(o *Options) { o.OnRetry = func(r Retry) { notices = append(notices, r) } })
		_, err := p.Me(t.Context())
		if c.waits == 0 {
			if e, ok := err.(*Error); !ok || e.RetryAfter != c.asked || len(p.requests()) != 1 || len(notices) != 0 { //nolint:errorlint // exactly this type is promised
				t.Errorf("%s: %v after %d", c.header, err, len(p.requests()))
			}
			continue
		}
		if err != nil || !slices.Equal(p.waits, []time.Duration{c.waits}) || len(notices) != 1 || notices[0].Wait != c.waits {
			t.Errorf("%s: %v, waited %v, told %v", c.header, err, p.waits, notices)
		}
	}
	// A write isn't repeated, but says how long it would have been.
	p := serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		write(w, 503, "", "")
	})
	e, ok := p.RevokeKey(t.Context(), "k").(*Error) //nolint:errorlint // exactly this type is promised
	if !ok || e.RetryAfter != 7*time.Second || len(p.requests()) != 1 {
		t.Error(e)
	}
}

func TestRetryText(t *testing.T) {
	for want, r := range map[string]Retry{
		"429, again in 12 s":            {Reason: "429", Wait: 11500 * time.Millisecond},
		"no connection, again in 0.4 s": {Reason: "no connection", Wait: 400 * time.Millisecond},
	} {
		if r.String() != want {
			t.Error(r.String())
		}
	}
}

// Waiting ends with the context, and doesn't begin where it would be for nothing.
func TestRetryEnds(t *testing.T) {
	p := serve(t, says(503, `{}`))
	ctx, cancel := context.WithCancel(t.Context())
	p.sleep = sleepContext
	ctx = WithRetryNotice(ctx, func(Retry) { cancel() })
	inner := 0
	if _, err := p.Me(WithRetryNotice(ctx, func(Retry) { inner++ })); err == nil || len(p.requests()) != 1 || inner != 1 {
		t.Error(err, len(p.requests()), inner)
	}
	p = serve(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "50")
		write(w, 503, "", "")
	})
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := p.Me(ctx); err == nil || len(p.requests()) != 1 || len(p.waits) != 0 {
		t.Error(err, p.waits)
	}
	if err := sleepContext(t.Context(), time.Microsecond); err != nil {
		t.Error(err)
	}
}

func TestSkew(t *testing.T) {
	p := serve(t, func(n int, w http.ResponseWriter, _ *http.Request) {
		if n == 1 {
			w.Header()["Date"] = nil
		} else {
			w.Header().Set("Date", "Sun, 22 Nov 2026 10:05:00 GMT")
		}
		write(w, 200, "application/json", oneKey)
	})
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.FixedZone("", 0))
	p.clock.local = func() time.Time { return now }
	l, err := p.ListKeys(t.Context(), Scope{}, nil)
	if _, known := p.Skew(); known || err != nil || !l.AsOf.Equal(now) || !p.ServerNow().Equal(now) {
		t.Error("a skew without a Date", l.AsOf, err)
	}
	l, err = p.ListKeys(t.Context(), Scope{}, nil)
	skew, known := p.Skew()
	if !known || skew != 5*time.Minute+500*time.Millisecond || err != nil || !l.AsOf.Equal(now.Add(5*time.Minute)) {
		t.Error(skew, known, l.AsOf, err)
	}
	if got := p.ServerNow(); !got.Equal(now.Add(skew)) || got.Location() != time.UTC {
		t.Error(got)
	}
}
