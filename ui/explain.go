package ui

import (
	"context"
	"errors"
	"fmt"

	"fob/client"
	"fob/client/visible"
)

// explain puts an error into one line for a person, ending in what to do next.
func explain(err error) string {
	var refused *client.Error
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return "the platform did not answer in time; r tries again"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.As(err, &refused):
		text := visible.Line(refused.Error())
		if next := nextStep(refused.Status); next != "" {
			text += "; " + next
		}
		return text
	}
	return visible.Line(err.Error())
}

// nextStep says what a person can do about a status, "" if nothing is known.
func nextStep(status int) string {
	switch {
	case status == 401:
		return "the session has ended or was revoked: set FOB_SESSION_TOKEN to a new one and start fob again"
	case status == 403:
		return "this session may not do that; an admin of the organization may"
	case status == 404:
		return "it is gone, or the address is wrong; r reads again"
	case status == 429:
		return "the platform asks to slow down; r tries again"
	case status >= 500 || status == 0:
		return "r tries again"
	}
	return ""
}

// failure draws an error where a list would stand: what was tried, what went wrong and what to do.
func (l *look) failure(what string, err error, width int) string {
	return fmt.Sprintf("%s\n%s", l.bad.Render(" "+what), l.plain.Width(max(width-2, 10)).PaddingLeft(1).Render(explain(err)))
}
