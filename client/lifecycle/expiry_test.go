package lifecycle_test

import (
	"encoding/json"
	"testing"
	"time"

	"fob/client/lifecycle"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestParseExpiry(t *testing.T) {
	now := time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC) // 23:30 in Berlin, the 23rd in Tokyo
	for _, tc := range []struct{ text, zone, want string }{
		{"90d", "Europe/Berlin", "2027-02-20T22:59:59Z"},
		{"90D", "UTC", "2027-02-20T23:59:59Z"},
		{"1d", "Asia/Tokyo", "2026-11-24T14:59:59Z"},
		{"180d", "Europe/Berlin", "2027-05-21T21:59:59Z"}, // summer time by then
		{" 2027-01-31 ", "Europe/Berlin", "2027-01-31T22:59:59Z"},
		{"2026-11-22", "Europe/Berlin", "2026-11-22T22:59:59Z"}, // the end of today
		{"2028-02-29", "UTC", "2028-02-29T23:59:59Z"},
		{"2027-03-28", "Europe/Berlin", "2027-03-28T21:59:59Z"}, // the clocks go forward
		{"2027-11-06", "America/Havana", "2027-11-07T03:59:59Z"},
		{"2027-01-31T12:00:00+01:00", "Asia/Tokyo", "2027-01-31T11:00:00Z"},
		{"2027-01-31T12:00:00.25Z", "UTC", "2027-01-31T12:00:00.25Z"},
	} {
		got, err := lifecycle.ParseExpiry(tc.text, now, zone(t, tc.zone))
		if err != nil || got == nil || got.Format(time.RFC3339Nano) != tc.want {
			t.Errorf("%q in %s: %v, %v; want %s", tc.text, tc.zone, got, err, tc.want)
		}
	}
	for _, never := range []string{"never", "Never", " NEVER "} {
		if got, err := lifecycle.ParseExpiry(never, now, time.UTC); got != nil || err != nil {
			t.Errorf("%q: %v, %v", never, got, err)
		}
	}
	for _, wrong := range []string{
		"", "d", "0d", "-1d", "+1d", "1.5d", "90", "90 days", "36501d", "99999999999999999999d", "2027-02-29", "2027-13-01",
		"2026-11-21", "2026-11-22T22:30:00Z", "2027-01-31T12:00:00", "31.01.2027", "2027-1-31", "9999-12-31T23:59:59-01:00", "nie",
	} {
		if got, err := lifecycle.ParseExpiry(wrong, now, time.UTC); err == nil {
			t.Errorf("%q: %v", wrong, got)
		}
	}
}

// TestTheEndOfADayThatHasItTwice: in Brasília the clocks went from 24:00 back to 23:00.
func TestTheEndOfADayThatHasItTwice(t *testing.T) {
	now := time.Date(2018, 2, 1, 0, 0, 0, 0, time.UTC)
	got, err := lifecycle.ParseExpiry("2018-02-17", now, zone(t, "America/Sao_Paulo"))
	if want := time.Date(2018, 2, 18, 2, 59, 59, 0, time.UTC); err != nil || !got.Equal(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func FuzzParseExpiry(f *testing.F) {
	for _, seed := range []string{"90d", "never", "2027-01-31", "2027-01-31T12:00:00Z", "9999-12-31", "36500d", "0d", "2027-02-30", "\xff", "１d"} {
		f.Add(seed, int64(1_795_000_000), "Europe/Berlin")
	}
	f.Add("9999-12-31", int64(1_795_000_000), "America/New_York")
	f.Fuzz(func(t *testing.T, text string, unix int64, name string) {
		loc, err := time.LoadLocation(name)
		now := time.Unix(unix%4_000_000_000, 0)
		if err != nil || name == "Local" {
			loc = time.UTC
		}
		got, err := lifecycle.ParseExpiry(text, now, loc)
		if err != nil || got == nil {
			return
		}
		if !got.After(now) || got.Location() != time.UTC {
			t.Errorf("%q: %v is not in UTC after %v", text, got, now)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("%q: %v can't be sent: %v", text, got, err)
		}
	})
}
