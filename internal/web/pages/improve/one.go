package improve

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/sheet"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// shown is one initiative.
type shown struct {
	reader
	form
	title string
	full  cycle.Full
}

// headline says what came of it, else what it is.
func (v shown) headline() string {
	name := v.Say(v.full.Title)
	switch e := v.full.Evaluation; {
	case e == nil || e.Verdict == impact.CannotTell:
		return name
	default:
		return v.L.T("improve.headline."+string(e.Verdict), "what", name)
	}
}

// whole is all of an initiative, its last evaluation with what was known before.
func (p page) whole(q *web.Request) (cycle.Full, error) {
	full, err := p.initiatives.Initiative(q.Context(), q.Principal, q.PathValue("slug"))
	if err != nil || full.Evaluation == nil {
		return full, err
	}
	all, err := p.impact.Evaluations(q.Context(), q.Principal, full.Slug)
	for i := range all {
		if all[i].ID == full.Evaluation.ID {
			full.Evaluation = &all[i]
		}
	}
	return full, err
}

func (p page) show(q *web.Request) error {
	full, err := p.whole(q)
	if err != nil {
		return err
	}
	return p.render(q, full, newForm(q), http.StatusOK)
}

func (p page) render(q *web.Request, full cycle.Full, f form, status int) error {
	v := shown{reader: p.reader(q), form: f, full: full}
	v.title = v.headline()
	return q.RenderStatus(status, v.title, showView(v))
}

// do carries out what a form of the page asks for, and shows what was refused.
func (p page) do(q *web.Request, act func(slug string, revision int64) error, said string) error {
	slug := q.PathValue("slug")
	revision, _ := strconv.ParseInt(q.PostFormValue("revision"), 10, 64)
	if err := act(slug, revision); err != nil {
		f := newForm(q)
		if err := f.refused(q, err); err != nil {
			return err
		}
		full, err := p.whole(q)
		if err != nil {
			return err
		}
		return p.render(q, full, f, http.StatusUnprocessableEntity)
	}
	if said != "" {
		q.Flash(ui.Positive, q.T(said))
	}
	return q.Redirect(of(slug))
}

func (p page) start(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		_, err := p.initiatives.Start(q.Context(), q.Principal, slug, revision)
		return err
	}, "improve.started")
}

func (p page) end(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		_, err := p.initiatives.End(q.Context(), q.Principal, slug, revision)
		return err
	}, "improve.ended")
}

func (p page) stop(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		_, err := p.initiatives.Stop(q.Context(), q.Principal, slug, revision, q.PostFormValue("why"))
		return err
	}, "improve.stopped")
}

func (p page) close(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		_, err := p.initiatives.Close(q.Context(), q.Principal, slug, revision)
		return err
	}, "improve.over")
}

func (p page) reach(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		_, err := p.initiatives.Reach(q.Context(), q.Principal, slug, revision, q.PostFormValue("milestone"), q.PostFormValue("done") == "1")
		return err
	}, "")
}

func (p page) spend(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		spent, ok := minor(q.PostFormValue("spent"))
		if !ok {
			return fault("spent", q.T("improve.fault.amount"))
		}
		_, err := p.initiatives.Spend(q.Context(), q.Principal, slug, revision, spent)
		return err
	}, "improve.spent.saved")
}

func (p page) decide(q *web.Request) error {
	return p.do(q, func(slug string, revision int64) error {
		get := func(name string) string { return strings.TrimSpace(q.PostFormValue(name)) }
		_, err := p.initiatives.Decide(q.Context(), q.Principal, slug, revision, cycle.Decision{
			Choice: cycle.Choice(get("choice")), Why: get("why"), Into: get("into"), Ref: get("ref"), Learned: compose.TextOf("learned", get),
		})
		return err
	}, "improve.decided")
}

// power says how many customers a plan needs, as a part of the page: it reads the
// past.
func (p page) power(q *web.Request) error {
	slug := q.PathValue("slug")
	full, err := p.initiatives.Initiative(q.Context(), q.Principal, slug)
	if err != nil {
		return err
	}
	w, err := p.initiatives.Power(q.Context(), q.Principal, slug)
	if err != nil {
		return err
	}
	part := powerView(p.reader(q), full.Plan, w)
	if q.HTMX() {
		return q.Fragment(part)
	}
	return q.Render(q.T("improve.power"), part)
}

