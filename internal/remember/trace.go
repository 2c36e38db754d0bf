package remember

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// trace is an event that the log holds of a profile and the timeline does not:
// a message that was sent again, what is left of an erased event, a decision
// about it. Of a repeat it says what ages; else nothing.
type trace struct {
	seq    cx.Seq
	kind   cx.Kind
	name   string
	source string
	at     cx.Time
}

func (w *writer) trace(p cx.ProfileNo, t trace) {
	w.traces = append(w.traces, int64(p), int64(t.seq), int64(t.kind), t.name, t.source, int64(t.at))
}

// repeated traces a message that was seen before to whom it names.
func (w *writer) repeated(e *cx.Event, f identity.Fact) error {
	p, err := w.people.Owner(&f)
	if err != nil || p == 0 {
		return err
	}
	t := trace{seq: e.Seq}
	if e.Kind != cx.Redacted {
		t = trace{e.Seq, e.Kind, e.Name, e.Source, e.At}
	}
	w.trace(p, t)
	return nil
}

func (w *writer) flushTraces() error {
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO traces (profile_no, seq, kind, name, source, at)`, 6, `ON CONFLICT DO NOTHING`, w.traces)
}
