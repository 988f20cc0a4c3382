package stash

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"fob/client/secret"
)

// drawer is a keyring in memory whose calls wait for gate, if there is one.
type drawer struct {
	values map[string]string
	gate   chan struct{}
	fail   error
	calls  int
}

func (d *drawer) wait() error {
	d.calls++
	if d.gate != nil {
		<-d.gate
	}
	return d.fail
}

func (d *drawer) Set(_, account, value string) error {
	if err := d.wait(); err != nil {
		return err
	}
	d.values[account] = value
	return nil
}

func (d *drawer) Get(_, account string) (string, error) {
	if err := d.wait(); err != nil {
		return "", err
	}
	value, ok := d.values[account]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return value, nil
}

func (d *drawer) Delete(_, account string) error {
	if err := d.wait(); err != nil {
		return err
	}
	if _, ok := d.values[account]; !ok {
		return keyring.ErrNotFound
	}
	delete(d.values, account)
	return nil
}

func newDrawer() (*Keyring, *drawer) {
	d := &drawer{values: map[string]string{}}
	return NewKeyringOver(d, "fob-test", 0), d
}

func TestALateWriteMayBeStoredAndALaterGetTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, d := newDrawer()
		d.gate = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		v := secret.New("late")
		start := time.Now()
		err := k.Put(ctx, "account", v)
		failed, ok := errors.AsType[*KeyringError](err)
		if !ok || failed.Kind != Silent || !failed.MayBeStored || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("put: %v", err)
		}
		if waited := time.Since(start); waited != 5*time.Second {
			t.Errorf("waited %s", waited)
		}
		if !strings.Contains(err.Error(), "may have been stored") || !strings.Contains(err.Error(), "5s") {
			t.Errorf("it says %q", err)
		}
		since, busy := k.Busy()
		if !busy || !since.Equal(start) {
			t.Errorf("busy %t since %s", busy, since)
		}
		before := time.Now()
		_, err = k.Get(t.Context(), "account")
		failed, _ = errors.AsType[*KeyringError](err)
		if failed == nil || failed.Kind != Busy || !failed.Since.Equal(start) || !strings.Contains(err.Error(), "busy since") {
			t.Errorf("get behind it: %v", err)
		}
		if !time.Now().Equal(before) {
			t.Error("a call behind one that hangs did not fail at once")
		}
		close(d.gate)
		synctest.Wait()
		if _, busy := k.Busy(); busy {
			t.Error("still busy after the answer")
		}
		got, err := k.Get(t.Context(), "account")
		if err != nil || !got.Equal(v) {
			t.Errorf("get after it: %v", err)
		}
	})
}

func TestTwoQuickCallsQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, d := newDrawer()
		d.gate = make(chan struct{})
		results := make(chan error, 2)
		for _, account := range []string{"one", "two"} {
			go func() { results <- k.Put(t.Context(), account, secret.New(account)) }()
		}
		synctest.Wait()
		if d.calls != 1 {
			t.Errorf("%d calls run at once", d.calls)
		}
		close(d.gate)
		for range 2 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestACallWithoutADeadlineGetsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, d := newDrawer()
		d.gate = make(chan struct{})
		start := time.Now()
		if err := k.Delete(context.Background(), "account"); KindOf(err) != Silent {
			t.Errorf("error: %v", err)
		}
		if waited := time.Since(start); waited != KeyringDeadline {
			t.Errorf("waited %s", waited)
		}
		close(d.gate)
	})
}

func TestATryThatWasLeftStillCleansUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, d := newDrawer()
		d.gate = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		go func() { result <- k.Try(ctx) }()
		synctest.Wait()
		cancel()
		err := <-result
		if KindOf(err) != Silent || !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "may have been stored") {
			t.Errorf("error: %v", err)
		}
		close(d.gate)
		synctest.Wait()
		if len(d.values) != 0 || d.calls != 3 {
			t.Errorf("%d values are left after %d calls", len(d.values), d.calls)
		}
	})
}

func TestAValueTheKeyringCanNotHoldIsRefusedBeforeItIsAsked(t *testing.T) {
	for goos, limit := range map[string]int{"windows": 2560, "darwin": 2900} {
		k, d := newDrawer()
		k.limit = valueLimit(goos)
		err := k.Put(t.Context(), "account", secret.New(strings.Repeat("x", limit+1)))
		failed, _ := errors.AsType[*KeyringError](err)
		if failed == nil || failed.Kind != TooLarge || failed.Size != limit+1 || failed.Limit != limit || d.calls != 0 {
			t.Errorf("%s: %v after %d calls", goos, err, d.calls)
		}
		if err := k.Put(t.Context(), "account", secret.New(strings.Repeat("x", limit))); err != nil {
			t.Errorf("%s: %v", goos, err)
		}
	}
	if valueLimit("linux") != 0 {
		t.Error("linux has a limit")
	}
	// go-keyring on macOS: the line has the value in base64 with a prefix, service and account, and 4,096 bytes at most.
	line := len("add-generic-password -U -s fob-demo -a  -w go-keyring-base64:\n") + 64 + (2900+2)/3*4
	if line > 4096 {
		t.Errorf("a value of the limit makes a line of %d bytes on macOS", line)
	}
}

func TestErrorsOfTheSystem(t *testing.T) {
	k, d := newDrawer()
	v := secret.New("a value to look for")
	d.fail = errors.New("cannot store " + v.Reveal() + "\x1b[31m")
	err := k.Put(t.Context(), "account", v)
	if KindOf(err) != Other || strings.Contains(err.Error(), v.Reveal()) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("error: %q", err)
	}
	d.fail = keyring.ErrSetDataTooBig
	if err := k.Put(t.Context(), "account", v); KindOf(err) != TooLarge {
		t.Errorf("error: %v", err)
	}
	d.fail = keyring.ErrUnsupportedPlatform
	if err := k.Try(t.Context()); KindOf(err) != NoService {
		t.Errorf("error: %v", err)
	}
	d.fail = nil
	if _, err := k.Get(t.Context(), "nobody"); KindOf(err) != NotFound {
		t.Errorf("error: %v", err)
	}
	d.values = nil // a write to it panics
	if err := k.Put(t.Context(), "account", v); KindOf(err) != Other {
		t.Errorf("error: %v", err)
	}
	if _, busy := k.Busy(); busy {
		t.Error("busy after a panic")
	}
	k.reach = func() error { return errors.New("none") }
	if err := k.Try(t.Context()); KindOf(err) != NoBus {
		t.Errorf("error: %v", err)
	}
}

func TestEveryKindSaysWhatIsWrongAndWhatElseCanBeDone(t *testing.T) {
	seen := map[string]KeyringKind{}
	for _, kind := range []KeyringKind{NoBus, NoService, Locked, Dismissed, TooLarge, Silent, Busy, Lying, NotFound, Other} {
		e := &KeyringError{Kind: kind, Op: opWrite}
		text := e.Error()
		if other, twice := seen[text]; twice || text == "" || strings.HasSuffix(text, ".") {
			t.Errorf("%s says %q, as %s does", kind, text, other)
		}
		seen[text] = kind
		if hint := e.Hint(); hint == "" || strings.HasSuffix(hint, ".") {
			t.Errorf("%s: hint %q", kind, hint)
		}
	}
}

func TestAServiceWithAColonPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it was taken")
		}
	}()
	NewKeyring("fob:demo")
}
