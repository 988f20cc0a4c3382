package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// bodyLimit is in bytes; the longest body that makes sense names every one of 10,000 workspaces.
const bodyLimit = 1 << 20

// reply is an answer: body is JSON, nil for none.
type reply struct {
	status int
	body   []byte
}

// call is a request on its way through the sandbox.
type call struct {
	*caller
	sandbox *Sandbox
	request *http.Request
	query   url.Values
	vars    []string // what stands in the variable parts of the path
	body    []byte
	now     time.Time
}

type endpoint func(*call) (*reply, *refusal)

// endpoints is the contract; "*" is one variable part of a path.
var endpoints = map[string]map[string]endpoint{
	"me":                          {http.MethodGet: getMe},
	"sso/organizations":           {http.MethodGet: listOrganizations},
	"users":                       {http.MethodGet: listUsers},
	"workspaces":                  {http.MethodGet: listWorkspaces},
	"organization/*/roles":        {http.MethodGet: listRoles},
	"token":                       {http.MethodGet: listKeys, http.MethodPost: createKey},
	"token/*":                     {http.MethodPatch: changeKey, http.MethodDelete: revokeKey},
	"workspaces/*/token":          {http.MethodGet: listWorkspaceKeys},
	"workspaces/*/search_history": {http.MethodGet: listHistory},
	"workspaces/*/pipelines/*/search_history":         {http.MethodGet: listPipelineHistory},
	"workspaces/*/pipelines/*/search_history_archive": {http.MethodGet: listPipelineArchive},
}

// open are the calls that take no credential; they need no lock.
var open = map[string]map[string]func(*Sandbox, *http.Request) (*reply, *refusal){
	"sso/cli-config": {http.MethodGet: (*Sandbox).signInConfig},
}

// ServeHTTP answers a call of the platform's API, always in JSON, and what the identity provider is asked.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := s.now()
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if s.before != nil && s.before(w, r) {
		return
	}
	if s.idp != nil && strings.HasPrefix(r.URL.Path, issuerPath+"/") {
		s.idp.ServeHTTP(w, r)
		return
	}
	answer, refused := s.answer(w, r, now)
	if refused != nil {
		answer = &reply{refused.status, marshal(refused.body)}
	}
	if answer.body == nil {
		w.WriteHeader(answer.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.body)))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(answer.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(answer.body) // whoever asked may be gone, and nobody else wants to know
	}
}

func (s *Sandbox) answer(w http.ResponseWriter, r *http.Request, now time.Time) (*reply, *refusal) {
	if methods := open[strings.TrimPrefix(r.URL.EscapedPath(), apiPrefix)]; methods != nil {
		serve, refused := pick(w, r, methods)
		if refused != nil {
			return nil, refused
		}
		return serve(s, r)
	}
	methods, vars := find(r.URL.EscapedPath())
	if methods == nil {
		return nil, &refusal{http.StatusNotFound, detailBody{"Not Found"}}
	}
	serve, refused := pick(w, r, methods)
	if refused != nil {
		return nil, refused
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, messageBody{"the query string can't be read"}}
	}
	c := &call{sandbox: s, request: r, query: query, vars: vars, now: now}

	// Who asks is found before the body is read, and again with the lock that the call itself holds.
	s.mu.RLock()
	_, refused = s.identify(r, now)
	s.mu.RUnlock()
	if refused != nil {
		return nil, refused
	}
	if r.Method == http.MethodPost || r.Method == http.MethodPatch {
		if c.body, refused = readBody(w, r); refused != nil {
			return nil, refused
		}
	}
	if r.Method == http.MethodGet {
		s.mu.RLock()
		defer s.mu.RUnlock()
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
	}
	if c.caller, refused = s.identify(r, now); refused != nil {
		return nil, refused
	}
	return serve(c)
}

// pick returns what serves r's method, or the refusal that names the methods there are.
func pick[T any](w http.ResponseWriter, r *http.Request, methods map[string]T) (T, *refusal) {
	serve, ok := methods[r.Method]
	if ok {
		return serve, nil
	}
	for method := range methods {
		w.Header().Add("Allow", method)
	}
	return serve, &refusal{http.StatusMethodNotAllowed, detailBody{"Method Not Allowed"}}
}

// apiPrefix begins the path of every call.
const apiPrefix = "/api/v1/"

// find returns the methods of the endpoint at an escaped path, nil if there is none, and the path's variable parts.
func find(escaped string) (map[string]endpoint, []string) {
	rest, ok := strings.CutPrefix(escaped, apiPrefix)
	if !ok || strings.Count(rest, "/") > 8 {
		return nil, nil
	}
	parts := strings.Split(rest, "/")
	for pattern, methods := range endpoints {
		if vars, ok := match(strings.Split(pattern, "/"), parts); ok {
			return methods, vars
		}
	}
	return nil, nil
}

func match(pattern, parts []string) ([]string, bool) {
	if len(pattern) != len(parts) {
		return nil, false
	}
	var vars []string
	for i, p := range pattern {
		if p != "*" {
			if p != parts[i] {
				return nil, false
			}
			continue
		}
		v, err := url.PathUnescape(parts[i])
		if err != nil || v == "" {
			return nil, false
		}
		vars = append(vars, v)
	}
	return vars, true
}

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *refusal) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); !strings.EqualFold(strings.TrimSpace(kind), "application/json") {
		return nil, badBody(http.StatusUnsupportedMediaType, "expected application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, badBody(http.StatusRequestEntityTooLarge, fmt.Sprintf("a body of more than %d bytes", bodyLimit))
	}
	if err != nil {
		return nil, badBody(http.StatusBadRequest, "the body broke off")
	}
	return body, nil
}
