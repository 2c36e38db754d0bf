package historytest

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Oracle is a history.Store that keeps facts in memory and answers by going
// through them.
type Oracle struct {
	mu            sync.Mutex
	state         history.State
	facts         []history.Fact // by seq
	circumstances []history.Circumstance
	clusters      map[cx.ProfileNo]cx.CustomerNo
	erased        map[cx.Seq]bool
	snapshots     map[cx.Seq][]byte
	parsed        map[string]map[string]json.RawMessage // objects, read once
	rewritten     uint64
}

var _ history.Store = (*Oracle)(nil)

// NewOracle returns an empty oracle.
func NewOracle() *Oracle {
	return &Oracle{clusters: map[cx.ProfileNo]cx.CustomerNo{}, erased: map[cx.Seq]bool{}, snapshots: map[cx.Seq][]byte{}, parsed: map[string]map[string]json.RawMessage{}}
}

// State tells how far the oracle is.
func (o *Oracle) State(context.Context) (history.State, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state, nil
}

// Append stores a batch.
func (o *Oracle) Append(_ context.Context, b history.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := o.state.Position
	if b.Last <= before {
		return nil
	}
	if b.Model != o.state.Model {
		o.state.Model, o.state.Done, o.state.Upto = b.Model, 0, before
	}
	o.state.Position = b.Last
	for _, f := range b.Facts {
		if f.Seq > before && !o.erased[f.Seq] {
			o.facts = append(o.facts, o.left(f))
			o.correct(f)
		}
	}
	for _, c := range b.Circumstances {
		if c.Seq > before && !o.erased[c.Seq] {
			o.circumstances = append(o.circumstances, c)
		}
	}
	for _, c := range b.Clusters {
		o.clusters[c.Profile] = c.Customer
	}
	return nil
}

// correct lets what a fact corrects count no more.
func (o *Oracle) correct(by history.Fact) {
	if len(by.Corrects) > 0 {
		o.rewritten++
	}
	for i := range o.facts {
		f := &o.facts[i]
		if f.Answer == nil || by.Answer == nil || f.Profile != by.Profile || f.Seq >= by.Seq || !slices.Contains(by.Corrects, f.Seq) {
			continue
		}
		left := *f.Answer
		left.Items = slices.Clone(left.Items)
		for j, it := range left.Items {
			if slices.ContainsFunc(by.Answer.Items, func(other fact.AnswerItem) bool { return other.Question == it.Question }) {
				left.Items[j] = fact.AnswerItem{Question: it.Question}
			}
		}
		f.Answer = &left
	}
}

// Reclassify replaces what the model says of the facts of a chunk.
func (o *Oracle) Reclassify(_ context.Context, c history.Chunk) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if c.Model > o.state.Model && c.After == 0 {
		o.state.Model, o.state.Done, o.state.Upto = c.Model, 0, o.state.Position
	}
	if c.Model != o.state.Model || c.After != o.state.Done || c.Through < c.After {
		return cx.Errorf(cx.Conflict, "historytest.Reclassify", "the chunk does not go on from where the oracle is")
	}
	o.state.Done = c.Through
	said := map[cx.Seq]history.Said{}
	for _, f := range c.Facts {
		said[f.Seq] = f.Said
	}
	for i := range o.facts {
		if seq := o.facts[i].Seq; seq > c.After && seq <= c.Through {
			if s, ok := said[seq]; ok {
				o.facts[i].Said = s
			}
		}
	}
	if o.state.Settled() {
		o.rewritten++
	}
	return nil
}

// Holds names what the oracle keeps.
func (o *Oracle) Holds() []string { return []string{"facts"} }

// Export returns the facts of the subject.
func (o *Oracle) Export(_ context.Context, s cx.Subject) ([]cx.Section, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var facts []history.Fact
	for _, f := range o.facts {
		if of(s, f) {
			facts = append(facts, f)
		}
	}
	return []cx.Section{{Name: "facts", Items: facts}}, nil
}

