package history

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"fob/client"
	"fob/client/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests' readings begin.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// fact is one entry of a history.
type fact struct {
	id        string
	at        time.Time
	key, name string // of the key; both "": null
	person    string
	late      bool // comes only after noon
}

// world is a platform that answers in one of the forms that are possible, over a real socket.
type world struct {
	mu      sync.Mutex
	now     time.Time
	rooms   map[string][]fact
	status  map[string]int
	asked   []string // workspace and query of every request
	entries int      // that were sent

	naming    string        // "both", "id", "name", "bare id", "bare name"
	keyFilter string        // "id", "name", "either", "ignored", "nothing", "refused"
	timely    string        // "obeyed", "ignored", "refused", "nothing"
	layout    string        // of times
	skew      time.Duration // created_at, by which is filtered, is that much later than the time that is shown
	untold    bool          // total is null
	silent    bool          // no total and no has_more
	most      int           // entries a page at most, whatever is asked for; 0: as asked
	unsteady  bool          // entries of one instant come in another order each time
	upward    bool          // the order isn't obeyed: always newest first
	before    func(n int, w http.ResponseWriter, r *http.Request) bool

	server *httptest.Server
	client *client.Client
}

type tester interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// newWorld returns a world that has to be closed.
func newWorld(t tester) *world {
	t.Helper()
	w := &world{now: noon, rooms: map[string][]fact{}, status: map[string]int{}, layout: "2006-01-02T15:04:05.000Z"}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	c, err := client.New(client.Options{BaseURL: w.server.URL, Credential: func(context.Context) (secret.Value, error) {
		return secret.New("session"), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.client = c
	return w
}

func (w *world) close() {
	w.client.Close()
	w.server.Close()
}

func open(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	t.Cleanup(w.close)
	return w
}

func (w *world) reader(s Store) *Reader {
	return &Reader{Platform: w.client, Store: s, Now: func() time.Time { return w.now }, PageSize: 5, Concurrency: 3}
}

func (w *world) requests() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.asked)
}

// set changes something while a request that was left may still be under way.
func (w *world) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked, w.entries = nil, 0
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	room, _ := url.PathUnescape(strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/api/v1/workspaces/"), "/")[0])
	q := r.URL.Query()
	w.asked = append(w.asked, room+" "+q.Get("filter")+" "+q.Get("order")+" "+q.Get("limit")+" "+q.Get("page_number"))
	if w.before != nil && w.before(len(w.asked), rw, r) {
		return
	}
	rw.Header().Set("Content-Type", "application/json")
	if status := w.status[room]; status != 0 {
		rw.WriteHeader(status)
		fmt.Fprint(rw, `{"detail":"no"}`)
		return
	}
	found, ok := w.filter(w.rooms[room], q.Get("filter"))
	if !ok {
		rw.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(rw, `{"detail":"bad filter"}`)
		return
	}
	slices.SortStableFunc(found, func(a, b fact) int {
		c := b.at.Compare(a.at)
		if c == 0 && w.unsteady {
			return strings.Compare(scrambled(a.id, len(w.asked)), scrambled(b.id, len(w.asked)))
		}
		return c
	})
	if q.Get("order") == "ASC" && !w.upward {
		slices.Reverse(found)
	}
	size, _ := strconv.Atoi(q.Get("limit"))
	if w.most > 0 {
		size = min(size, w.most)
	}
	page, _ := strconv.Atoi(q.Get("page_number"))
	from, to := min((page-1)*size, len(found)), min(page*size, len(found))
	items := make([]string, 0, size)
	for _, f := range found[from:to] {
		items = append(items, w.json(f))
	}
	w.entries += to - from
	end := fmt.Sprintf(`,"has_more":%t,"total":%d`, to < len(found), len(found))
	switch {
	case w.silent:
		end = ""
	case w.untold:
		end = fmt.Sprintf(`,"has_more":%t,"total":null`, to < len(found))
	}
	fmt.Fprint(rw, `{"data":[`+strings.Join(items, ",")+`]`+end+`}`)
}

func scrambled(id string, n int) string {
	b := []byte(id)
	for i := range b {
		b[i] = byte((int(b[i])*31 + n*17) % 251)
	}
	return string(b)
}

func (w *world) json(f fact) string {
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	key := "null"
	if f.key != "" || f.name != "" {
		switch w.naming {
		case "id":
			key = `{"id":` + text(f.key) + `}`
		case "name":
			key = `{"id":null,"name":` + text(f.name) + `}`
		case "bare id":
			key = text(f.key)
		case "bare name":
			key = text(f.name)
		default:
			key = `{"id":` + text(f.key) + `,"name":` + text(f.name) + `}`
		}
	}
	person := "null"
	if f.person != "" {
		person = `{"user_id":` + text(f.person) + `}`
	}
	return `{"search_history_id":` + text(f.id) + `,"time":"` + f.at.UTC().Format(w.layout) + `","status":"SUCCESS","pipeline":{"name":"qa"},"user":` +
		person + `,"api_key":` + key + `,"query":"private","answer":"private"}`
}

// filter knows the two forms that the reader sends.
func (w *world) filter(all []fact, text string) ([]fact, bool) {
	out := make([]fact, 0, len(all))
	for _, f := range all {
		if !f.late || w.now.After(noon) {
			out = append(out, f)
		}
	}
	for _, part := range strings.Split(text, " and ") {
		switch {
		case part == "":
		case strings.HasPrefix(part, "created_at "):
			word := strings.Fields(part)
			at, err := time.Parse(time.RFC3339Nano, word[2])
			if err != nil || w.timely == "refused" {
				return nil, false
			}
			out = slices.DeleteFunc(out, func(f fact) bool {
				switch {
				case w.timely == "ignored":
					return false
				case w.timely == "nothing":
					return true
				case word[1] == "ge":
					return f.at.Add(w.skew).Before(at)
				}
				return f.at.Add(w.skew).After(at)
			})
		case strings.HasPrefix(part, "api_key eq '"):
			value := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(part, "api_key eq '"), "'"), "''", "'")
			if w.keyFilter == "refused" || strings.Count(part, "'")%2 != 0 {
				return nil, false
			}
			out = slices.DeleteFunc(out, func(f fact) bool {
				switch w.keyFilter {
				case "ignored":
					return false
				case "id":
					return f.key != value
				case "name":
					return f.name != value
				case "nothing":
					return true
				}
				return f.key != value && f.name != value
			})
		default:
			return nil, false
		}
	}
	return out, true
}

// key returns a key as a list shows it; without workspaces it reaches all of them.
func key(id, name string, workspaces ...string) client.Key {
	k := client.Key{ID: id, Name: client.Some(name)}
	if name == "" {
		k.Name = client.Null[string]()
	}
	refs := []client.WorkspaceRef{}
	for _, w := range workspaces {
		refs = append(refs, client.WorkspaceRef{Name: w})
	}
	k.Workspaces = client.Some(refs)
	return k
}

func spaces(names ...string) (out []client.Workspace) {
	for _, n := range names {
		out = append(out, client.Workspace{ID: "id of " + n, Name: n})
	}
	return out
}

// pocket is a Store in memory.
type pocket struct {
	kept []byte
	err  error
}

func (p *pocket) Load(context.Context) ([]byte, error) { return p.kept, p.err }
func (p *pocket) Save(ctx context.Context, b []byte) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.kept = b
	return p.err
}
func (p *pocket) Forget(context.Context) error { p.kept = nil; return p.err }

func read(t tester, r *Reader, q Request) Reading {
	t.Helper()
	out, err := r.Read(context.Background(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// uuid returns the nth id of a kind.
func uuid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n) }

var _ tester = (*rapid.T)(nil)
