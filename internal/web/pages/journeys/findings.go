package journeys

import (
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// hurting says what a finding is, as a sentence goes on, with whom it hits most
// and since when: "se salta «Aviso de entrega», sobre todo con Azahar Envíos,
// desde el 12 sep".
func hurting(r reading.Reader, j model.Journey, f journey.Finding) string {
	s := r.Deviation(j, f.ID)
	if len(f.ForWhom) > 0 {
		s += ", " + r.L.T("journeys.mostly", "whom", whom(r, f.ForWhom[0]))
	}
	if f.Since.Known && f.Since.Until == 0 {
		s += ", " + r.L.T("journeys.since", "when", r.L.Date(f.Since.From))
	}
	return s
}

// whom names a group of runs: "con Azahar Envíos y los sábados".
func whom(r reading.Reader, w journey.Whom) string {
	var parts []string
	for _, p := range w.Parts {
		parts = append(parts, part(r, p))
	}
	return strings.Join(parts, " "+r.L.T("journeys.and")+" ")
}

func part(r reading.Reader, p journey.Part) string {
	name := p.Value
	switch p.By {
	case "supplier":
		name = r.Supplier(p.Value)
	case "place":
		name = r.Place(p.Value)
	case "area":
		name = r.Area(p.Value)
	case "channel":
		name = r.Channel(p.Value)
	case "segment":
		name = r.Segment(p.Value)
	case "weekday":
		name = weekday(r, p.Value)
	case "hour", "hours":
		name = hours(r, p.Value)
	}
	return r.L.T("journeys.part."+string(p.By), "name", name)
}

// weekday writes a day of the week, 1 being Monday.
func weekday(r reading.Reader, value string) string {
	if len(value) != 1 || value[0] < '1' || value[0] > '7' {
		return value
	}
	return r.L.T("journeys.weekday." + value)
}

// hours writes a stretch of the day: de 8 a 12 h.
func hours(r reading.Reader, value string) string {
	from, to, ok := strings.Cut(value, "-")
	if !ok {
		return value
	}
	return r.L.T("journeys.hours", "from", strings.TrimPrefix(from, "0"), "to", strings.TrimPrefix(to, "0"))
}

// told is a finding as the page tells it.
type told struct {
	journey.Finding
	id, title  string
	whom       string
	whomWhy    string // the figures of it
	since      string
	sinceWhy   string
	costs      []cost
	sure       reading.Certainty // how sure it is that it hurts
	share      string
	behind     string // address of the runs that have it
	icon       string
	stageClass string
}

// cost is one thing that a finding costs, worse when the runs with it lose.
type cost struct {
	text, figures string
	sure          reading.Certainty
	worse         bool
}

func (v view) told(f journey.Finding) told {
	t := told{
		Finding: f, id: anchor(f.ID), title: capital(v.Deviation(v.ask.Journey, f.ID)), share: v.L.T("journeys.of-runs", "share", v.Reader.Share(f.Runs), "n", f.Runs.K),
		behind: v.ask.At("runs", "deviation", f.ID), icon: v.icon(f.Touchpoint),
	}
	t.whom, t.whomWhy = v.L.T("journeys.whom.all"), ""
	if len(f.ForWhom) > 0 {
		w := f.ForWhom[0]
		t.whom = capital(whom(v.Reader, w))
		t.whomWhy = v.L.T("journeys.whom.why", "share", v.Reader.Share(w.Runs), "others", v.Reader.Share(w.Others), "n", w.Runs.N)
	}
	t.since, t.sinceWhy = v.when(f.Since)
	t.costs = v.costs(f)
	t.sure = reading.Unknown
	switch {
	case f.Clear:
		t.sure = reading.Sure
	case slices.ContainsFunc(t.costs, func(c cost) bool { return c.worse && c.sure == reading.Likely }):
		t.sure = reading.Likely
	}
	return t
}

// ranked are the findings, those of which something is known first; the rest is
// told on asking.
func (v view) ranked() (first, rest []told) {
	for _, f := range v.findings {
		if t := v.told(f); t.sure != reading.Unknown && len(first) < firstFindings {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	return first, rest
}

// when says since when something is so, and the figures of it.
func (v view) when(s journey.Since) (text, why string) {
	if !s.Known {
		return v.L.T("journeys.since.always"), ""
	}
	switch {
	case s.From == 0:
		text = v.L.T("journeys.since.until", "when", v.L.Date(s.Until))
	case s.Until != 0:
		text = v.L.Dates(cx.Window{From: s.From, To: s.Until})
	default:
		text = v.L.T("journeys.since.day", "when", v.L.Date(s.From))
	}
	if s.Low != 0 {
		why = v.L.T("journeys.since.why", "from", v.L.Date(s.Low), "to", v.L.Date(s.High))
	}
	return text, why
}

// costs are what a finding costs, the surest losses first; what is not known is
// left out.
func (v view) costs(f journey.Finding) (out []cost) {
	add := func(c journey.Cost, worse bool, text, figures string) {
		if c.With == 0 || c.Without == 0 {
			return
		}
		out = append(out, cost{text: text, figures: figures + " · " + v.L.T("journeys.cost.basis", "with", c.With, "without", c.Without), sure: reading.OfDifference(c.Clear, c.Low, c.High), worse: worse})
	}
	key := func(name string, delta float64) string {
		if delta < 0 {
			return "journeys.cost." + name + ".less"
		}
		return "journeys.cost." + name + ".more"
	}
	between := func(c journey.Cost, write func(float64) string) string {
		return v.L.T("journeys.interval", "low", write(c.Low), "high", write(c.High))
	}
	points := func(x float64) string { return v.L.Signed(x, 1) }
	add(f.Score, f.Score.Delta < 0, v.L.T(key("score", f.Score.Delta), "delta", v.L.Number(math.Abs(f.Score.Delta), 1)), between(f.Score, points))
	add(f.Felt, f.Felt.Delta < 0, v.L.T(key("felt", f.Felt.Delta), "delta", v.L.Number(math.Abs(f.Felt.Delta), 1)), between(f.Felt, points))
	hundred := func(x float64) string { return v.L.Signed(100*x, 0) }
	add(f.Returned, f.Returned.Delta < 0, v.L.T(key("returned", f.Returned.Delta), "delta", v.L.Number(math.Abs(100*f.Returned.Delta), 0)), between(f.Returned, hundred))
	money := func(x float64) string { return v.Reader.Money(x, f.Currency) }
	add(f.Spent, f.Spent.Delta < 0, v.L.T(key("spent", f.Spent.Delta), "total", money(math.Abs(f.Spent.Total))), v.L.T("journeys.cost.each", "each", money(f.Spent.Delta))+" "+between(f.Spent, money))
	lasting := func(x float64) string {
		if x < 0 {
			return "−" + v.Seconds(x)
		}
		return v.Seconds(x)
	}
	add(f.Time, f.Time.Delta > 0, v.L.T(key("time", f.Time.Delta), "delta", v.Seconds(f.Time.Delta)), between(f.Time, lasting))
	rank := func(c cost) int {
		n := map[reading.Certainty]int{reading.Sure: 0, reading.Likely: 2, reading.Unknown: 4}[c.sure]
		if !c.worse {
			n++
		}
		return n
	}
	slices.SortStableFunc(out, func(a, b cost) int { return rank(a) - rank(b) })
	return out
}

// anchor names a finding on the page.
func anchor(id string) string {
	return "f-" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}, strings.ToLower(id))
}
