package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// Server serves a handler on a loopback address.
type Server struct {
	http     *http.Server
	listener net.Listener
	done     chan error
}

// Listen serves h on addr ("127.0.0.1:0": any free port). It refuses every host that isn't a loopback address
// (127.0.0.0/8, ::1) or "localhost": what the sandbox takes for a credential is no protection from a network.
func Listen(addr string, h http.Handler) (*Server, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen address %q is not host:port: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1" // asking a resolver could say something else
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.Unmap().IsLoopback() {
		return nil, fmt.Errorf("refusing to listen on %q: only loopback addresses (127.0.0.0/8, ::1, localhost) are served", addr)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	s := &Server{
		http: &http.Server{
			Handler:           h,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       30 * time.Second,
			WriteTimeout:      60 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
		},
		listener: l,
		done:     make(chan error, 1),
	}
	go func() { s.done <- s.http.Serve(l) }()
	return s, nil
}

// URL returns the address to call, "http://127.0.0.1:41234", without a slash at the end and without /api/v1.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops listening, waits for the requests that are being answered until ctx is done, and then cuts them off; it
// returns ctx's error in that case.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
	}
	if served := <-s.done; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	return err
}
