package sandbox

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync/atomic"
	"time"
)

// key is an API key. It holds no secret: that can be made again from the key's id and the run's signing key.
type key struct {
	place      int64
	id         string
	name       string // "": unnamed
	personal   bool
	orgRole    string
	role       *role        // never nil
	workspaces []*workspace // empty: all
	created    time.Time    // UTC
	expires    time.Time    // UTC; zero: never
	maker      *person
	labels     *keyLabels // what the secret says of it, which a later change doesn't alter

	written atomic.Pointer[[]byte]
}

// keyLabels is what was true of a key when its secret was made.
type keyLabels struct {
	name     string
	personal bool
}

// only returns the workspace to which k is scoped alone, nil if there is none.
func (k *key) only() *workspace {
	if len(k.workspaces) == 1 {
		return k.workspaces[0]
	}
	return nil
}

func (k *key) reaches(w *workspace) bool {
	if len(k.workspaces) == 0 {
		return true
	}
	for _, own := range k.workspaces {
		if own == w {
			return true
		}
	}
	return false
}

func (k *key) expired(now time.Time) bool { return !k.expires.IsZero() && !now.Before(k.expires) }

// changed returns a copy for change to alter.
func (k *key) changed(change func(*key)) *key {
	twin := &key{
		place: k.place, id: k.id, name: k.name, personal: k.personal, orgRole: k.orgRole, role: k.role,
		workspaces: k.workspaces, created: k.created, expires: k.expires, maker: k.maker, labels: k.labels,
	}
	change(twin)
	return twin
}

// json returns k as lists show it. It is put together by hand and kept, because lists of 100,000 keys are read again and
// again, and what's measured then is to be the reader.
func (k *key) json() []byte {
	if kept := k.written.Load(); kept != nil {
		return *kept
	}
	var room [1024]byte // what is kept is cut to its size
	b := append(room[:0], `{"api_token_id":"`...)
	b = append(b, k.id...)
	b = append(b, `","name":`...)
	if k.name == "" {
		b = append(b, "null"...)
	} else {
		b = append(b, marshal(k.name)...)
	}
	b = append(b, `,"personal":`...)
	b = strconv.AppendBool(b, k.personal)
	b = append(b, `,"organization_role":"`...)
	b = append(b, k.orgRole...)
	b = append(b, `","role_id":"`...)
	b = append(b, k.role.id...)
	b = append(b, `","role":`...)
	b = append(b, k.role.fragment...)
	b = append(b, `,"workspaces":[`...)
	for i, w := range k.workspaces {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, w.fragment...)
	}
	b = append(b, `],"created_at":"`...)
	b = k.created.AppendFormat(b, wireLayout)
	b = append(b, `","expires_at":`...)
	if k.expires.IsZero() {
		b = append(b, "null"...)
	} else {
		b = append(k.expires.AppendFormat(append(b, '"'), wireLayout), '"')
	}
	b = append(b, `,"user":`...)
	b = append(b, k.maker.fragment...)
	b = bytes.Clone(append(b, '}'))
	k.written.Store(&b)
	return b
}

type roleRefJSON struct {
	ID   string `json:"role_id"`
	Name string `json:"name"`
}

type workspaceRefJSON struct {
	ID   string `json:"workspace_id"`
	Name string `json:"name"`
}

// wireLayout is how the platform writes times, which have to be in UTC.
const wireLayout = "2006-01-02T15:04:05.000Z"

// marshal is json.Marshal for values that always can be.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
