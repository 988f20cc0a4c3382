package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fob/client/secret"
	"fob/config"
)

// authority makes a certificate for a name that ends at a time, signed by itself, and its PEM file.
func authority(t *testing.T, ends time.Time, address net.IP) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Nordwind"}, NotBefore: ends.AddDate(-1, 0, 0), NotAfter: ends,
		IPAddresses: []net.IP{address}, IsCA: true, BasicConstraintsValid: true,
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

func refuseEverybody(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"detail":"who are you?"}`)
}

func set(address string) config.Setting {
	return config.Setting{Value: address, From: config.Source{Kind: config.Environment, Name: "FOB_API_URL"}}
}

func TestCertificate(t *testing.T) {
	here, elsewhere := net.IPv4(127, 0, 0, 1), net.IPv4(192, 0, 2, 1)
	day := 24 * time.Hour
	for _, c := range []struct {
		name     string
		ends     time.Duration
		address  net.IP
		known    bool
		want     State
		seen     string
		advice   string
		answered State
	}{
		{"well", 90*day + time.Hour, here, true, OK, "TLS 1.3 · ends ", "", OK},
		{"ends soon", 3*day + time.Hour, here, true, Warn, "in 3 days · signed by itself", "renew it", OK},
		{"ended", -2 * day, here, true, Fail, "ended ", "look at this machine's clock", Fail},
		{"not trusted", 90 * day, here, false, Fail, "not trusted by this machine · ends ", "--ca-file", Fail},
		{"of somebody else", 90 * day, elsewhere, true, Fail, "for another name: Nordwind · ", "look at the address", Fail},
		{"not yet", 400 * day, here, true, Fail, "not valid before ", "look at this machine's clock", Fail},
	} {
		certificate, file := authority(t, time.Now().Add(c.ends), c.address)
		if !c.known {
			file = ""
		}
		server := httptest.NewUnstartedServer(http.HandlerFunc(refuseEverybody))
		server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		findings := examine(t, Patient{APIURL: set(server.URL), CAFile: file})
		server.Close()
		f := named(t, findings, Certificate)
		if f.State != c.want || !strings.Contains(f.Seen, c.seen) || !strings.Contains(f.Advice, c.advice) || (c.advice == "") != (f.Advice == "") {
			t.Errorf("%s: %+v", c.name, f)
		}
		if days := int((c.ends - time.Minute).Hours() / 24); f.Facts["days_left"] != days {
			t.Errorf("%s: %v days left, not %d", c.name, f.Facts["days_left"], days)
		}
		if f := named(t, findings, Address); f.State != c.answered {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
}

func TestClock(t *testing.T) {
	for _, c := range []struct {
		apart time.Duration
		want  State
		seen  string
	}{
		{0, OK, "agree"},
		{30 * time.Second, OK, "apart from the platform's"},
		{2 * time.Hour, Warn, "behind the platform's"},
		{-2 * time.Hour, Warn, "ahead of the platform's"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(c.apart).UTC().Format(http.TimeFormat))
			refuseEverybody(w, r)
		}))
		f := named(t, examine(t, Patient{APIURL: set(server.URL)}), Clock)
		server.Close()
		if f.State != c.want || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %+v", c.apart, f)
		}
		if skew, is := f.Facts["skew_seconds"].(int); !is || (time.Duration(skew)*time.Second-c.apart).Abs() > 20*time.Second {
			t.Errorf("%s: %v", c.apart, f.Facts)
		}
	}
}

// A server that takes connections and never answers costs its own lines and no other.
func TestAServerThatNeverAnswers(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	findings := Examine(ctx, Patient{
		APIURL: set(server.URL), Keyring: ring{},
		Identity: Identity{Session: asSession("s3ss10n")},
	})
	if f := named(t, findings, Address); f.State != Fail || !strings.Contains(f.Seen, "takes the connection and doesn't answer") {
		t.Errorf("%+v", f)
	}
	if f := named(t, findings, Rights); f.State != Skipped {
		t.Errorf("%+v", f)
	}
	for _, name := range []string{Keyring, Session, Certificate, Versions} {
		if f := named(t, findings, name); f.State != OK {
			t.Errorf("%+v", f)
		}
	}
}

// What answers in the platform's place is not taken for it.
func TestSomethingElseAnswers(t *testing.T) {
	for status, want := range map[int]State{200: Warn, 302: Warn, 404: Warn, 503: Warn} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<html>")
		}))
		f := named(t, examine(t, Patient{APIURL: set(server.URL)}), Address)
		server.Close()
		if f.State != want || f.Facts["status"] != status || f.Advice == "" {
			t.Errorf("%d: %+v", status, f)
		}
	}
	for address, seen := range map[string]string{
		"https://nowhere.invalid":  "no address is known for the name nowhere.invalid",
		"http://platform.example":  "refusing plain http",
		"https://a:hunter2@b.test": "has a name or password in it",
	} {
		f := named(t, examine(t, Patient{APIURL: set(address)}), Address)
		if f.State != Fail || !strings.Contains(f.Seen, seen) || strings.Contains(f.Seen+f.Advice, "hunter2") || !strings.Contains(f.Advice, "FOB_API_URL") {
			t.Errorf("%s: %+v", address, f)
		}
	}
}

func asSession(text string) func(context.Context) (Held, error) {
	return func(context.Context) (Held, error) {
		return Held{Value: secret.New(text), From: "FOB_SESSION_TOKEN", Given: true}, nil
	}
}

func jwt(claims string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"none"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
}

func TestSessionAndRights(t *testing.T) {
	until := func(d time.Duration) string { return fmt.Sprintf(`{"exp":%d}`, time.Now().Add(d).Unix()) }
	for _, c := range []struct {
		name, session, role string
		status              int
		session1, rights    State
		seen, may           string
	}{
		{"opaque", "s3ss10n-" + rand.Text(), "Admin", 200, OK, OK, "doesn't say when it ends", "Ida Krüger <ida@a.example>, Admin of Nordwind"},
		{"a day", jwt(until(25 * time.Hour)), "Admin", 200, OK, OK, ", in 24 h", "Admin"},
		{"minutes", jwt(until(3 * time.Minute)), "Admin", 200, Warn, OK, ", in 2 min", "Admin"},
		{"ended", jwt(until(-time.Hour)), "Admin", 401, Fail, Fail, "; ended ", "doesn't take the session"},
		{"a key", "api_" + jwt(`{}`), "Admin", 200, Warn, OK, "a key, which only browses; it never ends", "can change nothing"},
		{"a member", "s3ss10n-" + rand.Text(), "Member", 200, OK, OK, "from FOB_SESSION_TOKEN", "organization keys are for admins"},
		{"forbidden", "s3ss10n-" + rand.Text(), "Member", 403, OK, Fail, "from FOB_SESSION_TOKEN", "doesn't say who this is"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.Header.Get("Authorization") != "Bearer "+c.session || c.status != http.StatusOK {
				w.WriteHeader(max(c.status, 401))
				fmt.Fprintf(w, `{"detail":%q}`, r.Header.Get("Authorization"))
				return
			}
			fmt.Fprintf(w, `{"user_id":"u","given_name":"Ida","family_name":"Krüger","email":"ida@a.example","organization":{"organization_id":"o","name":"Nordwind","role":%q}}`, c.role)
		}))
		findings := examine(t, Patient{APIURL: set(server.URL), Identity: Identity{Session: asSession(c.session)}})
		server.Close()
		if f := named(t, findings, Session); f.State != c.session1 || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %+v", c.name, f)
		}
		if f := named(t, findings, Rights); f.State != c.rights || !strings.Contains(f.Seen, c.may) {
			t.Errorf("%s: %+v", c.name, f)
		}
		if strings.Contains(fmt.Sprint(findings), c.session) {
			t.Errorf("%s: the session is in the findings", c.name)
		}
	}
	broken := Identity{Session: func(context.Context) (Held, error) { return Held{From: "the keyring"}, errors.New("it is locked") }}
	findings := examine(t, Patient{APIURL: set("http://127.0.0.1:1"), Identity: broken})
	if f := named(t, findings, Session); f.State != Fail || f.Seen != "it is locked" || f.Advice != "look at the keyring; fob login signs you in" {
		t.Errorf("%+v", f)
	}
	if f := named(t, findings, Rights); f.State != Skipped {
		t.Errorf("%+v", f)
	}
}
