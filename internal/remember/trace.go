package remember

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
)

// A trace is an event that the log holds of a profile and the timeline does not:
// a message that was sent again, what is left of an erased event, a decision
// about it.
func (w *writer) trace(p cx.ProfileNo, seq cx.Seq) {
	w.traces = append(w.traces, int64(p), int64(seq))
}

// nobody is whose a repeat is when those it names are not known (any more).
const nobody cx.ProfileNo = 0

// repeated traces a message that was seen before to whom it names.
func (w *writer) repeated(e *cx.Event, f *identity.Fact) error {
	if f.UserID == "" && f.AnonymousID == "" {
		return nil
	}
	p, err := w.people.Owner(f)
	if err == nil && (p != nobody || e.Kind != cx.Redacted) {
		w.trace(p, e.Seq)
	}
	return err
}

func (w *writer) flushTraces() error {
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO traces (profile_no, seq)`, 2, `ON CONFLICT DO NOTHING`, w.traces)
}
