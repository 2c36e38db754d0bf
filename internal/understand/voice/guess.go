package voice

import (
	"bytes"
	"context"
	"database/sql"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// guessedEvent is the decision that a text is about a topic, as a language model
// elsewhere says; a rebuild need not ask it again.
const guessedEvent = "vivencia.label.guessed"

// guess is what was said elsewhere of one text.
type guess struct {
	Text  string `json:"text"`  // a Ref
	Topic string `json:"topic"` // "": none of the topics
	By    string `json:"by"`    // the model's name
	ref   Ref
}

func guessOf(e cx.Event) (g guess, err error) {
	if err = json.Unmarshal(bytes.Clone(e.Properties), &g); err == nil {
		g.ref, err = ParseRef(g.Text)
	}
	return g, err
}

// guessed returns a reading with the guess of a topic: where our model knows none,
// no person said which, and the topic is still one of ours.
func (s *Service) guessed(r Reading, l Label, topic string) Reading {
	if topic == "" || l.Topics != nil || len(r.Topics) > 0 {
		return r
	}
	m := s.c.Models.Current().Model
	if _, ok := m.Topic(topic); ok || len(m.Topics) == 0 {
		r.Topics, r.Elsewhere = []string{topic}, true
	}
	return r
}

// guess stores what was said elsewhere of a text.
func (w *writer) guess(g guess) error {
	if err := w.exec(`INSERT INTO guesses (seq, item, topic) VALUES ($1, $2, $3) ON CONFLICT (seq, item) DO UPDATE SET topic = excluded.topic`,
		g.ref.Seq, g.ref.Item, g.Topic); err != nil {
		return err
	}
	labels, err := readLabels(w.ctx, w.tx, g.ref.Seq-1, g.ref.Seq)
	if err != nil {
		return err
	}
	found, err := readRows(w.ctx, w.tx, `WHERE seq = $1 AND item = $2`, g.ref.Seq, g.ref.Item)
	if err != nil {
		return err
	}
	for _, r := range found {
		now := w.s.index.readings.keys[r.reading].reading(float64(r.sentiment))
		if as := w.s.guessed(now, labels[g.ref], g.Topic); as.Elsewhere {
			if err := w.readAs(r, as); err != nil {
				return err
			}
		}
	}
	return nil
}

// readGuesses reads what was said elsewhere of the texts in (after, through].
func readGuesses(ctx context.Context, tx *sqldb.Tx, after, through cx.Seq) (map[Ref]string, error) {
	rows, err := tx.Query(ctx, `SELECT seq, item, topic FROM guesses WHERE seq > $1 AND seq <= $2`, after, through)
	if err != nil {
		return nil, err
	}
	out := map[Ref]string{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var ref Ref
		var topic string
		err = rows.Scan(&ref.Seq, &ref.Item, &topic)
		out[ref] = topic
		return struct{}{}, err
	})
	return out, err
}
