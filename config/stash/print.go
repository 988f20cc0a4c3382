package stash

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"fob/client/secret"
)

// printBytes is how much of the hash is kept: enough to tell keys apart, and half of what there is.
const printBytes = 16

// PrintOf is what tells the secret kept under account from any other: a hash that is salted with the account, so that
// two entries of one secret have nothing in common. A key's secret is random, and nobody finds it from its hash.
func PrintOf(account string, v secret.Value) string {
	h := hmac.New(sha256.New, []byte("fob "+account))
	_, _ = h.Write([]byte(v.Reveal()))
	return hex.EncodeToString(h.Sum(nil)[:printBytes])
}

// Has tells whether v is the secret of the entry's key. known is false where the entry doesn't say.
func (e Entry) Has(v secret.Value) (same, known bool) {
	if e.Print == "" {
		return false, false
	}
	return hmac.Equal([]byte(e.Print), []byte(PrintOf(e.Account, v))), true
}
