package client

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// throughProxy names the file with certificates in the process that TestProxyAndCertificates starts: net/http reads the
// proxies of the environment once.
const throughProxy = "FOB_TEST_THROUGH_PROXY"

func TestProxyAndCertificates(t *testing.T) {
	if file := os.Getenv(throughProxy); file != "" {
		c, err := New(Options{BaseURL: "https://example.com", Credential: asSession, CAFile: file})
		if err != nil {
			t.Fatal(err)
		}
		if l, err := c.ListKeys(context.Background(), Scope{}, nil); err != nil || len(l.Items) != 1 {
			t.Fatal(l, err)
		}
		if err := c.RevokeKey(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
		return
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, 200, "application/json", oneKey) }))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	var tunnels atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != "example.com:443" {
			t.Errorf("the proxy was asked for %s %s", r.Method, r.Host)
			return
		}
		tunnels.Add(1)
		there, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer there.Close()
		here, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() {
			_, _ = io.Copy(there, here)
			there.Close()
		}()
		_, _ = io.Copy(here, there)
	}))
	defer proxy.Close()

	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxyAndCertificates$", "-test.v")
	command.Env = []string{throughProxy + "=" + file, "HTTPS_PROXY=" + proxy.URL, "HOME=" + t.TempDir()}
	out, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS") {
		t.Fatalf("%v\n%s", err, out)
	}
	if tunnels.Load() < 2 {
		t.Errorf("%d tunnels, want one for reading and one for the write", tunnels.Load())
	}
}

// Without the extra certificates the server isn't trusted, nothing is sent, and nothing is tried again.
func TestUntrustedCertificate(t *testing.T) {
	var seen atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	server.Config.ErrorLog = discard()
	server.StartTLS()
	defer server.Close()
	waited := 0
	c, err := New(Options{BaseURL: server.URL, Credential: asSession, OnRetry: func(Retry) { waited++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Me(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") || waited != 0 {
		t.Error(err, waited)
	}
	if err := c.RevokeKey(t.Context(), "k"); err == nil || isUnanswered(err) || seen.Load() != 0 {
		t.Error(err, seen.Load())
	}
}

// A transport of the caller's own is used, for writes without what would let it repeat them.
func TestOwnTransport(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && (r.ProtoMajor != 1 || !r.Close) {
			t.Errorf("%s, close %t", r.Proto, r.Close)
		}
		write(w, 200, "application/json", oneKey)
	}))
	defer server.Close()
	own := server.Client().Transport.(*http.Transport)
	c, err := New(Options{BaseURL: server.URL, Credential: asSession, Transport: own})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if l, err := c.ListKeys(t.Context(), Scope{}, nil); err != nil || !l.Complete {
		t.Error(l, err)
	}
	if err := c.RevokeKey(t.Context(), "k"); err != nil {
		t.Error(err)
	}
	// One that can't tell how far it came is taken to have sent.
	c, err = New(Options{BaseURL: server.URL, Credential: asSession, Transport: broken{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.RevokeKey(t.Context(), "k"); !isUnanswered(err) {
		t.Error(err)
	}
	// And it gets nothing by which it could send a body again.
	if _, err := c.CreateKey(t.Context(), Draft{AllWorkspaces: true}); !isUnanswered(err) || !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

type broken struct{}

func (broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.GetBody != nil {
		return nil, errors.New("the body can be had a second time")
	}
	return nil, io.ErrClosedPipe
}
