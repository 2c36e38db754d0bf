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
	answered          bool             // felt is what they answered, moved to −2..+2
	counts, score     string
	change            *ui.Change // only a clear one
}

func (v view) lived(t outcome.Touchpoint) lived {
	name, icon := v.touchpoint(t.Slug)
	out := lived{
		name: name, icon: icon, felt: t.Feeling, answered: t.Valence.N == 0,
		href:   v.ask.behind("touchpoint", t.Slug),
		counts: v.counts(t.Events, t.Customers),
		score:  v.score(t.Score),
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

// interval writes how sure a feeling is: ±0,1 en 1.204 hechos.
func (x lived) interval(l *i18n.Locale) string {
	key := "today.felt.n"
	if x.answered {
		key = "today.felt.answers"
	}
	return l.T(key, "half", l.Half(x.felt.Low, x.felt.High, 1), "n", x.felt.N)
}

// channel is a channel as people call it; one that we have no word for is shown
// as the model says it.
func channel(l *i18n.Locale, slug string) string {
	if key := "today.channel." + slug; slug != "" && l.Has(key) {
		return l.T(key)
	}
	return slug
}

// worst are the touchpoints as the pulse orders them: the surest to hurt first.
func (v view) worst() (out []lived) {
	for _, t := range v.pulse.Touchpoints {
		out = append(out, v.lived(t))
	}
	return out
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
