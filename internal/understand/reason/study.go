package reason

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// study is a sample with what goes with its scores. It is not written to once it is
// made.
type study struct {
	*sample
	fitted
	m    *model.Model
	zone *time.Location
	q    Query
	ids  []string // of the reasons, those not clear after the others

	low, high float64 // of the scores
}

// seed makes the bootstrap repeatable.
const seed = 5

func newStudy(x *sample, m *model.Model, q Query) *study {
	s := &study{sample: x, m: m, zone: m.Company.Zone(), q: q, high: 100}
	if len(x.answers) > 0 {
		s.fitted = x.table.fit(seed)
	}
	for _, g := range slices.Concat(s.chosen, s.unclear) {
		s.ids = append(s.ids, s.id(g))
	}
	return s
}

// id names a reason in addresses; of two that would have the same, the second gets
// a number.
func (s *study) id(g group) string {
	d := s.table.drivers[g.parts[0].driver]
	id := strings.Trim(strings.Join([]string{d.kind, d.name, d.touchpoint}, "."), ".")
	switch d.kind {
	case "property":
		id = d.name
	case "supplier", "place":
		id = d.kind + "." + g.parts[0].value
	case "circumstance", "event", "again", "touchpoint":
		id = strings.Trim(d.kind+"."+d.name+"."+g.parts[0].value, ".")
		id = strings.ReplaceAll(id, "..", ".")
	case "topic":
		id = strings.Trim("topic."+d.name+"."+g.parts[0].value, ".")
	}
	if d.touchpoint != "" {
		id += "@" + d.touchpoint
	}
	id = strings.Map(func(r rune) rune {
		switch {
		case r == '≥':
			return -1
		case r == ' ' || r == '/' || r == '?' || r == '#' || r == '%' || r < ' ':
			return '-'
		}
		return r
	}, id)
	for slices.Contains(s.ids, id) {
		id += "-2"
	}
	return id
}

// find returns the reason of an id.
func (s *study) find(id string) (g group, clear, ok bool) {
	i := slices.Index(s.ids, id)
	switch {
	case i < 0:
		return group{}, false, false
	case i < len(s.chosen):
		return s.chosen[i], true, true
	}
	return s.unclear[i-len(s.chosen)], false, true
}

// answer tells the study.
func (s *study) answer() Answer {
	out := Answer{
		Metric: s.q.Metric, Survey: s.q.Survey, Window: s.window, N: len(s.answers), Of: s.of,
		Score: s.score(func(int) bool { return true }), Method: s.weights.Method, Tested: s.tested,
		Reasons: []Reason{}, Unclear: []Reason{},
	}
	for i, a := range s.answers {
		if i == 0 || a.customer != s.answers[i-1].customer {
			out.Customers++
		}
	}
	out.R2, out.R2Low, out.R2High = s.weights.R2, s.weights.R2Range.Low, s.weights.R2Range.High
	for i, g := range s.chosen {
		out.Reasons = append(out.Reasons, s.reason(g, s.ids[i]))
	}
	for i, g := range s.unclear {
		out.Unclear = append(out.Unclear, s.reason(g, s.ids[len(s.chosen)+i]))
	}
	return out
}

// score is the score of some of the answers, in the unit of the metric.
func (s *study) score(of func(row int) bool) outcome.Estimate {
	var r stats.Recommenders
	var points stats.Moments
	for i := range s.answers {
		if !of(i) {
			continue
		}
		p := s.table.rows[i].points
		points.Add(p)
		switch {
		case p > 0:
			r.Promoters++
		case p < 0:
			r.Detractors++
		default:
			r.Passives++
		}
	}
	switch {
	case points.N == 0:
		return outcome.Estimate{}
	case s.q.Metric == NPS:
		i := r.Interval()
		return outcome.Estimate{Value: r.Score(), Low: i.Low, High: i.High, N: points.N}
	case s.q.Metric == CSAT:
		i := stats.Wilson(r.Promoters, points.N)
		return outcome.Estimate{Value: 100 * float64(r.Promoters) / float64(points.N), Low: 100 * i.Low, High: 100 * i.High, N: points.N}
	}
	return outcome.MeanOf(points.Sample(), s.low, s.high)
}

// lived tells which rows have a reason, and how many could have it.
func (s *study) lived(g group) (has map[uint32]bool, exposed int) {
	has = map[uint32]bool{}
	for _, c := range g.parts {
		for i, r := range c.rows {
			if c.has[i] {
				has[r] = true
			}
		}
	}
	return has, len(g.parts[0].rows)
}

