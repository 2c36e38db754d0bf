package promise

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// reads is how the events of the log are read under one version of the model.
type reads struct {
	model    int // number of the version
	m        *model.Model
	promises []*reading
	byEvent  map[string][]*reading
	bySlug   map[string]*reading
	byNo     map[int]*reading
}

// reading is how one promise is read.
type reading struct {
	no      int
	promise model.Promise
	object  model.Object // zero: it is about the customer, or decided at once
	digest  string       // of all by which its marks are read
	measure string       // of what is measured
	done    cx.Seq
}

func newReads(v model.Version) reads {
	r := reads{model: v.Number, m: v.Model, byEvent: map[string][]*reading{}, bySlug: map[string]*reading{}, byNo: map[int]*reading{}}
	where := r.where()
	for _, p := range v.Model.Promises {
		d := newReading(v.Model, p)
		d.digest = digest(d.measure, where)
		r.promises = append(r.promises, d)
		r.bySlug[p.Slug] = d
		for _, name := range p.Events() {
			r.byEvent[name] = append(r.byEvent[name], d)
		}
	}
	return r
}

func newReading(m *model.Model, p model.Promise) *reading {
	d := &reading{promise: p}
	for _, o := range m.Objects {
		if o.Slug == p.About {
			d.object = o
		}
	}
	source := func(p *expr.Program) string {
		if p == nil {
			return ""
		}
		return p.Source()
	}
	c, _ := m.Calendar(p.Within.Calendar)
	d.measure = digest(p.Slug, p.From.String(), p.To.String(), p.Void.String(), p.At.String(), p.Risk.Mark.String(), source(p.Holds), source(p.For),
		p.Within.String(), p.Risk.Before.String(), d.object.Slug, d.object.Property, m.Company.Timezone, c.Timezone, fmt.Sprint(c.Week), fmt.Sprint(c.Holidays))
	return d
}

// where digests what classification rests on.
func (r *reads) where() string {
	parts := []string{fmt.Sprint(r.m.Facts), fmt.Sprint(r.m.Places), fmt.Sprint(r.m.Suppliers)}
	for _, t := range r.m.Touchpoints {
		parts = append(parts, t.Slug, t.Supplier)
		for _, e := range t.Events {
			parts = append(parts, e.String())
		}
	}
	return digest(parts...)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}

// settled tells whether every promise is read up to a position.
func (r *reads) settled(position cx.Seq) bool {
	for _, d := range r.promises {
		if d.done < position {
			return false
		}
	}
	return true
}

// customerKeyed tells whether the promise's events are joined by their customer.
func (d *reading) customerKeyed() bool { return d.object.Slug == "" && !d.promise.Instant() }

// found is a mark with what it belongs to.
type found struct {
	mark
	d     *reading
	key   string // "": the customer's, to be looked up
	where context4
}

// marksOf reads an event as the marks of some promises. Nothing of what it
// returns is a slice of the event.
func (r *reads) marksOf(e *cx.Event, among []*reading) (out []found) {
	if e.Kind != cx.Track && e.Kind != cx.Page && e.Kind != cx.Screen {
		return nil
	}
	var f model.Fact
	var vars expr.Vars
	var class model.Class
	for _, d := range among {
		if f.Kind == 0 {
			f = model.FactOf(*e)
			class = r.m.Classify(f)
			vars = expr.Vars{
				Name: f.Name, Type: f.Kind.String(), Source: f.Source, UserID: f.UserID, At: f.At, Now: f.At,
				Properties: expr.NewObject(f.Properties), Traits: expr.NewObject(f.Traits), Context: expr.NewObject(f.Context),
			}
		}
		key := ""
		switch {
		case d.promise.Instant():
			key = fmt.Sprintf("e%d", e.Seq)
		case d.object.Slug != "":
			for _, o := range class.Objects {
				if o.Type == d.object.Slug {
					key = "o" + strings.Clone(o.ID)
				}
			}
			if key == "" {
				continue // it names no object
			}
		}
		where := context4{strings.Clone(class.Touchpoint), strings.Clone(class.Supplier), strings.Clone(class.Place), strings.Clone(class.Region)}
		if t, ok := r.m.Touchpoint(d.promise.Touchpoint); ok {
			if where.touchpoint = t.Slug; where.supplier == "" {
				where.supplier = t.Supplier
			}
		}
		for _, m := range d.marks(r.m, f, vars) {
			m.seq, m.at = e.Seq, e.At
			out = append(out, found{m, d, key, where})
		}
	}
	return out
}

// marks reads what a fact is to a promise.
func (d *reading) marks(m *model.Model, f model.Fact, vars expr.Vars) (out []mark) {
	p := &d.promise
	if is(p.To, vars) {
		out = append(out, mark{kind: ends})
	}
	if is(p.Void, vars) {
		out = append(out, mark{kind: voids})
	}
	if is(p.Risk.Mark, vars) {
		out = append(out, mark{kind: fears})
	}
	if is(p.From, vars) && holds(p.For, vars) {
		if due, risk, ok := m.Due(p, f); ok {
			out = append(out, mark{kind: begins, due: due, risk: risk})
		}
	}
	if is(p.At, vars) && holds(p.For, vars) {
		if kept, err := p.Holds.Value(vars); err == nil && kept != nil { // what is not known is neither
			out = append(out, mark{kind: decides, due: f.At, kept: kept == true})
		}
	}
	return out
}

// is tells whether the fact is the mark's event.
func is(m model.Mark, vars expr.Vars) bool {
	return m.Event != "" && m.Event == vars.Name && holds(m.When, vars)
}

// holds tells whether a condition holds; one that the data makes too costly does
// not.
func holds(p *expr.Program, vars expr.Vars) bool {
	if p == nil {
		return true
	}
	ok, err := p.Bool(vars)
	return err == nil && ok
}
