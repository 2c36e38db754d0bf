package historytest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Snapshot calls fn with the facts as they are.
func (o *Oracle) Snapshot(_ context.Context, p cx.Principal, fn func(history.Snapshot) error) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fn(oracleSnapshot{o, p})
}

type oracleSnapshot struct {
	*Oracle
	p cx.Principal
}

// Edition tells how far the oracle is.
func (o oracleSnapshot) Edition() history.Edition {
	e := history.Edition{Position: o.state.Position, Rewritten: o.rewritten}
	for profile, customer := range o.clusters {
		if profile != customer {
			e.Merged = append(e.Merged, history.Cluster{Profile: profile, Customer: customer})
		}
	}
	return e
}

// Circumstances returns what was so within a window.
func (o oracleSnapshot) Circumstances(w cx.Window) (out []history.Circumstance, err error) {
	for _, c := range o.circumstances {
		if (w.To == 0 || c.From < w.To) && (c.Until == 0 || c.Until > w.From) {
			out = append(out, c)
		}
	}
	return out, nil
}

// Lived tells the facts one by one, each in a stretch of its own.
func (o oracleSnapshot) Lived(q history.LivedQuery, fn func(*history.Lived) error) error {
	if err := q.Validate(); err != nil {
		return err
	}
	for _, u := range o.units(q.Of, o.p, history.Filter{}) {
		objects := []uint64{0}
		if numbers := numbersOf(u, q.Object); len(numbers) > 0 {
			objects = numbers
		}
		for _, object := range objects {
			if u.Seq <= q.After || !told(u, q, object) {
				continue
			}
			if err := fn(o.columns(u, q, object)); err != nil {
				return err
			}
		}
	}
	return nil
}

func numbersOf(u unit, object string) (numbers []uint64) {
	for _, ref := range u.Said.Class.Objects {
		if ref.Type == object {
			numbers = append(numbers, ref.Number())
		}
	}
	return numbers
}

func told(u unit, q history.LivedQuery, object uint64) bool {
	c := u.Said.Class
	if q.Of == history.Answers && !u.Answer.Items[u.item].HasValue && u.Answer.Items[u.item].Text == "" || q.Currency != "" && (!c.HasRevenue || c.Revenue.Currency != q.Currency) {
		return false
	}
	if !q.Window.Contains(u.At) {
		return false
	}
	asked := q.All || object != 0 || slices.Contains(q.Names, u.Name) || slices.Contains(q.Touchpoints, c.Touchpoint)
	concerns := q.Customers == nil && q.Objects == nil || slices.Contains(q.Customers, u.customer) ||
		slices.ContainsFunc(numbersOf(u, q.Object), func(n uint64) bool { return slices.Contains(q.Objects, n) })
	return asked && concerns
}

func (o oracleSnapshot) columns(u unit, q history.LivedQuery, object uint64) *history.Lived {
	c := u.Said.Class
	l := &history.Lived{
		Names: []string{"", u.Name},
		Contexts: []history.Context{{
			Touchpoint: c.Touchpoint, Stage: c.Stage, Channel: c.Channel, Medium: c.Medium, Area: c.Area, Supplier: c.Supplier, Place: c.Place, Source: u.Source,
		}},
		Seq: []cx.Seq{u.Seq}, Customer: []cx.CustomerNo{u.customer}, At: []cx.Time{u.At}, Name: []uint32{1}, Context: []uint32{0}, Object: []uint64{object},
	}
	if q.Properties != nil || q.Everything {
		l.Properties = [][]byte{nil}
		if q.Everything || slices.Contains(q.Properties, u.Name) {
			l.Properties[0] = u.Properties
		}
	}
	if q.Values != nil {
		l.Values = []string{""}
		for _, name := range q.Values {
			if l.Values[0] == "" {
				l.Values[0] = o.member(u.Properties, name)
			}
		}
	}
	if q.Derived {
		l.Derived = [][]history.Derived{nil}
		for _, d := range u.Said.Derived {
			l.Derived[0] = append(l.Derived[0], history.Derived{Property: d.Property, Value: d.Value})
		}
		slices.SortFunc(l.Derived[0], func(a, b history.Derived) int { return cmp.Compare(a.Property, b.Property) })
	}
	value, valued := u.value()
	if q.Of == history.Answers {
		item := u.Answer.Items[u.item]
		l.Metric, l.Scale, l.Value = []string{item.Metric}, []string{item.Scale}, []float64{value}
		if !valued {
			l.Value[0] = math.NaN()
		}
		return l
	}
	l.Valence = []int16{history.NoValence}
	if valued {
		l.Valence[0] = int16(math.Round(value * 1e3))
	}
	if q.Currency != "" {
		l.Revenue = []int64{c.Revenue.Minor}
	}
	return l
}

