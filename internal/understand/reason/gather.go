package reason

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// MostAnswers is how many answers are weighed at once. Of more, as many are drawn:
// always the same ones.
const MostAnswers = 20_000

// usually is how long before the newest answer reasons are looked for when nobody says.
const usually = 365 * 24 * time.Hour

// What an answer is about: what shares an object with it, with the visit of which
// the newest of that was a part; without one, the newest visit to its touchpoint; of
// an answer on the whole relationship, all that was lived lately.
const (
	lately  = 90 * 24 * time.Hour
	toVisit = 30 * 24 * time.Hour // at most this long before the answer
	visit   = 2 * time.Hour       // to both sides
)

// sample is answers with what their customers lived and said before.
type sample struct {
	edition  history.Edition
	window   cx.Window
	of       int      // answers that the query lets through
	answers  []answer // as the rows of the table
	events   []event  // by customer, time and seq
	contexts []history.Context
	surveys  []string
	table    *table
}

// answer is one scored answer.
type answer struct {
	seq      cx.Seq
	customer cx.CustomerNo
	at       cx.Time
	survey   uint32 // of surveys
	context  uint32
	metric   string
	scale    string
	value    float64
	objects  []uint64
	seen     []property
	about    bool     // of the whole relationship
	from, to uint32   // the events of its customer
	shared   []uint32 // events that share an object with it
}

// event is one thing lived by somebody who answered.
type event struct {
	seq             cx.Seq
	customer        cx.CustomerNo
	at              cx.Time
	context         uint32
	valence         int16
	objects, objEnd uint32 // of gathering.objects
	seen, seenEnd   uint32 // of gathering.seen
}

// property is that a driver had a value.
type property struct{ driver, value uint32 }

// gathering fills a sample.
type gathering struct {
	*sample
	m       *model.Model
	q       Query
	objects []uint64
	kinds   map[uint64]string      // of the objects
	members map[cx.CustomerNo]bool // nil: all customers
	seen    []property
	reader  reader
	what    *circumstances
	times   map[cx.CustomerNo][]cx.Time // of the answers
}

// gather collects the answers of a query, and what their customers lived and said.
func (s *Service) gather(ctx context.Context, p cx.Principal, m *model.Model, q Query) (*sample, error) {
	g := &gathering{sample: &sample{table: newTable()}, m: m, q: q, kinds: map[uint64]string{}}
	g.reader = newReader(m, g.table)
	if q.Segment != "" {
		members, err := s.c.Segments.Customers(ctx, p, q.Segment)
		if err != nil {
			return nil, err
		}
		g.members = map[cx.CustomerNo]bool{}
		for _, c := range members {
			g.members[c] = true
		}
	}
	heard, err := s.c.Voices.Position(ctx)
	if err != nil {
		return nil, err
	}
	err = s.c.Facts.Snapshot(ctx, p, func(facts history.Snapshot) error {
		g.edition = facts.Edition()
		g.edition.Position = min(g.edition.Position, heard) // words may come after their facts
		if err := g.ask(facts); err != nil || len(g.answers) == 0 {
			return err
		}
		return g.live(facts)
	})
	if err != nil || len(g.answers) == 0 {
		return g.sample, err
	}
	said, err := s.said(ctx, p, g.sample)
	if err != nil {
		return nil, err
	}
	g.lay(said)
	return g.sample, nil
}

// ask reads the answers.
func (g *gathering) ask(facts history.Snapshot) error {
	surveys, contexts := map[string]uint32{}, map[history.Context]uint32{}
	err := facts.Lived(history.LivedQuery{Of: history.Answers, All: true, Window: g.q.Window, Everything: true, Derived: true}, func(l *history.Lived) error {
		for i := range l.Seq {
			survey, context := l.Names[l.Name[i]], l.Contexts[l.Context[i]]
			if math.IsNaN(l.Value[i]) || g.members != nil && !g.members[l.Customer[i]] || !g.wanted(survey, l.Metric[i], l.Scale[i], context) {
				continue
			}
			declared, ok := g.m.Survey(survey)
			if declared.Purpose == model.Expectation { // nothing was lived yet
				continue
			}
			g.reader.read(context.Touchpoint, l.Properties[i], l.Derived[i], true)
			if g.reader.suspect {
				continue
			}
			a := answer{
				seq: l.Seq[i], customer: l.Customer[i], at: l.At[i], metric: l.Metric[i], scale: l.Scale[i], value: l.Value[i],
				survey: numbered(surveys, &g.surveys, survey), context: numbered(contexts, &g.contexts, context),
				objects: slices.Clone(g.reader.objects), seen: slices.Clone(g.reader.seen),
			}
			a.about = len(a.objects) == 0 && (a.metric == "nps" || ok && declared.Purpose == model.Relationship)
			g.answers = append(g.answers, a)
		}
		return nil
	})
	if g.q.Window == (cx.Window{}) && len(g.answers) > 0 {
		newest := slices.MaxFunc(g.answers, func(a, b answer) int { return cmp.Compare(a.at, b.at) }).at
		g.q.Window = cx.Window{From: max(1, newest.Add(-usually)), To: newest + 1}
		g.answers = slices.DeleteFunc(g.answers, func(a answer) bool { return !g.q.Window.Contains(a.at) })
	}
	g.window, g.of = g.q.Window, len(g.answers)
	if g.of > MostAnswers {
		slices.SortFunc(g.answers, func(a, b answer) int { return cmp.Compare(drawn(a.seq), drawn(b.seq)) })
		g.answers = slices.Clone(g.answers[:MostAnswers])
	}
	slices.SortFunc(g.answers, func(a, b answer) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq), cmp.Compare(a.metric, b.metric))
	})
	return err
}

