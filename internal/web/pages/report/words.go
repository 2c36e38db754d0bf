package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
)

func address(days int) string { return "/report?days=" + strconv.Itoa(days) }

// writer says a report in a language.
type writer struct {
	*i18n.Locale
	report
}

// indicator is one of the four as it is written.
type indicator struct {
	board.Figure
	slug  string
	label string
	write func(float64) string
	delta func(float64) string
}

func (w writer) indicators() []indicator {
	percent := func(v float64) string { return w.Percent(v, 0) }
	points := func(v float64) string { return w.T("report.points", "points", w.Signed(100*v, 1)) }
	plain := func(v float64) string { return w.Number(v, 1) }
	signed := func(v float64) string { return w.Signed(v, 1) }
	money := func(v float64) string { return w.money(v, w.Revenue.Currency) }
	more := func(v float64) string {
		if v > 0 {
			return "+" + money(v)
		}
		return money(v)
	}
	satisfaction := indicator{w.Satisfaction.Figure, "satisfaction", w.T("report.satisfaction." + string(w.Satisfaction.Metric)), plain, signed}
	if w.Satisfaction.Metric == outcome.CSAT {
		satisfaction.write, satisfaction.delta = percent, points
	}
	return []indicator{
		satisfaction,
		{w.Retention.Figure, "retention", w.T("report.retention"), percent, points},
		{w.Revenue.Figure, "revenue", w.T("report.revenue"), money, more},
		{w.Recommendation.Said, "recommendation", w.T("report.recommendation"), func(v float64) string { return w.Number(v, 0) }, signed},
	}
}

// now writes the figure with its interval and its n.
func (w writer) now(i indicator) string {
	if i.Now.N == 0 {
		return w.T("report.unknown")
	}
	return w.T("report.figure", "value", i.write(i.Now.Value), "low", i.write(i.Now.Low), "high", i.write(i.Now.High), "n", i.Now.N)
}

// change says how it changed.
func (w writer) change(i indicator) string {
	key := "report.change." + string(i.Change.Verdict)
	if i.Change.Verdict == outcome.NoComparison || i.Change.Verdict == "" {
		return w.T("report.change.none")
	}
	return w.T(key, "delta", i.delta(i.Change.Delta))
}

// title is the finding.
func (w writer) title() string {
	var better, worse []string
	for _, i := range w.indicators() {
		switch name := strings.ToLower(w.T("report." + i.slug)); i.Change.Verdict {
		case outcome.Better:
			better = append(better, name)
		case outcome.Worse:
			worse = append(worse, name)
		}
	}
	and := func(all []string) string {
		if len(all) < 2 {
			return strings.Join(all, "")
		}
		return strings.Join(all[:len(all)-1], ", ") + " " + w.T("report.and") + " " + all[len(all)-1]
	}
	switch {
	case len(better) > 0 && len(worse) > 0:
		return w.T("report.title.both", "better", and(better), "worse", and(worse))
	case len(better) > 0:
		return w.T("report.title.better", "what", and(better))
	case len(worse) > 0:
		return w.T("report.title.worse", "what", and(worse))
	}
	return w.T("report.title.same")
}

// kicker says of what time it is.
func (w writer) kicker() string {
	return w.T("report.kicker", "company", w.model.Company.Name, "dates", w.Dates(w.Indicators.Now), "before", w.Dates(w.Indicators.Before))
}

// stories are at most three things that happened: what moved satisfaction, and what was
// found out.
func (w writer) stories() (out []string) {
	if w.Why != nil {
		for _, m := range w.Why.Moved {
			if !m.Clear || len(out) == 2 {
				continue
			}
			key := "report.moved.up"
			if m.Points.Value < 0 {
				key = "report.moved.down"
			}
			s := w.T(key, "what", m.Name.In(w.Lang), "points", w.Number(math.Abs(m.Points.Value), 1))
			if m.Quote != "" {
				s += " «" + m.Quote + "»"
			}
			out = append(out, s)
		}
		if g := w.Why.Risk.Groups; len(g) > 0 && g[0].Clear {
			out = append(out, w.T("report.goes", "what", g[0].Name.In(w.Lang), "money", w.euros(g[0].Beyond.Value), "n", g[0].Customers))
		}
	}
	out = append(out, w.verdicts()...)
	return out[:min(len(out), 3)]
}

func (w writer) verdict(title, said string) string {
	return w.T("report.verdict", "title", title, "said", said)
}

// verdicts are the initiatives with what became of them.
func (w writer) verdicts() (out []string) {
	for _, i := range w.initiatives {
		out = append(out, w.verdict(i.Title.In(w.Lang), i.Evaluation.Said.In(w.Lang)))
	}
	return out
}

// others are the verdicts that are no story.
func (w writer) others() []string {
	told := w.stories()
	return slices.DeleteFunc(w.verdicts(), func(v string) bool { return slices.Contains(told, v) })
}

// money writes an amount, large ones without the minor unit.
func (w writer) money(minor float64, currency string) string {
	return reading.Reader{Teller: customer.NewTeller(w.Locale, w.model)}.Money(minor, currency)
}

func (w writer) euros(minor float64) string {
	return w.money(minor, w.model.Company.Currency)
}

// atRisk says how much money is at risk.
func (w writer) atRisk() string {
	if w.Why == nil || w.Why.Risk.Total.N == 0 {
		return w.T("report.risk.unknown")
	}
	key := "report.risk.revenue"
	if w.Why.Risk.Margin {
		key = "report.risk.margin"
	}
	t := w.Why.Risk.Total
	return w.T(key, "money", w.euros(t.Value), "low", w.euros(t.Low), "high", w.euros(t.High), "n", t.N)
}

// decision is where the next euro would gain most.
func (w writer) decision() string {
	if len(w.next) == 0 {
		return w.T("report.decision.none")
	}
	o := w.next[0]
	if m := o.Score.Money; o.Score.InMoney {
		return w.T("report.decision.money", "what", o.Title.In(w.Lang), "money", w.euros(m.Value), "low", w.euros(m.Low), "high", w.euros(m.High))
	}
	return w.T("report.decision", "what", o.Title.In(w.Lang))
}

// mail is the text of the mail.
func (w writer) mail() string {
	parts := []string{w.kicker()}
	var lines []string
	for _, i := range w.indicators() {
		lines = append(lines, w.T("report.line", "label", i.label, "now", w.now(i), "change", w.change(i)))
	}
	parts = append(parts, strings.Join(lines, "\n\n"))
	parts = append(parts, w.stories()...)
	return strings.Join(append(parts, w.T("report.decide", "what", w.decision())), "\n\n")
}

// line is the picture of an indicator by week.
func (w writer) line(i indicator) chart.Line {
	l := chart.Line{ID: "report-" + i.slug, Title: i.label, Description: i.label + ": " + w.now(i), Format: i.write}
	for _, week := range i.Weeks {
		if week.N > 0 {
			l.Points = append(l.Points, chart.Point{Label: w.Date(week.From), Value: week.Value, Low: week.Low, High: week.High, N: week.N})
		}
	}
	return l
}
