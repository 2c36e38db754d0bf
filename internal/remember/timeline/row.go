package timeline

import (
	"bytes"
	"context"
	"embed"
	"math"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Migrate makes the tables when they are missing.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	return cx.Wrap("timeline.Migrate", db.Migrate(ctx, "remember/timeline", migrations))
}

// Row is an event as it is stored.
type Row struct {
	Event   *cx.Event
	Profile cx.ProfileNo
	Answer  *fact.Answer // answers only
	Traits  []byte       // answers only: the customer's as they were; a JSON object
}

const (
	insertHead = `INSERT INTO timeline (seq, profile_no, at, kind, name, source, org, body)`
	columns    = 8
)

// Insert stores rows. What it needs of their events is copied.
func Insert(ctx context.Context, tx *sqldb.Tx, rows []Row) error {
	args := make([]any, 0, len(rows)*columns)
	var scratch []byte
	for i := range rows {
		r := &rows[i]
		e := r.Event
		properties, traits := e.Properties, e.Traits
		if e.Kind == cx.Decision && e.Name == model.AppliedEvent {
			properties = nil // the whole model: it is kept elsewhere
		}
		var answer []byte
		if r.Answer != nil {
			traits = r.Traits
			var err error
			if answer, err = json.Marshal(r.Answer); err != nil {
				return cx.Wrap("timeline.Insert", err)
			}
		}
		b := body{e.ReceivedAt, e.MessageID, e.UserID, model.FactOf(*e).Touchpoint, properties, traits, shorter(e.Context), answer}
		args = append(args, int64(e.Seq), int64(r.Profile), int64(e.At), int64(e.Kind), e.Name, e.Source, text(e.GroupID), b.encode(&scratch))
	}
	return cx.Wrap("timeline.Insert", identity.InsertRows(ctx, tx, insertHead, columns, "", args))
}

// text is NULL for what is empty.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// shorter leaves out of a context what is kept elsewhere (traits) and what is
// long and tells nothing of what was lived (the browser's own description).
func shorter(context []byte) []byte {
	if len(context) == 0 {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewBuffer(context))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return nil
	}
	out := make([]byte, 1, len(context))
	out[0] = '{'
	for dec.PeekKind() == '"' {
		name, err := dec.ReadValue()
		if err != nil {
			return nil
		}
		start := len(out)
		if start > 1 {
			out = append(out, ',')
		}
		out = append(append(out, name...), ':')
		switch string(name) {
		case `"traits"`, `"userAgent"`, `"userAgentData"`:
			out = out[:start]
			if dec.SkipValue() != nil {
				return nil
			}
			continue
		}
		value, err := dec.ReadValue()
		if err != nil {
			return nil
		}
		out = append(out, value...)
	}
	if len(out) == 1 {
		return nil
	}
	return append(out, '}')
}

// InsertCircumstance stores what was so.
func InsertCircumstance(ctx context.Context, tx *sqldb.Tx, c Circumstance) error {
	until := c.Until
	if until == 0 {
		until = math.MaxInt64
	}
	_, err := tx.Exec(ctx, `INSERT INTO circumstances (seq, anchor, kind, place, touchpoint, product, supplier, from_at, until_at, value) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		c.Seq, anchor(c), c.Kind, c.Place, c.Touchpoint, c.Product, c.Supplier, c.From, until, c.Value)
	return cx.Wrap("timeline.InsertCircumstance", err)
}

// Rewrite gives the properties of an event another text.
func Rewrite(ctx context.Context, tx *sqldb.Tx, seq cx.Seq, rewrite func(name string, properties []byte) ([]byte, error)) error {
	return cx.Wrap("timeline.Rewrite", change(ctx, tx, seq, func(name string, b *body) (err error) {
		b.Properties, err = rewrite(name, b.Properties)
		return err
	}))
}

// SetTraits gives an answer other traits of its customer as they were.
func SetTraits(ctx context.Context, tx *sqldb.Tx, seq cx.Seq, traits []byte) error {
	return cx.Wrap("timeline.SetTraits", change(ctx, tx, seq, func(_ string, b *body) error {
		b.Traits = traits
		return nil
	}))
}

func change(ctx context.Context, tx *sqldb.Tx, seq cx.Seq, fn func(name string, b *body) error) error {
	var name string
	var stored []byte
	if err := tx.QueryRow(ctx, `SELECT name, body FROM timeline WHERE seq = $1`, seq).Scan(&name, &stored); err != nil {
		return err
	}
	b, err := decodeBody(stored)
	if err == nil {
		err = fn(name, &b)
	}
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE timeline SET body = $1 WHERE seq = $2`, b.encode(new([]byte)), seq)
	}
	return err
}
