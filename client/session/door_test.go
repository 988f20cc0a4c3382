package session

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// back returns where the browser is to come back to for an authorization address, with these parameters.
func comingBack(t *testing.T, address string, q url.Values) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if !q.Has("state") {
		q.Set("state", u.Query().Get("state"))
	}
	return u.Query().Get("redirect_uri") + "?" + q.Encode()
}

// Strangers at the door are turned away, and the person still gets in.
func TestDoorTurnsStrangersAway(t *testing.T) {
	w := newWorld(t)
	const hostile = `<script>alert(1)</script>`
	_, err := w.session(w.withBrowser(func(address string) {
		u, err := url.Parse(address)
		if err != nil {
			t.Error(err)
			return
		}
		door, err := url.Parse(u.Query().Get("redirect_uri"))
		if err != nil || door.Hostname() != "127.0.0.1" || door.Path != "/callback" || door.Scheme != "http" {
			t.Errorf("the door is at %v", door)
		}
		state := u.Query().Get("state")
		for _, c := range []struct {
			method, address, host string
			want                  int
		}{
			{"GET", door.String() + "?code=" + hostile + "&state=" + hostile, "", 400},
			{"GET", door.String() + "?error=access_denied&state=wrong", "", 400},
			{"GET", door.String() + "?code=x", "", 400},
			{"GET", door.String() + "?code=x&state=" + state + "&state=" + state, "", 400},
			{"GET", door.String() + "?code=x;state=%zz", "", 400},
			{"GET", "http://" + door.Host + "/", "", 404},
			{"GET", "http://" + door.Host + "/favicon.ico", "", 404},
			{"POST", door.String() + "?code=x&state=" + state, "", 405},
			{"HEAD", door.String() + "?code=x&state=" + state, "", 405},
			{"GET", door.String() + "?code=x&state=" + state, "evil.test", 404}, // a name that was made to point here
		} {
			status, page, err := visit(c.method, c.address, c.host)
			if err != nil || status != c.want || strings.Contains(page, "alert") {
				t.Errorf("%s %s: %d %v %s", c.method, c.address, status, err, page)
			}
		}
		if status, page := w.come(w.provider.authorize(address)); status != 200 || !strings.Contains(page, "Back to the terminal") {
			t.Errorf("the person: %d %s", status, page)
		}
	})).SignIn(t.Context(), Browser, w.tell)
	if err != nil {
		t.Fatal(err)
	}
}

// The door is open on this machine's own address alone, and shut when the sign-in is over.
func TestDoorIsLocal(t *testing.T) {
	d, err := openDoor(t.Context(), expected{state: "s", issuer: issuerURL})
	if err != nil {
		t.Fatal(err)
	}
	host, _, err := net.SplitHostPort(d.host)
	if err != nil || host != "127.0.0.1" {
		t.Errorf("it listens at %s", d.host)
	}
	spare, err := net.Dial("tcp", d.host) // as browsers open them, to spare
	if err != nil {
		t.Fatal(err)
	}
	defer spare.Close()
	if status, _, err := visit(http.MethodGet, "http://"+d.host+"/", ""); err != nil || status != 404 {
		t.Errorf("%d, %v", status, err)
	}
	d.close(t.Context())
	if _, _, err := visit(http.MethodGet, d.address, ""); err == nil {
		t.Error("it is still open")
	}
}

// Somebody who opened the address in two tabs, or reloads, gets a calm answer, and the first answer counts.
func TestSecondTab(t *testing.T) {
	w := newWorld(t)
	var page string
	var status int
	w.at(issuerURL+"/token", func(rw http.ResponseWriter, r *http.Request) { // while the first is being exchanged
		told := w.told()
		status, page = w.come(w.provider.authorize(told[0].Address))
		w.provider.ServeHTTP(rw, r)
	})
	s := w.session(w.withBrowser(nil))
	if _, err := s.SignIn(t.Context(), Browser, w.tell); err != nil {
		t.Fatal(err)
	}
	if status != 200 || !strings.Contains(page, "done already") {
		t.Errorf("the second tab: %d %s", status, page)
	}
	if n := w.count("POST /token"); n != 1 {
		t.Errorf("%d codes were exchanged", n)
	}
}

