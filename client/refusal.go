package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"strconv"
	"strings"

	"fob/client/secret"
	"fob/client/visible"
)

const (
	messageLimit = 300 // runes of one text of the server
	fieldLimit   = 20  // fields of one error
)

// clean makes text of a server safe to show in one line: without secrets first, because cutting or marking would
// hide one from the search, then without control characters, then short.
func clean(text string, credential secret.Value) string {
	text = secret.Cut(credential.Redact(text))
	text = visible.Line(text)
	if r := []rune(text); len(r) > messageLimit {
		text = string(r[:messageLimit]) + "…"
	}
	return text
}

// explain fills e from the body of an answer that isn't a success. Every form of platform.md's error bodies is
// understood, and whatever else comes is described without being quoted.
func explain(e *Error, contentType string, body []byte, credential secret.Value) {
	said := func(s string) string { return clean(s, credential) }
	var top any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	e.Foreign = !json.Valid(body)
	if len(bytes.TrimSpace(body)) == 0 {
		return
	}
	if isHTML(contentType, body) {
		e.Message = "an HTML page, as from a proxy or a sign-in page"
		return
	}
	if d.Decode(&top) != nil {
		e.Message = "a body that isn't JSON"
		return
	}
	var messages []string
	add := func(entry any) {
		message, code, field := readEntry(entry)
		message, field.Message, field.Field, field.Type = said(message), said(field.Message), said(field.Field), said(field.Type)
		switch {
		case field.Message != "" && len(e.Fields) < fieldLimit:
			e.Fields = append(e.Fields, field)
		case message != "" && len(messages) < fieldLimit:
			messages = append(messages, message)
		}
		if e.Code == "" {
			e.Code = said(code)
		}
	}
	object, ok := top.(map[string]any)
	if !ok {
		object = map[string]any{"errors": top} // a bare text or list
	}
	for _, name := range []string{"detail", "details", "errors", "error", "message"} {
		switch v := object[name].(type) {
		case nil:
		case []any:
			for _, entry := range v {
				add(entry)
			}
		default:
			add(v)
		}
	}
	if code, ok := object["code"]; ok && e.Code == "" {
		e.Code = said(scalar(code))
	}
	e.Message = strings.Join(messages, "; ")
}

// readEntry reads one error: a text, {"code","message"}, {"msg","type"}, or {"loc","msg","type"}. Only the last is about
// a field.
func readEntry(entry any) (message, code string, field FieldError) {
	object, ok := entry.(map[string]any)
	if !ok {
		return scalar(entry), "", field
	}
	for _, name := range []string{"message", "msg", "detail", "error"} {
		if message == "" {
			message = scalar(object[name])
		}
	}
	code = scalar(object["code"])
	kind := scalar(object["type"])
	if at := location(object["loc"]); at != "" {
		return "", code, FieldError{Field: at, Message: message, Type: kind}
	}
	if code == "" {
		code = kind
	}
	return message, code, field
}

// location joins the parts of a "loc", without the first word that says which part of the request is meant.
func location(loc any) string {
	parts, ok := loc.([]any)
	if !ok {
		return scalar(loc)
	}
	var words []string
	for i, p := range parts {
		w := scalar(p)
		if i == 0 && len(parts) > 1 && (w == "body" || w == "query" || w == "path" || w == "header") {
			continue
		}
		words = append(words, w)
	}
	return strings.Join(words, ".")
}

func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func isHTML(contentType string, body []byte) bool {
	if kind, _, err := mime.ParseMediaType(contentType); err == nil && (kind == "text/html" || kind == "application/xhtml+xml") {
		return true
	}
	return bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// describe says in words what came where something else was expected, without quoting it.
func describe(contentType string, body []byte) string {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "nothing"
	case isHTML(contentType, body):
		return "an HTML page"
	case json.Valid(body):
		return "other JSON"
	}
	return fmt.Sprintf("%d bytes that aren't JSON", len(body))
}
