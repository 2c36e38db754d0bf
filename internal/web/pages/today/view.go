package today

import (
	"math"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// kicker says which period the figures are of, and how much was lived in it.
func (v view) kicker() string {
	return v.l.T("today.weeks", "n", v.ask.weeks) + " · " + v.l.Dates(v.pulse.Now) + " · " + v.counts(v.pulse.Lived.Events+v.pulse.Lived.Answers, v.pulse.Lived.Customers)
}

// reasons is the address of the strongest reasons for the scores, over the year: a
// few weeks seldom tell.
func (v view) reasons() string {
	return v.ask.at("/reasons/first", "weeks", "", "view", "", "chart", "", "live", "")
}

func (v view) areaOptions() []ui.Option {
	options := []ui.Option{{Value: "", Text: v.l.T("today.area.all")}}
	for _, a := range v.areas {
		options = append(options, ui.Option{Value: a.Slug, Text: a.Name.In(v.l.Lang)})
	}
	return options
}

func (v view) segmentOptions() []ui.Option {
	options := []ui.Option{{Value: "", Text: v.l.T("today.segment.all")}}
	for _, s := range v.m.Segments {
		options = append(options, ui.Option{Value: s.Slug, Text: s.Name.In(v.l.Lang)})
	}
	return options
}

func (v view) periodOptions() (options []ui.Option) {
	for _, n := range periods() {
		options = append(options, ui.Option{Value: strconv.Itoa(n), Text: v.l.T("today.weeks", "n", n)})
	}
	return options
}

// asks is the quiet line below a score's name: what was asked, on which scale.
func (v view) asks(i outcome.Indicator) string {
	return v.l.T("today.asks."+string(i.Metric), "scale", i.Scale)
}

// chosen is the indicator that the chart shows.
func (v view) chosen() outcome.Indicator {
	for _, i := range v.pulse.Indicators {
		if i.Metric == v.ask.metric {
			return i
		}
	}
	return v.pulse.Indicators[0]
}

func (v view) chartTabs(current outcome.Metric) (tabs []ui.Tab) {
	for _, i := range v.pulse.Indicators {
		tabs = append(tabs, ui.Tab{Href: v.ask.at("/today", "chart", string(i.Metric)), Text: v.l.T("today.tab." + string(i.Metric)), Current: i.Metric == current})
	}
	return tabs
}

func (v view) hurtTabs() []ui.Tab {
	return []ui.Tab{
		{Href: v.ask.at("/today", "view", "") + "#hurts", Text: v.l.T("today.hurts.worst"), Current: v.ask.view == worstFirst},
		{Href: v.ask.at("/today", "view", byStage) + "#hurts", Text: v.l.T("today.hurts.stage"), Current: v.ask.view == byStage},
	}
}

// points are the weeks of a score; the weeks before the first answer are left
// out.
func (v view) points(i outcome.Indicator) []chart.Point {
	var out []chart.Point
	for _, w := range i.Weeks {
		p := chart.Point{Label: v.l.Date(w.From), Value: w.Value, Low: w.Low, High: w.High, N: w.N}
		if w.N == 0 {
			if len(out) == 0 {
				continue
			}
			p.Value, p.Low, p.High = math.NaN(), math.NaN(), math.NaN()
		}
		out = append(out, p)
	}
	return out
}

func (v view) format(m outcome.Metric) func(float64) string {
	return func(x float64) string { return v.value(m, x) }
}

func (v view) description(i outcome.Indicator) string {
	return chart.Small(v.l, v.points(i), v.format(i.Metric))
}

func (v view) line(i outcome.Indicator) chart.Line {
	points := v.points(i)
	l := chart.Line{
		ID: "weeks", Title: v.l.T("today.weekly", "score", v.metric(i.Metric)), Description: chart.Small(v.l, points, v.format(i.Metric)),
		Points: points, Format: v.format(i.Metric),
	}
	// Where the period begins, when something came before.
	skipped := len(i.Weeks) - len(points)
	for k, w := range i.Weeks {
		if w.To > v.pulse.Now.From && k > skipped {
			l.Marks = []chart.Mark{{Point: k - skipped, Label: v.l.T("today.weeks", "n", v.ask.weeks)}}
			break
		}
	}
	return l
}

func (r reader) icon(touchpoint string) string {
	if touchpoint == "" {
		return "footprints"
	}
	_, icon := r.touchpoint(touchpoint)
	return icon
}

// told says what is being lived: Caja · Checkout Paid.
func (r reader) told(l remember.Lived) string {
	what := l.Name
	if l.Kind == cx.Answer {
		what = r.l.T("today.lived.answer", "survey", l.Name)
	}
	if l.Class.Touchpoint == "" {
		return what
	}
	name, _ := r.touchpoint(l.Class.Touchpoint)
	return name + " · " + what
}

// mostlyAnswered tells whether a line of the points is more than scraps.
func mostlyAnswered(points []chart.Point) bool {
	gaps := 0
	for _, p := range points {
		if p.N == 0 {
			gaps++
		}
	}
	return 5*gaps < len(points)
}

func toneClass(v float64) string {
	switch ui.ValenceTone(v) {
	case ui.Positive:
		return "bar-pos"
	case ui.Negative:
		return "bar-neg"
	}
	return "bar-none"
}

func (b behind) tabs(l *i18n.Locale) []ui.Tab {
	return []ui.Tab{
		{Href: b.at("/today/lived", "only", ""), Text: l.T("today.lived.everything"), Current: b.only == ""},
		{Href: b.at("/today/lived", "only", onlyEvents), Text: l.T("today.lived.events"), Current: b.only == onlyEvents},
		{Href: b.at("/today/lived", "only", onlyAnswers), Text: l.T("today.lived.answers"), Current: b.only == onlyAnswers},
	}
}
