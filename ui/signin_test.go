package ui

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"fob/client/sandbox/visitor"
	"fob/client/secret"
	"fob/client/session"
	"fob/config"
	"fob/ui/desk"
)

// keeper keeps a session in the test's memory.
type keeper struct{ v atomic.Pointer[secret.Value] }

func (*keeper) Name() string { return "the test's keyring" }
func (k *keeper) Load(context.Context) (secret.Value, error) {
	if v := k.v.Load(); v != nil {
		return *v, nil
	}
	return secret.Value{}, nil
}
func (k *keeper) Save(_ context.Context, v secret.Value) error  { k.v.Store(&v); return nil }
func (k *keeper) Delete(context.Context) error                  { k.v.Store(nil); return nil }
func (*keeper) Lock(context.Context) (unlock func(), err error) { return func() {}, nil }

// gate is a platform at which a person signs in.
type gate struct {
	*place
	kept  *keeper
	login *desk.Login
	probe error // why the keyring can't be used
}

// newGate serves a sandbox with the real time, which sessions go by, and opens a desk on it that nobody is signed in to.
func newGate(t *testing.T, change func(*desk.Options)) *gate {
	t.Helper()
	g := &gate{kept: &keeper{}}
	state := config.NewMemoryState()
	g.place = newPlace(t, func(o *desk.Options) {
		o.Demo, o.Session, o.OrganizationID = false, secret.Value{}, ""
		o.Login = &desk.Login{
			APIURL: o.APIURL, Profile: "test", State: state,
			Keepers: map[desk.SessionStore]desk.Keeper{desk.SessionInKeyring: g.kept},
			Probe:   func(context.Context) error { return g.probe },
		}
		g.login = o.Login
		if change != nil {
			change(o)
		}
	})
	return g
}

// signin is the page on top, nil if it isn't there.
func (u *pump) signin() *signin {
	if len(u.p.pages) == 0 {
		return nil
	}
	s, _ := u.p.pages[len(u.p.pages)-1].screen.(*signin)
	return s
}

// byCode chooses to sign in with a code, and has the person do it.
func (u *pump) byCode(name string) {
	u.t.Helper()
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.settle()
	for u.signin().options.Ways[u.signin().way].Way != desk.ByCode {
		u.press("j")
	}
	u.press("enter")
	u.until("a code", func() bool { return u.signin().notice.Code != "" })
	u.shows(u.signin().notice.Code, "/idp/device", "waiting for you")
	if page, err := visitor.New().EnterCode(u.signin().notice.Address, u.signin().notice.Code, name); err != nil {
		u.t.Fatalf("%v: %s", err, page)
	}
	u.until("the end of it", func() bool { return u.signin() == nil })
}

func TestSigningInForTheFirstTime(t *testing.T) {
	g := newGate(t, nil)
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.byCode("Ida Krüger")
	u.idle()
	u.shows("Nordwind Versand", "Ida Krüger, Admin", "claims-search")
	if rows := u.p.tabs[0].screen.(*keysScreen).rows; len(rows) == 0 {
		t.Error("no keys are shown")
	}
	if g.kept.v.Load() == nil {
		t.Error("the session is not kept")
	}
}

// Whatever is being done when the session ends is there again, and nothing is sent a second time.
func TestASessionThatEndsInTheMiddle(t *testing.T) {
	g := newGate(t, nil)
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.byCode("Ida Krüger")
	u.idle()
	u.press("/")
	u.typeText("type:service")
	u.press("enter", " ", " ")
	tab := u.p.tabs[0].screen.(*keysScreen)
	marks, shown := len(tab.table.marks), len(tab.table.order)
	u.press("n")
	u.idle()
	w := u.p.pages[len(u.p.pages)-1].screen.(*wizard)
	step := w.step

	// From now on the platform takes the old session no longer, and no refreshing helps.
	old, err := g.kept.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var refused atomic.Int32
	g.intercept(func(rw http.ResponseWriter, r *http.Request) bool {
		now, _ := g.kept.Load(context.Background())
		ended := r.URL.Path == "/idp/token" && r.FormValue("grant_type") == "refresh_token" || r.Header.Get("Authorization") != ""
		if ended && now.Equal(old) {
			refused.Add(1)
			rw.Header().Set("Content-Type", "application/json")
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = rw.Write([]byte(`{"error":"invalid_grant","message":"over"}`))
			return true
		}
		return false
	})
	u.send(changedMsg{})
	u.until("the page", func() bool { return u.signin() != nil })
	u.shows("What you were doing is still here")
	u.byCode("Ida Krüger")
	u.idle()
	if refused.Load() == 0 {
		t.Fatal("the session never ended")
	}
	if top := u.p.pages[len(u.p.pages)-1].screen; top != screen(w) || w.step != step {
		t.Errorf("%T is on top, not the wizard as it was", top)
	}
	if n := creates(g); n != 0 {
		t.Errorf("%d keys were made", n)
	}
	u.press("esc")
	u.idle()
	if len(tab.table.marks) != marks || len(tab.table.order) != shown || tab.filter.empty() {
		t.Errorf("%d marks of %d, %d rows of %d", len(tab.table.marks), marks, len(tab.table.order), shown)
	}
	if tab.err != nil {
		t.Errorf("the list is still refused: %v", tab.err)
	}
}

