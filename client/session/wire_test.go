package session

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAddressesOfAPlatform(t *testing.T) {
	for address, want := range map[string]string{
		"https://API.cloud.deepset.ai":          "https://api.cloud.deepset.ai",
		" https://api.cloud.deepset.ai/api/v1/": "https://api.cloud.deepset.ai",
		"https://api.cloud.deepset.ai:443/api":  "https://api.cloud.deepset.ai",
		"https://api.cloud.deepset.ai:8443":     "https://api.cloud.deepset.ai:8443",
		"http://127.0.0.1:8080":                 "http://127.0.0.1:8080",
		"http://[::1]:8080":                     "http://[::1]:8080",
		"http://localhost":                      "http://localhost",
	} {
		s, err := New(Options{APIURL: address, Store: &memory{}})
		if err != nil || s.Origin() != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "api.cloud.deepset.ai", "http://api.cloud.deepset.ai", "https://mia:s3cr3t@api.test", "https://api.test/?a=s3cr3t",
		"https://api.test/v2", "ftp://api.test", "http://127.0.0.1.evil.test", "https://",
	} {
		if _, err := New(Options{APIURL: address, Store: &memory{}}); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := New(Options{APIURL: platformURL}); err == nil {
		t.Error("made without a store")
	}
}

func TestExtraCertificates(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	signIn := func(ca string) error {
		s, err := New(Options{APIURL: server.URL, CAFile: ca, Store: &memory{}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.SignIn(t.Context(), Device, func(Notice) {})
		return err
	}
	if err := signIn(file); !errors.Is(err, ErrNotOffered) {
		t.Errorf("with the certificate: %v", err)
	}
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](signIn("")); !unknown {
		t.Error("without it, the platform is believed")
	}
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, ca := range []string{file, file + ".missing"} {
		if _, err := New(Options{APIURL: server.URL, CAFile: ca, Store: &memory{}}); err == nil {
			t.Errorf("%s is taken", ca)
		}
	}
}

// Every request has a connection of its own, because net/http repeats what it sent on one that was used before. A
// transport that was handed in stays as it was.
func TestNothingIsSentTwice(t *testing.T) {
	var closes []bool
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closes = append(closes, r.Close && r.ProtoMajor == 1)
		http.NotFound(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	given := server.Client().Transport.(*http.Transport)
	s, err := New(Options{APIURL: server.URL, Transport: given, Store: &memory{}, UserAgent: "fob/1"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.SignIn(t.Context(), Device, func(Notice) {}); !errors.Is(err, ErrNotOffered) {
			t.Fatal(err)
		}
	}
	if len(closes) != 2 || !closes[0] || !closes[1] {
		t.Errorf("connections are kept: %v", closes)
	}
	if given.DisableKeepAlives || given.Protocols != nil && !given.Protocols.HTTP2() {
		t.Error("the transport that was handed in was changed")
	}
}

// A redirect within an origin is followed for what only reads, up to a point.
func TestRedirects(t *testing.T) {
	w := newWorld(t)
	w.at(issuerURL+"/.well-known/openid-configuration", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, issuerURL+"/elsewhere", http.StatusFound)
	})
	w.at(issuerURL+"/elsewhere", func(rw http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/.well-known/openid-configuration"
		w.provider.ServeHTTP(rw, r)
	})
	if _, err := w.session(w.withBrowser(nil)).SignIn(t.Context(), Browser, w.tell); err != nil {
		t.Error(err)
	}
	w.at(issuerURL+"/elsewhere", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, issuerURL+"/elsewhere", http.StatusFound)
	})
	if _, err := w.session().SignIn(t.Context(), Device, w.tell); !errors.Is(err, errRedirect) || w.count("GET /elsewhere") > 7 {
		t.Errorf("in a circle: %v", err)
	}
}
