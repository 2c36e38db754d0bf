package history

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Resolver tells whom facts belong to. remember does.
type Resolver interface {
	// Resolve waits until everything up to last is remembered and tells of the
	// stretch (after, last]: who each event belongs to, and the clusters that
	// it changed.
	Resolve(ctx context.Context, after, last cx.Seq) (Resolved, error)
}

// Resolved is what remember knows of a stretch of the log.
type Resolved struct {
	Facts    []ResolvedFact // by seq; duplicates are missing
	Clusters []Cluster
}

// ResolvedFact tells whom an event belongs to. A circumstance has no profile.
type ResolvedFact struct {
	Seq     cx.Seq
	Profile cx.ProfileNo
	Traits  []byte // answers only: the customer's traits as they were; JSON object
}

// Models is where the model in force comes from.
type Models interface {
	Current() model.Version
	Subscribe(fn func(model.Version)) (cancel func())
}

// Log is read again when another model applies.
type Log interface {
	Read(ctx context.Context, after cx.Seq, fn func(stream.Batch) error) error
}

// Config wires a View.
type Config struct {
	Store    Store
	Resolver Resolver
	Models   Models
	Log      Log
	Logger   *slog.Logger
}

// View makes facts from the log. It is a stream.View.
type View struct {
	c    Config
	wake chan struct{} // holds one: there may be something to classify again

	mu   sync.Mutex
	stop func() // of the background work; nil while there is none
}

var _ stream.View = (*View)(nil)

// NewView returns the view. Start begins its background work.
func NewView(c Config) *View { return &View{c: c, wake: make(chan struct{}, 1)} }

// Name returns "history".
func (v *View) Name() string { return "history" }

// Position returns the position of the store.
func (v *View) Position(ctx context.Context) (cx.Seq, error) {
	s, err := v.c.Store.State(ctx)
	return s.Position, err
}

// Apply stores the batch's facts, classified under the model in force. An event
// that brings one word too many, or a body that cannot be read, is poison.
func (v *View) Apply(ctx context.Context, b stream.Batch) error {
	state, err := v.c.Store.State(ctx)
	if err != nil {
		return cx.Wrap("history.Apply", err)
	}
	if b.Last <= state.Position {
		return nil
	}
	resolved, err := v.c.Resolver.Resolve(ctx, state.Position, b.Last)
	if err != nil {
		return cx.Wrap("history.Apply", err)
	}
	version := v.c.Models.Current()
	out := Batch{Last: b.Last, Model: version.Number, Clusters: resolved.Clusters, Facts: make([]Fact, 0, len(b.Events))}
	who := resolved.Facts
	for _, e := range b.Events {
		for len(who) > 0 && who[0].Seq < e.Seq {
			who = who[1:]
		}
		if len(who) == 0 || who[0].Seq != e.Seq {
			continue // a duplicate, or a decision
		}
		if err := out.add(e, who[0], version.Model); err != nil {
			return stream.Poison(e.Seq, cx.MessageOf(err))
		}
	}
	err = v.c.Store.Append(ctx, out)
	var full *VocabularyFullError
	if errors.As(err, &full) {
		return stream.Poison(full.Seq, full.Error())
	}
	if err == nil && version.Number != state.Model {
		v.signal()
	}
	return cx.Wrap("history.Apply", err)
}

// add makes a fact or a circumstance of the event.
func (b *Batch) add(e cx.Event, who ResolvedFact, m *model.Model) error {
	if e.Kind == cx.Circumstance {
		c, err := fact.ParseCircumstance(e)
		b.Circumstances = append(b.Circumstances, Circumstance{e.Seq, c})
		return err
	}
	if !e.Kind.OfCustomer() || e.Kind == cx.Answer && fact.Suspect(e) {
		return nil
	}
	f := Fact{
		Seq: e.Seq, Profile: who.Profile, Kind: e.Kind, Name: e.Name, Source: e.Source, At: e.At, ReceivedAt: e.ReceivedAt,
		Properties: Plain(e.Properties), Said: say(m, e),
	}
	fact.EachTrait(fact.CustomerTraits(e), func(name string, value jsontext.Value) {
		f.Says = append(f.Says, Trait{name, string(value)})
	})
	if e.Kind == cx.Answer {
		answer, err := fact.ParseAnswer(e)
		if err != nil {
			return err
		}
		f.Answer, f.Traits, f.Corrects = &answer, Plain(who.Traits), fact.Corrects(e)
	}
	b.Facts = append(b.Facts, f)
	return nil
}

// say asks the model. The strings may be slices of the event.
func say(m *model.Model, e cx.Event) Said {
	f := model.FactOf(e)
	said := Said{Class: m.Classify(f)}
	for _, d := range m.Derive(f) {
		value, ok := keyOf(d.Value)
		if !ok {
			continue
		}
		said.Derived = append(said.Derived, Derived{Property: d.Property, Value: value, Object: objectOf(m, d.Property, said.Class.Objects)})
	}
	return said
}

// objectOf returns the object to which the model ties a property, among those
// of the fact.
func objectOf(m *model.Model, property string, objects []model.ObjectRef) model.ObjectRef {
	p, _ := m.Property(property)
	for _, o := range objects {
		if o.Type == p.Object {
			return o
		}
	}
	return model.ObjectRef{}
}

// keyOf writes a derived value as a property of the same value would be.
func keyOf(value any) (key string, ok bool) {
	switch value := value.(type) {
	case bool:
		return strconv.FormatBool(value), true
	case int64:
		return strconv.FormatInt(value, 10), true
	case float64:
		return jsontext.Float(value).String(), true
	case string:
		return value, value != ""
	case time.Time:
		return value.UTC().Format(time.RFC3339Nano), true
	}
	return "", false
}

// Plain returns a JSON object without white space and with its numbers in their
// shortest form, so that 4 and 4.0 are one key.
func Plain(object []byte) []byte {
	if len(object) == 0 {
		return nil
	}
	out, err := jsontext.AppendFormat(make([]byte, 0, len(object)), object, jsontext.CanonicalizeRawFloats(true))
	if err != nil {
		return object
	}
	return out
}
