package reasons

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is the list of reasons as the page shows it.
type view struct {
	reader
	ask       question
	answer    reason.Answer
	bad, good []reason.Reason
	picture   reason.Picture
	title     string
}

func (p page) asked(q *web.Request) (v view, err error) {
	v.reader = p.reader(q)
	if v.ask, err = p.question(q); err != nil {
		return v, err
	}
	if v.answer, err = p.reasons.Reasons(q.Context(), q.Principal, v.ask.query); err != nil {
		return v, err
	}
	v.bad, v.good = parted(v.answer.Reasons)
	v.title = v.finding(v.ask.metric, v.bad, v.good)
	return v, nil
}

func (p page) list(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	if len(v.answer.Reasons) > 0 {
		if v.picture, err = p.reasons.Picture(q.Context(), q.Principal, v.ask.query); err != nil {
			return err
		}
	}
	return q.Render(v.title, listView(v))
}

// first answers with the strongest reasons, for a card of another page. When there
// are none of a source, the card stays as it is.
func (p page) first(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	if !q.HTMX() {
		return q.Redirect(v.ask.at("/reasons"))
	}
	if v.ask.source != "" && len(v.answer.Reasons) == 0 {
		q.W.WriteHeader(http.StatusNoContent)
		return nil
	}
	return q.Fragment(firstView(v))
}

func (v view) kicker() string {
	parts := []string{v.metricName(v.ask.metric), v.L.Dates(v.answer.Window), v.L.T("ui.answers", "n", v.answer.N), v.L.T("reasons.customers", "n", v.answer.Customers)}
	if v.answer.N == 0 {
		parts = parts[:1]
	}
	return strings.Join(parts, " · ")
}

func (r reader) metricName(m reason.Metric) string { return r.L.T("reasons.metric." + word(m)) }

func (v view) tabs() (tabs []ui.Tab) {
	for _, m := range metrics() {
		tabs = append(tabs, ui.Tab{Href: v.ask.at("/reasons", "metric", string(m)), Text: v.L.T("reasons.tab." + word(m)), Current: m == v.ask.metric})
	}
	return tabs
}

func (v view) periodOptions() (options []ui.Option) {
	for _, n := range periods() {
		options = append(options, ui.Option{Value: strconv.Itoa(n), Text: v.L.T("reasons.weeks", "n", n)})
	}
	return options
}

func (v view) segmentOptions() []ui.Option {
	options := []ui.Option{{Text: v.L.T("reasons.segment.all")}}
	for _, s := range v.Model.Segments {
		options = append(options, ui.Option{Value: s.Slug, Text: v.Say(s.Name)})
	}
	return options
}

func (v view) areaOptions() []ui.Option {
	options := []ui.Option{{Text: v.L.T("reasons.area.all")}}
	for _, a := range v.Areas {
		options = append(options, ui.Option{Value: a.Slug, Text: v.Say(a.Name)})
	}
	return options
}

func (v view) sourceOptions() []ui.Option {
	return []ui.Option{{Text: v.L.T("reasons.source.all")}, {Value: v.ask.source, Text: v.ask.source}}
}

func (v view) touchpointOptions() []ui.Option {
	options := []ui.Option{{Text: v.L.T("reasons.touchpoint.all")}}
	for _, t := range v.Model.Touchpoints {
		options = append(options, ui.Option{Value: t.Slug, Text: v.Say(t.Name)})
	}
	slices.SortFunc(options[1:], func(a, b ui.Option) int { return strings.Compare(a.Text, b.Text) })
	if len(v.ask.touchpoint) > 1 {
		options = append(options, ui.Option{Value: strings.Join(v.ask.touchpoint, ","), Text: v.L.T("reasons.touchpoint.some", "n", len(v.ask.touchpoint))})
	}
	return options
}

// bars are reasons as bars of how many points they take or give, or for the front
// line how sure they are.
func (v view) bars(title string, list []reason.Reason) chart.Bars {
	b := chart.Bars{Title: title, Unit: v.unit(v.ask.metric)}
	for _, x := range list {
		b.Bars = append(b.Bars, v.bar(x))
	}
	return b
}

func (v view) bar(x reason.Reason) chart.Bar {
	bar := chart.Bar{Label: v.name(x), Href: v.ask.of(x.ID), Value: x.Effect.Value, Low: x.Effect.Low, High: x.Effect.High, Text: v.points(x.Effect.Value), Note: v.note(x)}
	if v.Plain {
		bar.Text = v.L.T("reasons.takes")
		if x.Good {
			bar.Text = v.L.T("reasons.gives")
		}
	}
	if len(x.Quotes) > 0 {
		bar.Quote = x.Quotes[0].Words
	}
	return bar
}

// strongest are the three reasons with the greatest effect.
func (v view) strongest() []reason.Reason {
	all := slices.Clone(v.bad)
	if len(all) < 3 {
		all = append(all, v.good[:min(len(v.good), 3-len(all))]...)
	}
	return all[:min(len(all), 3)]
}

