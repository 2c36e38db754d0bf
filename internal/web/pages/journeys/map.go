package journeys

import (
	"math"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	firstFindings = 4 // that are shown at once
	mostFindings  = 20
	fits          = 10 // columns; a map of more scrolls in its card
)

// view is one journey as the page shows it.
type view struct {
	reading.Reader
	ask      reading.Question
	journey  journey.Map
	findings []journey.Finding
	title    string
	improved map[string][]cycle.Initiative // what is being improved, by touchpoint; nil: nobody tells
}

// asked answers what the address asks of the map and of what hurts.
func (p page) asked(q *web.Request) (v view, err error) {
	v.Reader = p.reader(q)
	if v.ask, err = reading.QuestionOf(q, v.Model); err != nil {
		return v, err
	}
	slug, ctx, who, f := v.ask.Journey.Slug, q.Context(), q.Principal, v.ask.Filter
	if v.journey, err = p.journeys.Map(ctx, who, slug, journey.MapQuery{Filter: f}); err != nil {
		return v, err
	}
	v.findings, err = p.journeys.Findings(ctx, who, slug, journey.FindingsQuery{Filter: f, Limit: mostFindings})
	v.title = v.finding()
	if err != nil || p.initiatives == nil {
		return v, err
	}
	all, err := p.initiatives.List(ctx, who, cycle.Query{})
	v.improved = map[string][]cycle.Initiative{}
	for _, i := range all {
		v.improved[i.Touchpoint] = append(v.improved[i.Touchpoint], i)
	}
	return v, err
}

func (p page) show(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	if v.journey.Runs == 0 {
		return q.Render(v.title, unlivedView(v))
	}
	return q.Render(v.title, mapView(v))
}

// finding is the page's title: what surely hurts most, for whom, since when. It
// says no more than is known.
func (v view) finding() string {
	switch worst := worstOf(v.findings); {
	case v.journey.Runs == 0 && v.chosen():
		return v.L.T("journeys.nothing.title", "journey", v.Journey(v.ask.Journey))
	case v.journey.Runs == 0:
		return v.L.T("journeys.unlived.one", "journey", v.Journey(v.ask.Journey))
	case worst != nil:
		return v.L.T("journeys.finding", "what", v.Hurting(v.ask.Journey, *worst))
	case v.journey.Worst >= 0:
		return v.L.T("journeys.finding", "what", v.L.T("journeys.step", "step", v.name(v.journey.Steps[v.journey.Worst])))
	}
	return v.L.T("journeys.finding.none", "journey", v.Journey(v.ask.Journey))
}

// chosen tells whether there may be runs besides those asked for.
func (v view) chosen() bool { return v.ask.Narrowed() || v.ask.Weeks != 0 }

// kicker says which journey and which runs the figures are of.
func (v view) kicker() string {
	return strings.Join([]string{v.Journey(v.ask.Journey), v.Period(v.ask.Weeks), v.L.T("journeys.runs", "n", v.journey.Runs)}, " · ")
}

// reasons is the address of the strongest reasons for the scores that are given at
// the journey's touchpoints, over the year.
func (v view) reasons() string {
	var at []string
	for _, s := range v.journey.Steps {
		if t := s.Step.Touchpoint; t != "" && !slices.Contains(at, t) {
			at = append(at, t)
		}
	}
	ask := url.Values{"touchpoint": {strings.Join(at, ",")}}
	if v.ask.Segment != "" {
		ask.Set("segment", v.ask.Segment)
	}
	return "/reasons/first?" + ask.Encode()
}

func (v view) name(s journey.MapStep) string {
	if name := v.Say(s.Name); name != "" {
		return name
	}
	return v.Reader.Step(s.Step)
}

// stage is a stretch of the map.
type stage struct {
	slug  string
	steps []journey.MapStep
}

func (v view) stages() (out []stage) {
	for _, s := range v.journey.Steps {
		if n := len(out); n == 0 || out[n-1].slug != s.Step.Stage {
			out = append(out, stage{slug: s.Step.Stage})
		}
		out[len(out)-1].steps = append(out[len(out)-1].steps, s)
	}
	return out
}

// known tells whether enough is known of how a step is lived to say it.
func known(s journey.MapStep) bool { return reading.OfFeeling(s.Felt) != reading.Unknown }

// designed is a step's designed valence; nil when it has none.
func designed(s journey.MapStep) *float64 {
	if !s.Step.HasValence {
		return nil
	}
	return &s.Step.Valence
}

