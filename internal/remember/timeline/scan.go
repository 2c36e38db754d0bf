package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const itemColumns = `SELECT seq, profile_no, at, kind, name, source, org, body FROM timeline `

// scanItem reads an item and tells its class under m.
func scanItem(m *model.Model) func(*sql.Rows) (Item, error) {
	return func(rows *sql.Rows) (Item, error) {
		var (
			i      Item
			org    sql.NullString
			stored sql.RawBytes
		)
		if err := rows.Scan(&i.Seq, &i.Profile, &i.At, &i.Kind, &i.Name, &i.Source, &org, &stored); err != nil {
			return Item{}, err
		}
		b, err := decodeBody(stored)
		if err != nil {
			return Item{}, fmt.Errorf("seq %d: %w", i.Seq, err)
		}
		i.ReceivedAt, i.MessageID, i.UserID, i.Organization = b.ReceivedAt, b.MessageID, b.UserID, org.String
		i.Properties, i.Traits = b.Properties, b.Traits
		if b.Answer != nil {
			i.Answer = new(fact.Answer)
			if err := json.Unmarshal(b.Answer, i.Answer); err != nil {
				return Item{}, fmt.Errorf("answer of seq %d: %w", i.Seq, err)
			}
		}
		i.Class = m.Classify(model.Fact{
			Kind: i.Kind, Name: i.Name, Source: i.Source, At: i.At, UserID: i.UserID, Touchpoint: b.Touchpoint,
			Properties: i.Properties, Traits: i.Traits, Context: b.Context,
		})
		return i, nil
	}
}

// Line says whose line is read.
type Line struct {
	condition string // with $1; "" when profiles are read one by one
	value     any
	profiles  []cx.ProfileNo
	episodes  bool
}

// oneByOne is up to how many profiles are read each by itself and merged;
// the lines of more are sorted by the database.
const oneByOne = 32

// OfProfile is the line of a profile.
func OfProfile(p cx.ProfileNo) Line {
	return Line{condition: "profile_no = $1", value: p, episodes: true}
}

// OfCustomer is the line of a customer, with all its profiles.
func OfCustomer(c cx.CustomerNo, profiles []cx.ProfileNo) Line {
	switch {
	case len(profiles) == 1:
		return OfProfile(profiles[0])
	case len(profiles) <= oneByOne:
		return Line{profiles: profiles, episodes: true}
	}
	return Line{condition: "profile_no IN (SELECT profile_no FROM profiles WHERE customer_no = $1)", value: c, episodes: true}
}

// OfOrganization is the line of what carries a groupId. It has no episodes:
// those are a customer's.
func OfOrganization(id string) Line { return Line{condition: "org = $1", value: id} }

// walk reads a line from a place on, a chunk at a time, in one direction.
type walk struct {
	ctx  context.Context
	tx   *sqldb.Tx
	m    *model.Model
	line Line
	down bool   // to older items
	at   Cursor // the last item read, or the place to begin after
	size int    // of the next chunk

	chunk []Item
	ended bool
}

// maxChunk bounds how many items are read at once.
const maxChunk = 256

// next returns the next item; nil at the end of the line.
func (w *walk) next() (*Item, error) {
	if len(w.chunk) == 0 && !w.ended {
		if err := w.read(); err != nil {
			return nil, err
		}
	}
	if len(w.chunk) == 0 {
		return nil, nil
	}
	i := &w.chunk[0]
	w.chunk = w.chunk[1:]
	return i, nil
}

func (w *walk) read() (err error) {
	order, compare := "ASC", ">"
	if w.down {
		order, compare = "DESC", "<"
	}
	sorted := " ORDER BY at " + order + ", seq " + order
	after := " AND (at, seq) " + compare + " ($2, $3)" + sorted + " LIMIT $4"
	if w.line.profiles == nil {
		// Keys first, from the index alone: what must be sorted is sorted
		// without its bodies.
		w.chunk, err = w.items(`WHERE seq IN (SELECT seq FROM timeline WHERE `+w.line.condition+after+`)`+sorted, w.line.value, w.at[0], w.at[1], w.size)
	} else {
		err = w.merge(`SELECT at, seq FROM timeline WHERE profile_no = $1`+after, sorted)
	}
	if err != nil {
		return err
	}
	w.ended = len(w.chunk) < w.size
	if n := len(w.chunk); n > 0 {
		w.at = Cursor{int64(w.chunk[n-1].At), int64(w.chunk[n-1].Seq)}
	}
	w.size = min(w.size*2, maxChunk)
	return nil
}

func (w *walk) items(where string, args ...any) ([]Item, error) {
	rows, err := w.tx.Query(w.ctx, itemColumns+where, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanItem(w.m))
}

// merge reads the next chunk of each profile's keys, keeps the first, and reads
// those items.
func (w *walk) merge(query, sorted string) error {
	var keys []Cursor
	for _, p := range w.line.profiles {
		rows, err := w.tx.Query(w.ctx, query, p, w.at[0], w.at[1], w.size)
		if err != nil {
			return err
		}
		some, err := sqldb.Collect(rows, func(rows *sql.Rows) (c Cursor, err error) { return c, rows.Scan(&c[0], &c[1]) })
		if err != nil {
			return err
		}
		keys = append(keys, some...)
	}
	slices.SortFunc(keys, func(a, b Cursor) int {
		if w.down {
			a, b = b, a
		}
		return slices.Compare(a[:], b[:])
	})
	for keys = keys[:min(len(keys), w.size)]; len(keys) > 0; keys = keys[min(len(keys), seqsPerQuery):] {
		args := make([]any, seqsPerQuery)
		for i := range args {
			args[i] = keys[min(i, len(keys)-1)][1]
		}
		some, err := w.items(`WHERE seq IN (`+identity.Placeholders(1, seqsPerQuery)+`)`+sorted, args...)
		if err != nil {
			return err
		}
		w.chunk = append(w.chunk, some...)
	}
	return nil
}

const seqsPerQuery = 64
