package journeys

import (
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// columns name an estimate's four columns.
func columns(q *web.Request, what string) []string {
	return []string{what, q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n"}
}

// mapCSV is the map's data: a line for each step, those without a place in the
// design last.
func (p page) mapCSV(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	header := slices.Concat(
		[]string{q.T("journeys.row.stage"), q.T("journeys.row.step"), q.T("journeys.csv.touchpoint"), q.T("journeys.csv.channel"), q.T("journeys.row.area"), q.T("journeys.row.supplier"), q.T("journeys.csv.planned"), q.T("journeys.csv.events")},
		columns(q, q.T("journeys.row.reached")), columns(q, q.T("journeys.csv.repeated")), columns(q, q.T("journeys.felt")), []string{q.T("ui.designed")}, columns(q, q.T("journeys.row.gap")),
		columns(q, q.T("journeys.csv.wait")), []string{q.T("journeys.csv.within")}, columns(q, q.T("journeys.csv.kept")), []string{q.T("journeys.csv.metric")}, columns(q, q.T("journeys.row.score")), []string{q.T("journeys.row.said")},
	)
	return q.CSV("viaje-"+v.ask.Journey.Slug, header, func(yield func([]string, error) bool) {
		for _, s := range slices.Concat(v.journey.Steps, v.journey.Unexpected) {
			name := v.name(s)
			if !s.Designed {
				name = v.unplanned(s)
			}
			gap, plan, within, metric, score, words := outcome.Estimate{}, "", "", "", outcome.Estimate{}, ""
			if s.Gap.Known {
				gap = outcome.Estimate{Value: s.Gap.Delta, Low: s.Gap.Low, High: s.Gap.High, N: s.Felt.N}
			}
			if s.Step.HasValence {
				plan = sheet.Figure(s.Step.Valence)
			}
			if s.Step.Within > 0 {
				within = strconv.FormatFloat(s.Step.Within.Seconds(), 'f', 0, 64)
			}
			if len(s.Scores) > 0 {
				metric, score = v.Metric(string(s.Scores[0].Metric)), s.Scores[0].Estimate
			}
			if len(s.Words) > 0 {
				words = s.Words[0].Text
			}
			row := slices.Concat(
				[]string{q.T("ui.stage." + or(s.Step.Stage, "none")), name, v.Touchpoint(s.Step.Touchpoint), v.Channel(s.Channel), v.Area(s.Area), v.Supplier(s.Supplier), strconv.FormatBool(s.Designed), strconv.Itoa(s.N)},
				sheet.Share(s.Reached), sheet.Share(s.Repeated), sheet.Estimate(s.Felt), []string{plan}, sheet.Estimate(gap),
				seconds(s.Wait), []string{within}, sheet.Share(s.Kept), []string{metric}, sheet.Estimate(score), []string{words},
			)
			if !yield(row, nil) {
				return
			}
		}
	})
}

func (p page) findingsCSV(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	header := []string{"id", q.T("journeys.hurts"), q.T("journeys.csv.sure"), q.T("journeys.csv.runs"), q.T("journeys.csv.share"), q.T("journeys.whom"), q.T("journeys.csv.since"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high")}
	for _, what := range []string{"score", "felt", "returned", "spent", "time"} {
		header = append(header, q.T("journeys.csv.cost."+what), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "p", q.T("journeys.csv.with"), q.T("journeys.csv.without"))
	}
	return q.CSV("duele-"+v.ask.Journey.Slug, header, func(yield func([]string, error) bool) {
		for _, f := range v.findings {
			t := v.Tell(v.ask, f)
			row := []string{f.ID, t.Title, t.Sure.Word(q.L), strconv.Itoa(f.Runs.K), sheet.Figure(f.Runs.Value()), t.Whom, day(v.Reader, f.Since.From), day(v.Reader, f.Since.Low), day(v.Reader, f.Since.High)}
			for _, c := range []journey.Cost{f.Score, f.Felt, f.Returned, f.Spent, f.Time} {
				if c.With == 0 || c.Without == 0 {
					row = append(row, "", "", "", "", strconv.Itoa(c.With), strconv.Itoa(c.Without))
					continue
				}
				row = append(row, sheet.Figure(c.Delta), sheet.Figure(c.Low), sheet.Figure(c.High), sheet.Figure(c.P), strconv.Itoa(c.With), strconv.Itoa(c.Without))
			}
			if !yield(row, nil) {
				return
			}
		}
	})
}

// relationsCSV is the data of the simple sections: hand-offs, passages, and what
// depends on what.
func (p page) relationsCSV(q *web.Request) error {
	v, err := p.askedRelations(q)
	if err != nil {
		return err
	}
	header := slices.Concat([]string{q.T("journeys.csv.what"), q.T("journeys.csv.from"), q.T("journeys.csv.to")},
		columns(q, q.T("journeys.csv.share")), columns(q, q.T("journeys.csv.seconds")), columns(q, q.T("journeys.csv.difference")), []string{"p", q.T("journeys.csv.clear")}, columns(q, q.T("journeys.csv.lost")))
	contrast := func(c journey.Contrast) []string {
		if c.With == 0 || c.Without == 0 {
			return []string{"", "", "", "0", "", ""}
		}
		return []string{sheet.Figure(c.Delta), sheet.Figure(c.Low), sheet.Figure(c.High), strconv.Itoa(c.With + c.Without), sheet.Figure(c.P), strconv.FormatBool(c.Clear)}
	}
	none := []string{"", "", "", "0"}
	return q.CSV("relaciones-"+v.ask.Journey.Slug, header, func(yield func([]string, error) bool) {
		for i, list := range [][]journey.Handoff{v.handoffs.Areas, v.handoffs.Suppliers} {
			for _, h := range list {
				what := q.T("journeys.by." + []string{"area", "supplier"}[i])
				if !yield(slices.Concat([]string{what, h.From, h.To}, sheet.Share(h.Runs), seconds(h.Times), contrast(h.Felt), none), nil) {
					return
				}
			}
		}
		for i, list := range [][]journey.Passage{v.passages.Channels, v.passages.Media} {
			for _, c := range list {
				what := []string{q.T("journeys.by.channel"), q.T("journeys.csv.medium")}[i]
				if !yield(slices.Concat([]string{what, c.From, c.To}, sheet.Share(c.Runs), seconds(c.Times), contrast(c.Felt), sheet.Share(c.Lost)), nil) {
					return
				}
			}
		}
		for _, d := range v.variation.Of {
			what := q.T("journeys.depends.csv") + " " + v.L.T("journeys.depends.by."+string(d.By))
			for _, g := range d.Groups {
				row := slices.Concat([]string{what, v.Touchpoint(d.Touchpoint), g.Name}, none, none, sheet.Estimate(g.Value), []string{sheet.Figure(d.P), strconv.FormatBool(d.Clear)}, none)
				if !yield(row, nil) {
					return
				}
			}
		}
	})
}
