package ui

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

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
		if next := nextStep(refused); next != "" {
			text += "; " + next
		}
		return text
	}
	return visible.Line(err.Error())
}

// brief is what went wrong alone, where the line beside it says what to do.
func brief(err error) string {
	var refused *client.Error
	switch {
	case errors.As(err, &refused) && refused.Status != 0:
		text := strings.TrimSpace(fmt.Sprintf("%d %s", refused.Status, http.StatusText(refused.Status)))
		if refused.Message != "" {
			text += ": " + refused.Message
		}
		return visible.Line(text)
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	return visible.Line(err.Error())
}

// nextStep says what a person can do about a refusal, "" if nothing is known. Only what reads is tried again by r.
func nextStep(e *client.Error) string {
	again := ""
	if e.Method == http.MethodGet {
		again = "r tries again"
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		return "the session has ended or was revoked: sign in again"
	case e.Status == http.StatusForbidden && e.Next != nil:
		return visible.Line(e.Next())
	case e.Status == http.StatusForbidden:
		return "this session may not do that"
	case e.Status == http.StatusNotFound && again != "":
		return "it is gone, or the address is wrong; " + again
	case e.Status == http.StatusTooManyRequests && again != "":
		return "the platform asks to slow down; " + again
	case e.Status >= 500 || e.Status == 0:
		return again
	}
	return ""
}

// failure draws an error where a list would stand: what was tried, what went wrong and what to do.
func (l *look) failure(what string, err error, width int) string {
	var lines []string
	for _, line := range wrap(what, width-2) {
		lines = append(lines, " "+l.bad.Render(line))
	}
	for _, line := range wrap(l.line(explain(err)), width-2) {
		lines = append(lines, " "+line)
	}
	return strings.Join(lines, "\n")
}
