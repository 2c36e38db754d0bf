package voice

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// writer writes a batch in one transaction. What it interns it adds to the
// index at once: when the transaction fails the index is read again.
type writer struct {
	s       *Service
	ctx     context.Context
	tx      *sqldb.Tx
	ids     ids
	rows    []row // written, as they are now
	removed []int64
	unused  []uint32 // contexts that were removed
}

func (w *writer) exec(query string, args ...any) error {
	_, err := w.tx.Exec(w.ctx, query, args...)
	return err
}

func (w *writer) write(b *batch, again *stretch) error {
	part := stretch{w.s.state.position, math.MaxInt64}
	if again != nil {
		part = *again
	} else if err := w.supersede(b.instead); err != nil {
		return err
	}
	gone, err := readSuperseded(w.ctx, w.tx, part.after, part.through)
	if err != nil {
		return err
	}
	there := map[Ref]stored{}
	overlays := map[Ref]Label{}
	guesses := map[Ref]string{}
	if again != nil {
		if there, err = readStored(w.ctx, w.tx, part.after, part.through); err != nil {
			return err
		}
		if overlays, err = readLabels(w.ctx, w.tx, part.after, part.through); err != nil {
			return err
		}
		if guesses, err = readGuesses(w.ctx, w.tx, part.after, part.through); err != nil {
			return err
		}
	}
	for _, c := range b.clusters {
		if err := w.exec(`INSERT INTO clusters (profile_no, customer_no) VALUES ($1, $2)
			ON CONFLICT (profile_no) DO UPDATE SET customer_no = excluded.customer_no`, c.Profile, c.Customer); err != nil {
			return err
		}
	}
	for _, g := range b.scores {
		if gone[question{g.seq, g.question}] {
			continue
		}
		no, err := w.score(&g.Score)
		if err == nil {
			err = w.exec(`INSERT INTO given (seq, item, question, response, profile_no, score) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
				g.seq, g.item, g.question, g.response, g.profile, no)
		}
		if err != nil {
			return err
		}
	}
	for i := range b.texts {
		d := &b.texts[i]
		if gone[question{d.Seq, d.Question}] || gone[question{d.Seq, ""}] {
			continue
		}
		if l, ok := overlays[d.Ref]; ok {
			d.Reading = l.over(d.Reading)
		}
		d.Reading = w.s.guessed(d.Reading, overlays[d.Ref], guesses[d.Ref])
		old, ok := there[d.Ref]
		delete(there, d.Ref)
		if err := w.text(d, old, ok); err != nil {
			return err
		}
	}
	for _, old := range there { // the model counts it as a text no more
		if err := w.remove(old.id); err != nil {
			return err
		}
	}
	for _, response := range slices.Sorted(maps.Keys(b.responses)) {
		if err := w.rescore(b, response); err != nil {
			return err
		}
	}
	for _, l := range b.labels {
		if err := w.label(l); err != nil {
			return err
		}
	}
	for _, g := range b.guesses {
		if err := w.guess(g); err != nil {
			return err
		}
	}
	return nil
}

// text inserts a draft, or makes what is stored like it.
func (w *writer) text(d *draft, old stored, there bool) error {
	if d.hash != (cx.MessageHash{}) {
		first := d.Seq
		if err := w.tx.QueryRow(w.ctx, `INSERT INTO heard (hash, seq) VALUES ($1, $2) ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash RETURNING seq`,
			d.hash[:], d.Seq).Scan(&first); err != nil {
			return err
		}
		if first != d.Seq {
			return nil // it came twice
		}
	}
	if there && old.words != d.Words {
		if err := w.remove(old.id); err != nil {
			return err
		}
		there = false
	}
	r := row{seq: d.Seq, item: uint16(d.Item), profile: d.Profile, sentiment: float32(d.Sentiment)}
	var err error
	if r.context, err = w.where(where{
		d.Kind, d.Source, d.Name, d.Question, d.Touchpoint, d.Stage, d.Channel, d.Medium, d.Area, d.Supplier, d.Place,
	}); err != nil {
		return err
	}
	if r.reading, err = w.reading(d.Reading); err != nil {
		return err
	}
	if r.score, err = w.score(d.Score); err != nil {
		return err
	}
	if there {
		r.id = old.id
		err = w.exec(`UPDATE texts SET context = $1, reading = $2, score = $3, sentiment = $4 WHERE id = $5`,
			r.context, r.reading, r.score, d.Sentiment, r.id)
	} else {
		r.id = w.ids.of(d.At)
		err = w.insert(d, r)
	}
	w.rows = append(w.rows, r)
	return err
}

// insert inserts a text, and in the search index.
func (w *writer) insert(d *draft, r row) error {
	columns, values := ``, ``
	args := []any{r.id, r.seq, d.Item, r.profile, d.At, r.context, r.reading, r.score, d.Sentiment, d.Response, d.Words}
	if w.tx.Dialect() == sqldb.Postgres {
		columns, values = `, search`, `, to_tsvector('simple', $12)`
		args = append(args, fold(d.Words))
	}
	err := w.exec(`INSERT INTO texts (id, seq, item, profile_no, at, context, reading, score, sentiment, response, words`+columns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11`+values+`)`, args...)
	if err == nil && w.tx.Dialect() == sqldb.SQLite {
		err = w.exec(`INSERT INTO texts_fts (rowid, words) VALUES ($1, $2)`, r.id, d.Words)
	}
	return err
}

// remove removes a text, and from the search index.
func (w *writer) remove(id int64) error {
	w.removed = append(w.removed, id)
	if w.tx.Dialect() == sqldb.SQLite {
		if err := w.exec(`INSERT INTO texts_fts (texts_fts, rowid, words) SELECT 'delete', id, words FROM texts WHERE id = $1`, id); err != nil {
			return err
		}
	}
	return w.exec(`DELETE FROM texts WHERE id = $1`, id)
}

// intern returns the number of k, and whether it is new. Only the writer adds
// numbers, so only that waits for who reads.
func intern[K comparable](s *Service, n *numbered[K], k K) (no uint32, fresh bool) {
	if no, ok := n.no[k]; ok {
		return no, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	no = uint32(len(n.keys))
	n.put(no, k)
	return no, true
}

func (w *writer) where(k where) (uint32, error) {
	no, fresh := intern(w.s, &w.s.index.contexts, k)
	if !fresh {
		return no, nil
	}
	return no, w.exec(`INSERT INTO contexts (no, kind, source, name, question, touchpoint, stage, channel, medium, area, supplier, place)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		no, string(k.kind), k.source, k.name, k.question, k.touchpoint, k.stage, k.channel, k.medium, k.area, k.supplier, k.place)
}

func (w *writer) reading(r Reading) (uint32, error) {
	k := marked(r)
	no, fresh := intern(w.s, &w.s.index.readings, k)
	if !fresh {
		return no, nil
	}
	bit := map[bool]int{true: 1}
	return no, w.exec(`INSERT INTO readings (no, language, polarity, emotion, topics, corrected, alone, elsewhere) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		no, k.language, k.polarity, k.emotion, k.topics, bit[k.corrected], k.alone, bit[k.elsewhere])
}

func (w *writer) score(s *Score) (uint32, error) {
	if s == nil {
		return 0, nil
	}
	no, fresh := intern(w.s, &w.s.index.scores, *s)
	if !fresh {
		return no, nil
	}
	return no, w.exec(`INSERT INTO scores (no, metric, scale, value) VALUES ($1, $2, $3, $4)`, no, s.Metric, s.Scale, s.Value)
}

// rescore gives the texts of a response the score of it that counts first,
// whichever of its events brought it, and reads them beside it.
func (w *writer) rescore(b *batch, response string) error {
	rows, err := w.tx.Query(w.ctx, `SELECT score, seq, item FROM given WHERE response = $1 ORDER BY seq, item`, response)
	if err != nil {
		return err
	}
	best, bestRank := uint32(0), len(metrics)
	if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var no uint32
		var seq cx.Seq
		var item int
		if err = rows.Scan(&no, &seq, &item); err == nil {
			if k := rank(w.s.index.scores.keys[no].Metric); k < bestRank {
				best, bestRank = no, k
			}
		}
		return struct{}{}, err
	}); err != nil {
		return err
	}
	found, err := readRows(w.ctx, w.tx, `WHERE response = $1 AND score <> $2`, response, best)
	if err != nil {
		return err
	}
	for _, r := range found {
		r.score = best
		if err := w.exec(`UPDATE texts SET score = $1 WHERE id = $2`, best, r.id); err != nil {
			return err
		}
		as, err := w.afresh(b, r)
		if err != nil {
			return err
		}
		if err := w.readAs(r, as); err != nil {
			return err
		}
	}
	return nil
}

// afresh reads a text that is there beside the score that it has now.
func (w *writer) afresh(b *batch, r row) (Reading, error) {
	var words string
	if err := w.tx.QueryRow(w.ctx, `SELECT words FROM texts WHERE id = $1`, r.id).Scan(&words); err != nil {
		return Reading{}, err
	}
	var score *Score
	if r.score != 0 {
		score = &w.s.index.scores.keys[r.score]
	}
	labels, err := readLabels(w.ctx, w.tx, r.seq-1, r.seq)
	if err != nil {
		return Reading{}, err
	}
	guesses, err := readGuesses(w.ctx, w.tx, r.seq-1, r.seq)
	if err != nil {
		return Reading{}, err
	}
	as, ref := readWith(b.reader, b.model, words, score), Ref{r.seq, int(r.item)}
	l, corrected := labels[ref]
	if corrected {
		as = l.over(as)
	}
	return w.s.guessed(as, l, guesses[ref]), nil
}

// replace shows a row that is written already as it is now.
func (w *writer) replace(r row) {
	if i := slices.IndexFunc(w.rows, func(o row) bool { return o.id == r.id }); i >= 0 {
		w.rows[i] = r
		return
	}
	w.rows = append(w.rows, r)
}

// label stores what a person said of a text, over what was said before.
func (w *writer) label(l labelled) error {
	before, err := readLabels(w.ctx, w.tx, l.ref.Seq-1, l.ref.Seq)
	if err != nil {
		return err
	}
	merged := before[l.ref].merge(l.Label)
	if err := w.exec(`INSERT INTO labels (seq, item, language, polarity, emotion, topics, person, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (seq, item) DO UPDATE SET language = excluded.language, polarity = excluded.polarity, emotion = excluded.emotion,
		topics = excluded.topics, person = excluded.person, at = excluded.at`,
		l.ref.Seq, l.ref.Item, merged.Language, merged.Polarity, merged.Emotion, merged.topics(), l.by, l.at); err != nil {
		return err
	}
	found, err := readRows(w.ctx, w.tx, `WHERE seq = $1 AND item = $2`, l.ref.Seq, l.ref.Item)
	if err != nil {
		return err
	}
	for _, r := range found {
		k := w.s.index.readings.keys[r.reading]
		if err := w.readAs(r, merged.over(k.reading(float64(r.sentiment)))); err != nil {
			return err
		}
	}
	return nil
}

// readAs gives a text that is there another reading.
func (w *writer) readAs(r row, as Reading) (err error) {
	if r.reading, err = w.reading(as); err != nil {
		return err
	}
	r.sentiment = float32(as.Sentiment)
	if err := w.exec(`UPDATE texts SET reading = $1, sentiment = $2 WHERE id = $3`, r.reading, as.Sentiment, r.id); err != nil {
		return err
	}
	w.replace(r)
	return nil
}

// stored is a text that is there.
type stored struct {
	id    int64
	words string
}

func readStored(ctx context.Context, tx *sqldb.Tx, after, through cx.Seq) (map[Ref]stored, error) {
	rows, err := tx.Query(ctx, `SELECT seq, item, id, words FROM texts WHERE seq > $1 AND seq <= $2`, after, through)
	if err != nil {
		return nil, err
	}
	out := map[Ref]stored{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
		var ref Ref
		var s stored
		err = rows.Scan(&ref.Seq, &ref.Item, &s.id, &s.words)
		out[ref] = s
		return struct{}{}, err
	})
	return out, err
}

const rowColumns = `SELECT id, seq, item, profile_no, context, reading, score, sentiment FROM texts `

func readRows(ctx context.Context, tx *sqldb.Tx, which string, args ...any) ([]row, error) {
	rows, err := tx.Query(ctx, rowColumns+which+` ORDER BY id`, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (r row, err error) {
		var sentiment float64
		err = rows.Scan(&r.id, &r.seq, &r.item, &r.profile, &r.context, &r.reading, &r.score, &sentiment)
		r.sentiment = float32(sentiment)
		return r, err
	})
}

// certain reads everything again when the last transaction may have been
// committed without our knowing.
func (s *Service) certain(ctx context.Context) error {
	if !s.doubt {
		return nil
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	s.doubt = false
	return nil
}

// load reads the state and the index.
func (s *Service) load(ctx context.Context) error {
	x, st, have := newIndex(), state{}, version
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT version, position, model, text_model, done, upto FROM voice_state`).
			Scan(&have, &st.position, &st.model, &st.reader, &st.done, &st.upto)
		if err != nil {
			return err
		}
		return x.read(ctx, tx)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO voice_state (version, position, model, text_model, done, upto) VALUES ($1, 0, 0, '', 0, 0)`, version)
			return err
		})
	}
	if err != nil {
		return err
	}
	if have != version {
		return ErrSchema
	}
	s.mu.Lock()
	s.index, s.state = x, st
	s.mu.Unlock()
	return nil
}

