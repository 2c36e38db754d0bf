package policy

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// What a happening says of a policy, a promise or a goal.
const (
	nothing = -1 // no row of the policy decides; no promise is made; the metric has no number
	met     = -2 // a row decides, and what it requires is there
	broken  = 0  // of a promise decided at once; of a goal: missed
	kept    = 1  // of a promise decided at once; of a goal: reached
	made    = 2  // of a promise that another event decides
)

// happening is one event that a policy, a promise or a goal is about.
type happening struct {
	seq      cx.Seq
	customer cx.CustomerNo
	at       cx.Time
	place    int32   // of gathering.places
	says     []int16 // by the readers of its name
	keys     []uint64
	due      []cx.Time
}

// reader reads of each event of a name what it says of one policy, promise or goal.
type reader struct {
	policy  *model.Policy
	promise *model.Promise
	goal    *model.Goal
	ends    bool // the event may keep the promise; else it begins it
}

// kindOf are the events of one name.
type kindOf struct {
	name    string
	readers []reader
	facts   []happening // by time, then seq
}

// reads returns the index of the reader of a policy, promise or goal.
func (k *kindOf) reads(is func(reader) bool) int { return slices.IndexFunc(k.readers, is) }

// spend is what a customer paid at a time, in minor units.
type spend struct {
	at     cx.Time
	amount int64
}

// score is one answer with a value.
type score struct {
	seq           cx.Seq
	at            cx.Time
	metric, scale string
	value         float64
}

// gathering is what history tells of the policies, promises and goals of a model.
type gathering struct {
	m       *model.Model
	window  cx.Window
	objects []string // properties whose values join events
	kinds   map[string]*kindOf
	known   map[cx.CustomerNo]person // when a condition asks for it
	asks    []expr.Ask
	traits  bool
	edition history.Edition

	places map[string]int32
	spent  map[cx.CustomerNo][]spend
	scores map[cx.CustomerNo][]score
	last   cx.Time // until when history goes
	seed   maphash.Seed
}

type person struct {
	traits  []byte
	answers []any
}

func newGathering(m *model.Model, window cx.Window) *gathering {
	g := &gathering{
		m: m, window: window, kinds: map[string]*kindOf{}, places: map[string]int32{},
		spent: map[cx.CustomerNo][]spend{}, scores: map[cx.CustomerNo][]score{}, seed: maphash.MakeSeed(),
	}
	add := func(name string, r reader) {
		k := g.kinds[name]
		if k == nil {
			k = &kindOf{name: name}
			g.kinds[name] = k
		}
		k.readers = append(k.readers, r)
	}
	need := func(programs ...*expr.Program) {
		for _, p := range programs {
			if p != nil {
				g.asks, g.traits = append(g.asks, p.Asks()...), g.traits || p.NeedsTraits()
			}
		}
	}
	about := func(slug string) {
		if i := slices.IndexFunc(m.Objects, func(o model.Object) bool { return o.Slug == slug }); i >= 0 && !slices.Contains(g.objects, m.Objects[i].Property) {
			g.objects = append(g.objects, m.Objects[i].Property)
		}
	}
	for i := range m.Policies {
		x := &m.Policies[i]
		add(x.On, reader{policy: x})
		about(x.About)
		for _, row := range x.Rows {
			need(row.When, row.Outcome.Requires)
		}
	}
	for i := range m.Promises {
		p := &m.Promises[i]
		add(begin(p).Event, reader{promise: p})
		about(p.About)
		need(begin(p).When, p.For, p.Holds)
		if !p.Instant() {
			add(p.To.Event, reader{promise: p, ends: true})
			need(p.To.When)
		}
	}
	for i := range m.Goals {
		add(m.Goals[i].Metric.Event, reader{goal: &m.Goals[i]})
	}
	return g
}

// object returns which of objects joins the events of a thing of this kind; −1 is the
// customer.
func (g *gathering) object(about string) int {
	i := slices.IndexFunc(g.m.Objects, func(o model.Object) bool { return o.Slug == about })
	if i < 0 {
		return -1
	}
	return slices.Index(g.objects, g.m.Objects[i].Property)
}