// Erase removes the facts of the subject.
func (o *Oracle) Erase(_ context.Context, s cx.Subject) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.facts) + len(o.circumstances)
	o.facts = slices.DeleteFunc(o.facts, func(f history.Fact) bool { return of(s, f) })
	o.circumstances = slices.DeleteFunc(o.circumstances, func(c history.Circumstance) bool { return slices.Contains(s.Seqs, c.Seq) })
	for _, profile := range s.Profiles {
		delete(o.clusters, profile)
	}
	for _, seq := range s.Seqs {
		o.erased[seq] = true
	}
	for _, snapshot := range s.Snapshots {
		o.snapshots[snapshot.Seq] = snapshot.Traits
	}
	for i, f := range o.facts {
		o.facts[i] = o.left(f)
	}
	o.rewritten++
	return before - len(o.facts) - len(o.circumstances), nil
}

// left returns a fact with the traits that an erasure left it.
func (o *Oracle) left(f history.Fact) history.Fact {
	if traits, ok := o.snapshots[f.Seq]; ok && f.Answer != nil {
		f.Traits = traits
	}
	return f
}

func of(s cx.Subject, f history.Fact) bool {
	return slices.Contains(s.Profiles, f.Profile) || slices.Contains(s.Seqs, f.Seq)
}

// Close does nothing.
func (o *Oracle) Close() error { return nil }

// unit is one event, or one item of an answer.
type unit struct {
	*history.Fact
	customer cx.CustomerNo
	item     int // of an answer; −1 for an event
}

func (o *Oracle) units(of history.Of, p cx.Principal, f history.Filter) []unit {
	var out []unit
	for i := range o.facts {
		fact := &o.facts[i]
		u := unit{fact, o.customer(fact.Profile), -1}
		if of == history.Events {
			if fact.Kind != cx.Answer && o.passes(u, p, f) {
				out = append(out, u)
			}
			continue
		}
		if fact.Answer == nil {
			continue
		}
		for u.item = range fact.Answer.Items {
			if o.passes(u, p, f) {
				out = append(out, u)
			}
		}
	}
	return out
}

func (o *Oracle) customer(p cx.ProfileNo) cx.CustomerNo {
	if c, ok := o.clusters[p]; ok {
		return c
	}
	return p
}

func (o *Oracle) passes(u unit, p cx.Principal, f history.Filter) bool {
	if !f.Window.Contains(u.At) || f.Customers != nil && !slices.Contains(f.Customers, u.customer) ||
		p.Areas != nil && !slices.Contains(p.Areas, u.Said.Class.Area) {
		return false
	}
	for _, c := range f.Where {
		if !slices.Contains(c.In, o.key(u, c.By)) {
			return false
		}
	}
	return true
}

func (o *Oracle) key(u unit, d history.Dimension) string {
	if name, ok := d.Trait(); ok {
		return o.member(u.Traits, name)
	}
	if name, ok := d.Property(); ok {
		return o.property(u, name)
	}
	c := u.Said.Class
	switch d {
	case history.Touchpoint:
		return c.Touchpoint
	case history.Stage:
		return c.Stage
	case history.Channel:
		return c.Channel
	case history.Medium:
		return c.Medium
	case history.Area:
		return c.Area
	case history.Supplier:
		return c.Supplier
	case history.Place:
		return c.Place
	case history.Source:
		return u.Source
	case history.Name, history.Survey:
		return u.Name
	case history.Question:
		return u.Answer.Items[u.item].Question
	case history.Metric:
		return u.Answer.Items[u.item].Metric
	case history.Scale:
		return u.Answer.Items[u.item].Scale
	}
	panic("no dimension " + d)
}

func (o *Oracle) property(u unit, name string) string {
	if v := o.member(u.Properties, name); v != "" {
		return v
	}
	for _, d := range u.Said.Derived {
		if d.Property == name {
			return d.Value
		}
	}
	if len(u.Said.Class.Objects) > 0 {
		for i := len(o.facts) - 1; i >= 0; i-- { // the newest first
			for _, d := range o.facts[i].Said.Derived {
				if d.Property == name && d.Object != (model.ObjectRef{}) && slices.Contains(u.Said.Class.Objects, d.Object) {
					return d.Value
				}
			}
		}
	}
	return ""
}

