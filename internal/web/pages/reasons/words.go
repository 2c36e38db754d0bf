package reasons

import (
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// reader says reasons in the words of who reads.
type reader struct{ reading.Reader }

func (p page) reader(q *web.Request) reader {
	return reader{reading.NewReader(q, p.models.Current().Model)}
}

// name is what a reason is called; what the company has no name for (names: of the
// model) is said as events and properties are said elsewhere.
func (r reader) name(x reason.Reason) string {
	kind, of, _ := strings.Cut(x.Driver, ".")
	first := ""
	if len(x.Values) > 0 {
		first = x.Values[0]
	}
	if _, named := r.Model.NameOf(x.Driver, first, x.Touchpoint); named {
		return r.Say(x.Name)
	}
	switch kind {
	case "event":
		return r.Happened(of)
	case "circumstance":
		return reading.Capital(r.circumstance(of))
	case "property":
		if len(x.Values) == 0 {
			break
		}
		if x.Values[0] == "true" {
			return r.property(of)
		}
		var values []string
		for _, v := range x.Values {
			values = append(values, r.value(v))
		}
		return r.property(of) + ": " + strings.Join(values, ", ")
	}
	return r.Say(x.Name)
}

// value writes what a property was.
func (r reader) value(v string) string {
	if key := "reasons.value." + v; r.L.Has(key) {
		return r.L.T(key)
	}
	return spaced(v)
}

func (r reader) circumstance(kind string) string {
	if name, ok := r.Model.NameOf("circumstance."+kind, "", ""); ok {
		return r.Say(name)
	}
	return r.Circumstance(remember.Circumstance{Circumstance: fact.Circumstance{Kind: kind}})
}

func (r reader) declared(property string) (model.Property, bool) {
	for _, p := range r.Model.Properties {
		if p.Slug == property {
			return p, true
		}
	}
	return model.Property{}, false
}

// points writes how much a reason moves the score, with its sign.
func (r reader) points(v float64) string { return r.L.Signed(v, decimals(v)) }

// size is points without the sign.
func (r reader) size(v float64) string { return r.L.Number(math.Abs(v), decimals(v)) }

// decimals keeps what is small from being written as nothing.
func decimals(v float64) int {
	switch v = math.Abs(v); {
	case v >= 9.95:
		return 0
	case v >= .095:
		return 1
	}
	return 2
}

// unit is what the points are of: puntos de NPS.
func (r reader) unit(m reason.Metric) string { return r.L.T("reasons.unit." + word(m)) }

// word is a metric in a message key.
func word(m reason.Metric) string {
	if m == reason.All {
		return "all"
	}
	return string(m)
}

// score writes a score of a metric.
func (r reader) score(m reason.Metric, v float64) string {
	if m == reason.CSAT {
		return r.L.Percent(v/100, 0)
	}
	return r.L.Number(v, 0)
}

// scored writes a score with its interval and n.
func (r reader) scored(m reason.Metric, e outcome.Estimate) string {
	if e.N == 0 {
		return "–"
	}
	return r.between(e, func(v float64) string { return r.score(m, v) })
}

// share writes a share with its interval and n.
func (r reader) share(e outcome.Estimate) string {
	if e.N == 0 {
		return "–"
	}
	return r.between(e, r.percent)
}

func (r reader) percent(v float64) string {
	if v > 0 && v < .0095 {
		return r.L.Percent(v, 1)
	}
	return r.L.Percent(v, 0)
}

func (r reader) between(e outcome.Estimate, write func(float64) string) string {
	return r.L.T("reasons.between", "value", write(e.Value), "low", write(e.Low), "high", write(e.High), "count", r.L.Int(int64(e.N)))
}

// since says from when on a reason is lived as often as now.
func (r reader) since(s *reason.Since) string {
	switch {
	case s == nil:
		return r.L.T("reasons.since.always")
	case s.From == 0:
		return r.L.T("reasons.since.until"+more(s), "when", r.L.Date(s.Until))
	case s.Until != 0:
		return r.L.T("reasons.since.between"+more(s), "when", r.L.Dates(cx.Window{From: s.From, To: s.Until}))
	}
	return r.L.T("reasons.since.from"+more(s), "when", r.L.Date(s.From))
}

func more(s *reason.Since) string {
	if s.Now > s.Then {
		return ".more"
	}
	return ".less"
}

// shares says what changed then, in figures.
func (r reader) shares(s *reason.Since) string {
	if s == nil {
		return ""
	}
	out := r.L.T("reasons.since.shares", "then", r.percent(s.Then), "now", r.percent(s.Now))
	if s.From == 0 {
		out = r.L.T("reasons.since.shares", "then", r.percent(s.Now), "now", r.percent(s.Then))
	}
	if s.Low != 0 && s.Low != s.High {
		out += " · " + r.L.T("reasons.since.interval", "low", r.L.Date(s.Low), "high", r.L.Date(s.High))
	}
	return out
}

// owner is who answers for a reason.
func (r reader) owner(x reason.Reason) string {
	if x.Owner == "" {
		return r.L.T("reasons.owner.none")
	}
	return r.L.T("reasons.owner", "area", r.Area(x.Owner))
}

// where says at which touchpoint a reason is lived; "" when its name already does.
func (r reader) where(x reason.Reason) string {
	if x.Touchpoint == "" || strings.HasPrefix(x.Driver, "touchpoint.") {
		return ""
	}
	return r.Touchpoint(x.Touchpoint)
}

// note is the quiet line below a reason.
func (r reader) note(x reason.Reason) string {
	parts := []string{r.where(x), r.since(x.Since), r.L.T("reasons.lived", "n", x.N), r.owner(x)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// whom names a group in which a reason is lived more often: "con Azahar Envíos".
func (r reader) whom(w reason.Whom) string {
	kind, of, _ := strings.Cut(w.By, ".")
	name := w.Value
	switch kind {
	case "supplier":
		name = r.Supplier(w.Value)
	case "place":
		name = r.Place(w.Value)
	case "area":
		name = r.Area(w.Value)
	case "channel":
		name = r.Channel(w.Value)
	case "segment":
		name = r.Segment(w.Value)
	case "weekday":
		return r.L.T("reasons.weekday." + w.Value)
	case "circumstance":
		name = r.circumstance(of)
	case "property":
		if own, ok := r.Model.NameOf(w.By, w.Value, ""); ok {
			return r.Say(own)
		}
		return r.L.T("reasons.whom.property", "property", r.property(of), "value", r.value(w.Value))
	}
	return r.L.T("reasons.whom."+kind, "name", name)
}

// property is what a property is called.
func (r reader) property(slug string) string {
	if p, ok := r.declared(slug); ok {
		return r.Say(p.Name)
	}
	return r.Property(slug)
}

// link names one step of the chain of whys.
func (r reader) link(l reason.Link) string {
	if l.Kind == model.WhyCircumstance {
		return r.circumstance(l.Ref)
	}
	return r.Say(l.Name)
}

func spaced(slug string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(slug) }

// voices is the address of all that is said about a reason.
func voices(x reason.Reason) string {
	feels := "negative"
	if x.Good {
		feels = "positive"
	}
	if topic, ok := strings.CutPrefix(x.Driver, "topic."); ok {
		return "/voice?topic=" + topic
	}
	if x.Touchpoint == "" {
		return "/voice?polarity=" + feels
	}
	return "/voice?touchpoint=" + x.Touchpoint + "&polarity=" + feels
}

// said is what was said with a score: «…» · 2 de 5.
func (r reader) said(q voice.Quote) string {
	if q.Score == nil {
		return r.L.Date(q.At)
	}
	return r.L.Date(q.At) + " · " + r.given(q.Score.Value, q.Score.Scale)
}

// given writes a score as it was given: 2 de 5.
func (r reader) given(value float64, scale string) string {
	n := r.L.Number(value, 0)
	if _, high, ok := strings.Cut(scale, "-"); ok {
		return r.L.T("reasons.given", "value", n, "of", high)
	}
	return n
}

// parted are the reasons that take points and those that give them, the greatest
// effect first.
func parted(all []reason.Reason) (bad, good []reason.Reason) {
	for _, x := range all {
		if x.Good {
			good = append(good, x)
		} else {
			bad = append(bad, x)
		}
	}
	greatest := func(a, b reason.Reason) int {
		switch {
		case math.Abs(a.Effect.Value) > math.Abs(b.Effect.Value):
			return -1
		case math.Abs(a.Effect.Value) < math.Abs(b.Effect.Value):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(bad, greatest)
	slices.SortStableFunc(good, greatest)
	return bad, good
}

// finding is the page's title: what takes most from the score, else what gives
// most.
func (r reader) finding(m reason.Metric, bad, good []reason.Reason) string {
	switch {
	case len(bad) > 0 && r.Plain:
		return r.L.T("reasons.finding.plain", "name", r.name(bad[0]))
	case len(bad) > 0:
		return r.L.T("reasons.finding.bad", "name", r.name(bad[0]), "points", r.points(bad[0].Effect.Value), "unit", r.unit(m))
	case len(good) > 0:
		return r.L.T("reasons.finding.good", "name", r.name(good[0]), "points", r.points(good[0].Effect.Value), "unit", r.unit(m))
	}
	return r.L.T("reasons.finding.none")
}
