package cli_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"fob/client/sandbox"
)

// newPlatform serves a sandbox through around, which may be nil, and returns the environment in which fob finds it.
func newPlatform(t *testing.T, around func(http.Handler) http.Handler) []string {
	t.Helper()
	world := sandbox.New(sandbox.Options{Seed: 1})
	handler := http.Handler(world)
	if around != nil {
		handler = around(world)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clean(t, append(silent, "FOB_API_URL="+server.URL, "FOB_SESSION_TOKEN="+world.SessionToken().Reveal())...)
}

// answers types each answer once its question is there, and returns the place behind the last question.
func (o *onTerminal) answers(at int, questionsAndAnswers ...string) int {
	o.t.Helper()
	for i := 0; i < len(questionsAndAnswers); i += 2 {
		at = o.sees(questionsAndAnswers[i], at)
		o.types(questionsAndAnswers[i+1])
	}
	return at
}

// plain checks that nothing was drawn: whoever reads line by line meets lines.
func (o *onTerminal) plain() {
	o.t.Helper()
	if out := o.everything(); strings.ContainsAny(out, "\x1b\b\x07") || strings.Contains(strings.ReplaceAll(out, "\r\n", "\n"), "\r") {
		o.t.Errorf("something was drawn: %q", out)
	}
}

func listed(t *testing.T, env []string, filter string) string {
	t.Helper()
	r := runPlain(t, env, "list", "--filter", filter, "--json")
	if r.code != 0 {
		t.Fatalf("fob list ended with %d: %s", r.code, r.errOut.String())
	}
	return r.out.String()
}

func TestCreateAsks(t *testing.T) {
	for name, args := range map[string][]string{"create": {"create"}, "accessible": {"create", "--accessible"}} {
		t.Run(name, func(t *testing.T) {
			env, file := newPlatform(t, nil), filepath.Join(t.TempDir(), "asked.env")
			o := startOnTerminal(t, env, args...)
			at := o.answers(
				0, "What kind of key?", "", "Number (Enter takes 1):", "7\r", "Not taken: \"7\" is no number from 1 to 2.", "", "Number", "1\r",
				"What shall it be called?", "asked-for\r", "When shall it stop working?", "", "Number (Enter takes 2):", "5\r",
				"Until when?", "2020-01-01\r", "Not taken:", "", "Until when?", "2031-01-31\r",
				"Which workspaces does it reach?", "", "Number (Enter takes 1):", "\r", "Which ones?", "", "commas between them:", "playground, 1\r",
				"What may it do?", "", "Number:", "\r", "Not taken: a number from 1 to", "", "Number:", "1\r",
				"Where shall its secret go?", "", "Number (Enter takes 2):", "2\r", "Which file?", file+"\r", "It works.", "",
				"This key will be made:", "", "name: asked-for", "", "expires: 2031-01-31 23:59:59 UTC", "", "goes to: the env file "+file, "",
				"Make the key? (y or n, Enter takes n):", "maybe\r", "Not taken: please answer y or n.", "", "Make the key?", "y\r",
			)
			at = o.sees("kept in the env file", at)
			o.sees("asked-for (", at)
			if code := o.ends(); code != 0 {
				t.Errorf("ended with %d", code)
			}
			o.plain()
			if data, err := os.ReadFile(file); err != nil || !strings.Contains(string(data), "API_KEY=api_ey") {
				t.Errorf("the key is not in the file: %v", err)
			}
			if out := listed(t, env, "asked-for"); !strings.Contains(out, `"workspaces":["claims-search","playground"]`) && !strings.Contains(out, `"workspaces":["playground","claims-search"]`) {
				t.Errorf("made as %s", out)
			}
		})
	}
}

// Whatever ends the questions, nothing is made.
func TestEndsOfTheQuestions(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		end     string
		code    int
		says    string
	}{
		"end of input at once":   {[]string{"What kind of key?", ""}, "\x04", 2, "nothing was made"},
		"end of input later":     {[]string{"What kind of key?", "1\r", "be called?", "never-made\r", "stop working?", ""}, "\x04", 2, "nothing was made"},
		"ctrl+c":                 {[]string{"What kind of key?", ""}, "\x03", 130, ""},
		"no at the end":          {[]string{"kind", "1\r", "called", "never-made\r", "stop", "1\r", "reach", "2\r", "may it do", "1\r", "secret go", "3\r", "Make the key?", ""}, "n\r", 1, "nothing was made"},
		"Enter at the end":       {[]string{"kind", "1\r", "called", "never-made\r", "stop", "1\r", "reach", "2\r", "may it do", "1\r", "secret go", "3\r", "Make the key?", ""}, "\r", 1, "nothing was made"},
		"end of input at review": {[]string{"kind", "1\r", "called", "never-made\r", "stop", "1\r", "reach", "2\r", "may it do", "1\r", "secret go", "3\r", "Make the key?", ""}, "\x04", 2, "nothing was made"},
	} {
		t.Run(name, func(t *testing.T) {
			env := newPlatform(t, nil)
			o := startOnTerminal(t, env, "create")
			at := o.answers(0, c.answers...)
			at = o.sees(":", at)
			o.types(c.end)
			if code := o.ends(); code != c.code {
				t.Errorf("ended with %d", code)
			}
			o.sees(c.says, at)
			o.plain()
			if out := listed(t, env, "never-made"); strings.Contains(out, "never-made") {
				t.Error("a key was made")
			}
		})
	}
}