func creates(g *gate) int {
	made := 0
	for line := range g.journal.Lines() {
		if strings.Contains(string(line), `"issue.intent"`) {
			made++
		}
	}
	return made
}

func TestNobodySignsIn(t *testing.T) {
	g := newGate(t, nil)
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.settle()
	u.press("esc")
	u.idle()
	if u.signin() != nil {
		t.Fatal("the page came back by itself")
	}
	u.shows("Nobody is signed in")
	u.press("r")
	u.until("the page", func() bool { return u.signin() != nil })
}

func TestAPastedSession(t *testing.T) {
	g := newGate(t, nil)
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.settle()
	for u.signin().options.Ways[u.signin().way].Way != desk.ByPasting {
		u.press("j")
	}
	u.press("enter")
	token := g.sandbox.SessionToken().Reveal()
	for _, r := range token {
		u.press(string(r))
		u.hides(token[:8])
	}
	u.press("enter")
	u.until("the end of it", func() bool { return u.signin() == nil })
	u.idle()
	u.shows("Ida Krüger, Admin")
	for _, frame := range u.frames {
		if strings.Contains(frame, token[:8]) {
			t.Fatal("the token was on the screen")
		}
	}
}

func TestAKeyringThatCannotBeUsed(t *testing.T) {
	g := newGate(t, nil)
	g.probe = errors.New("the keyring is locked")
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.until("the question", func() bool { s := u.signin(); return s != nil && s.step == signinStore })
	u.settle()
	u.shows("the keyring is locked", "Nowhere: only until fob ends")
	u.press("enter")
	u.byCode("Ida Krüger")
	u.idle()
	u.shows("Ida Krüger")
	if g.kept.v.Load() != nil {
		t.Error("it was put into the keyring")
	}
	// Whoever was asked once isn't asked again, is told so, and can choose anew.
	u.send(signinMsg{})
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.shows("kept nowhere, only until fob ends, as chosen on 20", "s chooses otherwise")
	g.probe = nil
	u.press("s")
	u.until("the question", func() bool { return u.signin().step == signinStore })
	u.shows("In the test's keyring", "Nowhere: only until fob ends")
	u.shows("esc back")
	u.hides("can't be kept")
	u.press("esc")
	u.shows("as chosen on 20")
	u.press("s")
	u.until("the question", func() bool { return u.signin().step == signinStore })
	u.press("enter")
	u.hides("as chosen on 20")
	u.byCode("Ida Krüger")
	u.idle()
	if g.kept.v.Load() == nil {
		t.Error("it was not put into the keyring")
	}
}

// A platform that signs people in and then refuses them says that this is unpublished ground.
func TestASessionThatThePlatformRefuses(t *testing.T) {
	g := newGate(t, nil)
	g.intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Authorization") == "" || !strings.HasPrefix(r.URL.Path, "/api/") {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"detail":"not for you"}`))
		return true
	})
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.until("the ways", func() bool { s := u.signin(); return s != nil && s.step == signinWay })
	u.settle()
	u.press("enter")
	u.until("a code", func() bool { return u.signin().notice.Code != "" })
	if page, err := visitor.New().EnterCode(u.signin().notice.Address, u.signin().notice.Code, "Ida Krüger"); err != nil {
		t.Fatalf("%v: %s", err, page)
	}
	u.until("the refusal", func() bool { return u.signin().err != nil })
	u.shows("not for you", "is not published", "pasted")
}

