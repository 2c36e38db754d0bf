package reasons

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

// one is one reason as its page shows it.
type one struct {
	reader
	ask   question
	what  reason.Detail
	title string
	form  whyForm
}

func (p page) told(q *web.Request) (v one, err error) {
	v.reader = p.reader(q)
	if v.ask, err = p.question(q); err != nil {
		return v, err
	}
	if v.what, err = p.reasons.Reason(q.Context(), q.Principal, v.ask.query, q.PathValue("id")); err != nil {
		return v, err
	}
	v.title = v.finding()
	v.form = whyForm{of: v.last(), back: v.ask.of(v.what.ID)}
	return v, nil
}

func (p page) show(q *web.Request) error {
	v, err := p.told(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, detailView(v))
}

// finding is the page's title: what it does to the score, and since when.
func (v one) finding() string {
	x := v.what.Reason
	name := v.name(x)
	key := "reasons.one.bad"
	switch {
	case !v.what.Clear:
		return v.L.T("reasons.one.unclear", "name", name)
	case v.Plain && x.Good:
		return v.L.T("reasons.one.good.plain", "name", name)
	case v.Plain:
		return v.L.T("reasons.one.bad.plain", "name", name)
	case x.Good:
		key = "reasons.one.good"
	}
	title := v.L.T(key, "name", name, "points", v.size(x.Effect.Value), "unit", v.unit(v.ask.metric))
	if x.Since != nil {
		title += ", " + v.since(x.Since)
	}
	return title
}