func (o *Oracle) member(object []byte, name string) string {
	if len(object) == 0 {
		return ""
	}
	m, ok := o.parsed[string(object)]
	if !ok {
		if err := json.Unmarshal(object, &m); err != nil {
			panic(err)
		}
		o.parsed[string(object)] = m
	}
	raw := string(m[name])
	switch {
	case raw == "" || raw == "null" || raw[0] == '{' || raw[0] == '[':
		return ""
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal([]byte(raw), &s); err != nil {
			panic(err)
		}
		return s
	}
	return raw
}

// value returns the value of a unit: its valence to the thousandth, its score
// to the millionth.
func (u unit) value() (float64, bool) {
	if u.item < 0 {
		c := u.Said.Class
		return math.Round(max(-2, min(2, c.Valence))*1e3) / 1e3, c.HasValence
	}
	it := u.Answer.Items[u.item]
	return math.Round(it.Value*1e6) / 1e6, it.HasValue
}

func stretch(cuts []cx.Time, at cx.Time) (int, bool) {
	if len(cuts) == 0 {
		return 0, true
	}
	for i := range len(cuts) - 1 {
		if at >= cuts[i] && at < cuts[i+1] {
			return i, true
		}
	}
	return 0, false
}

// Totals counts everything that the filter lets through.
func (o *Oracle) Totals(_ context.Context, p cx.Principal, f history.Filter) (history.Totals, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var t history.Totals
	if err := (history.Query{Filter: f}).Validate(); err != nil {
		return t, err
	}
	customers := map[cx.CustomerNo]bool{}
	for i := range o.facts {
		fact := &o.facts[i]
		u := unit{fact, o.customer(fact.Profile), -1}
		if !o.passes(u, p, f) {
			continue
		}
		if fact.Kind == cx.Answer {
			t.Answers++
		} else {
			t.Events++
		}
		customers[u.customer] = true
		if t.First == 0 || fact.At < t.First {
			t.First = fact.At
		}
		t.Last = max(t.Last, fact.At)
	}
	t.Customers = int64(len(customers))
	for _, c := range o.circumstances {
		if p.Areas == nil && (f.Window.To == 0 || c.From < f.Window.To) && (c.Until == 0 || c.Until > f.Window.From) {
			t.Circumstances++
		}
	}
	return t, nil
}

// Breakdown tallies the facts by the query's dimensions.
func (o *Oracle) Breakdown(_ context.Context, p cx.Principal, q history.Query) ([]history.Group, error) {
	if len(q.Cuts) > 0 {
		return nil, cx.Errorf(cx.Invalid, "historytest.Breakdown", "a breakdown has no cuts")
	}
	points, err := o.tally(p, q)
	var groups []history.Group
	for _, pt := range points {
		groups = append(groups, pt.Group)
	}
	return groups, err
}

// Series tallies the facts by the stretches between the cuts and the query's
// dimensions.
func (o *Oracle) Series(_ context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	if len(q.Cuts) == 0 {
		return nil, cx.Errorf(cx.Invalid, "historytest.Series", "a series needs cuts")
	}
	return o.tally(p, q)
}

