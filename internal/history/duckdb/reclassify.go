package duckdb

import (
	"context"
	"fmt"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Reclassify replaces what the model says of the facts of a chunk.
func (s *Store) Reclassify(ctx context.Context, c history.Chunk) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.state
	if c.Model != state.Model && c.After == 0 {
		state.Model, state.Done, state.Upto = c.Model, 0, state.Position
	}
	if c.Model < s.state.Model || c.Model != state.Model || c.After != state.Done || c.Through < c.After {
		return cx.Errorf(cx.Conflict, "duckdb.Reclassify", "the chunk after %d of model %d does not go on from %d of model %d", c.After, c.Model, s.state.Done, s.state.Model)
	}
	state.Done = c.Through
	err := s.write(ctx, func(t *tables) (history.State, error) {
		if err := t.exec(ctx, "DELETE FROM said; DELETE FROM said_links; DELETE FROM said_derived"); err != nil {
			return state, err
		}
		for i := range c.Facts {
			f := &c.Facts[i]
			w := numbering{t.words, f.Seq, nil}
			k := w.class(&f.Said.Class)
			if w.err != nil {
				return state, w.err
			}
			err := t.row("said", uint64(f.Seq), k.touchpoint, k.stage, k.channel, k.medium, k.area, k.supplier, k.place, k.valence, k.revenue, k.currency)
			if err != nil {
				return state, err
			}
			if err := t.said("said_", f.Seq, &f.Said); err != nil {
				return state, err
			}
		}
		return state, t.exec(ctx, reclassify(c.After, c.Through))
	})
	return cx.Wrap("duckdb.Reclassify", err)
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
INSERT INTO links SELECT l.* FROM said_links l SEMI JOIN (SELECT seq FROM events WHERE ` + within + `) e ON e.seq=l.seq ORDER BY l.rowid;
DELETE FROM derived WHERE ` + within + `;
INSERT INTO derived SELECT d.* FROM said_derived d SEMI JOIN (SELECT seq FROM events WHERE ` + within + `) e ON e.seq=d.seq ORDER BY d.rowid;`
}
