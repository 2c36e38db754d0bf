package duckdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// Holds names the tables. Those of the positions hold nothing of anybody.
func (s *Store) Holds() []string { return append(tablesBySeq(), "customers", "words", "summaries") }

// exported is a fact as its customer may take it away.
type exported struct {
	Seq        cx.Seq                     `json:"seq"`
	Type       string                     `json:"type"`
	Name       string                     `json:"name,omitempty"`
	Source     string                     `json:"source"`
	At         time.Time                  `json:"at"`
	ReceivedAt time.Time                  `json:"received_at"`
	Touchpoint string                     `json:"touchpoint,omitempty"`
	Stage      string                     `json:"stage,omitempty"`
	Channel    string                     `json:"channel,omitempty"`
	Medium     string                     `json:"medium,omitempty"`
	Area       string                     `json:"area,omitempty"`
	Supplier   string                     `json:"supplier,omitempty"`
	Place      string                     `json:"place,omitempty"`
	Valence    *float64                   `json:"valence,omitempty"`
	Revenue    *int64                     `json:"revenue_minor,omitempty"`
	Currency   string                     `json:"currency,omitempty"`
	Properties json.RawMessage            `json:"properties,omitempty"`
	Traits     json.RawMessage            `json:"traits,omitempty"` // at the answer
	Says       map[string]json.RawMessage `json:"says,omitempty"`   // of the customer, by trait
	Answers    []exportedItem             `json:"answers,omitempty"`
	Derived    map[string]string          `json:"derived,omitempty"`
}

type exportedItem struct {
	Question string   `json:"question"`
	Metric   string   `json:"metric,omitempty"`
	Scale    string   `json:"scale,omitempty"`
	Value    *float64 `json:"value,omitempty"`
	Choice   string   `json:"choice,omitempty"`
}

// Export returns the facts of the subject's profiles and seqs, by seq.
func (s *Store) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	var facts []*exported
	err := s.read(ctx, func(tx snapshot) (err error) {
		facts, err = tx.export(ctx, subject)
		return err
	})
	if err != nil || len(facts) == 0 {
		return nil, tell("duckdb.Export", err)
	}
	return []cx.Section{{Name: "facts", Items: facts}}, nil
}

func (tx snapshot) export(ctx context.Context, subject cx.Subject) ([]*exported, error) {
	var facts []*exported
	at := map[cx.Seq]*exported{}
	of := in("f.profile_no", numbers(subject.Profiles)) + " OR " + in("f.seq", numbers(subject.Seqs))
	err := tx.ask(cx.System(), history.Query{}).rows(ctx, tx, known+" WHERE "+of, "f.properties", " ORDER BY f.seq", func(r history.Row) error {
		e := &exported{
			Seq: r.Seq, Type: r.Kind.String(), Name: r.Name, Source: r.Source, At: r.At.Std(),
			Touchpoint: r.Touchpoint, Stage: r.Stage, Channel: r.Channel, Medium: r.Medium, Area: r.Area, Supplier: r.Supplier, Place: r.Place,
			Properties: append(json.RawMessage(nil), r.Properties...),
		}
		if r.HasValence {
			e.Valence = &r.Valence
		}
		if r.HasRevenue {
			e.Revenue, e.Currency = &r.Revenue.Minor, r.Revenue.Currency
		}
		facts, at[r.Seq] = append(facts, e), e
		return nil
	})
	if err != nil || len(facts) == 0 {
		return nil, err
	}
	seqs := make([]cx.Seq, len(facts))
	for i, e := range facts {
		seqs[i] = e.Seq
	}
	of = " WHERE " + in("seq", numbers(seqs)) + " ORDER BY seq"
	err = each(ctx, tx, "SELECT seq, received_at FROM events"+of, nil, func(rows *sql.Rows) error {
		var seq cx.Seq
		var received cx.Time
		err := rows.Scan(&seq, &received)
		at[seq].ReceivedAt = received.Std()
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, "SELECT seq, question, metric, scale, value, choice, traits FROM answers"+of+", item", nil, func(rows *sql.Rows) error {
		var seq cx.Seq
		var question, metric, scale uint16
		var value sql.NullInt64
		var choice, traits sql.NullString
		if err := rows.Scan(&seq, &question, &metric, &scale, &value, &choice, &traits); err != nil {
			return err
		}
		item := exportedItem{Question: tx.words.word(questionWord, question), Metric: tx.words.word(metricWord, metric), Scale: tx.words.word(scaleWord, scale), Choice: choice.String}
		if value.Valid {
			v := float64(value.Int64) / scoreUnit
			item.Value = &v
		}
		e := at[seq]
		e.Answers, e.Traits = append(e.Answers, item), json.RawMessage(traits.String)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, "SELECT seq, name, value FROM traits"+of, nil, func(rows *sql.Rows) error {
		var seq cx.Seq
		var name, value string
		if err := rows.Scan(&seq, &name, &value); err != nil {
			return err
		}
		e := at[seq]
		if e.Says == nil {
			e.Says = map[string]json.RawMessage{}
		}
		e.Says[name] = json.RawMessage(value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, tx, "SELECT seq, property, value FROM derived"+of, nil, func(rows *sql.Rows) error {
		var seq cx.Seq
		var property uint16
		var value string
		if err := rows.Scan(&seq, &property, &value); err != nil {
			return err
		}
		e := at[seq]
		if e.Derived == nil {
			e.Derived = map[string]string{}
		}
		e.Derived[tx.words.word(propertyWord, property)] = value
		return nil
	})
	return facts, err
}