// livedFact is one of what Lived tells.
type livedFact struct {
	Seq      cx.Seq
	Customer cx.CustomerNo
	At       cx.Time
	Name     string
	Context  history.Context
	Object   uint64

	Valence       int16
	Revenue       int64
	Properties    string
	FirstOf       string
	Derived       []history.Derived
	Metric, Scale string
	Value         float64
}

func lived(t *testing.T, s history.Store, p cx.Principal, q history.LivedQuery) (facts []livedFact, e history.Edition) {
	t.Helper()
	e, err := history.Tell(t.Context(), s, p, q, func(l *history.Lived) error {
		for i := range l.Seq {
			f := livedFact{Seq: l.Seq[i], Customer: l.Customer[i], At: l.At[i], Name: l.Names[l.Name[i]], Context: l.Contexts[l.Context[i]], Object: l.Object[i]}
			if q.Of == history.Answers {
				f.Metric, f.Scale, f.Value = l.Metric[i], l.Scale[i], l.Value[i]
			} else {
				f.Valence = l.Valence[i]
			}
			if q.Currency != "" {
				f.Revenue = l.Revenue[i]
			}
			if q.Properties != nil || q.Everything {
				f.Properties = string(l.Properties[i])
			}
			if q.Values != nil {
				f.FirstOf = l.Values[i]
			}
			if q.Derived {
				f.Derived = slices.Clone(l.Derived[i])
			}
			facts = append(facts, f)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(facts, func(a, b livedFact) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Object, b.Object), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Scale, b.Scale), cmp.Compare(a.Value, b.Value))
	})
	slices.SortFunc(e.Merged, func(a, b history.Cluster) int { return cmp.Compare(a.Profile, b.Profile) })
	e.Rewritten = 0
	return facts, e
}

// tells holds an engine to what the oracle tells of the facts, to every skip-th
// question.
func tells(t *testing.T, store, oracle history.Store, skip int) {
	t.Helper()
	some := []uint64{model.ObjectRef{Type: "order", ID: "3"}.Number(), model.ObjectRef{Type: "order", ID: "4"}.Number(), model.ObjectRef{Type: "ticket", ID: "5"}.Number()}
	for i, q := range []history.LivedQuery{
		{All: true, Properties: odd},
		{All: true, Properties: odd, Derived: true, Window: cx.Window{From: cxtest.Epoch.Add(5 * 24 * time.Hour), To: cxtest.Epoch.Add(20 * 24 * time.Hour)}},
		{Object: "order", Names: []string{"plain"}, Everything: true, Derived: true, Customers: everyThird(5_000), Window: cx.Window{To: cxtest.Epoch.Add(30 * 24 * time.Hour)}},
		{All: true, Object: "order", After: 77},
		{Object: "order"},
		{Object: "ticket", Names: []string{"plain", "unheard of"}, Touchpoints: []string{"till", ""}, Properties: []string{"plain"}},
		{All: true, Currency: "EUR"},
		{All: true, Object: "order", Currency: "EUR", Values: []string{"a/b~c", "100 %", "late", "plain"}},
		{All: true, Customers: []cx.CustomerNo{1, 2, 3}},
		{Object: "order", Touchpoints: []string{"web"}, Customers: []cx.CustomerNo{4, 5}, Objects: some},
		{Object: "order", Customers: []cx.CustomerNo{}, Objects: some, After: 30},
		{Object: "order", Customers: everyThird(5_000)},
		{Object: "colour", Objects: some},
		{Names: []string{}},
	} {
		if i%skip != 0 {
			continue
		}
		for _, of := range []history.Of{history.Events, history.Answers} {
			q.Of = of
			if of == history.Answers {
				q.Currency = ""
			}
			for _, areas := range [][]string{nil, {"care", "unheard of"}, {}} {
				p := cx.Principal{ID: "person:1", Role: cx.Lead, Areas: areas}
				want, when := lived(t, oracle, p, q)
				got, at := lived(t, store, p, q)
				if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
					t.Fatalf("query %d of %d in the areas %v (-oracle +engine):\n%s", i, of, areas, diff)
				}
				if diff := gocmp.Diff(when, at, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("edition (-oracle +engine):\n%s", diff)
				}
			}
		}
	}
}