// gather reads history: the happenings, and what their customers paid and answered.
func (g *gathering) gather(s history.Snapshot) error {
	g.edition = s.Edition()
	names := make([]string, 0, len(g.kinds))
	for name := range g.kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil
	}
	seen := map[cx.CustomerNo]bool{}
	err := s.Lived(history.LivedQuery{Names: names, Properties: names, Window: g.window}, func(l *history.Lived) error {
		for i := range l.Seq {
			k := g.kinds[l.Names[l.Name[i]]]
			if k == nil {
				continue
			}
			h := happening{seq: l.Seq[i], customer: l.Customer[i], at: l.At[i], place: number(g.places, l.Contexts[l.Context[i]].Place)}
			var raw []byte
			if l.Properties != nil {
				raw = l.Properties[i]
			}
			g.read(k, &h, raw)
			k.facts = append(k.facts, h)
			seen[h.customer] = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range g.kinds {
		slices.SortFunc(k.facts, func(a, b happening) int {
			return history.Cursor{At: a.at, Seq: a.seq}.Compare(history.Cursor{At: b.at, Seq: b.seq})
		})
	}
	since := cx.Window{From: g.window.From.Add(-before), To: g.window.To}
	err = s.Lived(history.LivedQuery{All: true, Currency: g.m.Company.Currency, Window: since}, func(l *history.Lived) error {
		for i := range l.Seq {
			if g.last = max(g.last, l.At[i]); seen[l.Customer[i]] {
				g.spent[l.Customer[i]] = append(g.spent[l.Customer[i]], spend{l.At[i], l.Revenue[i]})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.Lived(history.LivedQuery{Of: history.Answers, All: true, Window: g.window}, func(l *history.Lived) error {
		for i := range l.Seq {
			if seen[l.Customer[i]] {
				g.scores[l.Customer[i]] = append(g.scores[l.Customer[i]], score{l.Seq[i], l.At[i], strings.Clone(l.Metric[i]), strings.Clone(l.Scale[i]), l.Value[i]})
			}
		}
		return nil
	})
}

func number(known map[string]int32, s string) int32 {
	n, ok := known[s]
	if !ok {
		n = int32(len(known))
		known[strings.Clone(s)] = n
	}
	return n
}

// read notes what an event says of everything that is about events of its name.
func (g *gathering) read(k *kindOf, h *happening, raw []byte) {
	o := expr.NewObject(raw)
	who := g.known[h.customer]
	vars := expr.Vars{Name: k.name, Type: cx.Track.String(), At: h.at, Properties: o, Traits: expr.NewObject(who.traits), Now: h.at}
	holds := func(p *expr.Program) bool {
		if p == nil {
			return true
		}
		vars.Answers = g.answers(who, p)
		ok, err := p.Bool(vars)
		return ok && err == nil // what costs too much on this event does not hold of it
	}
	h.says = make([]int16, len(k.readers))
	for i, r := range k.readers {
		switch {
		case r.policy != nil:
			h.says[i] = nothing
			if row := slices.IndexFunc(r.policy.Rows, func(row model.PolicyRow) bool { return holds(row.When) }); row >= 0 {
				h.says[i] = int16(row)
				if out := r.policy.Rows[row].Outcome; out.Effect == model.Require && holds(out.Requires) {
					h.says[i] = met
				}
			}
		case r.goal != nil:
			h.says[i] = nothing
			if v, _ := o.Get(r.goal.Metric.Property); isNumber(v) {
				h.says[i] = broken
				if holds(r.goal.When) {
					h.says[i] = kept
				}
			}
		case r.ends:
			h.says[i] = nothing
			if holds(r.promise.To.When) {
				h.says[i] = kept
			}
		default:
			h.says[i] = nothing
			if holds(begin(r.promise).When) && holds(r.promise.For) {
				h.says[i] = g.promised(h, i, r.promise, vars, o)
			}
		}
	}
	if len(g.objects) > 0 {
		h.keys = make([]uint64, len(g.objects))
		for i, property := range g.objects {
			if id := o.Text(property); id != "" {
				h.keys[i] = maphash.String(g.seed, id)
			}
		}
	}
}

// promised notes by when a promise that an event makes is due, or how it is decided.
func (g *gathering) promised(h *happening, at int, p *model.Promise, vars expr.Vars, o *expr.Object) int16 {
	if p.Instant() {
		vars.Answers = nil
		switch v, err := p.Holds.Value(vars); {
		case err != nil || v == nil:
			return nothing
		case v == true:
			return kept
		}
		return broken
	}
	due := h.at.Add(p.Within.Span)
	switch c, ok := g.m.Calendar(p.Within.Calendar); {
	case p.Within.Property != "":
		v, _ := o.Get(p.Within.Property)
		text, _ := v.(string)
		if due, ok = dueAt(text, g.m.Company.Zone()); !ok {
			return nothing
		}
	case ok:
		due = c.Add(h.at, p.Within.Span)
	}
	if h.due == nil {
		h.due = make([]cx.Time, len(h.says))
	}
	h.due[at] = due
	return made
}

// dueAt reads a time; a day is its end.
func dueAt(s string, zone *time.Location) (cx.Time, bool) {
	if day, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return cx.TimeOf(day.AddDate(0, 0, 1)), true
	}
	return cx.ParseTime(s)
}

func isNumber(v any) bool { _, ok := v.(float64); return ok }

// answers are those to what a program asks of a customer.
func (g *gathering) answers(who person, p *expr.Program) []any {
	asks := p.Asks()
	if len(asks) == 0 {
		return nil
	}
	out := make([]any, len(asks))
	for i, a := range asks {
		if at := slices.IndexFunc(g.asks, func(b expr.Ask) bool { return a.String() == b.String() }); at >= 0 && at < len(who.answers) {
			out[i] = who.answers[at]
		}
	}
	return out
}