// What one person saw, marked and began is nothing for the next one.
func TestSomebodyElseSignsInInPlace(t *testing.T) {
	g := newGate(t, nil)
	u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
	u.byCode("Ida Krüger")
	u.idle()
	u.press("2")
	u.idle()
	u.shows("every key of the organization")
	u.press(" ", " ")
	u.send(signinMsg{})
	u.byCode("Ana Sousa")
	u.idle()
	u.shows("Ana Sousa, Member")
	u.press("2")
	u.idle()
	u.shows("These keys are not for this session", "for admins")
	for i := range u.p.tabs {
		if s, ok := u.p.tabs[i].screen.(*keysScreen); ok && len(s.table.marks) > 0 {
			t.Error("there are marks of somebody else")
		}
	}
}

// Whoever is a Member isn't told to sign in in another way: the role is why the organization's keys are refused. An Admin
// isn't told that an admin may.
func TestAMemberIsToldTheirRole(t *testing.T) {
	for who, c := range map[string]struct{ says, not string }{
		"Ana Sousa":  {"organization keys are for admins; you are Member in this organization", "P signs in another way"},
		"Ida Krüger": {"whether it takes sessions from signing in is not published: a pasted session token may do P signs in another way", "admin of the organization"},
	} {
		g := newGate(t, nil)
		g.intercept(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/v1/token" {
				return false
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"detail":"not for you"}`))
			return true
		})
		u := newPump(t, newProgram(g.Desk, Options{UTF8: true}), 80, 24)
		u.byCode(who)
		u.idle()
		u.press("2")
		u.idle()
		u.shows("These keys are not for this session: 1 shows a workspace's", c.says)
		u.hides(c.not, "for admins. 1")
	}
}

// The page says which profile the session is for, and offers the address that has the code already where it fits.
func TestTheSigninPage(t *testing.T) {
	g := newGate(t, nil)
	s := newSignin(newProgram(g.Desk, Options{UTF8: true}).world, "")
	s.step = signinWait
	s.notice = desk.SignInNotice{Notice: session.Notice{Address: "https://id.example/device", Code: "ABCD-EFGH", Direct: "https://id.example/device?user_code=ABCD-EFGH"}}
	s.SetSize(80, 20)
	if text := s.View(); !strings.Contains(text, "test · "+g.Origin()) || !strings.Contains(text, "or open "+s.notice.Direct) {
		t.Errorf("it shows %s", text)
	}
	for _, c := range []struct {
		notice session.Notice
		want   string
	}{
		{session.Notice{Address: "https://id.example/a", Opening: true}, "Opening your browser"},
		{session.Notice{Address: "https://id.example/a", NotOpened: true}, "Your browser could not be opened."},
		{session.Notice{Address: "https://id.example/a", Code: "ABCD", NotOpened: true}, "No browser could be opened here."},
	} {
		page := newSignin(s.world, "")
		page.step, page.notice = signinWait, desk.SignInNotice{Notice: c.notice}
		page.SetSize(80, 20)
		if text := page.View(); !strings.Contains(text, c.want) || !strings.Contains(text, "https://id.example/a") || strings.Contains(text, "was opened") {
			t.Errorf("%+v: %s", c.notice, text)
		}
	}
	s.SetSize(50, 20)
	if text := s.View(); strings.Contains(text, "or open") {
		t.Errorf("what doesn't fit is shown: %s", text)
	}
}

// An address needs no scheme.
func TestAnAddressWithoutAScheme(t *testing.T) {
	g := newGate(t, nil)
	platforms := &twoPlatforms{open: func(desk.Target) (*desk.Desk, error) { return nil, errors.New("not here") }}
	s := newWelcome(newProgram(g.Desk, Options{UTF8: true}).world, platforms, nil)
	s.step = welcomeAddress
	s.address.SetValue("deepset.example.com")
	cmd := s.typed(tea.KeyMsg{Type: tea.KeyEnter})
	if cmd == nil {
		t.Fatalf("it is refused: %s", s.addressErr)
	}
	cmd()
	if len(platforms.to) != 1 || platforms.to[0].APIURL != "https://deepset.example.com" {
		t.Errorf("it opens %+v", platforms.to)
	}
}
