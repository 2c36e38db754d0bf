package paths

import (
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
)

// shownWaits is how many of the places where time goes are shown.
const shownWaits = 7

// goes says in a sentence where the time goes.
func (v view) goes() string {
	if len(v.waits.List) == 0 || v.waits.Total == 0 {
		return v.L.T("paths.waits.none")
	}
	text := v.L.T("paths.waits.finding", "n", v.L.Number(100*v.waits.List[0].Share.Value, 0), "where", v.where(v.waits.List[0]))
	if v.waits.WorkKnown {
		text += " " + v.L.T("paths.waits.working", "n", v.L.Number(100*v.waits.Working.Value, 0))
	}
	return text
}

// where says between what the time of a wait lies.
func (v view) where(w journey.Wait) string {
	switch {
	case w.Working:
		return v.L.T("paths.waits.at", "stop", v.name(w.From))
	case w.From.ID == w.To.ID:
		return v.L.T("paths.waits.same", "stop", v.name(w.From))
	}
	return v.L.T("paths.waits.between", "from", v.name(w.From), "to", v.name(w.To))
}

// waitRuns is the address of the runs that have a wait; "" of work.
func (v view) waitRuns(w journey.Wait) string {
	if w.Working {
		return ""
	}
	return v.ask.At("runs", "after", w.From.ID, "then", w.To.ID)
}

func (p page) waitsCSV(q *web.Request) error {
	a, err := p.asks(q, "paths")
	if err != nil {
		return err
	}
	w, err := p.journeys.Waits(q.Context(), q.Principal, a.ask.Journey.Slug, journey.WaitsQuery{Filter: a.ask.Filter})
	if err != nil {
		return err
	}
	header := join([]string{q.T("journeys.csv.from"), q.T("journeys.csv.to"), q.T("paths.csv.working"), q.T("journeys.csv.seconds")}, columns(q, q.T("paths.csv.timeshare")), timeColumns(q, q.T("paths.csv.time")), columns(q, q.T("journeys.csv.share")))
	return q.CSV("esperas-"+a.ask.Journey.Slug, header, sheet.Rows(w.List, func(x journey.Wait) []string {
		return join([]string{x.From.ID, x.To.ID, strconv.FormatBool(x.Working), sheet.Figure(x.Total)}, sheet.Estimate(x.Share), times(x.Times), sheet.Share(x.Runs))
	}))
}
