package stash_test

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// The names and paths of the Secret Service API.
const (
	serviceName = "org.freedesktop.secrets"
	interfaces  = "org.freedesktop.Secret."
	rootPath    = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath   = rootPath + "/collection/login"
	sessionPath = rootPath + "/session/1"
	promptPath  = rootPath + "/prompt/1"
	noPrompt    = dbus.ObjectPath("/")
)

// wireSecret is a secret as the Secret Service API writes it.
type wireSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

type item struct {
	attributes map[string]string
	value      []byte
}

// secretService plays a Secret Service on a bus. Its switches say how it misbehaves; they are set before it is used.
type secretService struct {
	locked       bool // unlocking asks by a prompt
	promptWrites bool // writing asks by a prompt
	promptSilent bool // a prompt never completes; otherwise it is dismissed
	deaf         bool // nothing is answered until the test ends
	slowWrite    bool // a write is stored, and answered when the test ends
	lying        bool // another value is given back
	nonsense     bool // answers have other types than they should
	echo         bool // a refused write says the secret
	refuse       string

	conn     *dbus.Conn
	released chan struct{}
	mu       sync.Mutex
	items    map[dbus.ObjectPath]item
	made     int
}

func (s *secretService) wait() { <-s.released }

// start offers the service on the bus at address until the test ends.
func (s *secretService) start(t *testing.T, address string) {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	s.conn, s.released, s.items = conn, make(chan struct{}), map[dbus.ObjectPath]item{}
	t.Cleanup(func() {
		close(s.released)
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, e := range []struct {
		object any
		path   dbus.ObjectPath
		name   string
	}{
		{serviceObject{s}, rootPath, interfaces + "Service"},
		{propertyObject{s}, rootPath, "org.freedesktop.DBus.Properties"},
		{collectionObject{s}, loginPath, interfaces + "Collection"},
		{sessionObject{}, sessionPath, interfaces + "Session"},
		{promptObject{s}, promptPath, interfaces + "Prompt"},
	} {
		if err := conn.Export(e.object, e.path, e.name); err != nil {
			t.Fatal(err)
		}
	}
	reply, err := conn.RequestName(serviceName, dbus.NameFlagDoNotQueue)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("request the name: %v, %v", reply, err)
	}
}

type propertyObject struct{ s *secretService }

func (o propertyObject) Get(_, _ string) (dbus.Variant, *dbus.Error) {
	if o.s.nonsense {
		return dbus.MakeVariant("no list of paths"), nil
	}
	return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
}

type serviceObject struct{ s *secretService }

func (o serviceObject) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	if o.s.deaf {
		o.s.wait()
	}
	return dbus.MakeVariant(""), sessionPath, nil
}

func (o serviceObject) Unlock(paths []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	if o.s.locked {
		return nil, promptPath, nil
	}
	return paths, noPrompt, nil
}

type sessionObject struct{}

func (sessionObject) Close() *dbus.Error { return nil }

type promptObject struct{ s *secretService }

func (o promptObject) Prompt(string) *dbus.Error {
	if o.s.promptSilent {
		return nil
	}
	if err := o.s.conn.Emit(promptPath, interfaces+"Prompt.Completed", true, dbus.MakeVariant("")); err != nil {
		return dbus.MakeFailedError(err)
	}
	return nil
}

type collectionObject struct{ s *secretService }

func (o collectionObject) CreateItem(properties map[string]dbus.Variant, secret wireSecret, _ bool) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	s := o.s
	switch {
	case s.echo:
		return "/", "/", dbus.NewError("test.Refused", []any{"can't store " + string(secret.Value)})
	case s.refuse != "":
		return "/", "/", dbus.NewError(s.refuse, []any{"refused"})
	case s.promptWrites:
		return "/", promptPath, nil
	}
	attributes := map[string]string{}
	_ = properties[interfaces+"Item.Attributes"].Store(&attributes)
	s.mu.Lock()
	s.made++
	path := loginPath + dbus.ObjectPath("/"+strconv.Itoa(s.made))
	s.items[path] = item{attributes, secret.Value}
	s.mu.Unlock()
	if err := s.conn.Export(itemObject{s, path}, path, interfaces+"Item"); err != nil {
		return "/", "/", dbus.MakeFailedError(err)
	}
	if s.slowWrite {
		s.wait()
	}
	return path, noPrompt, nil
}

func (o collectionObject) SearchItems(attributes map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	var found []dbus.ObjectPath
	for _, path := range slices.Sorted(maps.Keys(o.s.items)) {
		if maps.Equal(o.s.items[path].attributes, attributes) {
			found = append(found, path)
		}
	}
	return found, nil
}

type itemObject struct {
	s    *secretService
	path dbus.ObjectPath
}

func (o itemObject) GetSecret(session dbus.ObjectPath) (wireSecret, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	value := o.s.items[o.path].value
	if o.s.lying {
		value = append([]byte("not "), value...)
	}
	return wireSecret{session, []byte{}, value, "text/plain"}, nil
}

func (o itemObject) Delete() (dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	delete(o.s.items, o.path)
	return noPrompt, nil
}