// curve is the emotion curve of the steps.
func (v view) curve() chart.Curve {
	c := chart.Curve{ID: "emotion", Title: v.L.T("journeys.emotion"), Format: v.mark}
	for _, s := range v.journey.Steps {
		stop := chart.Stop{Label: v.name(s), Lived: math.NaN(), Low: math.NaN(), High: math.NaN(), Designed: math.NaN(), N: s.Felt.N}
		if known(s) {
			stop.Lived, stop.Low, stop.High = s.Felt.Value, s.Felt.Low, s.Felt.High
		}
		if s.Step.HasValence {
			stop.Designed = s.Step.Valence
		}
		c.Stops = append(c.Stops, stop)
	}
	c.Description = v.L.T("journeys.emotion.none")
	if w := v.journey.Worst; w >= 0 {
		c.Description = v.L.T("journeys.emotion.worst", "step", v.name(v.journey.Steps[w]), "felt", v.L.Signed(v.journey.Steps[w].Felt.Value, 1))
	}
	return c
}

// mark writes how something was lived on the curve: a figure, or for the front
// line a sign.
func (v view) mark(x float64) string {
	if !v.Plain {
		return v.L.Signed(x, 1)
	}
	switch {
	case x >= 1:
		return "+ +"
	case x >= .25:
		return "+"
	case x > -.25:
		return "·"
	case x > -1:
		return "−"
	}
	return "− −"
}

// row is one line of the map below the curve: a cell for each step.
type row struct {
	label string
	cells []cell
}

// cell is what one step has to say in a row; the empty one says nothing.
type cell struct {
	text, note, why string // note is quieter; why is told on pointing
	href            string
	tone            ui.Tone // "": plain text; else a chip
	quote           bool    // it is what somebody said
	sign            bool    // it is what the step is remembered for
	once            bool    // a phone shows it beside the name of the step
}

// rows are the lines of the map that say something of at least one step.
func (v view) rows() (out []row) {
	for _, make := range []struct {
		label string
		of    func(journey.MapStep) cell
	}{
		{"journeys.row.gap", v.gap},
		{"journeys.row.signs", v.signs},
		{"journeys.row.reached", v.reached},
		{"journeys.row.said", v.said},
		{"journeys.row.score", v.score},
		{"journeys.row.wait", v.wait},
		{"journeys.row.hurts", v.hurts},
		{"journeys.row.initiative", v.initiative},
		{"journeys.row.change", v.change},
		{"journeys.row.area", func(s journey.MapStep) cell { return cell{text: v.Area(s.Area)} }},
		{"journeys.row.supplier", func(s journey.MapStep) cell { return cell{text: v.Supplier(s.Supplier)} }},
	} {
		r := row{label: v.L.T(make.label)}
		for _, s := range v.journey.Steps {
			r.cells = append(r.cells, make.of(s))
		}
		if slices.ContainsFunc(r.cells, func(c cell) bool { return c.text != "" }) {
			out = append(out, r)
		}
	}
	return out
}

func (v view) gap(s journey.MapStep) cell {
	g := s.Gap
	if !g.Known || !known(s) {
		return cell{}
	}
	c := cell{text: v.mark(g.Delta), tone: ui.Neutral, why: v.L.T("journeys.interval", "low", v.L.Signed(g.Low, 1), "high", v.L.Signed(g.High, 1)) + " · n = " + v.L.Int(int64(s.Felt.N))}
	if g.Clear {
		c.tone = ui.ValenceTone(g.Delta)
	}
	return c
}

func (v view) reached(s journey.MapStep) cell {
	if s.Reached.N == 0 {
		return cell{}
	}
	c := cell{text: v.Share(s.Reached), why: v.Between(s.Reached), href: v.stepRuns(s)}
	if s.Repeated.N > 0 && s.Repeated.Value() >= .05 {
		c.note = v.L.T("journeys.again", "share", v.Share(s.Repeated))
	}
	return c
}

// said is what a customer said of a step: words that no step before it shows.
func (v view) said(s journey.MapStep) cell {
	for _, w := range s.Words {
		if !v.before(s, func(other journey.MapStep) bool { return len(other.Words) > 0 && other.Words[0].Seq == w.Seq }) {
			return cell{text: reading.Quote(clip(w.Text, 90)), href: v.RunOf(v.ask, w.Case), quote: true}
		}
	}
	return cell{}
}

// before tells whether something is so of a step at the same touchpoint that the
// map shows before this one: what is answered there is told once.
func (v view) before(s journey.MapStep, is func(journey.MapStep) bool) bool {
	for _, other := range v.journey.Steps {
		if other.Step.Slug == s.Step.Slug {
			return false
		}
		if other.Step.Touchpoint == s.Step.Touchpoint && is(other) {
			return true
		}
	}
	return false
}

func (v view) score(s journey.MapStep) cell {
	if len(s.Scores) == 0 {
		return cell{}
	}
	x := s.Scores[0]
	if v.before(s, func(other journey.MapStep) bool { return slices.Contains(other.Scores, x) }) {
		return cell{}
	}
	return cell{text: v.Metric(string(x.Metric)), note: v.scored(x), why: v.L.T("ui.answers", "n", x.N)}
}

// scored writes a score with half its interval.
func (v view) scored(x journey.StepScore) string {
	switch x.Metric {
	case outcome.CSAT:
		return v.L.Percent(x.Value, 0) + " " + v.L.Half(100*x.Low, 100*x.High, 0)
	case outcome.NPS:
		return v.L.Number(x.Value, 0) + " " + v.L.Half(x.Low, x.High, 0)
	}
	return v.L.Number(x.Value, 1) + " " + v.L.Half(x.Low, x.High, 1)
}

