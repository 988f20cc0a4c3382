package sandbox

import (
	"fmt"
	"net/http"
)

// refusal is an answer that isn't what was asked for. The platform has several styles of saying so, and the sandbox
// uses each of them somewhere.
type refusal struct {
	status int
	body   any
}

type detailBody struct {
	Detail string `json:"detail"`
}

type fieldFault struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

type invalidBody struct {
	Detail []fieldFault `json:"detail"`
}

type codedFault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type detailsBody struct {
	Details []codedFault `json:"details"`
}

type textsBody struct {
	Errors []string `json:"errors"`
}

type typedFault struct {
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

type typedBody struct {
	Errors []typedFault `json:"errors"`
}

type messageBody struct {
	Message string `json:"message"`
}

func unauthorized(why string) *refusal {
	return &refusal{http.StatusUnauthorized, messageBody{why}}
}

func forbidden(why string) *refusal {
	return &refusal{http.StatusForbidden, detailBody{why}}
}

func notFound(format string, args ...any) *refusal {
	return &refusal{http.StatusNotFound, textsBody{[]string{fmt.Sprintf(format, args...)}}}
}

func invalid(faults ...fieldFault) *refusal {
	return &refusal{http.StatusUnprocessableEntity, invalidBody{faults}}
}

// invalidQuery refuses one query parameter.
func invalidQuery(name, msg string) *refusal {
	return invalid(fieldFault{[]any{"query", name}, msg, "value_error"})
}

func bodyFault(field, msg, kind string) fieldFault {
	return fieldFault{[]any{"body", field}, msg, kind}
}

func badFilter(why string) *refusal {
	return &refusal{http.StatusBadRequest, detailsBody{[]codedFault{{"invalid_filter", why}}}}
}

func badBody(status int, why string) *refusal {
	return &refusal{status, typedBody{[]typedFault{{why, "bad_body"}}}}
}