// minor reads an amount as people write it, in minor units.
func minor(text string) (int64, bool) {
	text = strings.ReplaceAll(strings.TrimSpace(text), " ", "")
	if strings.Contains(text, ",") {
		text = strings.ReplaceAll(strings.ReplaceAll(text, ".", ""), ",", ".")
	}
	if text == "" {
		return 0, true
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(v) > 1e12 || math.IsNaN(v) {
		return 0, false
	}
	return int64(math.Round(100 * v)), true
}

func fault(field, message string) error {
	return cx.InvalidFaults("improve", []cx.Fault{{Field: field, Message: message}})
}

// series is how the effect was known over time.
func (v shown) series() chart.Line {
	e, m := v.full.Evaluation, measure(v.full.Plan, v.full.Plan.Metric)
	line := chart.Line{
		ID: "impact", Title: v.L.T("improve.series"), Description: v.verdict(v.full.Initiative),
		Format: func(x float64) string { return v.difference(m, x) },
		Target: &chart.Target{Value: 0, Label: v.L.T("improve.series.nothing")},
	}
	for _, look := range e.Series {
		line.Points = append(line.Points, chart.Point{Label: v.L.Date(look.At), Value: look.Value, Low: look.Low, High: look.High, N: look.N})
	}
	if len(e.Series) == 0 {
		for _, t := range e.Times {
			line.Points = append(line.Points, chart.Point{Label: v.L.T("improve.after", "n", t.Periods*e.Period), Value: t.Value, Low: t.Low, High: t.High, N: t.N})
		}
	}
	return line
}

func (p page) impactSVG(q *web.Request) error {
	full, err := p.whole(q)
	if err != nil {
		return err
	}
	if full.Evaluation == nil {
		return cx.Errorf(cx.NotFound, "improve.impactSVG", "nothing of it is known yet")
	}
	v := shown{reader: p.reader(q), full: full}
	picture := v.series().Picture()
	picture.Headed(v.Say(full.Title), v.verdict(full.Initiative))
	return q.SVG(full.Slug, picture.SVG())
}

func (p page) impactCSV(q *web.Request) error {
	full, err := p.whole(q)
	if err != nil {
		return err
	}
	e := full.Evaluation
	if e == nil {
		return cx.Errorf(cx.NotFound, "improve.impactCSV", "nothing of it is known yet")
	}
	r := p.reader(q)
	header := []string{q.T("improve.csv.what"), q.T("improve.csv.name"), q.T("ui.chart.column.when"), q.T("ui.chart.column.value"), q.T("ui.chart.column.low"), q.T("ui.chart.column.high"), "n", "p"}
	figures := append(e.Figures(), impact.Figure{What: "plan", Of: e.PlanHash}, impact.Figure{What: "inputs", Of: e.InputsHash})
	return q.CSV(full.Slug, header, sheet.Rows(figures, func(f impact.Figure) []string {
		row := []string{q.T("improve.csv." + f.What), f.Of, r.day(f.At), number(f.Value), number(f.Low), number(f.High), strconv.Itoa(f.N), ""}
		if f.P != nil {
			row[7] = number(*f.P)
		}
		return row
	}))
}

// editable tells what a person may still do.
func (v shown) editable() bool {
	return v.May(account.PlanImprovement) && v.full.Stage != cycle.Closed
}

// into are what an initiative that worked may become part of.
func (r reader) into() []ui.Option {
	out := []ui.Option{{Value: "", Text: r.L.T("improve.into.none")}}
	for _, to := range []string{"script", "promise", "rule", "policy"} {
		out = append(out, ui.Option{Value: to, Text: r.L.T("improve.into." + to)})
	}
	return out
}

// adopted is where the model is edited so that an initiative becomes part of it.
func adopted(d cycle.Decision) string {
	switch d.Into {
	case "script":
		if d.Ref != "" {
			return "/model/edit/journeys/" + d.Ref
		}
		return "/journeys"
	case "promise":
		if d.Ref != "" {
			return "/promises/of/" + d.Ref + "/edit"
		}
		return "/promises/new"
	case "rule":
		return "/rules"
	case "policy":
		return "/contradictions/policies"
	}
	return ""
}

// short is enough of a hash to tell it from others.
func short(hash string) string { return hash[:min(len(hash), 12)] }

// texts fills the fields of a text.
func (f form) texts(key string, t model.Text) {
	f.values.Set(key+".es", t.ES)
	f.values.Set(key+".en", t.EN)
	f.values.Set(key+".pt", t.PT)
}