func (x *index) read(ctx context.Context, tx *sqldb.Tx) error {
	each := func(query string, scan func(rows *sql.Rows) error) error {
		rows, err := tx.Query(ctx, query)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) { return struct{}{}, scan(rows) })
		return err
	}
	return errors.Join(
		each(`SELECT no, kind, source, name, question, touchpoint, stage, channel, medium, area, supplier, place FROM contexts`, func(rows *sql.Rows) error {
			var no uint32
			var k where
			err := rows.Scan(&no, &k.kind, &k.source, &k.name, &k.question, &k.touchpoint, &k.stage, &k.channel, &k.medium, &k.area, &k.supplier, &k.place)
			x.contexts.put(no, k)
			return err
		}),
		each(`SELECT no, language, polarity, emotion, topics, corrected, alone, elsewhere FROM readings`, func(rows *sql.Rows) error {
			var no, corrected, elsewhere uint32
			var k mark
			err := rows.Scan(&no, &k.language, &k.polarity, &k.emotion, &k.topics, &corrected, &k.alone, &elsewhere)
			k.corrected, k.elsewhere = corrected == 1, elsewhere == 1
			x.readings.put(no, k)
			return err
		}),
		each(`SELECT no, metric, scale, value FROM scores`, func(rows *sql.Rows) error {
			var no uint32
			var k Score
			err := rows.Scan(&no, &k.Metric, &k.Scale, &k.Value)
			x.scores.put(no, k)
			return err
		}),
		each(`SELECT profile_no, customer_no FROM clusters ORDER BY profile_no`, func(rows *sql.Rows) error {
			var p, c cx.ProfileNo
			err := rows.Scan(&p, &c)
			x.setCustomer(p, c)
			return err
		}),
		func() (err error) {
			x.rows, err = readRows(ctx, tx, ``)
			return err
		}(),
	)
}
