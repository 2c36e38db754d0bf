package reason

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// world is a company with its history, whose customers are numbered by their users
// and whose words are about what a test says.
type world struct {
	*Service
	t     testing.TB
	store *duckdb.Store
	view  *history.View
	clock *cxtest.Clock

	mu      sync.Mutex
	version model.Version
	seq     cx.Seq
	who     map[string]cx.ProfileNo
	words   map[cx.Seq][]voice.Text
	asked   []voice.QuoteQuery
	members map[string][]cx.CustomerNo
}

func newWorld(t testing.TB, yaml string) *world {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	m, err := model.Parse([]byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, store: store, clock: cxtest.NewClock(), version: model.Version{Number: 1, Model: m, YAML: []byte(yaml)}, who: map[string]cx.ProfileNo{}, words: map[cx.Seq][]voice.Text{}, members: map[string][]cx.CustomerNo{}}
	w.view = history.NewView(history.Config{Store: store, Resolver: w, Models: w, Logger: slog.New(slog.DiscardHandler)})
	w.Service = New(Config{Facts: store, Models: w, Voices: w, Segments: w, Memory: w, Clock: w.clock})
	return w
}

func (w *world) Current() model.Version { return w.version }

// Apply makes a model the one in force.
func (w *world) Apply(_ context.Context, _ cx.Principal, yaml []byte, _ string) (model.Version, error) {
	m, err := model.Parse(yaml)
	if err == nil {
		w.version = model.Version{Number: w.version.Number + 1, Model: m, YAML: yaml}
	}
	return w.version, err
}

func (w *world) Subscribe(func(model.Version)) (cancel func()) { return func() {} }

// Resolve numbers customers by their users.
func (w *world) Resolve(_ context.Context, after, through cx.Seq) (out history.Resolved, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for seq := after + 1; seq <= through; seq++ {
		if no, ok := w.who[fmt.Sprint(seq)]; ok {
			out.Facts = append(out.Facts, history.ResolvedFact{Seq: seq, Profile: no})
		}
	}
	return out, nil
}

// Position is how far the words are heard: all of them.
func (w *world) Position(context.Context) (cx.Seq, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seq, nil
}

// Tell tells the words that a test gave.
func (w *world) Tell(_ context.Context, _ cx.Principal, _ voice.Filter, fn func(*voice.Text) error) error {
	for _, texts := range w.words {
		for i := range texts {
			if err := fn(&texts[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// Quotes quotes the first of the answers asked for that have words.
func (w *world) Quotes(_ context.Context, _ cx.Principal, q voice.QuoteQuery) (out voice.Quotes, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, q)
	for _, seq := range q.Seqs {
		for _, text := range w.words[seq] {
			if out.N++; len(out.Representative) < q.Limit {
				out.Representative = append(out.Representative, voice.Quote{Ref: text.Ref, Words: text.Words})
			}
		}
	}
	return out, nil
}

// Customers returns the members of a segment that a test gave.
func (w *world) Customers(_ context.Context, _ cx.Principal, slug string) ([]cx.CustomerNo, error) {
	members, ok := w.members[slug]
	if !ok {
		return nil, cx.Errorf(cx.NotFound, "", "no such segment")
	}
	return members, nil
}

// CustomersByNo names customers by their numbers.
func (w *world) CustomersByNo(_ context.Context, _ cx.Principal, nos []cx.CustomerNo) (out []remember.CustomerSummary, err error) {
	for _, no := range nos {
		out = append(out, remember.CustomerSummary{No: no, ID: cx.CustomerIDOf(cx.Seq(no)), Name: fmt.Sprint("customer ", no)})
	}
	return out, nil
}

// batch is what a test lets happen.
type batch struct {
	w      *world
	events []cx.Event
}

func (w *world) batch() *batch { return &batch{w: w} }

func (b *batch) add(e cx.Event, customer cx.ProfileNo, body map[string]any) cx.Seq {
	b.w.t.Helper()
	b.w.seq++
	e.Seq, e.Source, e.ReceivedAt = b.w.seq, "test", e.At
	var err error
	if p, ok := body["properties"]; ok {
		e.Properties, err = json.Marshal(p)
	}
	if err == nil {
		e.Body, err = json.Marshal(body)
	}
	if err != nil {
		b.w.t.Fatal(err)
	}
	if customer != 0 {
		b.w.who[fmt.Sprint(e.Seq)] = customer
	}
	b.events = append(b.events, e)
	return e.Seq
}

type facts map[string]any

func (b *batch) event(customer cx.ProfileNo, at cx.Time, name string, p facts) cx.Seq {
	return b.add(cx.Event{Kind: cx.Track, Name: name, At: at}, customer, map[string]any{"properties": p})
}

func (b *batch) answer(customer cx.ProfileNo, at cx.Time, survey, metric, scale string, value float64, p facts, topics ...string) cx.Seq {
	seq := b.add(cx.Event{Kind: cx.Answer, Name: survey, At: at}, customer, map[string]any{
		"survey": survey, "properties": p, "answers": []map[string]any{{"metric": metric, "scale": scale, "value": value}},
	})
	if topics != nil {
		text := voice.Text{Ref: voice.Ref{Seq: seq, Item: 1}, Customer: customer, Words: fmt.Sprint("words of ", customer)}
		text.Topics = slices.DeleteFunc(topics, func(s string) bool { return s == "" })
		b.w.words[seq] = append(b.w.words[seq], text)
	}
	return seq
}

// live appends the batch to the history.
func (b *batch) live() {
	b.w.t.Helper()
	if err := b.w.view.Apply(b.w.t.Context(), stream.Batch{Events: b.events, Last: b.w.seq}); err != nil {
		b.w.t.Fatal(err)
	}
}
