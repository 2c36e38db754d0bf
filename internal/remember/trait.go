package remember

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Trait is what is known of a customer by one name: the newest value, and what
// other sources said.
type Trait struct {
	Name string
	TraitValue
	Older []TraitValue // of other sources, newest first
}

// TraitValue is what a source said and when.
type TraitValue struct {
	Value  json.RawMessage
	Source string
	At     cx.Time
}

// said is one value of a trait as stored. JSON null takes the trait away.
type said struct {
	value string
	at    cx.Time
	seq   cx.Seq
}

// newer tells whether a was said after b.
func (a said) newer(b said) bool { return a.at > b.at || (a.at == b.at && a.seq > b.seq) }

// traitKey names what a source says of a trait.
type traitKey struct{ name, source string }

// putTraits remembers the traits that raw says, and calls fn with each.
func putTraits(into map[traitKey]said, raw []byte, e *cx.Event, fn func(name string, value jsontext.Value)) {
	fact.EachTrait(raw, func(name string, value jsontext.Value) {
		k, s := traitKey{name, e.Source}, said{string(value), e.At, e.Seq}
		if before, ok := into[k]; !ok || s.newer(before) {
			into[k] = s
		}
		fn(name, value)
	})
}

func hasNUL(s string) bool { return strings.ContainsRune(s, 0) || !utf8.ValidString(s) }

// textOf returns the text of a JSON string or number, trimmed and printable;
// "" of anything else.
func textOf(value []byte) string {
	v := jsontext.Value(value)
	switch v.Kind() {
	case '0':
		return string(v)
	case '"':
		text, err := jsontext.AppendUnquote(nil, v)
		if err == nil {
			return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", ""))
		}
	}
	return ""
}

// traitRow is a trait of one profile or organization by one source.
type traitRow struct {
	name string
	TraitValue
	seq cx.Seq
}

func scanTrait(rows *sql.Rows) (t traitRow, err error) {
	var value string
	err = rows.Scan(&t.name, &t.Source, &value, &t.At, &t.seq)
	t.Value = json.RawMessage(value)
	return t, err
}

// traitsOf gathers rows by name: the newest value first, of the others the
// newest of each source.
func traitsOf(rows []traitRow) []Trait {
	slices.SortFunc(rows, func(a, b traitRow) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(b.At, a.At), cmp.Compare(b.seq, a.seq))
	})
	var out []Trait
	for _, r := range rows {
		if n := len(out) - 1; n < 0 || out[n].Name != r.name {
			out = append(out, Trait{Name: r.name, TraitValue: r.TraitValue})
			continue
		}
		t := &out[len(out)-1]
		same := func(v TraitValue) bool { return v.Source == r.Source }
		if !same(t.TraitValue) && !slices.ContainsFunc(t.Older, same) && string(r.Value) != "null" {
			t.Older = append(t.Older, r.TraitValue)
		}
	}
	return slices.DeleteFunc(out, func(t Trait) bool { return string(t.Value) == "null" })
}

func customerTraits(ctx context.Context, tx *sqldb.Tx, c cx.CustomerNo) ([]Trait, error) {
	rows, err := tx.Query(ctx, `SELECT t.name, t.source, t.value, t.at, t.seq FROM profiles p JOIN traits t ON t.profile_no = p.profile_no WHERE p.customer_no = $1`, c)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanTrait)
	return traitsOf(all), err
}