// Only what the flags leave out is asked.
func TestCreateAsksForTheRest(t *testing.T) {
	env, file := newPlatform(t, nil), filepath.Join(t.TempDir(), "a.env")
	o := startOnTerminal(t, env, "create", "--yes", "--name", "rest", "--expires", "90d", "--workspace", "claims-search", "--to", "env-file:"+file)
	at := o.answers(0, "What may it do?", "", "Number:", "1\r")
	o.sees("rest (", at)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if out := o.everything(); strings.Contains(out, "What kind") || strings.Contains(out, "Make the key?") {
		t.Errorf("more was asked: %q", out)
	}
}

// A key that is pasted into a question is not taken for its answer.
func TestAKeyAsAnAnswer(t *testing.T) {
	o := startOnTerminal(t, newPlatform(t, nil), "create", "--type", "service")
	at := o.answers(0, "What shall it be called?", madeKey()+"\r")
	at = o.sees("has the form of a key", at)
	o.answers(at, "What shall it be called?", "\x04")
	if code := o.ends(); code != 2 {
		t.Errorf("ended with %d", code)
	}
}

// The secret is shown on a terminal only to who says so.
func TestTheSecretOnATerminal(t *testing.T) {
	env := newPlatform(t, nil)
	args := []string{"create", "--yes", "--type", "service", "--name", "shown", "--workspace", "claims-search", "--role", "Editor", "--expires", "90d", "--to", "stdout"}
	o := startOnTerminal(t, env, args...)
	o.sees("--show shows it", 0)
	if code := o.ends(); code != 2 {
		t.Errorf("ended with %d", code)
	}
	if strings.Contains(o.everything(), "api_ey") || strings.Contains(listed(t, env, "shown"), `"shown"`) {
		t.Error("it was made, or shown")
	}
	o = startOnTerminal(t, env, append(args, "--show")...)
	o.sees("api_ey", 0)
	if code := o.ends(); code != 0 {
		t.Errorf("with --show: ended with %d", code)
	}
}

