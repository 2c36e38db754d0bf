package identity

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Key stands for an identifier: 16 bytes of the salted hash of its kind and
// value. Identifiers are found by their keys alone, so that what an erased
// event leaves in the log (its keys) still tells the same from the same, and
// names nobody.
type Key [16]byte

// KeyOf returns the key of a value in normal form; of an erased value, the one
// that it carries.
func KeyOf(salt []byte, kind, value string) Key {
	if keys, ok := strings.CutPrefix(value, erased); ok {
		if n := len(Key{}); kind == AnonymousID && len(keys) == 2*n { // a previousId is looked up as either
			return Key([]byte(keys[n:]))
		}
		return Key([]byte(keys[:len(Key{})]))
	}
	text := make([]byte, 0, 256)
	text = append(append(text, salt...), 0)
	text = append(append(text, kind...), 0)
	sum := sha256.Sum256(append(text, value...))
	return Key(sum[:len(Key{})])
}

// erased begins a value of which only keys are left. No value that was sent
// begins so: Normalize refuses a NUL.
const erased = "\x00"

// plain returns a value as people may see it: "" when it was erased.
func plain(value string) string {
	if strings.HasPrefix(value, erased) {
		return ""
	}
	return value
}

// Erased is what is left of the identifiers of an event: the keys, in hex.
type Erased struct {
	User      string            `json:"user,omitempty"`
	Anonymous string            `json:"anonymous,omitempty"`
	Previous  string            `json:"previous,omitempty"` // as a userId, and as an anonymousId
	Shows     map[string]string `json:"shows,omitempty"`    // by kind
}

// Erase returns what is left of a fact when nobody may be named. Erasing twice
// changes nothing.
func (f *Fact) Erase(salt []byte) *Erased {
	hexOf := func(kinds []string, value string) (out string) {
		if value == "" {
			return ""
		}
		for _, kind := range kinds {
			k := KeyOf(salt, kind, value)
			out += hex.EncodeToString(k[:])
		}
		return out
	}
	e := &Erased{
		User: hexOf([]string{UserID}, f.UserID), Anonymous: hexOf([]string{AnonymousID}, f.AnonymousID),
		Previous: hexOf([]string{UserID, AnonymousID}, f.PreviousID),
	}
	for _, shown := range f.Evidence {
		if e.Shows == nil {
			e.Shows = map[string]string{}
		}
		e.Shows[shown.Kind] = hexOf([]string{shown.Kind}, shown.Value)
	}
	return e
}

// FactOfErased returns the fact of which e is left. What is malformed names
// nobody.
func (rs Rules) FactOfErased(f Fact, e *Erased) Fact {
	f.UserID, f.AnonymousID, f.PreviousID = valueOf(e.User, 1), valueOf(e.Anonymous, 1), valueOf(e.Previous, 2)
	shows := make(map[string]string, len(e.Shows))
	for kind, key := range e.Shows {
		shows[kind] = valueOf(key, 1)
	}
	f.Evidence = rs.EvidenceOf(shows)
	return f
}

func valueOf(hexKeys string, keys int) string {
	raw, err := hex.DecodeString(hexKeys)
	if err != nil || len(raw) != keys*len(Key{}) {
		return ""
	}
	return erased + string(raw)
}

// EvidenceOf returns the evidence that values, by kind and in normal form, are
// under the rules.
func (rs Rules) EvidenceOf(shows map[string]string) []Evidence {
	var out []Evidence
	for i := range rs.rules {
		r := &rs.rules[i]
		if v := shows[r.kind]; v != "" {
			out = append(out, Evidence{r.kind, v, r.merges, int64(placeRules + i)})
		}
	}
	return out
}
