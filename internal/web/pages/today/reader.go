package today

import (
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reader is how one person reads: in which language, with which names, and
// whether figures come first or on a tap.
type reader struct {
	l     *i18n.Locale
	m     *model.Model
	plain bool // the front line's reading
	areas []model.Area
}

func (p page) reader(q *web.Request) reader {
	m := p.models.Current().Model
	r := reader{l: q.L, m: m, plain: q.Principal.Role == cx.Lead || q.Principal.Role == cx.Member}
	for _, a := range m.Areas {
		if q.Principal.Areas == nil || slices.Contains(q.Principal.Areas, a.Slug) {
			r.areas = append(r.areas, a)
		}
	}
	return r
}

// value writes a figure of a metric.
func (r reader) value(m outcome.Metric, v float64) string {
	switch m {
	case outcome.CSAT:
		return r.l.Percent(v, 0)
	case outcome.NPS:
		return r.l.Number(v, 0)
	}
	return r.l.Number(v, 1)
}

// half writes half of an interval: ±4.
func (r reader) half(m outcome.Metric, e outcome.Estimate) string {
	switch m {
	case outcome.CSAT:
		return r.l.Half(100*e.Low, 100*e.High, 0)
	case outcome.NPS:
		return r.l.Half(e.Low, e.High, 0)
	}
	return r.l.Half(e.Low, e.High, 1)
}

// delta writes a difference, without its sign.
func (r reader) delta(m outcome.Metric, v float64) string {
	v = math.Abs(v)
	switch m {
	case outcome.CSAT:
		return r.l.T("today.points", "points", r.l.Number(100*v, 0))
	case outcome.NPS:
		if v < 0.95 {
			return r.l.Number(v, 1)
		}
		return r.l.Number(v, 0)
	}
	if v < 0.095 {
		return r.l.Number(v, 2)
	}
	return r.l.Number(v, 1)
}

// change tells a change as a chip does; nil when there is nothing to compare.
func (r reader) change(m outcome.Metric, c outcome.Change, weeks int) *ui.Change {
	out := &ui.Change{Rising: c.Delta > 0}
	switch c.Verdict {
	case outcome.Better:
		out.Verdict, out.Text = ui.Better, r.l.T("today.change.better", "delta", r.delta(m, c.Delta), "n", weeks)
	case outcome.Worse:
		out.Verdict, out.Text = ui.Worse, r.l.T("today.change.worse", "delta", r.delta(m, c.Delta), "n", weeks)
	case outcome.NoComparison:
		out.Text = r.l.T("today.change.none")
	}
	return out
}

// certainty is how sure something is, in the front line's words.
type certainty string

const (
	sure     certainty = "sure"
	likely   certainty = "likely"
	unknown  certainty = "unknown"
	likelyP            = .2 // p below which a change is likely
	leastFew           = 10 // below, nothing is known yet
)

// ofChange tells how sure it is that something changed.
func ofChange(c outcome.Change) certainty {
	switch {
	case c.Verdict == outcome.Better, c.Verdict == outcome.Worse:
		return sure
	case c.Verdict == outcome.NoClearChange && c.P < likelyP:
		return likely
	}
	return unknown
}

// ofFeeling tells how sure it is that something was lived well, badly or
// neither: sure when the whole interval says so.
func ofFeeling(e outcome.Estimate) certainty {
	tone := ui.ValenceTone(e.Value)
	switch {
	case e.N < leastFew:
		return unknown
	case ui.ValenceTone(e.Low) == tone && ui.ValenceTone(e.High) == tone:
		return sure
	}
	return likely
}

func (c certainty) tone() ui.Tone {
	if c == sure {
		return ui.Accent
	}
	return ui.Neutral
}

// trend says how a score moved, in a word.
func (r reader) trend(c outcome.Change) string {
	switch ofChange(c) {
	case sure, likely:
		if c.Delta > 0 {
			return r.l.T("today.trend.up")
		}
		return r.l.T("today.trend.down")
	}
	return r.l.T("today.trend.same")
}

// touchpoint is a touchpoint as people call it; one that the model does not
// declare any more keeps its slug.
func (r reader) touchpoint(slug string) (name, icon string) {
	t, ok := r.m.Touchpoint(slug)
	if !ok {
		return slug, "circle-question-mark"
	}
	return t.Name.In(r.l.Lang), drawn(t.Icon)
}

// drawn is an icon that the sprite holds.
func drawn(icon string) string {
	if slices.Contains(dist.Icons(), icon) {
		return icon
	}
	return "waypoints"
}

func (r reader) area(slug string) string {
	if a, ok := r.m.Area(slug); ok {
		return a.Name.In(r.l.Lang)
	}
	return slug
}

func (r reader) place(slug string) string {
	if p, ok := r.m.Place(slug); ok {
		return p.Name.In(r.l.Lang)
	}
	return slug
}

// metric is a score as people call it.
func (r reader) metric(m outcome.Metric) string { return r.l.T("today.metric." + string(m)) }
