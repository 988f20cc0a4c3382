package session

import (
	"context"

	"golang.org/x/oauth2"
)

// Ways returns the ways that the platform's provider offers, the one that Auto would take first. Errors are as SignIn's:
// ErrNotOffered where the platform offers none.
func (s *Session) Ways(ctx context.Context) ([]Way, error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	httpClient, w := s.client(inner)
	p, err := s.find(context.WithValue(inner, oauth2.HTTPClient, httpClient), httpClient, w)
	if err != nil {
		return nil, left(ctx, err)
	}
	var ways []Way
	if p.config.Endpoint.AuthURL != "" {
		ways = append(ways, Browser)
	}
	if p.config.Endpoint.DeviceAuthURL != "" {
		if s.options.OpenBrowser == nil {
			ways = append([]Way{Device}, ways...)
		} else {
			ways = append(ways, Device)
		}
	}
	if len(ways) == 0 {
		return nil, ErrNoWay
	}
	return ways, nil
}
