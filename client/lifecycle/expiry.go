package lifecycle

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxDays is a hundred years: more is a slip of the finger.
const maxDays = 36500

// Why a text is not an expiry.
var (
	errExpiryForm = errors.New("an expiry is a number of days (90d), a date (2027-01-31), an instant (2027-01-31T12:00:00Z) or never")
	errExpiryPast = errors.New("the expiry lies in the past")
	errExpiryFar  = errors.New("the expiry lies too far ahead")
)

// ParseExpiry reads when a key shall end: "90d" is the end of the day that is 90 days after today in loc, "2027-01-31"
// the end of that day in loc, "2027-01-31T12:00:00+01:00" that instant, and "never" returns nil. The result is in UTC
// and after now; anything else is an error in words.
//
// The end of a day is its 23:59:59, counted on the calendar and not in hours, so that a change of daylight saving time
// in between moves nothing; where that clock time comes twice, it is the second.
func ParseExpiry(text string, now time.Time, loc *time.Location) (*time.Time, error) {
	text = strings.TrimSpace(text)
	if strings.EqualFold(text, "never") {
		return nil, nil
	}
	t, err := parseEnd(text, now, loc)
	switch {
	case err != nil:
		return nil, err
	case !t.After(now):
		return nil, errExpiryPast
	}
	t = t.UTC()
	if t.Year() > 9999 {
		return nil, errExpiryFar // has no form in JSON
	}
	return &t, nil
}

func parseEnd(text string, now time.Time, loc *time.Location) (time.Time, error) {
	if days, ok := strings.CutSuffix(strings.ToLower(text), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 32)
		switch {
		case err != nil && errors.Is(err, strconv.ErrRange), err == nil && n > maxDays:
			return time.Time{}, errExpiryFar
		case err != nil:
			return time.Time{}, errExpiryForm
		case n == 0:
			return time.Time{}, errExpiryPast
		}
		y, m, d := now.In(loc).Date()
		return endOfDay(y, m, d+int(n), loc), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		if len(text) == len(time.DateOnly) && text[4] == '-' && text[7] == '-' {
			return time.Time{}, fmt.Errorf("there is no day %q", text)
		}
		return time.Time{}, errExpiryForm
	}
	return endOfDay(day.Year(), day.Month(), day.Day(), loc), nil
}

// endOfDay returns the last 23:59:59 of a day. time.Date promises neither of the two where clocks go back over
// midnight, so the later one is looked for.
func endOfDay(year int, month time.Month, day int, loc *time.Location) time.Time {
	t := time.Date(year, month, day, 23, 59, 59, 0, loc)
	for _, back := range []time.Duration{2 * time.Hour, time.Hour, 30 * time.Minute} {
		if later := t.Add(back); later.Format(time.DateTime) == t.Format(time.DateTime) {
			return later
		}
	}
	return t
}
