package today

import (
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// view is what the page shows.
type view struct {
	reader
	ask   question
	pulse outcome.Pulse
	now   happening
	title string
}

// lived is one touchpoint as the page tells it.
type lived struct {
	name, icon, where string
	href              string
	felt              outcome.Estimate // N = 0: not known
	counts, score     string
	change            *ui.Change // only a clear one
}

func (v view) lived(t outcome.Touchpoint) lived {
	name, icon := v.touchpoint(t.Slug)
	out := lived{
		name: name, icon: icon, felt: t.Feeling,
		href:   v.ask.behind("touchpoint", t.Slug),
		score:  v.score(t.Score),
		counts: v.basis(t),
	}
	if tp, ok := v.m.Touchpoint(t.Slug); ok {
		out.where = v.area(tp.Area)
		if c := channel(v.l, tp.Channel); c != "" {
			out.where = c + " · " + out.where
		}
	}
	if t.Clear {
		out.change = v.shift(t.Change)
	}
	return out
}

// shift tells a clear change of how something is lived.
func (v view) shift(c outcome.Change) *ui.Change {
	out := &ui.Change{Verdict: ui.Better, Rising: c.Delta > 0}
	key := "today.felt.better"
	if c.Delta < 0 {
		out.Verdict, key = ui.Worse, "today.felt.worse"
	}
	if v.plain {
		key += "-plain"
	}
	out.Text = v.l.T(key, "delta", v.l.Signed(c.Delta, 1))
	return out
}

func (r reader) counts(events, customers int) string {
	if events == 0 {
		return ""
	}
	return r.l.T("today.events", "n", events) + " · " + r.l.T("today.customers", "n", customers)
}

// score writes what was answered: Satisfacción 62 % ±5 · 143 respuestas.
func (r reader) score(s *outcome.Score) string {
	if s == nil {
		return ""
	}
	return r.l.T("today.score."+string(s.Metric)) + " " + r.value(s.Metric, s.Now.Value) + " " + r.half(s.Metric, s.Now) +
		" · " + r.l.T("ui.answers", "n", s.Now.N)
}

// basis writes what a feeling rests on: ±0,1 · 205 hechos · 176 clientes.
func (v view) basis(t outcome.Touchpoint) string {
	counted := v.counts(t.Events, t.Customers)
	switch {
	case t.Feeling.N == 0:
		return counted
	case t.Valence.N == 0:
		return v.l.T("today.felt.answers", "half", half(v.l, t.Feeling), "n", t.Feeling.N)
	case t.Valence.N < t.Events:
		counted = v.l.T("today.felt.part", "n", t.Valence.N, "events", v.l.T("today.events", "n", t.Events)) + " · " + v.l.T("today.customers", "n", t.Customers)
	}
	return half(v.l, t.Feeling) + " · " + counted
}

// half writes half of a feeling's interval, to the first digit that says
// something.
func half(l *i18n.Locale, e outcome.Estimate) string {
	switch h := (e.High - e.Low) / 2; {
	case h == 0:
		return l.T("today.felt.even") // all the same: that is no certainty
	case h < 0.05:
		return l.Half(e.Low, e.High, 2)
	}
	return l.Half(e.Low, e.High, 1)
}

// known tells whether there is enough to say how it is lived.
func (x lived) known() bool { return ofFeeling(x.felt) != unknown }

// channel is a channel as people call it; one that we have no word for is shown
// as the model says it.
func channel(l *i18n.Locale, slug string) string {
	if key := "today.channel." + slug; slug != "" && l.Has(key) {
		return l.T(key)
	}
	return slug
}

// worst are the touchpoints as the pulse orders them, the surest to hurt first;
// those of which too little is known are apart.
func (v view) worst() (known, rest []lived) {
	for _, t := range v.pulse.Touchpoints {
		if x := v.lived(t); x.known() {
			known = append(known, x)
		} else {
			rest = append(rest, x)
		}
	}
	return known, rest
}

// stage is a stage with its touchpoints in the model's order.
type stage struct {
	slug        string
	felt        outcome.Estimate
	counts      string
	href        string
	touchpoints []lived
}

func (v view) stages() (out []stage) {
	for _, slug := range []string{model.Before, model.During, model.After} {
		s := stage{slug: slug, href: v.ask.behind("stage", slug)}
		for _, known := range v.pulse.Stages {
			if known.Slug == slug {
				s.felt, s.counts = known.Feeling, v.counts(known.Events, known.Customers)
			}
		}
		found := map[string]outcome.Touchpoint{}
		for _, t := range v.pulse.Touchpoints {
			if t.Stage == slug {
				found[t.Slug] = t
			}
		}
		for _, declared := range v.m.Touchpoints {
			if t, ok := found[declared.Slug]; ok {
				s.touchpoints = append(s.touchpoints, v.lived(t))
			}
		}
		if len(s.touchpoints) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// track is where a valence lies on its track, as a share of the width.
func track(v float64) string {
	v = min(max(v, -2), 2)
	return strconv.FormatFloat(50+24*v, 'f', 1, 64) + "%"
}

// width is how wide an interval is on its track.
func width(e outcome.Estimate) string {
	return strconv.FormatFloat(max(24*(e.High-e.Low), 0), 'f', 1, 64) + "%"
}
