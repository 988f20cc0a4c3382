package secret_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	texttemplate "text/template"

	"fob/client/secret"
)

// fresh returns a secret made at run time, in the form of a key: "api_" and 48 letters.
func fresh(t testing.TB) string {
	t.Helper()
	b := make([]byte, 36)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return "api_" + base64.RawURLEncoding.EncodeToString(b)
}

// forms returns what output of the secret would look like, in the ways that fmt and encoders write texts and bytes. Each
// is taken from the middle of the secret, so that a part of it is found, too.
func forms(s string) map[string]string {
	middle := s[9:24]
	list := func(format, separator string) string {
		var parts []string
		for _, c := range []byte(middle) {
			parts = append(parts, fmt.Sprintf(format, c))
		}
		return strings.Join(parts, separator)
	}
	return map[string]string{
		"text":                    middle,
		"text's end":              s[len(s)-8:],
		"hex":                     hex.EncodeToString([]byte(middle)),
		"HEX":                     strings.ToUpper(hex.EncodeToString([]byte(middle))),
		"hex with blanks":         list("%x", " "),
		"hex with 0x":             list("0x%x", " "),
		"hex list":                list("%#x", ", "),
		"HEX with 0X":             list("%#X", " "),
		"HEX with blanks":         list("%X", " "),
		"hex, one of a byte list": list("0x%02x", ", "),
		"decimal list":            list("%d", " "),
		"decimal list, commas":    list("%d", ","),
		"octal list":              list("%o", " "),
		"octal list with 0":       list("%#o", " "),
		"binary list":             list("%b", " "),
		"code points":             list("%U", " "),
		"quoted letters":          list("%q", " "),
		"letters":                 list("%c", " "),
		"reversed":                reversed(middle),
		"base64":                  base64.StdEncoding.EncodeToString([]byte(middle)),
		"base64, 1 byte on":       base64.StdEncoding.EncodeToString([]byte(s[10:25])),
		"base64, 2 bytes on":      base64.StdEncoding.EncodeToString([]byte(s[11:26])),
		"quoted":                  strconv.QuoteToASCII(middle)[1:15],
	}
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// search fails the test if out holds the secret in any form.
func search(t testing.TB, s, what, out string) {
	t.Helper()
	for form, text := range remembered(s) {
		if strings.Contains(out, text) {
			t.Errorf("%s shows the secret as %s", what, form)
		}
	}
}

var known sync.Map // forms by secret: they are looked for thousands of times

func remembered(s string) map[string]string {
	if f, ok := known.Load(s); ok {
		return f.(map[string]string)
	}
	f, _ := known.LoadOrStore(s, forms(s))
	return f.(map[string]string)
}

// The search itself must find what it is for: a plain string printed by each verb.
func TestSearchFindsASecret(t *testing.T) {
	s := fresh(t)
	for _, format := range []string{"%v", "%s", "%q", "%#q", "%+q", "%x", "%X", "% x", "%# x", "% X", "%# X", "%#v"} {
		for what, v := range map[string]any{"string": s, "bytes": []byte(s), "field": struct{ s string }{s}} {
			out := fmt.Sprintf(format, v)
			found := false
			for _, text := range forms(s) {
				found = found || strings.Contains(out, text)
			}
			if !found {
				t.Errorf("a %s printed by %s is not recognized", what, format)
			}
		}
	}
	for _, format := range []string{"%d", "%o", "%#o", "%b", "%c", "%U", "%#x", "%v"} {
		found := false
		for _, text := range forms(s) {
			found = found || strings.Contains(fmt.Sprintf(format, []byte(s)), text)
		}
		if !found && format != "%#x" {
			t.Errorf("bytes printed by %s are not recognized", format)
		}
	}
}

type private struct{ v secret.Value }

type nested struct {
	name  string
	inner struct {
		p    *private
		list []secret.Value
		keys map[string]secret.Value
		any  any
	}
	array [2]secret.Value
	ptr   *secret.Value
	Open  secret.Value
	err   error
}

type failed struct {
	op string
	v  secret.Value
}

func (f failed) Error() string { return f.op + " failed" }

type bare struct{ v secret.Value }

func (b bare) Error() string { return fmt.Sprint("failed with ", b.v) }

// holders returns the secret in everything that a program puts values into.
func holders(s string) map[string]any {
	v := secret.New(s)
	n := nested{name: "n", ptr: &v, Open: v, err: failed{"put", v}}
	n.inner.p = &private{v}
	n.inner.list = []secret.Value{v, v}
	n.inner.keys = map[string]secret.Value{"k": v}
	n.inner.any = private{v}
	n.array = [2]secret.Value{v, v}
	channel := make(chan secret.Value, 1)
	channel <- v
	return map[string]any{
		"value": v, "pointer": &v, "pointer to a pointer": &n.ptr, "slice": []secret.Value{v}, "array": [1]secret.Value{v},
		"map": map[string]secret.Value{"k": v}, "map of any": map[string]any{"k": v, "p": &v}, "slice of any": []any{v, &v},
		"unexported field": private{v}, "pointer to it": &private{v}, "slice of it": []private{{v}}, "map of it": map[int]*private{1: {v}},
		"nested": n, "pointer to nested": &n, "error": failed{"put", v}, "pointer to an error": &failed{"put", v},
		"error that prints it": bare{v}, "wrapped error": fmt.Errorf("put: %w", failed{"put", v}),
		"joined errors": errors.Join(failed{"put", v}, bare{v}), "anonymous struct": struct{ a, B secret.Value }{v, v},
		"embedded": struct{ secret.Value }{v}, "channel": channel, "method": v.String, "closure": func() string { return v.Reveal() },
	}
}

func TestPrinting(t *testing.T) {
	s := fresh(t)
	flags := []string{"", "+", "#", "-", " ", "0", "# ", "+#", "40", "-40", ".3", "200.100", "+.2", "#0 40.10"}
	for what, holder := range holders(s) {
		for _, flag := range flags {
			for verb := 'A'; verb <= 'z'; verb++ {
				if verb > 'Z' && verb < 'a' {
					continue
				}
				format := "%" + flag + string(verb)
				search(t, s, what+" by "+format, fmt.Sprintf(format, holder))
			}
		}
		search(t, s, what+" by Sprint", fmt.Sprint(holder))
		search(t, s, what+" by Sprintln", fmt.Sprintln(holder, holder))
		search(t, s, what+" by Errorf", fmt.Errorf("x: %v %+v %#v", holder, holder, holder).Error())
		for _, surplus := range []string{"%d", "none"} {
			search(t, s, what+" as a surplus argument", fmt.Sprintf(surplus, 1, holder))
		}
		var out bytes.Buffer
		log.New(&out, "", 0).Printf("%v %+v %#v", holder, holder, holder)
		search(t, s, what+" by log", out.String())
	}
}

func TestPrintedAs(t *testing.T) {
	v := secret.New(fresh(t))
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%.2s", "%200v"} {
		if got := fmt.Sprintf(format, v); got != "[secret]" {
			t.Errorf("%s prints %q, want [secret]", format, got)
		}
	}
	if v.String() != "[secret]" || v.GoString() != "[secret]" || v.LogValue().String() != "[secret]" {
		t.Error("String, GoString or LogValue isn't [secret]")
	}
	if got := fmt.Sprint(secret.Value{}); got != "[secret]" {
		t.Errorf("the zero Value prints %q: whether there is a secret is nobody's business either", got)
	}
}

