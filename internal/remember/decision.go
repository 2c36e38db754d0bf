package remember

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// The decisions of people about customers, as they stand in the log.
const (
	mergedEvent    = "vivencia.customers.merged"
	unmergedEvent  = "vivencia.customers.unmerged"
	keptApartEvent = "vivencia.customers.kept-apart"
	letGoEvent     = "vivencia.customers.let-go"
)

type (
	merged struct {
		Into     cx.CustomerID `json:"into"`
		From     cx.CustomerID `json:"from"`
		Evidence string        `json:"evidence"`
		By       string        `json:"by"`
	}
	unmerged struct {
		Merge int64  `json:"merge"`
		By    string `json:"by"`
	}
	keptApart struct {
		A  cx.CustomerID `json:"a"`
		B  cx.CustomerID `json:"b"`
		By string        `json:"by"`
	}
	letGo struct {
		Customer cx.CustomerID `json:"customer"`
		By       string        `json:"by"`
	}
)

// decide returns the event of a decision made now. It is the same event when
// it is made again while nothing else happened (a double click).
func (m *Memory) decide(name string, properties any) (cx.Event, error) {
	raw, err := json.Marshal(properties)
	if err != nil {
		return cx.Event{}, err
	}
	s, _ := m.now()
	id := fmt.Sprintf("%s/%d/%x", name, s.position, cx.HashMessage(m.config.Salt, name, string(raw)))
	return cx.NewDecision(name, id, m.config.Clock.Now(), raw), nil
}

// told tells whether a decision is one of those that a customer's own line
// tells: whether they are asked, whether they want to be written to, how what was
// promised to them stands, what is being made right, and what rules did about
// them, or did not. Their properties name the customer.
func told(e *cx.Event) bool {
	return e.Kind == cx.Decision && slices.ContainsFunc([]string{
		"vivencia.ask.", "vivencia.contact.", "vivencia.promise.changed", "vivencia.case.", "vivencia.rule.", "vivencia.referral.",
	}, func(prefix string) bool { return strings.HasPrefix(e.Name, prefix) })
}

// toldOf returns whose line tells of a decision; nobody's when its customer is
// not known, or not any more.
func (w *writer) toldOf(e *cx.Event) (cx.ProfileNo, error) {
	var d struct {
		Customer cx.CustomerID `json:"customer"`
	}
	if !told(e) {
		return nobody, nil
	}
	if err := json.Unmarshal(bytes.Clone(e.Properties), &d); err != nil {
		return nobody, nil //nolint:nilerr // what cannot be read names nobody
	}
	if err := w.people.Flush(); err != nil {
		return nobody, err
	}
	p, _, err := identity.ByID(w.ctx, w.tx, d.Customer)
	if cx.KindOf(err) == cx.NotFound {
		return nobody, nil
	}
	return p, err
}

// decision applies what a person decided.
func (w *writer) decision(e *cx.Event) error {
	whose, err := w.toldOf(e)
	if err != nil {
		return err
	}
	w.rows = append(w.rows, timeline.Row{Event: e, Profile: whose})
	d := identity.Decision{Seq: e.Seq, At: e.At}
	read := func(into any) error {
		if json.Unmarshal(bytes.Clone(e.Properties), into) != nil || bytes.Contains(e.Properties, []byte(`\u0000`)) {
			return stream.Poison(e.Seq, "the decision "+e.Name+" has other properties than it should")
		}
		return nil
	}
	var o identity.Outcome
	switch e.Name {
	case mergedEvent:
		var p merged
		if err = read(&p); err == nil {
			d.By = p.By
			o, err = w.people.Join(d, p.Into, p.From, p.Evidence)
			w.wroteAbout(e.Seq, p.Evidence, &o)
		}
	case unmergedEvent:
		var p unmerged
		if err = read(&p); err == nil {
			d.By = p.By
			o, err = w.people.Undo(d, p.Merge)
		}
	case keptApartEvent:
		var p keptApart
		if err = read(&p); err == nil {
			d.By = p.By
			err = w.people.KeepApart(d, p.A, p.B)
		}
	case letGoEvent:
		var p letGo
		if err = read(&p); err == nil {
			o, err = w.people.LetGo(d, p.Customer)
		}
	case model.AppliedEvent:
		v, _, failed := model.ModelOf(*e)
		if failed == nil {
			failed = w.m.setRules(string(v.YAML))
		}
		if failed != nil {
			return stream.Poison(e.Seq, "the model cannot be read: "+cx.MessageOf(failed))
		}
		_, err = w.tx.Exec(w.ctx, `INSERT INTO models (seq, model) VALUES ($1, $2)`, e.Seq, string(v.YAML))
	}
	if err != nil {
		return err
	}
	return w.outcome(&o)
}

// wroteAbout traces what a person wrote about two customers to both.
func (w *writer) wroteAbout(seq cx.Seq, words string, o *identity.Outcome) {
	for _, merged := range o.Merged {
		if words != "" {
			w.trace(merged.Into, seq)
			w.trace(merged.From, seq)
		}
	}
}