// reason tells one reason, without its quotes.
func (s *study) reason(g group, id string) Reason {
	d := s.table.drivers[g.parts[0].driver]
	has, exposed := s.lived(g)
	n := len(has)
	r := Reason{
		ID: id, Kind: Fact, Driver: s.driverOf(g), Touchpoint: d.touchpoint, N: n, P: g.p, Top3: g.top3,
		Share: share(n, len(s.answers)), Among: share(n, exposed), Whys: []Link{},
	}
	if d.kind == "topic" {
		r.Kind = Topic
	}
	for _, c := range g.parts {
		if c.value != "" {
			r.Values = append(r.Values, c.value)
		}
		part := float64(c.hits) / float64(len(s.answers))
		r.Effect.Value += part * c.each.value
		r.Effect.High += part * part * c.each.err * c.each.err
	}
	half := 1.959964 * math.Sqrt(r.Effect.High)
	r.Effect = outcome.Estimate{Value: r.Effect.Value, Low: r.Effect.Value - half, High: r.Effect.Value + half, N: len(s.answers)}
	r.Each = outcome.Estimate{Value: r.Effect.Value / r.Share.Value, Low: r.Effect.Low / r.Share.Value, High: r.Effect.High / r.Share.Value, N: n}
	r.Good = r.Effect.Value > 0
	r.Name = s.name(d, r.Values)
	if s.weights.R2 > 0 {
		r.Weight = Weight{Share: g.weight, Part: g.weight / s.weights.R2, Low: g.part.Low, High: g.part.High}
		r.Importance = 100 * g.weight / s.chosen[0].weight
	}
	r.Performance = 100 * r.Among.Value
	if !r.Good {
		r.Performance = 100 - r.Performance
	}
	if t, ok := s.m.Touchpoint(d.touchpoint); ok {
		r.Area = t.Area
	} else if t, ok := s.m.Topic(d.name); ok && r.Kind == Topic {
		r.Area = t.Area
	}
	r.Contrast = s.contrast(d)
	r.Since = s.since(g)
	r.Whys, r.Owner = s.whys(r)
	return r
}

func share(k, n int) outcome.Estimate {
	if n == 0 {
		return outcome.Estimate{}
	}
	i := stats.Wilson(k, n)
	return outcome.Estimate{Value: float64(k) / float64(n), Low: i.Low, High: i.High, N: n}
}

// driverOf is how a why names what it is behind.
func (s *study) driverOf(g group) string {
	d := s.table.drivers[g.parts[0].driver]
	switch d.kind {
	case "supplier", "place":
		return d.kind + "." + g.parts[0].value
	case "touchpoint", "again":
		return "touchpoint." + d.touchpoint
	}
	return d.kind + "." + d.name
}

// name is what people read. What only the data name is told as they do.
func (s *study) name(d driver, values []string) model.Text {
	plain := func(s string) model.Text { return model.Text{ES: s, EN: s, PT: s} }
	with := func(t model.Text, values ...string) model.Text {
		of := func(s string) string { return strings.TrimSuffix(s+": "+strings.Join(values, ", "), ": ") }
		return model.Text{ES: of(t.In("es")), EN: of(t.In("en")), PT: of(t.In("pt"))}
	}
	at := model.Text{ES: d.touchpoint, EN: d.touchpoint, PT: d.touchpoint}
	if t, ok := s.m.Touchpoint(d.touchpoint); ok {
		at = t.Name
	}
	said := func(es, en, pt string) model.Text {
		return model.Text{ES: at.In("es") + ": " + es, EN: at.In("en") + ": " + en, PT: at.In("pt") + ": " + pt}
	}
	value := strings.Join(values, "")
	first := "" // of several values the one that moves the score most names the reason
	if len(values) > 0 {
		first = values[0]
	}
	if name, ok := s.m.NameOf(d.kind+"."+d.name, first, d.touchpoint); ok {
		if own, whole := s.m.NameOf(d.kind+"."+d.name, "", d.touchpoint); first != "" && whole && own == name { // of the property, not of its value
			return with(name, values...)
		}
		return name
	}
	switch d.kind {
	case "topic":
		name := plain(d.name)
		if t, ok := s.m.Topic(d.name); ok {
			name = t.Name
		}
		switch value {
		case "negative":
			return model.Text{ES: name.In("es") + ": quejas", EN: name.In("en") + ": complaints", PT: name.In("pt") + ": queixas"}
		case "positive":
			return model.Text{ES: name.In("es") + ": elogios", EN: name.In("en") + ": praise", PT: name.In("pt") + ": elogios"}
		}
		return name
	case "supplier":
		if t, ok := s.m.Supplier(value); ok {
			return t.Name
		}
		return plain(value)
	case "place":
		if t, ok := s.m.Place(value); ok {
			return t.Name
		}
		return plain(value)
	case "property":
		name := plain(spaced(d.name))
		if p, ok := s.m.Property(d.name); ok {
			name = p.Name
		}
		switch value {
		case "true":
			return name
		case "false":
			return model.Text{ES: name.In("es") + ": no", EN: name.In("en") + ": no", PT: name.In("pt") + ": não"}
		}
		return with(name, values...)
	case "circumstance":
		return plain(spaced(d.name))
	case "again":
		return said("más de una vez", "more than once", "mais do que uma vez")
	case "touchpoint":
		switch value {
		case "bad":
			return said("mal vivido", "lived badly", "mal vivido")
		case "good":
			return said("bien vivido", "lived well", "bem vivido")
		}
		return said("sin más", "neither well nor badly", "sem mais")
	}
	return plain(d.name)
}