// explained says how much of the differences between scores all reasons go with.
func (v view) explained() string {
	return v.L.T("reasons.explained", "share", v.L.Percent(v.answer.R2, 0), "low", v.L.Percent(v.answer.R2Low, 0), "high", v.L.Percent(v.answer.R2High, 0), "n", v.answer.Tested)
}

// basics and exciters are reasons told by what they are expected to be.
func (v view) contrasts(kind string) (out []reason.Reason) {
	for _, x := range v.answer.Reasons {
		if x.Contrast != nil && x.Contrast.Kind == kind {
			out = append(out, x)
		}
	}
	return out
}

func (v view) scatter() chart.Scatter {
	s := chart.Scatter{
		ID: "importance", Title: v.L.T("reasons.picture"), XTitle: v.L.T("reasons.picture.x"), YTitle: v.L.T("reasons.picture.y"),
		X: v.picture.Performance, Y: v.picture.Importance,
		Fields:  [4]string{v.L.T("reasons.quadrant.act"), v.L.T("reasons.quadrant.keep"), v.L.T("reasons.quadrant.watch"), v.L.T("reasons.quadrant.relax")},
		Columns: []string{v.L.T("ui.chart.column.what"), v.L.T("reasons.picture.y"), v.L.T("reasons.picture.x"), v.L.T("reasons.quadrant"), v.L.T("ui.chart.column.n")},
	}
	var act []string
	for _, at := range v.picture.Points {
		i := slices.IndexFunc(v.answer.Reasons, func(x reason.Reason) bool { return x.ID == at.ID })
		if i < 0 {
			continue
		}
		x := v.answer.Reasons[i]
		tone := "bar-neg"
		if x.Good {
			tone = "bar-pos"
		}
		if at.Quadrant == reason.Act {
			act = append(act, v.name(x))
		}
		s.Spots = append(s.Spots, chart.Spot{
			Label: v.name(x), Href: v.ask.of(x.ID), X: at.Performance, Y: at.Importance, Tone: tone,
			Row: []string{v.L.Number(at.Importance, 0), v.L.Percent(at.Performance/100, 0), v.L.T("reasons.quadrant." + at.Quadrant), v.L.Int(int64(at.N))},
		})
	}
	s.Description = v.L.T("reasons.picture.none")
	if len(act) > 0 {
		s.Description = v.L.T("reasons.picture.act", "what", strings.Join(act, "; "))
	}
	return s
}

// moves is what changed as the page tells it.
type moves struct {
	reader
	ask  question
	what reason.Changes
}

func (p page) changed(q *web.Request) error {
	m := moves{reader: p.reader(q)}
	var err error
	if m.ask, err = p.question(q); err != nil {
		return err
	}
	ask := reason.ChangedQuery{Query: m.ask.query}
	ask.Window.From = 0
	if m.what, err = p.reasons.Changed(q.Context(), q.Principal, ask); err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(changedCard(m))
	}
	return q.Render(m.title(), changedView(m))
}

// certainty tells how sure it is that the score changed.
func (m moves) certainty() reading.Certainty {
	d := m.what.Delta
	if m.what.Score.N < reading.Few || m.what.Was.N < reading.Few {
		return reading.Unknown
	}
	return reading.OfDifference(d.Low > 0 || d.High < 0, d.Low, d.High)
}

func (m moves) title() string {
	if m.certainty() != reading.Sure {
		return m.L.T("reasons.changed.same")
	}
	if m.what.Delta.Value > 0 {
		return m.L.T("reasons.changed.better", "points", m.size(m.what.Delta.Value), "unit", m.unit(m.ask.metric))
	}
	return m.L.T("reasons.changed.worse", "points", m.size(m.what.Delta.Value), "unit", m.unit(m.ask.metric))
}

// why says in words what a reason has of the change: who lives it, or how much it
// weighs with them.
func (m moves) why(x reason.Move) string {
	parts := []string{}
	say := func(part float64, up, down string) {
		if abs(part) < .25*(abs(x.Mix)+abs(x.Rate)) || abs(part) < .05 {
			return
		}
		key := up
		if part < 0 {
			key = down
		}
		parts = append(parts, m.L.T("reasons.changed."+key, "points", m.points(part)))
	}
	often := "more"
	if x.Share.Value < x.Was.Value {
		often = "less"
	}
	say(x.Mix, "mix."+often, "mix."+often)
	say(x.Rate, "rate.better", "rate.worse")
	return strings.Join(parts, "; ")
}

func abs(v float64) float64 { return max(v, -v) }

// lived says how many lived it then and now.
func (m moves) lived(x reason.Move) string {
	return m.L.T("reasons.changed.lived", "was", m.percent(x.Was.Value), "now", m.percent(x.Share.Value), "n", x.N)
}
