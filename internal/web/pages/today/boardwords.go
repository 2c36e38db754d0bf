package today

import (
	"math"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// forTabs leads from one of the two layouts to the other.
func forTabs(r reader, a question) (tabs []ui.Tab) {
	for _, whom := range []string{forDay, forBoard} {
		to := a
		to.whom = whom
		tabs = append(tabs, ui.Tab{Href: to.at("/today", "view", "", "chart", "", "live", ""), Text: r.l.T("today.for." + whom), Current: a.whom == whom})
	}
	return tabs
}

// kicker says which period it is, and how old the figures are.
func (v led) kicker() string {
	parts := []string{v.l.T("today.weeks", "n", v.ask.weeks)}
	if !v.Pending {
		parts = append(parts, v.l.Dates(cx.Window{From: v.Now.From, To: v.Now.To - 1}))
	}
	return strings.Join(parts, " · ")
}

// age says how old the figures are.
func (v led) age() string {
	if v.Pending {
		return v.l.T("today.board.pending")
	}
	old := max(0, v.l.Now().Sub(v.AsOf.Std()))
	return v.l.T("today.board.age", "age", v.l.Lasting(old))
}

// cards are the four indicators.
func (v led) cards() []card {
	percent := func(x float64) string { return v.l.Percent(x, 0) }
	points := func(x float64) string { return v.l.T("today.points", "points", v.l.Number(100*math.Abs(x), 1)) }
	s := v.Satisfaction
	satisfaction := card{
		Figure: s.Figure, label: v.l.T("today.board.satisfaction"), note: v.l.T("today.board.satisfaction."+string(s.Metric), "scale", s.Scale), count: v.l.T("ui.answers", "n", s.Now.N),
		write: func(x float64) string { return v.value(s.Metric, x) }, delta: func(x float64) string { return v.delta(s.Metric, x) }, raw: plain,
	}
	if s.Metric == outcome.NEV {
		satisfaction.count = v.l.T("today.events", "n", s.Now.N)
	} else {
		satisfaction.href, satisfaction.detail = v.ask.behind("metric", string(s.Metric)), v.l.T("today.read")
	}
	retention := card{
		Figure: v.Retention.Figure, label: v.l.T("today.board.retention"), note: v.l.T("today.board.retention.note", "n", v.Retention.Within), count: v.l.T("today.customers", "n", v.Retention.Now.N),
		write: percent, delta: points, raw: plain, href: v.ofArea("/outcomes"), detail: v.l.T("ui.detail"),
	}
	currency := v.Revenue.Currency
	revenue := card{
		Figure: v.Revenue.Figure, label: v.l.T("today.board.revenue"), note: v.l.T("today.board.revenue.note"), count: v.l.T("today.customers", "n", v.Revenue.Now.N),
		write: func(x float64) string { return v.say.Money(x, currency) }, delta: func(x float64) string { return v.say.Money(math.Abs(x), currency) },
		raw: func(x float64) string { return plain(math.Round(x) / math.Pow10(v.m.Company.Digits())) }, href: v.ofArea("/outcomes/worth"), detail: v.l.T("ui.detail"),
	}
	if len(v.Revenue.Others) > 0 {
		var others []string
		for _, m := range v.Revenue.Others {
			others = append(others, v.l.Money(m))
		}
		revenue.extra = v.l.T("today.board.others", "money", strings.Join(others, ", "))
	}
	said := v.Recommendation.Said
	recommendation := card{
		Figure: said, label: v.l.T("today.board.recommendation"), note: v.l.T("today.asks.nps"), count: v.l.T("ui.answers", "n", said.Now.N),
		write: func(x float64) string { return v.value(outcome.NPS, x) }, delta: func(x float64) string { return v.delta(outcome.NPS, x) }, raw: plain,
		href: v.ask.behind("metric", string(outcome.NPS)), detail: v.l.T("today.read"),
	}
	if d := v.Recommendation.Done.Now; v.Recommendation.Known && d.N > 0 {
		recommendation.extra = v.l.T("today.board.done", "came", v.Recommendation.Came, "n", d.N, "share", percent(d.Value), "low", percent(d.Low), "high", percent(d.High))
	}
	return []card{satisfaction, retention, revenue, recommendation}
}

// half writes half of an interval: ±4.
func (c card) half(v led) string {
	half := c.write((c.Now.High - c.Now.Low) / 2)
	return "±" + strings.TrimSuffix(half, "\u00a0%")
}

// changed tells a change as a chip does.
func (v led) changed(c card) *ui.Change {
	out := &ui.Change{Rising: c.Change.Delta > 0}
	switch c.Change.Verdict {
	case outcome.Better:
		out.Verdict, out.Text = ui.Better, v.l.T("today.board.more", "delta", c.delta(c.Change.Delta), "n", v.ask.weeks)
	case outcome.Worse:
		out.Verdict, out.Text = ui.Worse, v.l.T("today.board.less", "delta", c.delta(c.Change.Delta), "n", v.ask.weeks)
	case outcome.NoComparison:
		out.Text = v.l.T("today.change.none")
	}
	return out
}

// finding is the title: which of the four changed, and what most money goes with.
func (v led) finding() string {
	var better, worse []string
	compared := false
	for i, c := range []outcome.Change{v.Satisfaction.Change, v.Retention.Change, v.Revenue.Change, v.Recommendation.Said.Change} {
		name := v.l.T("today.board.finding." + []string{"satisfaction", "retention", "revenue", "recommendation"}[i])
		switch c.Verdict {
		case outcome.Better:
			better = append(better, name)
		case outcome.Worse:
			worse = append(worse, name)
		case outcome.NoClearChange:
		default:
			continue
		}
		compared = true
	}
	changed := v.l.T("today.finding.early")
	switch {
	case len(better) > 0 && len(worse) > 0:
		changed = v.l.T("today.finding.both", "better", v.join(better), "worse", v.join(worse))
	case len(better) > 0:
		changed = v.l.T("today.finding.better", "n", len(better), "what", v.join(better))
	case len(worse) > 0:
		changed = v.l.T("today.finding.worse", "n", len(worse), "what", v.join(worse))
	case compared:
		changed = v.l.T("today.board.same")
	}
	if v.Why == nil || v.Why.Risk.Total.N == 0 {
		return changed
	}
	if g, ok := v.worstGroup(); ok {
		return changed + "; " + v.l.T("today.board.finding.goes", "what", v.say.Say(g.Name), "money", v.atRisk(g.Beyond.Value))
	}
	return changed + "; " + v.l.T("today.board.finding.risk", "money", v.atRisk(v.Why.Risk.Total.Value))
}

// worstGroup is the reason, or else the promise or the touchpoint, with which clearly most
// money at risk goes.
func (v led) worstGroup() (risk.Group, bool) {
	for _, by := range []risk.By{risk.Reason, risk.Promise, risk.Touchpoint} {
		for _, g := range v.Why.Risk.Groups {
			if g.By == by && g.Clear {
				return g, true
			}
		}
	}
	return risk.Group{}, false
}

func (v led) atRisk(minor float64) string { return v.say.Money(minor, v.Why.Risk.Currency) }

// between writes the ends of an interval.
func (v led) between(low, high string) string {
	return v.l.T("today.board.between", "low", low, "high", high)
}

// moved are the reasons that moved satisfaction, with what they say and the money that
// goes with it.
func (v led) moved() chart.Bars {
	bars := chart.Bars{Title: v.l.T("today.board.moved"), Unit: v.l.T("today.board.moved.unit")}
	for _, m := range v.Why.Moved[:min(len(v.Why.Moved), mostMoves)] {
		b := chart.Bar{
			Label: v.called(m), Href: v.ask.at("/reasons/of/"+m.ID, "weeks", "", "view", "", "chart", "", "live", "", "for", ""),
			Value: m.Points.Value, Low: m.Points.Low, High: m.Points.High, Text: v.l.Signed(m.Points.Value, 1), Quote: clipped(m.Quote), Note: v.moveNote(m),
		}
		bars.Bars = append(bars.Bars, b)
	}
	return bars
}

// called is a reason's name; of an event without one in the model, what happened.
func (v led) called(m board.Move) string {
	name := v.say.Say(m.Name)
	for _, t := range v.say.Model.Touchpoints {
		for _, e := range t.Events {
			if e.Name == name {
				return v.say.Happened(name)
			}
		}
	}
	return name
}

// longestQuote is how much of what a customer said is shown, in characters.
const longestQuote = 140

// clipped is the beginning of what a customer said, to the end of a word.
func clipped(words string) string {
	runes := []rune(words)
	if len(runes) <= longestQuote {
		return words
	}
	begin := string(runes[:longestQuote])
	if i := strings.LastIndexByte(begin, ' '); i > 0 {
		begin = begin[:i]
	}
	return begin + "…"
}

// moveNote says how sure a move is, on how many answers it rests and what it is worth.
func (v led) moveNote(m board.Move) string {
	parts := []string{v.between(v.l.Signed(m.Points.Low, 1), v.l.Signed(m.Points.High, 1)), v.l.T("ui.answers", "n", m.Points.N)}
	if !m.Clear {
		parts = append(parts, v.l.T("today.certainty.unknown"))
	}
	if m.Clear && m.Money.N > 0 {
		parts = append(parts, v.l.T("today.board.goes", "money", v.say.Money(m.Money.Value, v.Why.Chain.Currency), "low", v.say.Money(m.Money.Low, v.Why.Chain.Currency), "high", v.say.Money(m.Money.High, v.Why.Chain.Currency)))
	}
	return strings.Join(parts, " · ")
}

// groups are what those at risk lived, of one kind first: reasons, promises, touchpoints,
// areas, suppliers; only what is clear.
func (v led) groups() chart.Bars {
	bars := chart.Bars{Title: v.l.T("today.board.risk.groups"), Unit: v.Why.Risk.Currency}
	for _, by := range []risk.By{risk.Reason, risk.Promise, risk.Touchpoint, risk.Supplier, risk.Area} {
		for _, g := range v.Why.Risk.Groups {
			if g.By != by || !g.Clear || len(bars.Bars) == mostGroups {
				continue
			}
			bars.Bars = append(bars.Bars, chart.Bar{
				Label: v.l.T("today.board.by."+string(g.By), "name", v.say.Say(g.Name)), Href: v.behindGroup(g),
				Value: -g.Beyond.Value, Low: -g.Beyond.High, High: -g.Beyond.Low, Text: v.atRisk(g.Beyond.Value),
				Note: v.between(v.atRisk(g.Beyond.Low), v.atRisk(g.Beyond.High)) + " · " + v.l.T("today.customers", "n", g.Customers) + " · " +
					v.l.T("today.board.leave", "share", v.l.Percent(g.Leave.Value, 0), "others", v.l.Percent(g.Others.Value, 0)),
			})
		}
	}
	return bars
}

// behindGroup leads to what stands behind a group; "" to nowhere.
func (v led) behindGroup(g risk.Group) string {
	switch g.By {
	case risk.Reason:
		return v.ask.at("/reasons/of/"+g.Key, "weeks", "", "view", "", "chart", "", "live", "", "for", "")
	case risk.Promise:
		return "/promises/of/" + g.Key
	case risk.Touchpoint:
		return v.visited(history.Touchpoint, g.Key)
	case risk.Area:
		return v.visited(history.Area, g.Key)
	case risk.Supplier: // its facts have no list of their own
	}
	return ""
}

// riskIs says what the money at risk is.
func (v led) riskIs() string {
	key := "today.board.risk.margin"
	if !v.Why.Risk.Margin {
		key = "today.board.risk.revenue"
	}
	return v.l.T(key, "n", int(v.Why.Risk.Horizon/(24*time.Hour)), "expected", v.atRisk(v.Why.Risk.Expected.Value))
}

// chain is what one point of satisfaction goes with; ok is false when the data cannot tell.
func (v led) chain() (text, figures string, ok bool) {
	c := &v.Why.Chain
	w := c.Whole
	if !w.Clear || w.Worth.N == 0 || w.Worth.Value <= 0 {
		return v.l.T("today.board.chain.unknown"), "", false
	}
	money := func(x float64) string { return v.say.Money(x, c.Currency) }
	text = v.l.T("today.board.chain."+string(c.Metric), "money", money(w.Worth.Value), "n", c.Span)
	figures = v.between(money(w.Worth.Low), money(w.Worth.High)) + " · " + v.l.T("today.customers", "n", c.Reach) + " · " + v.l.T("today.board.n", "n", w.Worth.N)
	if stays, found := c.Link(chain.Satisfaction, chain.Retention); found && stays.Clear {
		figures += " · " + v.l.T("today.board.chain.stays", "points", v.l.Number(1000*stays.Slope.Value, 1), "n", c.Lag)
	}
	return text, figures, true
}

// burns says how a promise stands.
func (v led) burns(s promise.Standing) string {
	rate := v.l.T("today.board.kept", "rate", v.l.Percent(s.Rate, 1), "low", v.l.Percent(s.Low, 1), "high", v.l.Percent(s.High, 1), "objective", v.l.Percent(s.Objective, 0), "n", s.Share.N)
	if s.Burning && s.SpentBy != nil && !s.SpentBy.Spent && s.SpentBy.At != 0 {
		return rate + " · " + v.l.T("today.board.spent", "when", v.l.Date(s.SpentBy.At))
	}
	return rate
}

// verdictTone is how a verdict is coloured.
func verdictTone(w impact.Verdict) ui.Tone {
	switch w {
	case impact.Worked:
		return ui.Positive
	case impact.DidNot:
		return ui.Negative
	case impact.CannotTell:
	}
	return ui.Neutral
}

// gains says what an opportunity would bring for its effort.
func (v led) gains(o cycle.Opportunity) string {
	switch s := o.Score; {
	case s.InMoney:
		money := func(x float64) string { return v.say.Money(x, s.Currency) }
		return v.l.T("today.board.gains.money", "value", money(s.Money.Value), "low", money(s.Money.Low), "high", money(s.Money.High), "day", money(s.PerDay.Value), "n", s.Money.N)
	case o.Memory.N > 0 && o.Customers > 0:
		return v.l.T("today.board.gains.memory", "points", v.l.Number(o.Memory.Value, 1), "low", v.l.Number(o.Memory.Low, 1), "high", v.l.Number(o.Memory.High, 1), "n", o.Customers)
	}
	return v.l.T("today.board.gains.unknown")
}
