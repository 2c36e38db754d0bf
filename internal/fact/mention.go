package fact

import (
	"fmt"
	"net/url"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// MaxMention is how many characters a mention's words may have.
const MaxMention = 10_000

// Mention is something said about the company in public: a review, a post, a
// reply.
type Mention struct {
	ID      string // of the review or post, unique within its network
	Network string // google, trustpilot, instagram …
	At      cx.Time
	Edited  cx.Time // zero: never; what an edited one says takes the place of what it said
	Deleted bool    // it was taken back: its words are shown no more

	Text     string
	Rating   float64 // with HasValue
	HasValue bool
	Scale    string // of the rating, such as "1-5"

	URL                        string
	Author                     string // the public handle; no customer is ever found by it
	Place, Touchpoint, Product string
	Audience                   int // how many people its author reaches; 0: not known

	Proof Proof
}

// Proof is what shows whose mention it is. Without one it is of nobody known.
type Proof struct {
	UserID string // the network told us whose account it is
	Object string // type of an object that only its customer lived, such as "order" …
	ID     string // … and its number
}

// ParseMention reads a mention:
//
//	{"network":"google","id":"r-81","at":"2026-03-02T09:00:00Z","text":"…","rating":2,"scale":"1-5","place":"goya","proof":{"order":"77"}}
//
// A mention that was not deleted has words or a rating; a rating its scale. A
// proof is {"userId":"…"} or one object's type with its number. Unknown members
// are ignored. The strings are copies. The error is Invalid and lists every
// fault.
func ParseMention(raw []byte) (Mention, error) {
	const op = "fact.ParseMention"
	var (
		m      Mention
		faults faults
		timed  bool
	)
	err := members(raw, func(name string, v jsontext.Value) {
		switch name {
		case "id":
			m.ID = faults.scalar("id", v)
		case "network":
			m.Network = faults.text("network", v)
		case "at":
			m.At, timed = faults.time("at", v)
		case "editedAt":
			m.Edited, _ = faults.time("editedAt", v)
		case "deleted":
			m.Deleted = v.Kind() == 't'
		case "text":
			m.Text = faults.text("text", v)
		case "rating":
			m.Rating, m.HasValue = faults.number("rating", v)
		case "scale":
			m.Scale = faults.text("scale", v)
		case "url":
			m.URL = faults.text("url", v)
		case "author":
			m.Author = faults.text("author", v)
		case "place":
			m.Place = faults.text("place", v)
		case "touchpoint":
			m.Touchpoint = faults.text("touchpoint", v)
		case "product":
			m.Product = faults.text("product", v)
		case "audience":
			n, _ := faults.number("audience", v)
			m.Audience = int(min(max(n, 0), 1e9))
		case "proof":
			m.Proof = faults.proof(v)
		}
	})
	if err != nil {
		return Mention{}, cx.Errorf(cx.Invalid, op, "the mention is no JSON object: %w", err)
	}
	if m.ID == "" {
		faults.missing("id", "is missing: give the number of the review or post in its network, so that the same is kept once")
	}
	if m.Network == "" {
		faults.missing("network", `is missing: say where it was said, such as "google"`)
	}
	if !timed {
		faults.missing("at", "is missing: say when it was published, such as 2026-03-02T09:00:00Z")
	}
	if m.Text == "" && !m.HasValue && !m.Deleted {
		faults.missing("text", "is missing, and so is rating: send what was said, or how it was rated")
	}
	if n := utf8.RuneCountInString(m.Text); n > MaxMention {
		faults.add("text", fmt.Sprintf("has %d characters: send at most %d", n, MaxMention))
	}
	switch scale, ok := ParseScale(m.Scale); {
	case m.Scale != "" && !ok:
		faults.add("scale", fmt.Sprintf(`%q is no scale: write the least and the greatest rating, such as "1-5"`, m.Scale))
	case m.HasValue && m.Scale == "":
		faults.missing("scale", `is missing: a rating declares its scale, such as "1-5"`)
	case m.HasValue && !scale.Contains(m.Rating):
		faults.add("rating", fmt.Sprintf("%v lies outside the scale %s", m.Rating, m.Scale))
	}
	if u, err := url.Parse(m.URL); m.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http") {
		faults.add("url", "must be the mention's address, such as https://example.com/r/81")
	}
	return m, cx.InvalidFaults(op, faults)
}

func (fs *faults) proof(v jsontext.Value) (p Proof) {
	const hint = `must be {"userId":"…"} or one object's type with its number, such as {"order":"77"}`
	if v.Kind() == 'n' {
		return p
	}
	n := 0
	err := members(v, func(name string, v jsontext.Value) {
		if n++; name == "userId" {
			p.UserID = fs.scalar("proof.userId", v)
		} else {
			p.Object, p.ID = name, fs.scalar("proof."+name, v)
		}
	})
	if err != nil || n != 1 || p.UserID == "" && p.ID == "" {
		fs.add("proof", hint)
	}
	return p
}
