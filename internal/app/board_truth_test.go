package app

import (
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
)

// In the demo who remembers better comes more often and who is served badly leaves: the
// chain is told with its money, and the money at risk by what was planted.
func TestPlantedChainIsTold(t *testing.T) {
	t.Parallel()
	h, _ := candil(t)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(h.Purchases.Refresh(t.Context()))
	ok(h.Retention.Learn(t.Context(), false))
	ok(h.Worth.Learn(t.Context(), false))
	// What the background asked while the company was founded is kept for a while.
	chains := chain.New(chain.Config{Facts: h.History, Purchases: h.Purchases, Memories: h.Outcomes, Models: h.Models, Clock: h.clock})
	risks := risk.New(risk.Config{Facts: h.History, Worth: h.Worth, Promises: h.Promises, Reasons: h.Reasons, Models: h.Models, Clock: h.clock})

	c, err := chains.Chain(t.Context(), cx.System(), chain.Query{})
	ok(err)
	t.Run("the chain", func(t *testing.T) {
		if !c.Told() || !c.Whole.Clear || c.Whole.Worth.Low <= 0 || c.Metric != outcome.CSAT || !c.HasMargin || c.Customers < 5000 || c.Reach < 1000 {
			t.Errorf("%+v", c)
		}
		for _, l := range c.Links {
			if !l.Clear || l.Slope.Low <= 0 || l.Worth.N == 0 {
				t.Errorf("%s to %s: %+v", l.From, l.To, l)
			}
		}
		// One point of memory, by living the same year again with it. Memory is seen through
		// what was lived alone, so a part of it is missed.
		truth, err := simulate.TruthFile{Path: h.Config.file(truthFile)}.Read()
		ok(err)
		planted := truth.Chain
		stays, _ := c.Link(chain.Memory, chain.Retention)
		year := 12 / float64(c.Span) / float64(c.Reach) / c.Margin / 100
		t.Logf("a point of memory goes with %.2f to %.2f a customer and year; planted are %.2f", stays.Worth.Low*year, stays.Worth.High*year, planted.RevenuePerPoint)
		if stays.Worth.High*year < planted.RevenuePerPoint/4 || stays.Worth.Low*year > planted.RevenuePerPoint {
			t.Error("that is of another order")
		}
	})
	t.Run("the money at risk", func(t *testing.T) {
		a, err := risks.AtRisk(t.Context(), cx.System(), risk.Query{})
		ok(err)
		if a.Total.N < 5000 || a.Total.Low <= 0 || a.Total.High >= a.Expected.Value || !a.Margin || a.Currency != "EUR" {
			t.Errorf("%+v of %+v", a.Total, a.Expected)
		}
		clear := map[string]bool{}
		for _, g := range a.Groups {
			clear[string(g.By)+" "+g.Key] = g.Clear
			if g.AtRisk.Value > a.Total.Value || g.Beyond.Value > g.AtRisk.Value {
				t.Errorf("%s %s has more at risk than there is: %+v", g.By, g.Key, g)
			}
		}
		for _, planted := range []string{"reason late@courier", "touchpoint courier", "area logistics", "promise delivery-on-date", "reason helped@bookseller"} {
			if !clear[planted] {
				t.Errorf("%s is not clear among %v", planted, clear)
			}
		}
	})
	t.Run("the board", func(t *testing.T) {
		h.Indicators.Refresh(t.Context())
		h.Indicators.RefreshWhy(t.Context())
		i, err := h.Indicators.Indicators(t.Context(), cx.System(), board.Query{})
		ok(err)
		if i.Pending || i.Satisfaction.Now.N < 200 || i.Retention.Now.N < 300 || i.Revenue.Now.N < 500 || i.Recommendation.Said.Now.N < 50 || len(i.Revenue.Weeks) != 26 || i.Why == nil {
			t.Errorf("%+v", i)
		}
	})
}