// wait is how long the next step takes, against what is expected.
func (v view) wait(s journey.MapStep) cell {
	if s.Wait.N == 0 {
		return cell{}
	}
	c := cell{text: v.L.Lasting(s.Wait.Median), why: v.Took(s.Wait)}
	if s.Step.Within > 0 {
		c.note = v.L.T("journeys.within", "time", v.L.Lasting(s.Step.Within))
	}
	if s.Kept.N > 0 {
		c.note += " · " + v.L.T("journeys.kept", "share", v.Share(s.Kept))
		c.why += " · " + v.Between(s.Kept)
	}
	return c
}

// hurts leads to the finding that hurts most at a step.
func (v view) hurts(s journey.MapStep) cell {
	for _, f := range v.findings {
		if f.Clear && f.Step != "" && f.Step == s.Step.Slug {
			return cell{text: v.L.T("journeys.kind." + f.Kind), href: "#" + reading.Anchor(f.ID), tone: ui.Negative, why: reading.Capital(v.Hurting(v.ask.Journey, f))}
		}
	}
	return cell{}
}

// initiative is what is being improved at a step's touchpoint; where it hurts and
// nothing is, the way to propose something.
func (v view) initiative(s journey.MapStep) cell {
	at := s.Step.Touchpoint
	same := func(other journey.MapStep) bool { return len(v.improved[other.Step.Touchpoint]) > 0 }
	switch all := v.improved[at]; {
	case v.improved == nil || at == "" || len(all) > 0 && v.before(s, same):
	case len(all) > 0:
		c := cell{text: v.Say(all[0].Title), href: "/improve/of/" + all[0].Slug, tone: ui.Accent, once: true}
		if more := len(all) - 1; more > 0 {
			c.note = v.L.T("journeys.initiatives.more", "n", more)
		}
		return c
	case v.May(account.JoinImprovement) && v.hurts(s).text != "":
		return cell{text: v.L.T("journeys.propose"), href: "/improve/opportunities/new?touchpoint=" + url.QueryEscape(at), tone: ui.Neutral, once: true}
	}
	return cell{}
}

func (v view) change(s journey.MapStep) cell {
	if !s.Clear {
		return cell{}
	}
	word, tone := "better", ui.Positive
	if s.Change.Delta < 0 {
		word, tone = "worse", ui.Negative
	}
	return cell{text: v.L.T("journeys.turned." + word), tone: tone, why: v.Felt(s.Before) + " → " + v.Felt(s.Felt)}
}

// signs say what a step is remembered for.
func (v view) signs(s journey.MapStep) cell {
	var out []string
	if s.Step.Truth {
		out = append(out, v.L.T("journeys.truth"))
	}
	if s.Peak {
		out = append(out, v.L.T("journeys.peak"))
	}
	if s.End {
		out = append(out, v.L.T("journeys.end"))
	}
	return cell{text: strings.Join(out, " · "), sign: true}
}

// clip keeps a text short, at the end of a word.
func clip(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	short := string([]rune(text)[:most])
	if i := strings.LastIndexByte(short, ' '); i > most/2 {
		short = short[:i]
	}
	return strings.TrimRight(short, " ,.;:") + "…"
}

// unplanned names what is lived and is in no step of the design: by what happens
// there, where that is known.
func (v view) unplanned(s journey.MapStep) string {
	if len(s.Step.Events) == 0 {
		return v.name(s)
	}
	var names []string
	for _, event := range s.Step.Events[:min(len(s.Step.Events), 2)] {
		names = append(names, v.Happened(event))
	}
	return strings.Join(names, ", ")
}

// stepRuns is the address of the runs that lived a step.
func (v view) stepRuns(s journey.MapStep) string {
	if s.Designed {
		return v.ask.At("runs", "step", s.Step.Slug)
	}
	if s.Step.Touchpoint == "" { // it stands by its event alone, as a node of the graph does
		return v.ask.At("runs", "after", s.Step.Slug+"@")
	}
	return v.ask.At("runs", "touchpoint", s.Step.Touchpoint)
}

// stepFacts are the rows of the map that say something of one step, but for
// those that a phone shows at once.
func (v view) stepFacts(s journey.MapStep) (out []row) {
	v.journey.Steps = []journey.MapStep{s}
	for _, r := range v.rows() {
		if c := r.cells[0]; !c.quote && !c.sign && !c.once && !strings.HasPrefix(c.href, "#") {
			out = append(out, r)
		}
	}
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// ranked are the findings, those of which something is known first; the rest is
// told on asking.
func (v view) ranked() (first, rest []reading.Told) {
	for _, f := range v.findings {
		if t := v.Tell(v.ask, f); t.Sure != reading.Unknown && len(first) < firstFindings {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	return first, rest
}