func (v one) kicker() string {
	parts := []string{v.metricName(v.ask.metric), v.where(v.what.Reason), v.owner(v.what.Reason)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// certainty is how sure the reason is.
func (v one) certainty() reading.Certainty {
	e := v.what.Effect
	return reading.OfDifference(v.what.Clear, e.Low, e.High)
}

// figure is one line of the figures.
type figure struct{ label, value string }

func (v one) facts() []figure {
	x := v.what
	facts := []figure{
		{v.L.T("reasons.fact.effect"), v.between(x.Effect, v.points)},
		{v.L.T("reasons.fact.each"), v.between(x.Each, v.points)},
		{v.L.T("reasons.fact.lived"), v.scored(v.ask.metric, x.Lived)},
		{v.L.T("reasons.fact.others"), v.scored(v.ask.metric, x.Others)},
		{v.L.T("reasons.fact.among"), v.share(x.Among)},
	}
	if x.Clear {
		facts = append(facts,
			figure{v.L.T("reasons.fact.weight"), v.L.T("reasons.range.of", "value", v.percent(x.Weight.Part), "low", v.percent(x.Weight.Low), "high", v.percent(x.Weight.High))},
			figure{v.L.T("reasons.fact.top3"), v.percent(x.Top3)})
	}
	return facts
}

// contrast says what a reason costs where it goes badly and gains where it goes
// well.
func (r reader) contrast(x reason.Reason) string {
	c := x.Contrast
	if c == nil || c.Penalty.N == 0 && c.Reward.N == 0 {
		return ""
	}
	return r.L.T("reasons.contrast", "penalty", r.points(c.Penalty.Value), "reward", r.points(c.Reward.Value), "n", x.N)
}

// line is how often it was lived, week by week, with the day from which it is
// otherwise.
func (v one) line() chart.Line {
	l := chart.Line{ID: "weeks", Title: v.L.T("reasons.weeks.title"), Format: v.percent}
	for _, w := range v.what.Weeks {
		at := chart.Point{Label: v.L.Date(w.From), Value: w.Share.Value, Low: w.Share.Low, High: w.Share.High, N: w.Share.N}
		if w.Share.N == 0 {
			at.Value, at.Low, at.High = math.NaN(), math.NaN(), math.NaN()
		}
		l.Points = append(l.Points, at)
		if s := v.what.Since; s != nil {
			from := cmp.Or(s.From, s.Until)
			if w.From <= from && from < w.To {
				l.Marks = []chart.Mark{{Point: len(l.Points) - 1, Label: v.L.Date(from)}}
			}
		}
	}
	l.Description = chart.Small(v.L, l.Points, l.Format)
	return l
}

// whoms are the groups that live it most; the survey that asked and the source that
// told are no groups of people, and a property that repeats the supplier or the
// place tells nothing more.
func (v one) whoms() []reason.Whom {
	own := map[string]bool{}
	for _, w := range v.what.ForWhom {
		own[w.Value] = own[w.Value] || w.By == "supplier" || w.By == "place"
	}
	list := slices.DeleteFunc(slices.Clone(v.what.ForWhom), func(w reason.Whom) bool {
		return w.By == "survey" || w.By == "source" || strings.HasPrefix(w.By, "property.") && own[w.Value]
	})
	return list[:min(len(list), 6)]
}

func (v one) often(w reason.Within) string {
	return v.L.T("reasons.often", "share", v.percent(w.Share.Value), "others", v.percent(w.Others.Value), "low", v.percent(w.Share.Low), "high", v.percent(w.Share.High), "count", v.L.Int(int64(w.Share.N)))
}

// quotes are the representative words and, among them not yet, the extreme.
func (v one) extreme() []voice.Quote {
	return slices.DeleteFunc(slices.Clone(v.what.Extreme), func(e voice.Quote) bool {
		return slices.ContainsFunc(v.what.Quotes, func(q voice.Quote) bool { return q.Ref == e.Ref })
	})
}

// last is what a further why would be behind: the end of the chain.
func (v one) last() string {
	if n := len(v.what.Whys); n > 0 {
		return is(v.what.Whys[n-1])
	}
	return v.what.Driver
}

func is(l reason.Link) string {
	if l.Ref != "" {
		return l.Kind + "." + l.Ref
	}
	return "why." + l.Slug
}

func (v one) mayExport() bool { return v.May(account.ExportCustomers) }
func (v one) mayApply() bool  { return v.May(account.ApplyModel) }

func (v one) valueOf(b reason.Behind) string { return v.L.Number(b.Value, decimalsOf(b.Value)) }

func decimalsOf(v float64) int {
	if v == math.Trunc(v) {
		return 0
	}
	return 1
}

func (p page) listCSV(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	header := []string{"reason", "name", "touchpoint", "owner", "good", "points", "low", "high", "weight", "weight_low", "weight_high", "n", "share", "since", "quote"}
	return q.CSV("razones", header, func(yield func([]string, error) bool) {
		n := func(f float64) string { return number(f) }
		for _, x := range v.answer.Reasons {
			since, quote := "", ""
			if x.Since != nil && x.Since.From != 0 {
				since = x.Since.From.Std().In(v.L.Zone()).Format("2006-01-02")
			}
			if len(x.Quotes) > 0 {
				quote = x.Quotes[0].Words
			}
			good := "false"
			if x.Good {
				good = "true"
			}
			if !yield([]string{x.ID, v.name(x), x.Touchpoint, x.Owner, good, n(x.Effect.Value), n(x.Effect.Low), n(x.Effect.High), n(x.Weight.Part), n(x.Weight.Low), n(x.Weight.High), number(float64(x.N)), n(x.Share.Value), since, quote}, nil) {
				return
			}
		}
	})
}

func (p page) answersCSV(q *web.Request) error {
	v, err := p.told(q)
	if err != nil {
		return err
	}
	var rows iter.Seq2[[]string, error] = func(yield func([]string, error) bool) {
		for _, b := range v.what.Facts {
			if !yield([]string{string(b.Customer), b.Name, b.At.Std().In(v.L.Zone()).Format("2006-01-02 15:04"), b.Survey, b.Metric, number(b.Value)}, nil) {
				return
			}
		}
	}
	return q.CSV("razon-"+strings.NewReplacer(".", "-", "@", "-").Replace(v.what.ID), []string{"customer", "name", "at", "survey", "metric", "value"}, rows)
}