func TestWhatTheBrowserBrings(t *testing.T) {
	for name, c := range map[string]struct {
		query     url.Values
		announced bool // that the issuer is named
		want      error
	}{
		"denied":                   {url.Values{"error": {"access_denied"}, "iss": {issuerURL}}, true, ErrDenied},
		"denied by somebody else":  {url.Values{"error": {"access_denied"}, "iss": {"https://evil.test"}}, true, ErrUntrusted},
		"another issuer":           {url.Values{"code": {"x"}, "iss": {"https://evil.test"}}, true, ErrUntrusted},
		"no issuer":                {url.Values{"code": {"x"}}, true, ErrUntrusted},
		"two issuers":              {url.Values{"code": {"x"}, "iss": {issuerURL, "https://evil.test"}}, true, ErrUntrusted},
		"another, not announced":   {url.Values{"code": {"x"}, "iss": {"https://evil.test"}}, false, ErrUntrusted},
		"an unknown error":         {url.Values{"error": {"odd_thing"}, "error_description": {"secret\x1b[31m"}}, false, new(Error)},
		"an error that is no code": {url.Values{"error": {"\x1b[31m"}}, false, new(Error)},
		"nothing":                  {url.Values{}, false, new(Error)},
		"two codes":                {url.Values{"code": {"x", "y"}}, false, new(Error)},
		"a code of nobody's":       {url.Values{"code": {"x"}}, false, new(Error)},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.doc["authorization_response_iss_parameter_supported"] = c.announced
			_, err := w.session(w.withBrowser(func(address string) {
				if status, page := w.come(comingBack(t, address, c.query)); status != 200 || strings.Contains(page, "evil") {
					t.Errorf("%d %s", status, page)
				}
			})).SignIn(t.Context(), Browser, w.tell)
			if err == nil {
				t.Fatal("signed in")
			}
			if _, ours := errors.AsType[*Error](err); errors.Is(c.want, ErrDenied) || errors.Is(c.want, ErrUntrusted) {
				if !errors.Is(err, c.want) {
					t.Errorf("got %v", err)
				}
			} else if !ours {
				t.Errorf("got %v", err)
			}
			w.isSafe(err.Error())
		})
	}
}

func TestNobodyComesBack(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	s.wait = time.Millisecond
	if _, err := s.SignIn(t.Context(), Browser, w.tell); !errors.Is(err, ErrTimedOut) {
		t.Errorf("got %v", err)
	}
}

// device runs a sign-in by code on a clock that doesn't wait.
func device(t *testing.T, test func(t *testing.T, w *world, s *Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		test(t, w, w.session())
	})
}

func (w *world) intervals() (seconds []int) {
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	for i := 1; i < len(w.provider.polls); i++ {
		seconds = append(seconds, int(w.provider.polls[i].Sub(w.provider.polls[i-1])/time.Second))
	}
	return seconds
}

func TestSignInByDevice(t *testing.T) {
	device(t, func(t *testing.T, w *world, s *Session) {
		w.provider.device = []string{"authorization_pending", "slow_down", "authorization_pending", "slow_down", "ok"}
		start := time.Now()
		signed, err := s.SignIn(t.Context(), Device, w.tell)
		if err != nil || signed.Way != Device || signed.Who.Email != "mia@example.test" {
			t.Fatalf("%+v, %v", signed, err)
		}
		if got := w.intervals(); len(got) != 4 || got[0] != 1 || got[1] != 6 || got[2] != 6 || got[3] != 11 {
			t.Errorf("asked after %v seconds", got)
		}
		told := w.told()
		want := Notice{
			Way: Device, Address: issuerURL + "/code", Code: "WDJB-MJHT", Direct: issuerURL + "/code?user_code=WDJB-MJHT",
			Until: start.Add(10 * time.Minute),
		}
		if len(told) != 1 || !told[0].Until.Equal(want.Until) {
			t.Fatalf("told %+v", told)
		}
		told[0].Until = want.Until
		if told[0] != want {
			t.Errorf("told %+v", told)
		}
		// The session is counted from the answer, not from the start of the waiting.
		if left := time.Until(signed.Expiry); left < time.Hour-time.Second {
			t.Errorf("%v left", left)
		}
	})
}

