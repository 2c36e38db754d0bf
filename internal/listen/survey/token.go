package survey

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"regexp"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// A link's token is its number and a tag over it (HMAC-SHA-256, RFC 2104, cut to
// 80 bits), so that what was made up or cut short is known without a look at the
// database, and nothing can be read in an address. A response's token at an open
// survey also says when the page was shown.
const (
	numberBytes = 8
	tagBytes    = 10
	timeBytes   = 6 // milliseconds since 1970
)

// seals makes and reads tokens.
type seals struct{ key []byte }

func newSeals(secret []byte) (seals, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "vivencia survey", 32)
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

// link returns the id of a number and the token that leads to it.
func (s seals) link(number []byte) (id, token string) {
	tag := s.tag("link", number)[:tagBytes]
	return encoding.EncodeToString(number), encoding.EncodeToString(append(number[:numberBytes:numberBytes], tag...))
}

// linkID returns the id that a token of ours leads to.
func (s seals) linkID(token string) (id string, ok bool) {
	raw, err := encoding.DecodeString(token)
	if err != nil || len(raw) != numberBytes+tagBytes {
		return "", false
	}
	id, whole := s.link(raw[:numberBytes])
	return id, hmac.Equal([]byte(whole), []byte(token))
}

// response returns a token for a response to a survey that begins now.
func (s seals) response(survey string, now cx.Time) string {
	body := make([]byte, numberBytes+8, numberBytes+8+tagBytes)
	copy(body, newNumber())
	binary.BigEndian.PutUint64(body[numberBytes:], uint64(now.Std().UnixMilli())<<16)
	body = body[:numberBytes+timeBytes]
	return encoding.EncodeToString(append(body, s.tag("response", []byte(survey), body)[:tagBytes]...))
}

// responseID returns the id of a response's token, and when its first page was
// shown.
func (s seals) responseID(survey, token string) (id string, shown cx.Time, ok bool) {
	raw, err := encoding.DecodeString(token)
	if err != nil || len(raw) != numberBytes+timeBytes+tagBytes {
		return "", 0, false
	}
	body, tag := raw[:numberBytes+timeBytes], raw[numberBytes+timeBytes:]
	if !hmac.Equal(s.tag("response", []byte(survey), body)[:tagBytes], tag) {
		return "", 0, false
	}
	ms := binary.BigEndian.Uint64(append(body[numberBytes:len(body):len(body)], 0, 0)) >> 16
	return "r_" + encoding.EncodeToString(body[:numberBytes]), cx.Time(ms) * 1000, true
}

// veiled returns the id of the response of a link to an anonymous survey: the
// link leads to it, and it does not lead back.
func (s seals) veiled(link string) string {
	return "r_" + encoding.EncodeToString(s.tag("veil", []byte(link))[:numberBytes])
}

// address hashes where a request comes from; the hash is another the next day.
func (s seals) address(address string, now cx.Time) string {
	var day [8]byte
	binary.BigEndian.PutUint64(day[:], uint64(now.Std().Unix()/86_400))
	return string(s.tag("address", day[:], []byte(address))[:tagBytes])
}

// uuidForm is the id that a kiosk gives to a response while it is offline.
var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