func (o *Oracle) tally(p cx.Principal, q history.Query) ([]history.Point, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	type group struct {
		history.Point
		customers map[cx.CustomerNo]bool
		revenue   map[string]int64
	}
	groups := map[string]*group{}
	for _, u := range o.units(q.Of, p, q.Filter) {
		cut, ok := stretch(q.Cuts, u.At)
		if !ok {
			continue
		}
		for _, by := range q.Levels() {
			keys := o.keys(u, by)
			id := strconv.Itoa(cut) + "\x00" + strconv.Itoa(len(by)) + "\x00" + strings.Join(keys, "\x00")
			g := groups[id]
			if g == nil {
				g = &group{customers: map[cx.CustomerNo]bool{}, revenue: map[string]int64{}}
				g.Cut, g.Key = cut, keys
				groups[id] = g
			}
			g.N++
			if v, ok := u.value(); ok {
				g.Valued, g.Sum, g.SumSquares = g.Valued+1, g.Sum+v, g.SumSquares+v*v
			}
			if q.Customers {
				g.customers[u.customer] = true
			}
			if c := u.Said.Class; q.Revenue && c.HasRevenue {
				g.revenue[c.Revenue.Currency] += c.Revenue.Minor
			}
		}
	}
	var points []history.Point
	for _, g := range groups {
		g.Customers = int64(len(g.customers))
		for currency, minor := range g.revenue {
			g.Revenue = append(g.Revenue, cx.Money{Minor: minor, Currency: currency})
		}
		slices.SortFunc(g.Revenue, func(x, y cx.Money) int { return cmp.Compare(x.Currency, y.Currency) })
		points = append(points, g.Point)
	}
	slices.SortFunc(points, func(x, y history.Point) int {
		return cmp.Or(cmp.Compare(x.Cut, y.Cut), slices.Compare(x.Key, y.Key))
	})
	return points, nil
}

func (o *Oracle) keys(u unit, by []history.Dimension) []string {
	keys := make([]string, len(by))
	for i, d := range by {
		keys[i] = o.key(u, d)
	}
	return keys
}

// Distribution counts each value of the facts.
func (o *Oracle) Distribution(_ context.Context, p cx.Principal, q history.Query) ([]history.Bin, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	var bins []history.Bin
	for _, u := range o.units(q.Of, p, q.Filter) {
		cut, inside := stretch(q.Cuts, u.At)
		v, valued := u.value()
		if !inside || !valued {
			continue
		}
		b := history.Bin{Cut: cut, Key: o.keys(u, q.By), Metric: "valence", Value: v, N: 1}
		if u.item >= 0 {
			b.Metric, b.Scale = u.Answer.Items[u.item].Metric, u.Answer.Items[u.item].Scale
		}
		bins = append(bins, b)
	}
	order := func(x, y history.Bin) int {
		return cmp.Or(cmp.Compare(x.Cut, y.Cut), slices.Compare(x.Key, y.Key), cmp.Compare(x.Metric, y.Metric), cmp.Compare(x.Scale, y.Scale), cmp.Compare(x.Value, y.Value))
	}
	slices.SortFunc(bins, order)
	var out []history.Bin
	for _, b := range bins {
		if n := len(out); n > 0 && order(out[n-1], b) == 0 {
			out[n-1].N++
		} else {
			out = append(out, b)
		}
	}
	return out, nil
}

// Newest returns a page of events and answers, the newest first.
func (o *Oracle) Newest(_ context.Context, p cx.Principal, page history.Page) ([]history.Row, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := page.Validate(); err != nil {
		return nil, err
	}
	var rows []history.Row
	for i := range o.facts {
		u := unit{&o.facts[i], o.customer(o.facts[i].Profile), -1}
		if !o.passes(u, p, page.Filter) || page.Kinds != nil && !slices.Contains(page.Kinds, u.Kind) {
			continue
		}
		c := u.Said.Class
		r := history.Row{
			Seq: u.Seq, Customer: u.customer, Profile: u.Profile, Kind: u.Kind, Name: u.Name, Source: u.Source, At: u.At,
			Touchpoint: c.Touchpoint, Stage: c.Stage, Channel: c.Channel, Medium: c.Medium, Area: c.Area, Supplier: c.Supplier, Place: c.Place,
		}
		if c.HasValence {
			r.Valence, r.HasValence = u.value()
		}
		if c.HasRevenue {
			r.Revenue, r.HasRevenue = c.Revenue, true
		}
		if (page.Before == history.Cursor{} || r.Cursor().Compare(page.Before) < 0) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(x, y history.Row) int { return y.Cursor().Compare(x.Cursor()) })
	return rows[:min(len(rows), page.Limit)], nil
}
