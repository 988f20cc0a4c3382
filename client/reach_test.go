package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func reach(t *testing.T, o Options) (Reached, error) {
	t.Helper()
	o.Credential = asSession
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.Reach(t.Context())
}

// certificateFor makes a certificate for 127.0.0.1 that ends at a time, signed by itself, and its PEM file.
func certificateFor(t *testing.T, name string, ends time.Time) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

func serveTLS(t *testing.T, c tls.Certificate, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{c}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = discard()
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func nobody(t *testing.T) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("a credential was sent")
		}
		write(w, http.StatusUnauthorized, "application/json", `{"detail":"who are you?"}`)
	}
}

// The way to a platform is told without a credential, and its refusal is an answer like any other.
func TestReach(t *testing.T) {
	ends := time.Now().Add(90 * 24 * time.Hour).UTC().Truncate(time.Second)
	certificate, file := certificateFor(t, "Nordwind \x1b[2J Authority", ends)
	server := serveTLS(t, certificate, nobody(t))
	r, err := reach(t, Options{BaseURL: server.URL, CAFile: file})
	if err != nil {
		t.Fatal(err)
	}
	if r.Step != StepDone || r.Status != http.StatusUnauthorized || r.Foreign || r.TLS != "TLS 1.3" || r.Remote != server.Listener.Addr().String() || !r.Dated || r.Skew.Abs() > time.Minute {
		t.Errorf("%+v", r)
	}
	if c := r.Certificate; c == nil || !c.NotAfter.Equal(ends) || !c.OwnIssuer || c.Issuer != "Nordwind ␛[2J Authority" {
		t.Errorf("%+v", c)
	}
}

// A certificate that isn't trusted is told of all the same.
func TestReachACertificateThatIsNotTrusted(t *testing.T) {
	for name, c := range map[string]struct {
		ends    time.Time
		trusted bool
	}{"unknown": {time.Now().Add(time.Hour), false}, "ended": {time.Now().Add(-48 * time.Hour), true}} {
		certificate, file := certificateFor(t, "somebody", c.ends)
		server := serveTLS(t, certificate, func(http.ResponseWriter, *http.Request) { t.Error("a request came through") })
		if !c.trusted {
			file = ""
		}
		r, err := reach(t, Options{BaseURL: server.URL, CAFile: file})
		invalid, ended := errors.AsType[x509.CertificateInvalidError](err)
		if err == nil || ended != c.trusted || ended && invalid.Reason != x509.Expired {
			t.Errorf("%s: %v", name, err)
		}
		if r.Step != StepTLS || r.Certificate == nil || r.Certificate.Issuer != "somebody" || r.Certificate.NotAfter.Unix() != c.ends.Unix() {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// What is in the way is told by the step that it is at.
func TestReachTellsTheStep(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := httptest.NewServer(nobody(t))
	defer plain.Close()
	release := make(chan struct{})
	mute := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer mute.Close()
	defer close(release)
	for _, c := range []struct {
		name, address string
		timeout       time.Duration
		want          Step
	}{
		{"no such name", "https://nowhere.invalid", 0, StepName},
		{"nobody listens", "http://" + closed.Addr().String(), 0, StepConnect},
		{"no TLS there", "https://" + plain.Listener.Addr().String(), 0, StepTLS},
		{"never answers", mute.URL, 50 * time.Millisecond, StepAnswer},
	} {
		r, err := reach(t, Options{BaseURL: c.address, Timeout: c.timeout})
		if err == nil || r.Step != c.want {
			t.Errorf("%s: it ended at %q with %v", c.name, r.Step, err)
		}
	}
}

// A page of something on the way, and a redirect, are answers, and are not the platform's.
func TestReachSomethingElse(t *testing.T) {
	for status, body := range map[int]string{200: "<html>Sign in to the WLAN</html>", 302: "", 404: "not here"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/api/v1/me") {
				t.Errorf("it went on to %s", r.URL.Path)
			}
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}))
		r, err := reach(t, Options{BaseURL: server.URL})
		server.Close()
		if err != nil || r.Status != status || !r.Foreign || r.TLS != "" || r.Certificate != nil {
			t.Errorf("%d: %+v, %v", status, r, err)
		}
	}
}

// A clock that is wrong is told by how far.
func TestReachTellsTheClock(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-3*time.Hour).UTC().Format(http.TimeFormat))
		write(w, 401, "application/json", `{}`)
	}))
	defer server.Close()
	r, err := reach(t, Options{BaseURL: server.URL})
	if err != nil || !r.Dated || (r.Skew+3*time.Hour).Abs() > time.Minute {
		t.Errorf("%+v, %v", r, err)
	}
}