// drawn mixes a seq, so that the least are a sample (splitmix64, Steele, Lea & Flood
// 2014).
func drawn(s cx.Seq) uint64 {
	x := uint64(s) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func numbered[K comparable](known map[K]uint32, list *[]K, key K) uint32 {
	no, ok := known[key]
	if !ok {
		no = uint32(len(*list))
		known[key] = no
		*list = append(*list, key)
	}
	return no
}

// wanted tells whether the query lets an answer through.
func (g *gathering) wanted(survey, metric, scale string, c history.Context) bool {
	if _, ok := fact.ParseScale(scale); !ok || g.q.Survey != "" && survey != g.q.Survey {
		return false
	}
	switch g.q.Metric {
	case NPS, CSAT, CES:
		if metric != string(g.q.Metric) {
			return false
		}
	case Mean:
		if metric != "rating" {
			return false
		}
	}
	for _, w := range g.q.Where {
		if !slices.Contains(w.In, keyOf(w.By, survey, metric, scale, c)) {
			return false
		}
	}
	return true
}

// keyOf returns the key of an answer; the dimension is one of answerDimensions.
func keyOf(by history.Dimension, survey, metric, scale string, c history.Context) string {
	switch by {
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
		return c.Source
	case history.Metric:
		return metric
	case history.Scale:
		return scale
	}
	return survey
}

// answerDimensions are what answers can be narrowed by.
var answerDimensions = []history.Dimension{
	history.Touchpoint, history.Stage, history.Channel, history.Medium, history.Area, history.Supplier, history.Place, history.Source,
	history.Metric, history.Scale, history.Survey, history.Name,
}

// live reads what the customers lived until they answered.
func (g *gathering) live(facts history.Snapshot) error {
	g.times = map[cx.CustomerNo][]cx.Time{}
	var customers []cx.CustomerNo
	first, last := g.answers[0].at, g.answers[0].at
	for _, a := range g.answers { // by customer, then time
		if len(g.times[a.customer]) == 0 {
			customers = append(customers, a.customer)
		}
		g.times[a.customer] = append(g.times[a.customer], a.at)
		first, last = min(first, a.at), max(last, a.at)
	}
	within := cx.Window{From: max(1, first.Add(-lately)), To: last.Add(lately)}
	so, err := facts.Circumstances(within)
	if err != nil {
		return err
	}
	g.what = circumstancesOf(so)
	contexts := map[history.Context]uint32{}
	for i, c := range g.contexts {
		contexts[c] = uint32(i)
	}
	err = facts.Lived(history.LivedQuery{All: true, Customers: customers, Window: within, Everything: true, Derived: true}, func(l *history.Lived) error {
		for i := range l.Seq {
			g.event(l, i, contexts)
		}
		return nil
	})
	slices.SortFunc(g.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
	})
	return err
}

// event keeps what was lived at a touchpoint within the time before an answer, and
// within as much after one what the model derives of an object: a parcel that comes
// late was late already when its customer was asked.
func (g *gathering) event(l *history.Lived, i int, contexts map[history.Context]uint32) {
	c, at := l.Contexts[l.Context[i]], l.At[i]
	times := g.times[l.Customer[i]]
	next, _ := slices.BinarySearch(times, at)
	before := next < len(times) && times[next].Sub(at) <= lately
	after := next > 0 && at.Sub(times[next-1]) <= lately && len(l.Derived[i]) > 0
	if c.Touchpoint == "" || !before && !after {
		return
	}
	r := &g.reader
	r.read(c.Touchpoint, l.Properties[i], l.Derived[i], false)
	r.dimension("supplier", c.Touchpoint, c.Supplier)
	r.dimension("place", c.Touchpoint, c.Place)
	r.happened(l.Names[l.Name[i]], c.Touchpoint)
	r.felt(c.Touchpoint, l.Valence[i])
	g.what.at(c.Place, c.Touchpoint, c.Supplier, r.product, at, func(kind string) { r.circumstance(kind, c.Touchpoint) })
	e := event{seq: l.Seq[i], customer: l.Customer[i], at: at, context: numbered(contexts, &g.contexts, c), valence: l.Valence[i]}
	e.objects, e.seen = uint32(len(g.objects)), uint32(len(g.seen))
	g.objects, g.seen = append(g.objects, r.objects...), append(g.seen, r.seen...)
	e.objEnd, e.seenEnd = uint32(len(g.objects)), uint32(len(g.seen))
	for k, o := range r.objects {
		g.kinds[o] = r.types[k]
	}
	g.events = append(g.events, e)
}

// said returns the topics of the words, and how these alone feel, that came with the sample's answers, by seq.
func (s *Service) said(ctx context.Context, p cx.Principal, of *sample) (map[cx.Seq]spoken, error) {
	wanted := make(map[cx.Seq]spoken, len(of.answers))
	for _, a := range of.answers {
		wanted[a.seq] = spoken{}
	}
	err := s.c.Voices.Tell(ctx, p, voice.Filter{Window: of.window, Where: []voice.Condition{{By: voice.ByKind, In: []string{string(voice.Answer)}}}}, func(t *voice.Text) error {
		if said, ok := wanted[t.Seq]; ok {
			said.words = true
			for _, topic := range t.Topics {
				said.topics = append(said.topics, mentioned{topic, t.Alone})
			}
			wanted[t.Seq] = said
		}
		return nil
	})
	return wanted, err
}

// spoken is what the words of an answer are about.
type spoken struct {
	words  bool
	topics []mentioned
}

type mentioned struct{ topic, polarity string }
