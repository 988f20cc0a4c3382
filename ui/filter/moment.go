package filter

import (
	"strconv"
	"strings"
	"time"
)

// clock knows the moment that durations count from; its zone is the one on screen.
type clock struct{ now time.Time }

// outcome is how the reading of a time ended.
type outcome uint8

const (
	fine    outcome = iota
	partial         // more letters may make it right
	wrong
)

// interval returns the times [from, to) that an operator with a date or a duration accepts; a zero end is open.
func (c clock) interval(text string, past bool) (from, to time.Time, out outcome) {
	bare := strings.TrimLeft(text, "<>=")
	operator := text[:len(text)-len(bare)]
	switch operator {
	case "", "=", "<", "<=", ">", ">=":
	default:
		return from, to, wrong
	}
	if bare == "" {
		return from, to, partial
	}
	if n, unit, out := duration(bare); out != wrong {
		if out == partial {
			// Four digits, a year, may be whole already: the date decides.
			if from, to, ok := c.date(bare); ok {
				return compare(operator, from, to)
			}
			return from, to, partial
		}
		return c.distance(operator, n, unit, past)
	}
	begin, end, ok := c.date(bare)
	if !ok {
		if c.startsDate(bare) {
			return from, to, partial
		}
		return from, to, wrong
	}
	return compare(operator, begin, end)
}

// compare returns the times that stand to the span [begin, end) as the operator says.
func compare(operator string, begin, end time.Time) (from, to time.Time, out outcome) {
	switch operator {
	case "<":
		return time.Time{}, begin, fine
	case "<=":
		return time.Time{}, end, fine
	case ">":
		return end, time.Time{}, fine
	case ">=":
		return begin, time.Time{}, fine
	}
	return begin, end, fine
}

// distance returns the times whose distance from now stands to the duration as the operator says.
func (c clock) distance(operator string, n int, unit byte, past bool) (from, to time.Time, out outcome) {
	if past {
		n = -n
	}
	var at time.Time
	switch unit {
	case 'h':
		at = c.now.Add(time.Duration(n) * time.Hour)
	case 'd':
		at = c.now.AddDate(0, 0, n)
	case 'w':
		at = c.now.AddDate(0, 0, 7*n)
	case 'm':
		at = c.now.AddDate(0, n, 0)
	case 'y':
		at = c.now.AddDate(n, 0, 0)
	}
	// An age grows towards the past, so the two sides are swapped. The moment itself is a distance of exactly n.
	more := strings.HasPrefix(operator, ">")
	exact := operator != "<" && operator != ">"
	if more != past {
		if !exact {
			at = at.Add(1)
		}
		return at, time.Time{}, fine
	}
	if exact {
		at = at.Add(1)
	}
	return time.Time{}, at, fine
}

// duration reads 30d. Up to five digits are enough for every unit, and keep the sums within what time can hold.
func duration(s string) (n int, unit byte, out outcome) {
	digits := strings.TrimLeft(s, "0123456789")
	count := len(s) - len(digits)
	if count == 0 || count > 5 {
		return 0, 0, wrong
	}
	n, err := strconv.Atoi(s[:count])
	switch {
	case err != nil || len(digits) > 1:
		return 0, 0, wrong
	case digits == "":
		return n, 0, partial
	case !strings.Contains("hdwmy", digits):
		return 0, 0, wrong
	}
	return n, digits[0], fine
}

// date returns the span of a day, a month or a year, or of the moment now, which is a nanosecond.
func (c clock) date(s string) (begin, end time.Time, ok bool) {
	today := time.Date(c.now.Year(), c.now.Month(), c.now.Day(), 0, 0, 0, 0, c.now.Location())
	switch s {
	case "now":
		return c.now, c.now.Add(1), true
	case "today":
		return today, today.AddDate(0, 0, 1), true
	case "tomorrow":
		return today.AddDate(0, 0, 1), today.AddDate(0, 0, 2), true
	case "yesterday":
		return today.AddDate(0, 0, -1), today, true
	}
	for _, form := range []struct {
		layout              string
		years, months, days int
	}{{"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.ParseInLocation(form.layout, s, c.now.Location()); err == nil && t.Year() >= 1000 {
			return t, t.AddDate(form.years, form.months, form.days), true
		}
	}
	return begin, end, false
}

// startsDate tells whether s may become a date by typing on.
func (c clock) startsDate(s string) bool {
	for _, word := range []string{"now", "today", "tomorrow", "yesterday"} {
		if strings.HasPrefix(word, s) {
			return true
		}
	}
	const form = "dddd-dd-dd"
	if len(s) >= len(form) {
		return false
	}
	for i := range len(s) {
		digit := s[i] >= '0' && s[i] <= '9'
		if digit != (form[i] == 'd') || !digit && s[i] != '-' {
			return false
		}
	}
	return true
}

// mayBeDate tells whether s can be found in a date as it is shown; a few letters less to search for most words.
func mayBeDate(s string) bool {
	return len(s) <= len(time.DateOnly) && strings.Trim(s, "0123456789-") == ""
}
