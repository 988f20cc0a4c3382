// Package contract holds requests and answers against client/openapi.yaml. Only tests import it.
package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract is the platform's calls as client/openapi.yaml describes them. It is safe for concurrent use.
type Contract struct {
	loose, exact routers.Router
}

// Load reads client/openapi.yaml, wherever the test runs from, and ends the test if it isn't a valid document.
func Load(t testing.TB) *Contract {
	t.Helper()
	loose, err := document()
	if err != nil {
		t.Fatal(err)
	}
	exact, err := document()
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(exact)
	return &Contract{loose: router(t, loose), exact: router(t, exact)}
}

// Request reports as an error of t everything about req that the contract doesn't allow: path, method, query (unknown
// and repeated parameters, too), headers, credential and body. body is the request's body, nil for none; req.Body is
// neither read nor changed.
func (c *Contract) Request(t testing.TB, req *http.Request, body []byte) {
	t.Helper()
	for _, err := range requestFaults(c.loose, req, body) {
		t.Errorf("contract: request %s %s: %v", req.Method, req.URL.RequestURI(), err)
	}
}

// Answer reports as an error of t everything in the answer to req that doesn't fit: status, content type, body. Fields
// that the document doesn't know are allowed, because the platform may send more.
func (c *Contract) Answer(t testing.TB, req *http.Request, status int, header http.Header, body []byte) {
	t.Helper()
	report(t, req, status, answerFaults(c.loose, req, status, header, body))
}

// ExactAnswer is Answer for those who write answers themselves: it reports fields that the document doesn't know, too,
// so that a misspelt optional field is noticed.
func (c *Contract) ExactAnswer(t testing.TB, req *http.Request, status int, header http.Header, body []byte) {
	t.Helper()
	report(t, req, status, answerFaults(c.exact, req, status, header, body))
}

func report(t testing.TB, req *http.Request, status int, faults []error) {
	t.Helper()
	for _, err := range faults {
		t.Errorf("contract: answer %d to %s %s: %v", status, req.Method, req.URL.RequestURI(), err)
	}
}

func document() (*openapi3.T, error) {
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		return nil, errors.New("contract: where its own source file is can't be told")
	}
	path := filepath.Join(filepath.Dir(file), "..", "openapi.yaml")
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("contract: reading %s: %w", filepath.Base(path), err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("contract: %s is not valid: %w", filepath.Base(path), err)
	}
	return doc, nil
}

// router finds operations by path alone: tests run on loopback, not on the hosts that the document names.
func router(t testing.TB, doc *openapi3.T) routers.Router {
	t.Helper()
	doc.Servers = openapi3.Servers{{URL: "/api/v1"}}
	r, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatalf("contract: %v", err)
	}
	return r
}

var options = &openapi3filter.Options{
	MultiError:                        true,
	IncludeResponseStatus:             true,
	RejectWhenRequestBodyNotSpecified: true,
	SkipSettingDefaults:               true,
	AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
		credential, ok := strings.CutPrefix(in.RequestValidationInput.Request.Header.Get("Authorization"), "Bearer ")
		if !ok || strings.TrimSpace(credential) == "" {
			return errors.New("no bearer credential")
		}
		return nil
	},
}

// input returns what the library needs to judge req, with body in the place of the request's own.
func input(r routers.Router, req *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	twin := req.Clone(context.Background())
	twin.Body, twin.ContentLength = http.NoBody, int64(len(body))
	if len(body) > 0 {
		twin.Body = io.NopCloser(bytes.NewReader(body))
	}
	route, params, err := r.FindRoute(twin)
	if err != nil {
		return nil, err
	}
	return &openapi3filter.RequestValidationInput{Request: twin, PathParams: params, Route: route, Options: options}, nil
}

func requestFaults(r routers.Router, req *http.Request, body []byte) []error {
	in, err := input(r, req, body)
	if err != nil {
		return []error{err}
	}
	var faults []error
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		faults = append(faults, err)
	}
	return append(faults, queryFaults(in)...)
}

// queryFaults finds what the library doesn't look for: parameters that the operation doesn't have, repeated ones, and
// more than one of those that exclude each other.
func queryFaults(in *openapi3filter.RequestValidationInput) []error {
	var faults []error
	known := append(slices.Clone(in.Route.PathItem.Parameters), in.Route.Operation.Parameters...)
	query := in.Request.URL.Query()
	for name, values := range query {
		if known.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			faults = append(faults, fmt.Errorf("query parameter %q is unknown", name))
		}
		if len(values) > 1 {
			faults = append(faults, fmt.Errorf("query parameter %q is given %d times", name, len(values)))
		}
	}
	var rivals []string
	names, _ := in.Route.Operation.Extensions["x-one-of"].([]any)
	for _, name := range names {
		if name, ok := name.(string); ok && query.Has(name) {
			rivals = append(rivals, name)
		}
	}
	if len(rivals) > 1 {
		faults = append(faults, fmt.Errorf("query parameters %s exclude each other", strings.Join(rivals, " and ")))
	}
	return faults
}

func answerFaults(r routers.Router, req *http.Request, status int, header http.Header, body []byte) []error {
	in, err := input(r, req, nil)
	if err != nil {
		return []error{err}
	}
	if in.Route.Operation.Responses.Status(status) == nil {
		return []error{errors.New("the status is not one of this operation")}
	}
	answer := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header, Options: options,
	}
	answer.SetBodyBytes(body)
	var faults []error
	if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
		faults = append(faults, err)
	}
	if status == http.StatusNoContent && len(body) > 0 {
		faults = append(faults, fmt.Errorf("a body of %d bytes where none can be", len(body)))
	}
	return faults
}