func TestMarshalling(t *testing.T) {
	s := fresh(t)
	v := secret.New(s)
	type open struct{ V secret.Value }
	for what, holder := range map[string]any{"value": v, "field": open{v}, "pointer": &open{v}, "slice": []secret.Value{v}, "map": map[string]secret.Value{"k": v}} {
		out, err := json.Marshal(holder)
		search(t, s, "JSON of a "+what, string(out)+fmt.Sprint(err))
		if !errors.Is(err, secret.ErrMarshal) {
			t.Errorf("JSON of a %s: %v", what, err)
		}
		if what != "map" { // XML knows no maps
			out, err = xml.Marshal(holder)
			search(t, s, "XML of a "+what, string(out)+fmt.Sprint(err))
			if !errors.Is(err, secret.ErrMarshal) {
				t.Errorf("XML of a %s: %v", what, err)
			}
		}
		var wire bytes.Buffer
		err = gob.NewEncoder(&wire).Encode(holder)
		search(t, s, "gob of a "+what, wire.String()+fmt.Sprint(err))
		if err == nil {
			t.Errorf("gob of a %s went through", what)
		}
	}
	if out, err := v.MarshalText(); out != nil || !errors.Is(err, secret.ErrMarshal) {
		t.Errorf("MarshalText: %v", err)
	}
	if out, err := v.MarshalBinary(); out != nil || !errors.Is(err, secret.ErrMarshal) {
		t.Errorf("MarshalBinary: %v", err)
	}
	out, err := json.Marshal(struct { // unexported fields are left out by every encoder
		v    secret.Value
		Name string
	}{v, "n"})
	if string(out) != `{"Name":"n"}` || err != nil {
		t.Errorf("JSON of an unexported field: %s, %v", out, err)
	}
}

