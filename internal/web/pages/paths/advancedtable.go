package paths

import (
	"strconv"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func (v advanced) noiseOptions() (out []ui.Option) {
	for _, n := range noises() {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Text: v.L.Percent(float64(n)/100, 0)})
	}
	return out
}

// estimate writes a share that is a mean, with its interval and n.
func (v advanced) estimate(e outcome.Estimate) string {
	if e.N == 0 {
		return "–"
	}
	return v.L.T("journeys.between", "value", v.L.Percent(e.Value, 1), "low", v.L.Percent(e.Low, 1), "high", v.L.Percent(e.High, 1), "count", v.L.Int(int64(e.N)))
}

// brier writes a mean squared error, with its interval and n.
func (v advanced) brier(e outcome.Estimate) string {
	return v.L.T("journeys.between", "value", v.L.Number(e.Value, 3), "low", v.L.Number(e.Low, 3), "high", v.L.Number(e.High, 3), "count", v.L.Int(int64(e.N)))
}

// stepTable is how each step of the script was lived.
func (v advanced) stepTable() ui.Table {
	t := ui.Table{ID: "steps", Caption: v.L.T("paths.fitness.steps"), Columns: []ui.Column{
		{Label: v.L.T("journeys.row.step")}, {Label: v.L.T("paths.step.lived"), Num: true}, {Label: v.L.T("paths.step.intime"), Num: true}, {Label: v.L.T("journeys.csv.repeated"), Num: true},
	}}
	figure := func(s journey.Share) templ.Component {
		if s.N == 0 {
			return ui.Text("–")
		}
		return ui.Text(v.Share(s) + " " + v.ShareHalf(s))
	}
	for _, s := range v.conformance.Steps {
		t.Rows = append(t.Rows, []templ.Component{ui.Text(v.Step(s.Step)), figure(s.Lived), figure(s.InTime), figure(s.Repeated)})
	}
	return t
}

// attributionTable is what touchpoints have to do with the outcome.
func (v advanced) attributionTable() ui.Table {
	t := ui.Table{ID: "attributed", Caption: v.L.T("paths.attribution"), Columns: []ui.Column{
		{Label: v.L.T("journeys.csv.touchpoint")}, {Label: v.L.T("paths.attribution.credit"), Num: true}, {Label: v.L.T("paths.attribution.removal"), Num: true}, {Label: v.L.T("paths.attribution.reaches"), Num: true}, {Label: v.L.T("journeys.csv.share"), Num: true},
	}}
	half := func(e outcome.Estimate) templ.Component {
		return ui.Text(v.L.Percent(e.Value, 1) + " " + v.L.Half(100*e.Low, 100*e.High, 1))
	}
	for _, a := range v.attribution.Touchpoints {
		t.Rows = append(t.Rows, []templ.Component{
			ui.Link(v.ask.At("runs", "touchpoint", a.Touchpoint), v.Touchpoint(a.Touchpoint)),
			half(a.Credit), half(a.Removal), ui.Text(v.L.Percent(a.Reaches, 0)), ui.Text(v.Share(a.Runs) + " " + v.ShareHalf(a.Runs)),
		})
	}
	return t
}

// at is where a share lies on the picture of reliability, in pixels.
func at(share float64) string { return strconv.FormatFloat(240*share, 'f', 1, 64) }
