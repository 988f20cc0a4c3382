package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

// decode reads one JSON object into v, refusing fields that v doesn't have; given, if not nil, gets every field as sent.
func decode(body []byte, v any, given map[string]json.RawMessage) *refusal {
	all := map[string]json.RawMessage{}
	err := json.Unmarshal(body, &all)
	if wrongType := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrongType) || err == nil && all == nil {
		return invalid(fieldFault{[]any{"body"}, "not a JSON object", "type_error.dict"})
	}
	if err != nil {
		return badBody(http.StatusBadRequest, "the body is not JSON")
	}
	known := fieldsOf(v)
	var faults []fieldFault
	for name, raw := range all {
		if !slices.Contains(known, name) {
			faults = append(faults, bodyFault(name, "extra fields not permitted", "value_error.extra"))
		}
		if given != nil {
			given[name] = raw
		}
	}
	if len(faults) > 0 {
		slices.SortFunc(faults, func(a, b fieldFault) int { return bytes.Compare(marshal(a.Loc), marshal(b.Loc)) })
		return invalid(faults...)
	}
	if err := json.Unmarshal(body, v); err != nil {
		field := "?"
		if wrongType := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrongType) {
			field, _, _ = strings.Cut(wrongType.Field, ".")
		}
		return invalid(bodyFault(field, "a value of the wrong type", "type_error"))
	}
	return nil
}

// fieldsOf returns the JSON names of the fields of the struct that v points to.
func fieldsOf(v any) []string {
	t := reflect.TypeOf(v).Elem()
	names := make([]string, 0, t.NumField())
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("json"))
	}
	return names
}
