package faulty_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fob/client"
	"fob/client/lifecycle"
	"fob/client/lifecycle/faulty"
	"fob/client/sandbox"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// published is where the tables stand.
const published = "../FAULTS.md"

// keys are how many the organization has: three pages, of which two are read together.
const keys = 201

const workspace = "claims-search"

// office is fob without its screen, at the sandbox, with the proxy between them and files of its own. It lives in a
// bubble of synctest, where a minute of waiting takes no time and every deadline is the one that people have.
type office struct {
	t         reporter
	context   context.Context
	close     func()
	box       *sandbox.Sandbox
	proxy     *faulty.Proxy
	wire      *faulty.Wire
	vault     *vault
	journal   *journal
	disk      disk
	index     *stash.Index
	indexPath string
	mend      func() // undoes what was done to the index, if something was
	desk      *desk.Desk
	shaking   sync.Mutex
	others    int // keys that others have made
	orders    int
}

// reporter is the part of a test that an office needs. Property tests have one of their own.
type reporter interface {
	Helper()
	Error(...any)
	Errorf(string, ...any)
	Fatal(...any)
	Fatalf(string, ...any)
}

// inOffice runs f in a bubble, with an office of its own, whose files are on the disk.
func inOffice(t *testing.T, f func(o *office) string) string {
	t.Helper()
	return inOfficeOf(t, keys, f)
}

// inSmallOffice is inOffice with one page of keys, for what doesn't depend on how they are read.
func inSmallOffice(t *testing.T, f func(o *office) string) string {
	t.Helper()
	return inOfficeOf(t, 3, f)
}

func inOfficeOf(t *testing.T, keys int, f func(o *office) string) (verdict string) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		o := open(t, keys)
		defer o.close()
		o.indexPath = filepath.Join(folder, "stash", "stash.json")
		o.index = stash.OpenIndex(o.indexPath)
		o.disk = config.OpenJournal(filepath.Join(folder, "journal.jsonl"))
		o.journal.disk = o.disk
		o.start()
		verdict = f(o)
	})
	return verdict
}

// open starts an office whose files are in memory, and which close ends.
func open(t reporter, keys int) *office {
	t.Helper()
	o := &office{t: t, context: context.Background(), vault: newVault(), index: stash.NewMemoryIndex(), disk: &memory{}}
	o.box = sandbox.New(sandbox.Options{Seed: 1, Keys: keys, Workspaces: 4, History: 1})
	o.proxy = faulty.NewProxy(o.box, o.shake)
	o.wire = faulty.NewWire(o.proxy.Dial)
	server := &http.Server{Handler: o.proxy}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(o.wire)
	}()
	o.close = func() {
		o.proxy.Close()
		close(o.vault.gone)
		_ = server.Close()
		<-done
	}
	o.journal = &journal{disk: o.disk}
	o.start()
	return o
}