func TestDeviceEnds(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		want    error
	}{
		"denied":  {[]string{"authorization_pending", "access_denied"}, ErrDenied},
		"expired": {[]string{"authorization_pending", "expired_token"}, ErrTimedOut},
		"nobody":  {nil, ErrTimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			device(t, func(t *testing.T, w *world, s *Session) {
				w.provider.device = c.answers
				_, err := s.SignIn(t.Context(), Device, w.tell)
				if !errors.Is(err, c.want) {
					t.Errorf("got %v", err)
				}
				w.isSafe(err.Error())
			})
		})
	}
	device(t, func(t *testing.T, w *world, s *Session) {
		w.provider.device = []string{"invalid_grant"}
		_, err := s.SignIn(t.Context(), Device, w.tell)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != "invalid_grant" {
			t.Errorf("got %v", err)
		}
		w.isSafe(err.Error())
	})
	device(t, func(t *testing.T, w *world, s *Session) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.SignIn(ctx, Device, w.tell); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrTimedOut) {
			t.Errorf("got %v", err)
		}
	})
}

// A network that is away for a moment doesn't end the waiting; one that stays away does.
func TestDeviceThroughABadNetwork(t *testing.T) {
	device(t, func(t *testing.T, w *world, s *Session) {
		w.provider.device = []string{"authorization_pending", "ok"}
		bad := 0
		w.at(issuerURL+"/token", func(rw http.ResponseWriter, r *http.Request) {
			switch bad++; bad {
			case 1, 2, 4:
				down(rw, r)
			case 5:
				says(502, "text/html", "<html>")(rw, r)
			default:
				w.provider.ServeHTTP(rw, r)
			}
		})
		if _, err := s.SignIn(t.Context(), Device, w.tell); err != nil {
			t.Errorf("after %d questions: %v", bad, err)
		}
	})
	device(t, func(t *testing.T, w *world, s *Session) {
		w.at(issuerURL+"/token", down)
		_, err := s.SignIn(t.Context(), Device, w.tell)
		if _, ok := errors.AsType[*Error](err); !ok || w.count("POST /token") != stumbles+1 {
			t.Errorf("after %d questions: %v", w.count("POST /token"), err)
		}
	})
	device(t, func(t *testing.T, w *world, s *Session) { // one that never answers is given up
		w.at(issuerURL+"/device", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		_, err := s.SignIn(t.Context(), Device, w.tell)
		if !errors.Is(err, errSilent) {
			t.Errorf("got %v", err)
		}
	})
}

func TestDeviceAnswersThatAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"no code":          `{"device_code":"d","verification_uri":"https://login.platform.test/code"}`,
		"no device code":   `{"user_code":"A","verification_uri":"https://login.platform.test/code"}`,
		"escapes":          `{"device_code":"d","user_code":"A\u001b[31m","verification_uri":"https://login.platform.test/code"}`,
		"turned around":    `{"device_code":"d","user_code":"A\u202eB","verification_uri":"https://login.platform.test/code"}`,
		"too long":         `{"device_code":"d","user_code":"` + strings.Repeat("A", 65) + `","verification_uri":"https://login.platform.test/code"}`,
		"http":             `{"device_code":"d","user_code":"A","verification_uri":"http://login.platform.test/code"}`,
		"a script":         `{"device_code":"d","user_code":"A","verification_uri":"javascript:alert(1)"}`,
		"no address":       `{"device_code":"d","user_code":"A"}`,
		"a direct script":  `{"device_code":"d","user_code":"A","verification_uri":"https://a.test","verification_uri_complete":"file:///etc/passwd"}`,
		"a name in it":     `{"device_code":"d","user_code":"A","verification_uri":"https://login@evil.test/code"}`,
		"another protocol": `{"device_code":"d","user_code":"A","verification_uri":"ssh://login.platform.test"}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.at(issuerURL+"/device", says(200, "application/json", body))
			_, err := w.session().SignIn(t.Context(), Device, w.tell)
			if err == nil || len(w.told()) != 0 {
				t.Fatalf("told %+v, %v", w.told(), err)
			}
			w.isSafe(err.Error())
		})
	}
	for _, interval := range []string{"-5", "0", "9223372036854775807"} { // a ticker panics at some of them
		device(t, func(t *testing.T, w *world, s *Session) {
			w.at(issuerURL+"/device", says(200, "application/json",
				`{"device_code":"d","user_code":"A","verification_uri":"https://login.platform.test/ü","expires_in":9223372036,"interval":`+interval+`}`))
			w.provider.device = []string{"authorization_pending", "ok"}
			start := time.Now()
			if _, err := s.SignIn(t.Context(), Device, w.tell); err != nil || time.Since(start) > 3*time.Minute {
				t.Errorf("interval %s: %v after %v", interval, err, time.Since(start))
			}
			if told := w.told(); told[0].Until.Sub(start) > personal || told[0].Address != "https://login.platform.test/%C3%BC" {
				t.Errorf("told %+v", told)
			}
		})
	}
}
