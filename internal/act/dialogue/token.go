package dialogue

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// A token is a number and a tag over it and its kind (HMAC-SHA-256, RFC 2104, cut
// to 80 bits): what was made up is known without a look at the database, a token
// of one kind opens nothing of another, and nothing can be read in an address.
const (
	numberBytes = 10
	tagBytes    = 10
)

type seals struct{ key []byte }

func newSeals(secret []byte) (seals, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "vivencia dialogue", 32)
	return seals{key}, err
}

var encoding = base64.RawURLEncoding.Strict()

func (s seals) tag(what string, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, s.key)
	h.Write([]byte(what))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write(p)
	}
	return h.Sum(nil)
}

// newNumber returns what nobody can guess.
func newNumber() []byte {
	n := make([]byte, numberBytes)
	_, _ = rand.Read(n) // never fails
	return n
}

// token returns what leads to the link of an id.
func (s seals) token(kind LinkKind, id string) string {
	number, err := encoding.DecodeString(id)
	if err != nil {
		return ""
	}
	return encoding.EncodeToString(append(number, s.tag("link", []byte(kind), number)[:tagBytes]...))
}

// read returns the id and the kind that a token of ours leads to.
func (s seals) read(token string) (id string, kind LinkKind, ok bool) {
	raw, err := encoding.DecodeString(token)
	if err != nil || len(raw) != numberBytes+tagBytes {
		return "", "", false
	}
	for _, kind := range []LinkKind{OfferLink, CaseLink, HelpLink, RoundLink} {
		if hmac.Equal(s.tag("link", []byte(kind), raw[:numberBytes])[:tagBytes], raw[numberBytes:]) {
			return encoding.EncodeToString(raw[:numberBytes]), kind, true
		}
	}
	return "", "", false
}