func TestLogging(t *testing.T) {
	s := fresh(t)
	for what, holder := range holders(s) {
		var out bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
			logger := slog.New(handler)
			logger.Info("x", "held", holder)
			logger.With("held", holder).WithGroup("g").Info("x", slog.Group("h", slog.Any("held", holder)))
			logger.Info(fmt.Sprint(holder))
		}
		if out.Len() == 0 {
			t.Error("nothing was logged")
		}
		search(t, s, what+" by slog", out.String())
	}
}

func TestTemplates(t *testing.T) {
	s := fresh(t)
	const text = `{{.}} {{printf "%s %v %q %x %#v" . . . . .}} {{print .}} {{println .}} {{html .}} {{js .}} {{urlquery .}}`
	const page = `<a href="{{.}}" title="{{.}}" onclick="f({{.}})">{{.}}</a><style>a{color:{{.}}}</style>`
	for what, holder := range holders(s) {
		var out bytes.Buffer
		err := texttemplate.Must(texttemplate.New("").Parse(text)).Execute(&out, holder)
		search(t, s, what+" in a text template", out.String()+fmt.Sprint(err))
		for _, source := range []string{page, `<script>x = {{.}}</script>`} {
			out.Reset()
			err = htmltemplate.Must(htmltemplate.New("").Parse(source)).Execute(&out, holder)
			search(t, s, what+" in a page", out.String()+fmt.Sprint(err))
		}
	}
}

// What the runtime prints of a panic is seen in a child process: the test runs itself, and the child makes the secret
// that the parent gave it as its input panic.
func TestPanic(t *testing.T) {
	if which := os.Getenv("SECRET_TEST_PANIC"); which != "" {
		b := make([]byte, 52)
		if _, err := io.ReadFull(os.Stdin, b); err != nil {
			t.Fatal(err)
		}
		panic(holders(string(b))[which])
	}
	s := fresh(t)
	for what := range holders(s) {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestPanic$") //nolint:gosec // the test's own binary
			child.Env = append(os.Environ(), "SECRET_TEST_PANIC="+what, "GOTRACEBACK=all")
			child.Stdin = strings.NewReader(s)
			out, err := child.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "panic: ") {
				t.Fatalf("the child did not panic: %v\n%s", err, out)
			}
			search(t, s, "a panic with a "+what, string(out))
		})
	}
}
