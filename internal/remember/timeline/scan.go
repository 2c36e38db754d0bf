package timeline

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const itemColumns = `SELECT seq, profile_no, at, received_at, kind, name, source, message_id, user_id, org, touchpoint, properties, traits, context, answer FROM timeline `

// scanItem reads an item and tells its class under m.
func scanItem(m *model.Model) func(*sql.Rows) (Item, error) {
	return func(rows *sql.Rows) (Item, error) {
		var (
			i                                        Item
			user, org, touchpoint                    sql.NullString
			properties, traits, eventContext, answer sql.NullString
		)
		err := rows.Scan(&i.Seq, &i.Profile, &i.At, &i.ReceivedAt, &i.Kind, &i.Name, &i.Source, &i.MessageID,
			&user, &org, &touchpoint, &properties, &traits, &eventContext, &answer)
		if err != nil {
			return Item{}, err
		}
		i.UserID, i.Organization = user.String, org.String
		i.Properties, i.Traits = raw(properties), raw(traits)
		if answer.Valid {
			i.Answer = new(fact.Answer)
			if err := json.Unmarshal([]byte(answer.String), i.Answer); err != nil {
				return Item{}, fmt.Errorf("answer of seq %d: %w", i.Seq, err)
			}
		}
		i.Class = m.Classify(model.Fact{
			Kind: i.Kind, Name: i.Name, Source: i.Source, At: i.At, UserID: i.UserID, Touchpoint: touchpoint.String,
			Properties: i.Properties, Traits: i.Traits, Context: raw(eventContext),
		})
		return i, nil
	}
}

func raw(s sql.NullString) []byte {
	if !s.Valid {
		return nil
	}
	return []byte(s.String)
}

// Line says whose line is read.
type Line struct {
	condition string // with $1
	value     any
	episodes  bool
}

// OfProfile is the line of a customer with one profile.
func OfProfile(p cx.ProfileNo) Line { return Line{"profile_no = $1", p, true} }

// OfCustomer is the line of a customer with several.
func OfCustomer(c cx.CustomerNo) Line {
	return Line{"profile_no IN (SELECT profile_no FROM profiles WHERE customer_no = $1)", c, true}
}

// OfOrganization is the line of what carries a groupId. It has no episodes:
// those are a customer's.
func OfOrganization(id string) Line { return Line{"org = $1", id, false} }

// walk reads a line from a place on, a chunk at a time, in one direction.
type walk struct {
	ctx    context.Context
	tx     *sqldb.Tx
	m      *model.Model
	line   Line
	down   bool   // to older items
	at     Cursor // the last item read, or the place to begin after
	size   int    // of the next chunk
	window cx.Window

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

func (w *walk) read() error {
	order, compare := "ASC", ">"
	if w.down {
		order, compare = "DESC", "<"
	}
	var where strings.Builder
	where.WriteString("WHERE " + w.line.condition + " AND (at, seq) " + compare + " ($2, $3)")
	args := []any{w.line.value, w.at[0], w.at[1], w.size}
	// Keys first, from the index alone: a customer of many profiles is sorted
	// without its bodies.
	query := itemColumns + `WHERE seq IN (SELECT seq FROM timeline ` + where.String() + ` ORDER BY at ` + order + `, seq ` + order + ` LIMIT $4) ORDER BY at ` + order + `, seq ` + order
	rows, err := w.tx.Query(w.ctx, query, args...)
	if err != nil {
		return err
	}
	if w.chunk, err = sqldb.Collect(rows, scanItem(w.m)); err != nil {
		return err
	}
	w.ended = len(w.chunk) < w.size
	if n := len(w.chunk); n > 0 {
		w.at = Cursor{int64(w.chunk[n-1].At), int64(w.chunk[n-1].Seq)}
	}
	w.size = min(w.size*2, maxChunk)
	return nil
}
