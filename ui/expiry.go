package ui

import (
	"fmt"
	"time"

	"fob/ui/desk"
)

// expiryChoice is an end as the wizard offers it. text is what desk.ParseExpiry reads; "" asks for a date.
type expiryChoice struct{ label, text string }

var expiryChoices = []expiryChoice{
	{"30 days", "30d"},
	{"90 days", "90d"},
	{"180 days", "180d"},
	{"1 year", "365d"},
	{"a date", ""},
	{"never", "never"},
}

// Positions in expiryChoices.
const (
	expiryPreset = 1
	expiryDate   = 4
)

// expiryOptions are the choices with the days they come to.
func expiryOptions(d *desk.Desk) []option {
	options := make([]option, len(expiryChoices))
	for i, c := range expiryChoices {
		options[i].label = c.label
		switch c.text {
		case "":
			options[i].note = "you type it in the next step"
		case "never":
			options[i].note = "only for keys that you are sure to review"
		default:
			if at, err := d.ParseExpiry(c.text); err == nil && at != nil {
				options[i].note = "until " + at.In(d.Location()).Format(dayForm)
			}
		}
	}
	return options
}

const dayForm = "2 Jan 2006"

// endWords puts an end into words: "20 Feb 2027 23:59 CET = 22:59 UTC, 90 days from now", or that there is none.
func endWords(at *time.Time, now time.Time, loc *time.Location) string {
	if at == nil {
		return "it is revoked: it never expires"
	}
	local, utc := at.In(loc), at.UTC()
	clock := "15:04"
	if s := at.Second(); s != 0 && s != 59 {
		clock = "15:04:05"
	}
	words := local.Format(dayForm + " " + clock + " MST")
	_, offset := local.Zone()
	switch {
	case local.Format("MST") == "UTC":
	case local.Format(dayForm) == utc.Format(dayForm):
		words += " = " + utc.Format(clock) + " UTC"
	case offset != 0:
		words += " = " + utc.Format(dayForm+" "+clock) + " UTC"
	}
	return words + ", " + fromNow(local, now.In(loc))
}

// fromNow counts the days of the calendar, which is how people count to an end.
func fromNow(at, now time.Time) string {
	day := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	switch days := int(day(at).Sub(day(now)) / (24 * time.Hour)); {
	case days <= 0:
		return desk.Until(at, now)
	case days == 1:
		return "tomorrow"
	default:
		return fmt.Sprintf("%s days from now", desk.Thousands(days))
	}
}
