package remember

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"slices"
	"sort"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// remains is the body of a redacted event: what a rebuild needs so that
// everybody else is remembered as before. Of a forgotten customer that is the
// message's hash and the keys of the identifiers; of an event that only grew
// too old, who it was of (its ids stand in the event's own fields) but nothing
// of what was lived.
type remains struct {
	Type   string            `json:"type"` // "redacted"
	Hash   string            `json:"hash,omitempty"`
	Erased *identity.Erased  `json:"erased,omitempty"`
	Shows  map[string]string `json:"shows,omitempty"`  // evidence, by kind
	Traits jsontext.Value    `json:"traits,omitempty"` // said of the customer in passing
}

func (r remains) event(e cx.Event) (cx.Event, error) {
	r.Type = "redacted"
	body, err := json.Marshal(r, json.Deterministic(true))
	if err != nil {
		return cx.Event{}, err
	}
	e.Kind, e.Body = cx.Redacted, body
	if len(r.Traits) > 0 {
		e.Traits = body[bytes.LastIndex(body, r.Traits):][:len(r.Traits)]
	}
	return e, nil
}

func remainsOf(e *cx.Event) (r remains, err error) {
	err = json.Unmarshal(bytes.Clone(e.Body), &r)
	return r, err
}

// Redaction says what becomes of events in the log.
type Redaction struct {
	Seqs []cx.Seq // ascending
	// With returns what is left of an event. It may be asked again of what it
	// returned.
	With func(cx.Event) cx.Event
}

// Blank returns what is left in the log of an event that memory never took
// (stream.Poison): nothing but its seq.
func Blank(e cx.Event) cx.Event {
	return cx.Event{Seq: e.Seq, Kind: cx.Redacted, Body: []byte(`{"type":"redacted"}`)}
}

// Redaction tells how the subject's events are redacted in the log. It must be
// asked for before Erase.
func (m *Memory) Redaction(ctx context.Context, s cx.Subject) (Redaction, error) {
	history, err := m.readRules(ctx)
	if err != nil {
		return Redaction{}, cx.Wrap("remember.Redaction", err)
	}
	return Redaction{slices.Clone(s.Seqs), func(e cx.Event) cx.Event {
		out, err := m.redact(e, history.at(e.Seq), s.Whole())
		if err != nil { // of what cannot be told apart nothing is left
			return Blank(e)
		}
		return out
	}}, nil
}

func (m *Memory) redact(e cx.Event, rules identity.Rules, whole bool) (cx.Event, error) {
	var r remains
	if e.Kind == cx.Decision {
		if whole && told(&e) {
			h := cx.HashMessage(m.config.Salt, e.Source, e.MessageID)
			return remains{Hash: hex.EncodeToString(h[:])}.event(cx.Event{Seq: e.Seq, Source: e.Source})
		}
		return withoutWords(e)
	}
	fact, err := m.factOf(rules, &e, &r)
	if err != nil {
		return cx.Event{}, err
	}
	if e.Kind != cx.Redacted {
		h := cx.HashMessage(m.config.Salt, e.Source, e.MessageID)
		r.Hash = hex.EncodeToString(h[:])
	}
	if whole {
		return remains{Hash: r.Hash, Erased: fact.Erase(m.config.Salt)}.event(cx.Event{Seq: e.Seq, Source: e.Source})
	}
	if e.Kind == cx.Redacted {
		return e, nil
	}
	for _, shown := range fact.Evidence {
		if r.Shows == nil {
			r.Shows = map[string]string{}
		}
		r.Shows[shown.Kind] = shown.Value
	}
	r.Traits = e.Traits
	return r.event(cx.Event{
		Seq: e.Seq, Source: e.Source, At: e.At, ReceivedAt: e.ReceivedAt,
		UserID: e.UserID, AnonymousID: e.AnonymousID, GroupID: e.GroupID, PreviousID: e.PreviousID,
	})
}

// factOf returns what identity sees of an event, redacted or not; of a redacted
// one it reads r.
func (m *Memory) factOf(rules identity.Rules, e *cx.Event, r *remains) (f identity.Fact, err error) {
	f = rules.FactOf(e)
	if e.Kind != cx.Redacted {
		return f, nil
	}
	if *r, err = remainsOf(e); err != nil {
		return f, err
	}
	if r.Erased != nil {
		return rules.FactOfErased(f, r.Erased), nil
	}
	f.PreviousID = identity.Normalize(identity.UserID, e.PreviousID)
	f.Evidence = rules.EvidenceOf(r.Shows)
	return f, nil
}

// withoutWords takes what a person wrote about customers out of a decision.
func withoutWords(e cx.Event) (cx.Event, error) {
	var p merged
	if e.Name != mergedEvent || json.Unmarshal(bytes.Clone(e.Properties), &p) != nil {
		return e, nil //nolint:nilerr // no merge, no evidence: memory reads none out of it either
	}
	p.Evidence = ""
	raw, err := json.Marshal(p)
	if err != nil {
		return cx.Event{}, err
	}
	out := cx.NewDecision(e.Name, e.MessageID, e.At, raw)
	out.Seq, out.Source, out.ReceivedAt = e.Seq, e.Source, e.ReceivedAt
	return out, nil
}

// rulesHistory is which identity rules acted since which seq, ascending.
type rulesHistory []struct {
	since cx.Seq
	rules identity.Rules
}

func (h rulesHistory) at(seq cx.Seq) identity.Rules {
	if i := sort.Search(len(h), func(i int) bool { return h[i].since > seq }); i > 0 {
		return h[i-1].rules
	}
	return identity.NewRules(model.Empty().IdentifierRules())
}

func (m *Memory) readRules(ctx context.Context) (out rulesHistory, err error) {
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT seq, model FROM models ORDER BY seq`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var since cx.Seq
			var yaml string
			if err = rows.Scan(&since, &yaml); err != nil {
				return
			}
			rules, err := rulesOf(yaml)
			out = append(out, struct {
				since cx.Seq
				rules identity.Rules
			}{since, rules})
			return struct{}{}, err
		})
		return err
	})
	return out, err
}

// redacted remembers of an erased event what is left of it: that its message
// was seen, and who is whom.
func (w *writer) redacted(e *cx.Event, f identity.Fact, r *remains) error {
	if r.Hash == "" {
		return nil
	}
	hash, err := hex.DecodeString(r.Hash)
	if err != nil || len(hash) != len(cx.MessageHash{}) {
		return stream.Poison(e.Seq, "what is left of an erased event has no hash")
	}
	fresh, err := w.seen.Add(w.ctx, w.tx, cx.MessageHash(hash))
	if err != nil {
		return err
	}
	if !fresh {
		w.state.duplicates++
		return w.repeated(e, &f)
	}
	if f.UserID == "" && f.AnonymousID == "" {
		return nil
	}
	o, err := w.people.Identify(f)
	if err != nil {
		return err
	}
	if err := w.outcome(&o); err != nil {
		return err
	}
	w.trace(o.Profile, e.Seq)
	if len(e.Traits) > 0 {
		w.says(o.Profile, e.Traits, e)
	}
	if e.GroupID != "" {
		w.membership(e.GroupID, o.Profile)
	}
	return nil
}
