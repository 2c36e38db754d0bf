package quarantine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Holds names the shelf's stream.
func (q *Queue) Holds() []string { return []string{"shelf-" + shelfName} }

// kept is an item as it is handed over to whom it is about.
type kept struct {
	Source     string `json:"source"`
	Way        string `json:"way"`
	Reason     string `json:"reason"`
	ReceivedAt string `json:"received_at"`
	Message    string `json:"message"`
}

// Export returns the subject's items, newest first.
func (q *Queue) Export(ctx context.Context, s cx.Subject) ([]cx.Section, error) {
	items := []kept{}
	err := q.about(ctx, s, func(i Item) error {
		items = append(items, kept{i.Source, i.Way, i.Reason, i.ReceivedAt.String(), string(i.Raw)})
		return nil
	})
	return []cx.Section{{Name: "quarantine", Items: items}}, cx.Wrap("quarantine.Export", err)
}

// Erase removes the subject's items for ever. An item is the subject's when a
// value in its message names them; what was lived by somebody else of the same
// name stays.
func (q *Queue) Erase(ctx context.Context, s cx.Subject) (n int, err error) {
	err = q.about(ctx, s, func(i Item) error {
		err := q.shelf.Delete(ctx, i.ID)
		if cx.KindOf(err) == cx.NotFound { // mended or discarded meanwhile
			return nil
		}
		n++
		return err
	})
	return n, cx.Wrap("quarantine.Erase", err)
}

// Behind returns, ascending, the seqs of the events in the log that wait here
// because a view could not apply them, and are the subject's.
func (q *Queue) Behind(ctx context.Context, s cx.Subject) ([]cx.Seq, error) {
	var seqs []cx.Seq
	err := q.about(ctx, s, func(i Item) error {
		if i.Seq > 0 {
			seqs = append(seqs, i.Seq)
		}
		return nil
	})
	slices.Sort(seqs)
	return slices.Compact(seqs), cx.Wrap("quarantine.Behind", err)
}

// about calls fn with each item of a customer, newest first.
func (q *Queue) about(ctx context.Context, s cx.Subject, fn func(Item) error) error {
	if !s.Whole() {
		return nil // messages that were refused are nobody's past
	}
	names := namesOf(s.Values)
	for before := uint64(0); ; {
		found, err := q.shelf.List(ctx, before, maxList)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, f := range found {
			before = f.ID
			item, err := decode(f.ID, f.Data)
			if err != nil {
				return err
			}
			if !names.in(item) {
				continue
			}
			if err := fn(item); err != nil {
				return err
			}
		}
	}
}

// names finds a customer in messages by what names them.
type names struct {
	sure    map[string]bool // identifiers, folded: nobody else has them
	short   map[string]bool // identifiers of a few characters: theirs only where an identifier stands
	called  map[string]bool // names, which others may have too
	numbers map[string]bool // of phones: digits alone
}

// shortest is how many characters an identifier must have to be found anywhere
// in a message: quantities and postcodes have fewer.
const shortest = 6

func namesOf(values []string) names {
	n := names{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, v := range values {
		v = fold(v)
		switch {
		case v == "":
		case strings.ContainsRune(v, ' ') && number(v) == "":
			n.called[v] = true
		case len(v) < shortest:
			n.short[v] = true
		default:
			n.sure[v] = true
		}
		if d := number(v); d != "" {
			n.numbers[d] = true
		}
	}
	return n
}

func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// number returns the digits of what is written like a phone number, else "".
func number(s string) string {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
	if len(digits) < 7 || strings.Trim(s, "+0123456789 -./()") != "" {
		return ""
	}
	return strings.TrimPrefix(digits, "00")
}

// in tells whether the item is the customer's.
func (n names) in(item Item) bool {
	var sure, called, identified bool
	for _, object := range [][]byte{item.Raw, item.Context} {
		err := scalars(object, func(path, value string) {
			value = fold(value)
			digits := number(value)
			place := place(path)
			sure = sure || n.sure[value] || digits != "" && n.numbers[digits] || place && n.short[value]
			called = called || n.called[value]
			identified = identified || place && value != "" && !strings.Contains(path, "traits")
		})
		if err != nil && n.mentioned(object) {
			return true
		}
	}
	return sure || called && !identified
}

// place tells whether an identifier stands at a path of a message.
func place(path string) bool {
	switch path[strings.LastIndexByte(path, '/')+1:] {
	case "userId", "anonymousId", "previousId":
		return true
	}
	return strings.HasPrefix(path, "/traits/") || strings.HasPrefix(path, "/context/traits/")
}

// mentioned tells whether what is no JSON holds an identifier anyway.
func (n names) mentioned(raw []byte) bool {
	folded := bytes.ToLower(raw)
	for v := range n.sure {
		if bytes.Contains(folded, []byte(v)) {
			return true
		}
	}
	return false
}

// scalars calls fn with each text and number of a JSON value, and the pointer
// to it. The error tells where it stops being JSON.
func scalars(src []byte, fn func(path, value string)) error {
	if len(src) == 0 {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(src), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch t.Kind() {
		case '"', '0':
			if at, n := d.StackIndex(d.StackDepth()); at == '{' && n%2 == 1 {
				continue // a member's name
			}
			fn(string(d.StackPointer()), t.String())
		}
	}
}
