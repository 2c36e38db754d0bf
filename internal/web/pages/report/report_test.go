package report_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/web/pages/report"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// company is what the services would tell.
type company struct {
	board.Indicators
	initiatives []cycle.Initiative
	next        []cycle.Opportunity
}

func (c *company) Current() model.Version {
	m, err := model.Parse([]byte("company: {slug: candil, name: Candil, timezone: UTC, currency: EUR, languages: [es]}\n"))
	if err != nil {
		panic(err)
	}
	return model.Version{Number: 1, Model: m}
}

func (c *company) List(context.Context, cx.Principal, cycle.Query) ([]cycle.Initiative, error) {
	return c.initiatives, nil
}

func (c *company) Opportunities(context.Context, cx.Principal, cycle.OpportunityQuery) ([]cycle.Opportunity, error) {
	return c.next, nil
}

type told struct{ *company }

func (t told) Indicators(_ context.Context, _ cx.Principal, q board.Query) (board.Indicators, error) {
	i := t.company.Indicators
	i.Now = cx.Window{From: cxtest.Epoch.Add(-time.Duration(q.Days) * 24 * time.Hour), To: cxtest.Epoch}
	i.Before = cx.Window{From: i.Now.From.Add(-time.Duration(q.Days) * 24 * time.Hour), To: i.Now.From}
	return i, nil
}

func text(es string) model.Text { return model.Text{ES: es, EN: es + " (en)", PT: es + " (pt)"} }

func candil() *company {
	figure := func(value, half, delta float64, v outcome.Verdict) board.Figure {
		f := board.Figure{Now: outcome.Estimate{Value: value, Low: value - half, High: value + half, N: 420}, Change: outcome.Change{Delta: delta, Verdict: v}}
		for w := range 8 {
			at := cxtest.Epoch.Add(time.Duration(w-8) * 7 * 24 * time.Hour)
			f.Weeks = append(f.Weeks, outcome.Week{From: at, To: at.Add(7 * 24 * time.Hour), Estimate: outcome.Estimate{Value: value + float64(w)*half/8, Low: value - half, High: value + half, N: 50}})
		}
		return f
	}
	c := &company{}
	c.Satisfaction = board.Satisfaction{Figure: figure(.82, .03, .04, outcome.Better), Metric: outcome.CSAT}
	c.Retention = board.Retention{Figure: figure(.4, .02, -.03, outcome.Worse), Within: 90}
	c.Revenue = board.Revenue{Figure: figure(1_234_500, 50_000, 1_000, outcome.NoClearChange), Currency: "EUR"}
	c.Recommendation = board.Recommendation{Said: figure(34, 4, 0, outcome.NoComparison)}
	c.Why = &board.Why{
		Moved: []board.Move{{Name: text("Avisamos antes"), Points: outcome.Estimate{Value: 2.5, N: 300}, Clear: true, Quote: "Sabía cuándo llegaba"}, {Name: text("Cola"), Points: outcome.Estimate{Value: -1, N: 9}}},
		Risk:  risk.AtRisk{Margin: true, Total: outcome.Estimate{Value: 500_000, Low: 400_000, High: 600_000, N: 900}, Groups: []risk.Group{{Name: text("Reparto"), Beyond: outcome.Estimate{Value: 70_000, N: 80}, Customers: 80, Clear: true}}},
	}
	c.initiatives = []cycle.Initiative{
		{Draft: cycle.Draft{Title: text("Aviso de llegada")}, Evaluation: &impact.Evaluation{At: 2, Verdict: impact.Worked, Said: text("Funcionó: +0,12")}},
		{Draft: cycle.Draft{Title: text("Sin juzgar")}},
	}
	c.next = []cycle.Opportunity{{Proposal: cycle.Proposal{Title: text("Fila única")}, Score: cycle.Score{InMoney: true, Money: outcome.Estimate{Value: 900_000, Low: 300_000, High: 1_500_000, N: 5}}}}
	return c
}

func open(t *testing.T, c *company) *report.Service {
	t.Helper()
	s, err := report.New(report.Config{Board: told{c}, Cycle: c, Models: c, Clock: cxtest.NewClock()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The mail holds four indicators, three stories and one decision, in three languages; it
// waits until they are known.
func TestTheMailOfMonday(t *testing.T) {
	t.Parallel()
	c := candil()
	s := open(t, c)
	p := cx.Principal{ID: "person:1", Role: cx.Board}
	got, ok, err := s.Report(t.Context(), p, notify.Week)
	if err != nil || !ok || got.Href != "/report?days=7" {
		t.Fatalf("%+v %t %v", got, ok, err)
	}
	if got.Title.ES != "Mejora la satisfacción; empeora la retención" || got.Title.EN != "Better: satisfaction; worse: retention" {
		t.Errorf("%+v", got.Title)
	}
	for _, words := range []string{"82", "12.345", "entre", "n 420", "Avisamos antes", "Sabía cuándo llegaba", "Reparto", "Funcionó", "Una decisión: Fila única"} {
		if !strings.Contains(got.Text.ES, words) {
			t.Errorf("it lacks %q:\n%s", words, got.Text.ES)
		}
	}
	if strings.Contains(got.Text.ES, "Cola") || strings.Contains(got.Text.EN+got.Text.PT, "⟦") || !strings.Contains(got.Text.PT, "Fila única (pt)") {
		t.Errorf("%s\n%s", got.Text.EN, got.Text.PT)
	}
	c.Pending = true
	if _, ok, err := s.Report(t.Context(), p, notify.Month); ok || err != nil {
		t.Errorf("it is told before it is known: %v", err)
	}
}

// The page, its file and its pictures tell the same.
func TestThePageItsFileAndItsPictures(t *testing.T) {
	t.Parallel()
	c := candil()
	v := webtest.New(t, open(t, c).Page()).As(cx.Board)
	page := v.Get("/report")
	for _, words := range []string{"Mejora la satisfacción; empeora la retención", "Fila única", "Aviso de llegada", "Dinero en riesgo"} {
		if page.Status != 200 || !strings.Contains(page.Body, words) {
			t.Fatalf("%d: it lacks %q", page.Status, words)
		}
	}
	if strings.Contains(page.Body, "⟦") {
		t.Error("a text is missing")
	}
	file := v.Get("/report.pdf?days=30")
	if file.Status != 200 || !strings.HasPrefix(file.Body, "%PDF-1.7") || !strings.HasSuffix(file.Body, "%%EOF\n") || bytes.Count([]byte(file.Body), []byte("/Type/Page/")) < 1 {
		t.Errorf("%d: %.80s", file.Status, file.Body)
	}
	if r := v.Get("/report/satisfaction.svg"); r.Status != 200 || !strings.HasPrefix(r.Body, "<svg") {
		t.Errorf("%d: %.80s", r.Status, r.Body)
	}
	for _, missing := range []string{"/report/nothing.svg", "/report?days=0"} {
		if r := v.Get(missing); r.Status < 400 || r.Status >= 500 {
			t.Errorf("%s: %d", missing, r.Status)
		}
	}
	c.Pending = true
	if r := v.Get("/report"); r.Status != 200 || !strings.Contains(r.Body, "calculando") {
		t.Errorf("%d", r.Status)
	}
}