// circumstances holds an engine to what the oracle returns of circumstances.
func circumstances(t *testing.T, store, oracle history.Store) {
	t.Helper()
	for _, w := range []cx.Window{{}, {From: cxtest.Epoch.Add(5 * 24 * time.Hour), To: cxtest.Epoch.Add(6 * 24 * time.Hour)}, {To: cxtest.Epoch.Add(3 * 24 * time.Hour)}, {From: cxtest.Epoch.Add(30 * 24 * time.Hour)}} {
		var told [2][]history.Circumstance
		for i, s := range []history.Store{oracle, store} {
			err := s.Snapshot(t.Context(), cx.System(), func(s history.Snapshot) (err error) {
				told[i], err = s.Circumstances(w)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if diff := gocmp.Diff(told[0], told[1], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("circumstances in %v (-oracle +engine):\n%s", w, diff)
		}
	}
}

// rewrites holds an engine to tell each time that facts it stores were changed.
func rewrites(t *testing.T, open Open) {
	store, facts := open(t, t.TempDir()), NewFacts(23)
	edition := func() history.Edition {
		e, err := history.Tell(t.Context(), store, cx.System(), history.LivedQuery{}, func(*history.Lived) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	plain := func() history.Batch {
		b := facts.Batch(1, 100)
		for i := range b.Facts {
			b.Facts[i].Corrects = nil
		}
		return b
	}
	feed(t, plain(), store)
	first := edition()
	b := plain()
	feed(t, b, store)
	if e := edition(); e.Rewritten != first.Rewritten || e.Position != 200 {
		t.Errorf("a batch makes %+v of %+v", e, first)
	}
	correction := b.Facts[slices.IndexFunc(b.Facts, func(f history.Fact) bool { return f.Answer != nil })]
	correction.Corrects, correction.Seq = []cx.Seq{correction.Seq}, 201
	feed(t, history.Batch{Model: 1, Last: 201, Facts: []history.Fact{correction}}, store)
	if e := edition(); e.Rewritten <= first.Rewritten {
		t.Errorf("a corrected answer makes %+v of %+v", e, first)
	}
	first = edition()
	if err := store.Reclassify(t.Context(), facts.Chunk(2, 0, 100)); err != nil {
		t.Fatal(err)
	}
	if err := store.Reclassify(t.Context(), facts.Chunk(2, 100, 201)); err != nil {
		t.Fatal(err)
	}
	second := edition()
	if second.Rewritten <= first.Rewritten {
		t.Errorf("another model makes %+v of %+v", second, first)
	}
	if _, err := store.Erase(t.Context(), cx.Subject{Profiles: []cx.ProfileNo{1, 2, 3, 4, 5}}); err != nil {
		t.Fatal(err)
	}
	if e := edition(); e.Rewritten <= second.Rewritten {
		t.Errorf("an erasure makes %+v of %+v", e, second)
	}
	for name, q := range map[string]history.LivedQuery{"objects of no type": {Objects: []uint64{1}}, "revenue of answers": {Of: history.Answers, Currency: "EUR"}, "properties twice": {Everything: true, Values: []string{"late"}}, "what is neither": {Of: 7}} {
		_, err := history.Tell(t.Context(), store, cx.System(), q, func(*history.Lived) error { return nil })
		if cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	enough := fmt.Errorf("enough")
	if _, err := history.Tell(t.Context(), store, cx.System(), history.LivedQuery{All: true}, func(*history.Lived) error { return enough }); err == nil {
		t.Error("the error of who is told is lost")
	}
}