// spaced reads a name of a system: "wait_min" is wait min.
func spaced(s string) string { return strings.Join(wordsOf(s), " ") }

// contrast tells what badly and well lived visits of the reason's touchpoint, or
// what bad and good words on its topic, have with the score, against what is
// between; nil when nothing is known of it.
func (s *study) contrast(d driver) *Contrast {
	levels := s.levels(d)
	if levels == nil {
		return nil
	}
	of := stats.PenaltyReward(s.table.centred(func(r row) float64 { return r.points }), [][]float64{levels})[0]
	told := func(e stats.Effect) outcome.Estimate {
		if math.IsNaN(e.Value) || math.IsNaN(e.Low) {
			return outcome.Estimate{}
		}
		return outcome.Estimate{Value: e.Value, Low: e.Low, High: e.High, N: int(math.Round(e.Mean * float64(known(levels))))}
	}
	c := &Contrast{Kind: string(of.Kind), Penalty: told(of.Penalty), Reward: told(of.Reward)}
	if c.Penalty.N == 0 && c.Reward.N == 0 {
		return nil
	}
	return c
}

func known(levels []float64) (n int) {
	for _, l := range levels {
		if !math.IsNaN(l) {
			n++
		}
	}
	return n
}

// levels tells of each row how it was lived at a driver's touchpoint, the worst
// counting; NaN where nobody was. Nil when it was never bad, or never good, or never
// between.
func (s *study) levels(d driver) []float64 {
	if d.touchpoint == "" {
		return nil
	}
	no, ok := s.table.numbered[driverKey{"touchpoint", "", d.touchpoint}]
	if !ok {
		return nil
	}
	felt := s.table.drivers[no]
	out, has := make([]float64, len(s.answers)), [3]int{}
	for i, r := range s.table.rows {
		out[i] = math.NaN()
		for _, o := range s.table.seen[r.from:r.to] {
			if o.driver != no {
				continue
			}
			level := 0.0
			switch felt.values[o.value] {
			case "bad":
				level = -1
			case "good":
				level = 1
			}
			if math.IsNaN(out[i]) || level < out[i] {
				out[i] = level
			}
		}
		if !math.IsNaN(out[i]) {
			has[int(out[i])+1]++
		}
	}
	if slices.Min(has[:]) < fewest {
		return nil
	}
	return out
}

// holds tells whether an observation is one of a reason.
func (s *study) holds(g group, o observation) bool {
	d := &s.table.drivers[o.driver]
	return o.driver == g.parts[0].driver && slices.ContainsFunc(g.parts, func(c candidate) bool {
		if math.IsNaN(c.least) {
			return d.values[o.value] == c.value || d.kind == "topic" && c.value == ""
		}
		return d.numbers[o.value] >= c.least
	})
}

// facts returns the facts by which a row has a reason.
func (s *study) facts(g group, r uint32) (out []cx.Seq) {
	for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
		if o.fact != noFact && s.holds(g, o) && !slices.Contains(out, s.events[o.fact].seq) {
			out = append(out, s.events[o.fact].seq)
		}
	}
	slices.SortFunc(out, func(a, b cx.Seq) int { return cmp.Compare(b, a) })
	return out
}
