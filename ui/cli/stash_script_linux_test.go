package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestStashScripts runs the built program with a real keyring. Beside the commands of TestScripts there are
//
//	key FILE NAME [FIELD=JSON…]  makes a key on the platform, and writes FILE (API_KEY and API_URL) and FILE.key (the key)
//	revoke NAME                  revokes the key of that name
//	keeps-secret FILE.key        fails if the key is in stdout or stderr, or in a file of fob's
//	no-platform                  nothing answers at the platform's address any more, and there is no session
func TestStashScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/stash",
		Setup: func(env *testscript.Env) error {
			s, err := startSession()
			if err != nil {
				return err
			}
			env.Defer(s.end)
			for _, line := range s.env() {
				name, value, _ := strings.Cut(line, "=")
				env.Setenv(name, value)
			}
			env.Setenv("PATH", filepath.Dir(fob)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("FOB_HOME", filepath.Join(env.WorkDir, "fob-home"))
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("TZ", "UTC")
			env.Setenv("SCHEMAS", mustAbs(t, "testdata/schema"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"sandbox": startSandbox, "platform": startPlatform, "fob": runFob, "schema": holdAgainst, "key": makeKey,
			"revoke": revokeKey, "keeps-secret": keepsSecret, "no-platform": noPlatform,
			"remember": remember,
		},
		RequireExplicitExec: true,
	})
}

// callPlatform asks the platform as the session, and returns its answer.
func callPlatform(ts *testscript.TestScript, method, path string, body any) []byte {
	data, err := json.Marshal(body)
	ts.Check(err)
	req, err := http.NewRequest(method, ts.Getenv("FOB_API_URL")+"/api/v1"+path, bytes.NewReader(data))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+ts.Getenv("FOB_SESSION_TOKEN"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	if res.StatusCode > 299 {
		ts.Fatalf("%s %s: %s", method, path, res.Status)
	}
	return answer
}

func makeKey(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: key FILE NAME [FIELD=JSON…]")
	}
	body := map[string]any{"name": args[1], "personal": false, "expires": false}
	for _, arg := range args[2:] {
		name, value, _ := strings.Cut(arg, "=")
		body[name] = json.RawMessage(value)
		if name == "expires_at" {
			body["expires"] = true
		}
	}
	var issued struct {
		Key string `json:"api_token"`
	}
	ts.Check(json.Unmarshal(callPlatform(ts, http.MethodPost, "/token", body), &issued))
	if issued.Key == "" {
		ts.Fatalf("no key was made")
	}
	file := ts.MkAbs(args[0])
	ts.Check(os.WriteFile(file+".key", []byte(issued.Key), 0o600))
	text := fmt.Sprintf("# of the project\nAPI_KEY=%s\nAPI_URL=%s/api/v1\nOTHER='left alone'\n", issued.Key, ts.Getenv("FOB_API_URL"))
	ts.Check(os.WriteFile(file, []byte(text), 0o600))
}

func revokeKey(ts *testscript.TestScript, _ bool, args []string) {
	var list struct {
		Data []struct {
			ID   string `json:"api_token_id"`
			Name string `json:"name"`
		} `json:"data"`
	}
	ts.Check(json.Unmarshal(callPlatform(ts, http.MethodGet, "/token?limit=100", nil), &list))
	for _, k := range list.Data {
		if k.Name == args[0] {
			callPlatform(ts, http.MethodDelete, "/token/"+k.ID, nil)
			return
		}
	}
	ts.Fatalf("no key is called %s", args[0])
}

func keepsSecret(ts *testscript.TestScript, _ bool, args []string) {
	key := ts.ReadFile(args[0])
	r := ran{home: ts.Getenv("FOB_HOME")}
	r.out.WriteString(ts.ReadFile("stdout"))
	r.errOut.WriteString(ts.ReadFile("stderr"))
	signature := key[strings.LastIndex(key, ".")+1:]
	for where, text := range r.written(ts.Check) {
		if strings.Contains(text, key) || strings.Contains(text, signature) {
			ts.Fatalf("the key is in %s", where)
		}
	}
}

func noPlatform(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("FOB_API_URL", "http://127.0.0.1:1")
	ts.Setenv("FOB_SESSION_TOKEN", "")
}
