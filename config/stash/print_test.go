package stash_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"fob/client/secret"
	"fob/config/stash"
)

func TestPrintTellsSecretsApart(t *testing.T) {
	text := "api_" + rand.Text()
	one, same, other := secret.New(text), secret.New(text), secret.New("api_"+rand.Text())
	e := stash.Entry{Account: "a", Print: stash.PrintOf("a", one)}
	if has, known := e.Has(same); !has || !known {
		t.Error("it doesn't know its own secret")
	}
	if has, known := e.Has(other); has || !known {
		t.Error("it takes another secret for its own")
	}
	if _, known := (stash.Entry{Account: "a"}).Has(one); known {
		t.Error("an entry without a print knows a secret")
	}
	if stash.PrintOf("b", one) == e.Print || strings.Contains(e.Print, text) || len(e.Print) != 32 {
		t.Errorf("the print is %q", e.Print)
	}
}
