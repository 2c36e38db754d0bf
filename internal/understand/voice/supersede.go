package voice

import (
	"context"
	"database/sql"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// question is one of an event; "" is all that it says.
type question struct {
	seq cx.Seq
	of  string
}

// instead is an event that takes the place of earlier ones: an answer that was
// corrected, or a mention as it is told now.
type instead struct {
	seq       cx.Seq
	corrects  []cx.Seq
	questions []string

	mention         *cx.MessageHash // of its network and id
	edited, deleted int64
}

// supersede notes what an event takes the place of.
func (b *batch) supersede(e cx.Event, h heardIn, salt []byte) {
	switch {
	case h.corrects != nil:
		b.instead = append(b.instead, instead{seq: e.Seq, corrects: h.corrects, questions: h.questions})
	case h.mention != nil:
		hash := cx.HashMessage(salt, h.mention.Network, h.mention.ID)
		i := instead{seq: e.Seq, mention: &hash, edited: int64(h.mention.Edited)}
		if h.mention.Deleted {
			i.deleted = 1
		}
		b.instead = append(b.instead, i)
	}
}

// supersede takes out what later events take the place of. Of a mention the
// newest edit counts, whenever it came; one that was taken back stays so.
func (w *writer) supersede(all []instead) error {
	for _, i := range all {
		for _, seq := range i.corrects {
			for _, of := range i.questions {
				if seq < i.seq { // an answer corrects none that comes after it
					if err := w.drop(question{seq, of}); err != nil {
						return err
					}
				}
			}
		}
		if i.mention == nil {
			continue
		}
		var was cx.Seq
		var edited, deleted int64
		err := w.tx.QueryRow(w.ctx, `SELECT seq, edited, deleted FROM published WHERE hash = $1`, i.mention[:]).Scan(&was, &edited, &deleted)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case deleted == 1 || i.deleted == 0 && edited >= i.edited:
			if err := w.drop(question{i.seq, ""}); err != nil {
				return err
			}
			continue
		default:
			if err := w.drop(question{was, ""}); err != nil {
				return err
			}
		}
		if err := w.exec(`INSERT INTO published (hash, seq, edited, deleted) VALUES ($1, $2, $3, $4)
			ON CONFLICT (hash) DO UPDATE SET seq = excluded.seq, edited = excluded.edited, deleted = excluded.deleted`,
			i.mention[:], i.seq, i.edited, i.deleted); err != nil {
			return err
		}
	}
	return nil
}

// drop lets a question of an event count no more.
func (w *writer) drop(q question) error {
	if err := w.exec(`INSERT INTO superseded (seq, question) VALUES ($1, $2) ON CONFLICT DO NOTHING`, q.seq, q.of); err != nil {
		return err
	}
	if err := w.exec(`DELETE FROM given WHERE seq = $1 AND (question = $2 OR $2 = '')`, q.seq, q.of); err != nil {
		return err
	}
	found, err := readRows(w.ctx, w.tx, `WHERE seq = $1`, q.seq)
	if err != nil {
		return err
	}
	for _, r := range found {
		if q.of == "" || w.s.index.contexts.keys[r.context].question == q.of {
			if err := w.remove(r.id); err != nil {
				return err
			}
		}
	}
	return nil
}

// readSuperseded returns what of the events in (after, through] counts no more.
func readSuperseded(ctx context.Context, tx *sqldb.Tx, after, through cx.Seq) (map[question]bool, error) {
	rows, err := tx.Query(ctx, `SELECT seq, question FROM superseded WHERE seq > $1 AND seq <= $2`, after, through)
	if err != nil {
		return nil, err
	}
	out := map[question]bool{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var q question
		err = rows.Scan(&q.seq, &q.of)
		out[q] = true
		return struct{}{}, err
	})
	return out, err
}
