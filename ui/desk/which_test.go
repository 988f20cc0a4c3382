package desk_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"fob/client"
	"fob/client/secret"
	"fob/config/stash"
	"fob/ui/desk"
)

// madeUp is something of the form of a key, with those claims.
func madeUp(claims map[string]any) string {
	part := func(v any) string {
		data, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	return "api_" + part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + part(claims) + "." + base64.RawURLEncoding.EncodeToString(random)
}

// holding is a stash that keeps those keys, called k0, k1, ….
func holding(t *testing.T, keys ...string) *desk.Stash {
	t.Helper()
	s := desk.OpenStash(stash.NewMemoryIndex(), stash.NewMemory())
	for i, key := range keys {
		if _, err := s.Add(t.Context(), desk.Addition{Secret: secret.New(key), Origin: "https://platform.example", Name: fmt.Sprint("k", i)}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestAPastedKeyIsRecognizedInTheStash(t *testing.T) {
	key := madeUp(map[string]any{"jti": "j-1", "iat": 1795000000})
	mute := madeUp(map[string]any{"name": "without an id"})
	s := holding(t, madeUp(map[string]any{"jti": "j-0"}), key, mute)
	parts := strings.Split(key, ".")
	end := key[len(key)-6:]
	for name, c := range map[string]struct {
		text string
		form desk.Form
		want string
	}{
		"the key":                     {key, desk.FormKey, "k1 certain"},
		"with a newline":              {" " + key + "\n", desk.FormKey, "k1 certain"},
		"a line of an env file":       {"export API_KEY=\"" + key + "\" # mine", desk.FormKey, "k1 certain"},
		"a header":                    {"Authorization: Bearer " + key, desk.FormKey, "k1 certain"},
		"a sentence":                  {"it was " + key + ".", desk.FormKey, "k1 certain"},
		"without its prefix":          {strings.TrimPrefix(key, "api_"), desk.FormJWT, "k1 certain"},
		"masked by fob":               {secret.New(key).Masked(8), desk.FormMasked, "k1 likely"},
		"masked with stars":           {"api_****" + end, desk.FormMasked, "k1 likely"},
		"masked with dots":            {"api_..." + end, desk.FormMasked, "k1 likely"},
		"masked, the start disagrees": {"sk_…" + end, desk.FormMasked, ""},
		"masked, a long end":          {"api_…" + key[len(key)-20:], desk.FormMasked, "k1 certain"},
		"the last four":               {key[len(key)-4:], desk.FormPart, "k1 likely"},
		"the last three":              {key[len(key)-3:], "", ""},
		"the middle":                  {parts[1], desk.FormClaims, "k1 certain"},
		"the middle, without an id":   {strings.Split(mute, ".")[1], desk.FormClaims, "k2 likely"},
		"the signature":               {parts[2], desk.FormPart, "k1 certain"},
		"a part of the signature":     {parts[2][8:28], desk.FormPart, "k1 certain"},
		"a short part of it":          {parts[2][8:13], desk.FormPart, ""},
		"what all keys begin with":    {parts[0], desk.FormPart, ""},
		"another key":                 {madeUp(map[string]any{"jti": "j-1"}), desk.FormKey, ""},
		"nothing":                     {" \t\n", "", ""},
		"only dots":                   {"••••••••", "", ""},
		"words":                       {"Bearer token: API_KEY", "", ""},
		"the last four, called so":    {"TOKEN=" + key[len(key)-4:], desk.FormPart, "k1 likely"},
		"in JSON":                     {`{"api_token":"` + key + `"}`, desk.FormKey, "k1 certain"},
	} {
		clue, err := desk.ReadClue(secret.New(c.text))
		if (err != nil) != (c.form == "") || clue.Form != c.form {
			t.Errorf("%s: %q, %v", name, clue.Form, err)
			continue
		}
		if err != nil {
			continue
		}
		matches, unread, err := s.Recognize(t.Context(), clue)
		if err != nil || unread != 0 {
			t.Fatal(unread, err)
		}
		var got []string
		for _, m := range matches {
			got = append(got, m.Name+" "+string(m.Certainty))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}

// A clue is no way to print what was pasted.
func TestAClueShowsNothing(t *testing.T) {
	key := madeUp(map[string]any{"jti": "j-1"})
	for _, text := range []string{key, strings.Split(key, ".")[1], strings.Split(key, ".")[2]} {
		clue, err := desk.ReadClue(secret.New(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
			if out := fmt.Sprintf(verb, clue); strings.Contains(out, text) {
				t.Errorf("%s shows it", verb)
			}
		}
	}
}

// An end that two keys have in common tells neither.
func TestAnEndThatTwoKeysHave(t *testing.T) {
	a := madeUp(map[string]any{"jti": "j-1"})
	b := madeUp(map[string]any{"jti": "j-2"})
	b = b[:len(b)-4] + a[len(a)-4:]
	clue, err := desk.ReadClue(secret.New("…" + a[len(a)-4:]))
	if err != nil {
		t.Fatal(err)
	}
	matches, _, err := holding(t, a, b).Recognize(t.Context(), clue)
	if err != nil || len(matches) != 2 || matches[0].Certainty != "unknown" || matches[1].Certainty != "unknown" {
		t.Errorf("%v, %v", matches, err)
	}
}

func TestAKeyIsRecognizedOnThePlatformByWhatItSays(t *testing.T) {
	made := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	end := made.Add(90 * 24 * time.Hour)
	claims := client.Claims{ID: "sealed", IssuedAt: client.Some(made), ExpiresAt: client.Some(end), Name: "nightly"}
	key := func(id string, change func(*client.Key)) *desk.Row {
		k := client.Key{
			ID: id, Name: client.Some("nightly"), CreatedAt: client.Some(made.Add(300 * time.Millisecond)), ExpiresAt: client.Some(end),
		}
		if change != nil {
			change(&k)
		}
		return &desk.Row{Key: k}
	}
	other := func(k *client.Key) { k.CreatedAt = client.Some(made.Add(time.Hour)) }
	for name, c := range map[string]struct {
		claims client.Claims
		rows   []*desk.Row
		part   bool
		want   string
	}{
		"it names itself":          {client.Claims{ID: "k-2"}, []*desk.Row{key("k-1", nil), key("k-2", other)}, true, "k-2 certain"},
		"all agrees":               {claims, []*desk.Row{key("k-1", nil), key("k-2", other)}, false, "k-1 certain"},
		"all agrees, partial":      {claims, []*desk.Row{key("k-1", nil)}, true, "k-1 likely"},
		"renamed":                  {claims, []*desk.Row{key("k-1", func(k *client.Key) { k.Name = client.Some("weekly") })}, false, "k-1 unknown"},
		"its name isn't shown":     {claims, []*desk.Row{key("k-1", func(k *client.Key) { k.Name = client.Field[string]{} })}, false, "k-1 likely"},
		"another end":              {claims, []*desk.Row{key("k-1", func(k *client.Key) { k.ExpiresAt = client.Some(end.Add(time.Hour)) })}, false, ""},
		"no end":                   {claims, []*desk.Row{key("k-1", func(k *client.Key) { k.ExpiresAt = client.Null[time.Time]() })}, false, ""},
		"two made at once":         {claims, []*desk.Row{key("k-1", nil), key("k-2", nil)}, false, "k-1 unknown, k-2 unknown"},
		"two, and one is so named": {claims, []*desk.Row{key("k-1", nil), key("k-2", func(k *client.Key) { k.Name = client.Some("weekly") })}, false, "k-1 certain"},
		"only its end is shown":    {claims, []*desk.Row{key("k-1", func(k *client.Key) { *k = client.Key{ID: "k-1", ExpiresAt: client.Some(end)} })}, false, "k-1 likely"},
		"nothing is shown":         {claims, []*desk.Row{{Key: client.Key{ID: "k-1"}}}, false, ""},
		"neither ends":             {client.Claims{ID: "x"}, []*desk.Row{{Key: client.Key{ID: "k-1", ExpiresAt: client.Null[time.Time]()}}}, false, ""},
	} {
		var got []string
		for _, m := range desk.RecognizeKey(c.claims, c.rows, !c.part) {
			got = append(got, m.Row.Key.ID+" "+string(m.Certainty))
			if m.Why == "" {
				t.Errorf("%s: it doesn't say why", name)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %q, not %q", name, got, c.want)
		}
	}
}