func TestEditAsks(t *testing.T) {
	env := newPlatform(t, nil)
	o := startOnTerminal(t, env, "edit", "chat-widget-beta", "--accessible")
	at := o.answers(
		0, "What shall be changed of chat-widget-beta", "", "Number (Enter takes 5):", "1\r", "Its new name?", "widget\r",
		"What shall be changed", "", "Number", "4\r", "Which type?", "", "Number:", "2\r", "What shall be changed", "", "Number", "\r",
		"name: chat-widget-beta -> widget", "", "type: service -> personal", "", "! the search history names", "", "Change chat-widget-beta", "y\r",
	)
	o.sees("is changed", at)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	o.plain()
	if out := listed(t, env, "name:widget type:personal"); !strings.Contains(out, `"name":"widget","type":"personal"`) {
		t.Errorf("it is %s", out)
	}
	o = startOnTerminal(t, env, "edit", "widget", "--name", "other")
	o.answers(0, "Change widget", "\x04")
	if code := o.ends(); code != 2 {
		t.Errorf("end of input ended with %d", code)
	}
	o.sees("nothing was changed", 0)
	o = startOnTerminal(t, env, "edit", "widget", "--name", "other")
	o.answers(0, "Change widget", "\r")
	if code := o.ends(); code != 1 {
		t.Errorf("no ended with %d", code)
	}
	if !strings.Contains(listed(t, env, "widget"), `"widget"`) {
		t.Error("it was changed")
	}
}

func TestRevokeAsks(t *testing.T) {
	env := newPlatform(t, nil)
	o := startOnTerminal(t, env, "revoke", "chat-widget-beta")
	o.answers(0, "can't be undone", "", "Type chat-widget-beta to revoke:", "\r")
	if code := o.ends(); code != 1 {
		t.Errorf("Enter alone ended with %d", code)
	}
	o.sees("nothing was changed", 0)
	o = startOnTerminal(t, env, "revoke", "chat-widget-beta", "--accessible")
	o.answers(0, "Type chat-widget-beta to revoke:", "\x04")
	if code := o.ends(); code != 2 {
		t.Errorf("end of input ended with %d", code)
	}
	o.sees("nothing was revoked", 0)
	o = startOnTerminal(t, env, "revoke", "chat-widget-beta", "--accessible")
	at := o.answers(0, "made by Mehmet", "", "Type chat-widget-beta to revoke:", "chat-widget\r", "Not taken: that is not what is asked for.", "",
		"Type chat-widget-beta to revoke:", "chat-widget-beta\r")
	o.sees("(chat-widget-beta): revoked", at)
	if code := o.ends(); code != 0 {
		t.Errorf("ended with %d", code)
	}
	o.plain()
	if strings.Contains(listed(t, env, "chat-widget-beta"), `"chat-widget-beta"`) {
		t.Error("it is still there")
	}
	o = startOnTerminal(t, env, "revoke", "ci-eval", "ida-cli")
	at = o.answers(0, "Type revoke 2 to revoke:", "revoke 2\r")
	o.sees("(ida-cli): revoked", at)
	if code := o.ends(); code != 0 {
		t.Errorf("two ended with %d", code)
	}
}

// Whoever agrees to something in production reads that it is production first, whatever led there.
func TestProductionIsSaidBeforeItIsAgreedTo(t *testing.T) {
	env := newPlatform(t, nil)
	var home, address string
	for _, line := range env {
		if v, ok := strings.CutPrefix(line, "FOB_HOME="); ok {
			home = v
		}
		if v, ok := strings.CutPrefix(line, "FOB_API_URL="); ok {
			address = v
		}
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	text := "[profiles.live]\napi_url = \"" + address + "\"\nproduction = true\n"
	if err := os.WriteFile(filepath.Join(home, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, about := range []string{"revoke", "edit"} {
		args := []string{about, "chat-widget-beta"}
		if about == "edit" {
			args = append(args, "--name", "other")
		}
		o := startOnTerminal(t, env, args...)
		at := o.sees("! live is a production profile.", 0)
		o.sees("(", at)
		o.types("\r")
		if code := o.ends(); code != 1 {
			t.Errorf("%s ended with %d", about, code)
		}
	}
}

// A signal while a question waits ends the command as signals do.
func TestSignalsAtAQuestion(t *testing.T) {
	o := startOnTerminal(t, newPlatform(t, nil), "revoke", "ci-eval")
	o.sees("to revoke:", 0)
	o.signal(syscall.SIGTERM)
	if code := o.ends(); code != 143 {
		t.Errorf("ended with %d", code)
	}
}
