package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Reclassify replaces what the model says of the facts of a chunk.
func (s *Store) Reclassify(ctx context.Context, c history.Chunk) error {
	done, err := s.rewrite(ctx)
	if err != nil {
		return tell("duckdb.Reclassify", err)
	}
	defer s.summariseWhenDue()
	defer done()
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.write(ctx, func(f *file, t *tables) (history.State, error) { return f.reclassify(ctx, t, c) })
	if err == nil {
		s.file.summarised = 0
		if s.file.state.Settled() {
			s.rewritten.Add(1)
		}
	}
	return tell("duckdb.Reclassify", err)
}

func (f *file) reclassify(ctx context.Context, t *tables, c history.Chunk) (history.State, error) {
	state := f.state
	if c.Model != state.Model && c.After == 0 {
		state.Model, state.Done, state.Upto = c.Model, 0, state.Position
	}
	if c.Model < f.state.Model || c.Model != state.Model || c.After != state.Done || c.Through < c.After {
		return state, cx.Errorf(cx.Conflict, "", "the chunk after %d of model %d does not go on from %d of model %d", c.After, c.Model, f.state.Done, f.state.Model)
	}
	state.Done = c.Through
	stored, err := f.stored(ctx, c.After, c.Through)
	if err != nil {
		return state, err
	}
	if err := t.exec(ctx, "DELETE FROM said; DELETE FROM said_links; DELETE FROM said_derived"); err != nil {
		return state, err
	}
	for i := range c.Facts {
		r := &c.Facts[i]
		if _, ok := stored[r.Seq]; !ok {
			continue // its words are numbered by nobody
		}
		w := numbering{t.words, r.Seq, nil}
		k := w.class(&r.Said.Class)
		if w.err != nil {
			return state, w.err
		}
		err := t.row("said", uint64(r.Seq), k.touchpoint, k.stage, k.channel, k.medium, k.area, k.supplier, k.place, k.valence, k.revenue, k.currency)
		if err != nil {
			return state, err
		}
		if err := t.said("said_", r.Seq, &r.Said); err != nil {
			return state, err
		}
	}
	if f.summarised > 0 {
		if err := t.exec(ctx, dropSummaries); err != nil {
			return state, err
		}
	}
	return state, t.exec(ctx, reclassify(c.After, c.Through))
}

// stored returns the seqs of the facts in (after, through].
func (f *file) stored(ctx context.Context, after, through cx.Seq) (map[cx.Seq]struct{}, error) {
	seqs := map[cx.Seq]struct{}{}
	query := fmt.Sprintf("SELECT seq FROM events WHERE seq > %d AND seq <= %d", after, through)
	return seqs, each(ctx, f.db, query, nil, func(rows *sql.Rows) error {
		var seq cx.Seq
		err := rows.Scan(&seq)
		seqs[seq] = struct{}{}
		return err
	})
}

// reclassify writes only what differs: most models move few facts.
func reclassify(after, through cx.Seq) string {
	within := fmt.Sprintf("seq BETWEEN %d AND %d", after+1, through)
	return `
UPDATE events SET touchpoint=s.touchpoint, stage=s.stage, channel=s.channel, medium=s.medium, area=s.area, supplier=s.supplier, place=s.place,
	valence=s.valence, revenue=s.revenue, currency=s.currency
FROM said s WHERE events.seq=s.seq AND events.` + within + ` AND
	(events.touchpoint, events.stage, events.channel, events.medium, events.area, events.supplier, events.place, events.valence, events.revenue, events.currency)
	IS DISTINCT FROM (s.touchpoint, s.stage, s.channel, s.medium, s.area, s.supplier, s.place, s.valence, s.revenue, s.currency);
UPDATE answers SET touchpoint=s.touchpoint, stage=s.stage, channel=s.channel, medium=s.medium, area=s.area, supplier=s.supplier, place=s.place
FROM said s WHERE answers.seq=s.seq AND answers.` + within + ` AND
	(answers.touchpoint, answers.stage, answers.channel, answers.medium, answers.area, answers.supplier, answers.place)
	IS DISTINCT FROM (s.touchpoint, s.stage, s.channel, s.medium, s.area, s.supplier, s.place);
DELETE FROM links WHERE ` + within + `;
INSERT INTO links SELECT * FROM said_links ORDER BY rowid;
DELETE FROM derived WHERE ` + within + `;
INSERT INTO derived SELECT * FROM said_derived ORDER BY rowid;`
}