// start starts fob anew over the same files, the same keyring and the same platform.
func (o *office) start() {
	o.t.Helper()
	var err error
	o.journal = &journal{disk: o.disk, before: o.journal.before, after: o.journal.after, torn: o.journal.torn}
	o.desk, err = desk.Open(desk.Options{
		APIURL: "http://" + o.wire.Addr().String(), Session: o.box.SessionToken(), Journal: o.journal, Index: o.index,
		Keys: stash.NewKeyringOver(o.vault, "fob", 0), Location: time.UTC, Transport: o.wire.Transport(),
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

// ask sends the platform a request that no fault meets.
func (o *office) ask(method, path, body string) []byte {
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+o.box.SessionToken().Reveal())
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	o.box.ServeHTTP(w, r)
	if w.Code >= 300 {
		o.t.Errorf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w.Body.Bytes()
}

// shake makes a key of somebody else's, and revokes the one before it.
func (o *office) shake() {
	o.shaking.Lock() // pages are read several at a time
	defer o.shaking.Unlock()
	for _, id := range o.alive(fmt.Sprintf("another-%d", o.others)) {
		o.ask(http.MethodDelete, "/token/"+id, "")
	}
	o.others++
	o.ask(http.MethodPost, "/token", fmt.Sprintf(`{"name":"another-%d","personal":false}`, o.others))
}

// alive returns the ids of the keys that the platform has under a name.
func (o *office) alive(name string) []string { return o.living()[name] }

// living returns the ids of the keys that the platform has, by their names.
func (o *office) living() map[string][]string {
	ids := map[string][]string{}
	for n := 1; ; n++ {
		var page struct {
			Data []struct {
				ID   string  `json:"api_token_id"`
				Name *string `json:"name"`
			} `json:"data"`
			HasMore bool `json:"has_more"`
		}
		body := o.ask(http.MethodGet, fmt.Sprintf("/token?limit=100&page_number=%d", n), "")
		if err := json.Unmarshal(body, &page); err != nil {
			o.t.Fatalf("%v: %.300s", err, body)
		}
		for _, k := range page.Data {
			if k.Name != nil {
				ids[*k.Name] = append(ids[*k.Name], k.ID)
			}
		}
		if len(page.Data) == 0 || !page.HasMore {
			return ids
		}
	}
}

// role is the id of a role.
func (o *office) role(name string) string {
	o.t.Helper()
	roles, err := o.desk.Roles(o.context)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, r := range roles {
		if r.Name == name {
			return r.ID
		}
	}
	o.t.Fatalf("no role is called %s", name)
	return ""
}

// order is a key that doesn't exist yet.
func (o *office) order() desk.Order {
	o.orders++
	end := time.Now().Add(90 * 24 * time.Hour).Truncate(time.Second)
	return desk.Order{
		Draft: client.Draft{Name: fmt.Sprintf("ordered-%d", o.orders), OrganizationRole: "MEMBER", Workspaces: []string{workspace}, ExpiresAt: &end},
		Scope: client.Scope{Workspace: workspace}, Places: []desk.Place{{Kind: desk.InKeyring}},
	}
}

// made is what came of one order.
type made struct {
	name   string
	issued desk.Issued
	err    error
	killed bool // fob never came to say what it knew
}

// verdict says in a few words what came of an order, and fails the test where a key is lost, exists twice, or where
// what was said isn't so. It looks with a fob that was started anew.
func (o *office) verdict(m made) string {
	o.t.Helper()
	ids := o.alive(m.name)
	said := lifecycle.MadeYes
	if fault, ok := errors.AsType[*lifecycle.Error](m.err); ok {
		said = fault.Made
	} else if m.err != nil {
		o.t.Errorf("it ended in %v, which doesn't say whether a key exists", m.err)
	}
	unfinished := o.unfinished(m.name)
	switch {
	case len(ids) > 1:
		o.t.Errorf("%d keys exist for one order", len(ids))
		return "TWO KEYS"
	case len(ids) == 0 && m.killed:
		if unfinished == "" {
			return "nothing made"
		}
		return "nothing made, not known"
	case len(ids) == 0 && said == lifecycle.MadeYes:
		o.t.Errorf("nothing was made, and it says that a key was")
		return "WRONG"
	case len(ids) == 0 && said == lifecycle.MadeNo:
		if unfinished == "" {
			return "nothing made"
		}
		if len(m.issued.Warnings) == 0 {
			o.t.Errorf("nothing was made, and it says: %s", unfinished)
		}
		return "nothing made, warned" // the journal could not be told
	case len(ids) == 0:
		return "nothing made, not known"
	}
	id := ids[0]
	held, listed := o.held(id)
	stored := ""
	if held && !listed {
		stored = ", stored"
	}
	switch {
	case held && !listed && m.issued.Kept && len(m.issued.Warnings) == 0:
		o.t.Errorf("it is kept, but the stash doesn't list it, and nobody says so")
		return "LOST"
	case held && !listed && m.issued.Kept:
		return "held, warned"
	case held && listed && m.killed:
		return "held"
	case held && listed:
		if m.err != nil {
			o.t.Errorf("it is kept, and it says: %v", m.err)
		}
		warned := ""
		if len(m.issued.Warnings) > 0 {
			warned = ", warned"
		}
		return "held" + o.known(m.issued, id) + warned
	case !m.killed && said == lifecycle.MadeNo:
		o.t.Errorf("a key exists that nobody holds, and it says that nothing was made: %v", m.err)
		return "LOST"
	case unfinished == "":
		o.t.Errorf("a key exists that nobody holds, and the next start doesn't name it")
		return "LOST"
	case m.killed:
		return "named" + stored
	case m.issued.Certainty == lifecycle.Certain:
		_ = o.known(m.issued, id)
		return "named, certain" + stored
	case slices.ContainsFunc(m.issued.Candidates, func(k client.Key) bool { return k.ID == id }):
		return "named, likely" + stored
	}
	return "named, id unknown" + stored
}

// known says how well the id of a key is known, and that a certain one is right.
func (o *office) known(i desk.Issued, id string) string {
	switch {
	case i.Certainty == lifecycle.Certain && i.Key.ID == id:
		return ""
	case i.Certainty == lifecycle.Certain:
		o.t.Errorf("it is certain that it is %s, and it is %s", i.Key.ID, id)
		return ", WRONG"
	case i.Certainty == lifecycle.Likely:
		return ", id likely"
	}
	return ", id unknown"
}

// held tells whether the secret of a key is where fob keeps keys, and whether the index leads there.
func (o *office) held(id string) (held, listed bool) {
	o.t.Helper()
	v, ok := o.box.SecretOf(id)
	if !ok {
		o.t.Fatalf("the platform has no %s", id)
	}
	entries, err := o.index.Entries(context.Background())
	if err != nil {
		o.t.Errorf("the index can't be read: %v", err)
	}
	for _, e := range entries {
		listed = listed || len(e.Places) > 0 && stash.PrintOf(e.Account, v) == e.Print
	}
	return o.vault.has(v.Reveal()), listed
}

// unfinished is what the next start says about a name, "" for nothing. It fails if the journal can't be read.
func (o *office) unfinished(name string) string {
	o.t.Helper()
	for e, err := range lifecycle.Entries(o.disk) {
		if torn, ok := errors.AsType[*lifecycle.LineError](err); err != nil && (!ok || !o.journal.torn) {
			o.t.Errorf("the journal can't be read: %v (%v, %v)", err, torn, e)
		}
	}
	return named(o.lines(), name)
}

// lines is everything that the next start says.
func (o *office) lines() []string {
	o.t.Helper()
	o.start()
	lines, err := o.desk.Unfinished(time.Time{})
	if err != nil {
		o.t.Errorf("the journal can't be read: %v", err)
	}
	return lines
}

// named is the line that is about a name, "" if there is none.
func named(lines []string, name string) string {
	for _, line := range lines {
		if strings.Contains(line+" ", name+" ") {
			return line
		}
	}
	return ""
}
