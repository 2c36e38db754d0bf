package cycle_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

func titles(all []cycle.Opportunity) (out []string) {
	for _, o := range all {
		out = append(out, o.Title.ES)
	}
	return out
}

// What surely gains comes first, in money before in memory, by the lower end for a
// day's work; then what perhaps does, and last what nobody counted.
func TestOpportunitiesAreRankedByWhatTheySurelyGain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		money := func(value, low, high float64) outcome.Estimate {
			return outcome.Estimate{Value: value, Low: low, High: high, N: 100}
		}
		w.source.finds(
			cycle.Proposal{Key: "a", Title: text("Mucho, quizá"), Money: money(90_000, -5_000, 185_000)},
			cycle.Proposal{Key: "b", Title: text("Seguro"), Money: money(20_000, 10_000, 30_000)},
			cycle.Proposal{Key: "c", Title: text("Seguro y grande, mucho trabajo"), Money: money(30_000, 24_000, 36_000), Effort: cycle.Large},
			cycle.Proposal{Key: "d", Title: text("De memoria"), Customers: 1000, Memory: money(2, 1, 3)},
			cycle.Proposal{Key: "g", Title: text("Poco dinero quizá, y memoria seguro"), Money: money(100, -100, 300), Customers: 10, Memory: money(2, 1, 3)},
			cycle.Proposal{Key: "e", Title: text("Sin cifras"), Memory: outcome.Estimate{Value: math.NaN(), N: 3}},
			cycle.Proposal{Key: "f", Title: text("Poco, quizá"), Money: money(10_000, -5_000, 25_000)},
		)
		w.Cycle.Refresh(ctx)
		must[cycle.Opportunity](t)(w.Cycle.Propose(ctx, w.Sol, cycle.Proposal{Title: text("De Sol"), About: cycle.About{Touchpoint: "shop"}, Money: money(1e9, 1e9, 1e9)}))
		all := must[[]cycle.Opportunity](t)(w.Cycle.Opportunities(ctx, w.Bea, cycle.OpportunityQuery{}))
		want := []string{"De memoria", "Seguro", "Seguro y grande, mucho trabajo", "Poco dinero quizá, y memoria seguro", "Mucho, quizá", "Poco, quizá", "De Sol", "Sin cifras"}
		if got := titles(all); !slices.Equal(got, want) {
			t.Fatalf("ranked %q, want %q", got, want)
		}
		for i, o := range all {
			if o.Place != i+1 || o.Score.Sure != (i < 4) {
				t.Errorf("%s: place %d, sure %v", o.Title.ES, o.Place, o.Score.Sure)
			}
		}
		// 2 ± .51 points of 1,000 customers × 50 ± 5.1 minor units a point (Goodman 1960).
		m := all[0].Score.Money
		sd := math.Sqrt(2000*2000*5.102134*5.102134 + 50*50*510.2134*510.2134 + 5.102134*5.102134*510.2134*510.2134)
		if math.Abs(m.Value-100_000) > 1e-6 || math.Abs(m.High-100_000-1.959964*sd) > 1 || math.Abs(m.Low+m.High-200_000) > 1e-6 || all[0].Score.Currency != "EUR" || m.N != 100 {
			t.Errorf("%+v", m)
		}
		if per := all[1].Score.PerDay; per.Low != 500 { // 10,000 for a month of work
			t.Errorf("%+v", per)
		}
		if mine := all[6]; mine.Score.Money.N != 0 || mine.Area != "sales" || mine.Votes != 1 || mine.Voted {
			t.Errorf("%+v", mine)
		}
		if few := must[[]cycle.Opportunity](t)(w.Cycle.Opportunities(ctx, w.Bea, cycle.OpportunityQuery{Text: "quiza", Limit: 1})); len(few) != 1 || few[0].Place != 4 || few[0].Score.InMoney {
			t.Errorf("%+v", few)
		}
	})
}

func TestTheSameMatterIsOneOpportunity(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Opportunity](t)
		late := cycle.Proposal{Title: text("Llega tarde"), About: cycle.About{Cause: "Reparto tardío", Area: "sales"}}
		first := ok(w.Cycle.Propose(ctx, w.Leo, late))
		again := ok(w.Cycle.Propose(ctx, w.Sol, cycle.Proposal{Title: text("¡Siempre tarde!"), About: cycle.About{Cause: "reparto tardio"}}))
		if again.ID != first.ID || again.Votes != 2 || !again.Voted || again.Title.ES != "Llega tarde" {
			t.Errorf("%+v", again)
		}
		d := w.draft("Repartir antes")
		d.Opportunity, d.About = first.ID, cycle.About{}
		planned := must[cycle.Initiative](t)(w.Cycle.Plan(ctx, w.Leo, d))
		for cause, n := range map[string]int{"REPARTO TARDÍO": 1, "otra": 0, "": 0, "topic.": 0} {
			if of := must[[]cycle.Initiative](t)(w.Cycle.OfCause(ctx, w.Sol, cause)); len(of) != n {
				t.Errorf("of the cause %q: %+v", cause, of)
			}
		}
		must[cycle.Initiative](t)(w.Cycle.Stop(ctx, w.Leo, planned.Slug, 0, "Luego"))
		apart := ok(w.Cycle.Propose(ctx, w.Cora, late)) // who does not see it says the same on their own
		if apart.ID == first.ID || apart.Votes != 1 {
			t.Errorf("%+v", apart)
		}
		other := ok(w.Cycle.Propose(ctx, w.Sol, cycle.Proposal{Title: text("Otra cosa")}))
		same := ok(w.Cycle.Propose(ctx, w.Sol, cycle.Proposal{Title: text("Otra cosa")}))
		if other.ID == same.ID {
			t.Error("what is about nothing in common became one")
		}
		for range 3 {
			again = ok(w.Cycle.Vote(ctx, w.Sol, first.ID, true))
		}
		if again.Votes != 2 {
			t.Errorf("one person has %d votes", again.Votes-1)
		}
		if again = ok(w.Cycle.Vote(ctx, w.Sol, first.ID, false)); again.Votes != 1 || again.Voted {
			t.Errorf("%+v", again)
		}
		if err := second(w.Cycle.Vote(ctx, w.Cora, first.ID, true)); cx.KindOf(err) != cx.NotFound {
			t.Errorf("of another area: %v", err)
		}
		if err := second(w.Cycle.Propose(ctx, w.Sol, cycle.Proposal{Title: text(""), Effort: "huge", About: cycle.About{Touchpoint: "moon", Area: "mars"}})); !slices.Equal(fields(err), []string{"title", "touchpoint", "area", "effort"}) {
			t.Errorf("%v", err)
		}
	})
}

// Sources come again and again: what they found stays one; what is dismissed stays
// so; what is found no more goes unless somebody is for it.
func TestSourcesComeAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Opportunity](t)
		ana := w.Customer("ana", "Ana")
		seen := func(state cycle.OpportunityState) []string {
			out := titles(must[[]cycle.Opportunity](t)(w.Cycle.Opportunities(ctx, w.Ada, cycle.OpportunityQuery{State: state})))
			slices.Sort(out)
			return out
		}
		made := func(keys ...string) (all []cycle.Proposal) {
			for _, k := range keys {
				all = append(all, cycle.Proposal{Key: k, Title: text(k), About: cycle.About{Area: "sales"}, Evidence: cycle.Evidence{Customers: []cx.CustomerID{ana}}})
			}
			return all
		}
		w.source.finds(made("gone", "liked", "refused", "taken")...)
		w.Cycle.Refresh(ctx)
		ids := map[string]string{}
		for _, o := range must[[]cycle.Opportunity](t)(w.Cycle.Opportunities(ctx, w.Ada, cycle.OpportunityQuery{})) {
			ids[o.Title.ES] = o.ID
		}
		ok(w.Cycle.Vote(ctx, w.Sol, ids["liked"], true))
		ok(w.Cycle.Dismiss(ctx, w.Leo, ids["refused"], "Ya lo hicimos"))
		ok(w.Cycle.Size(ctx, w.Leo, ids["liked"], cycle.Small))
		d := w.draft("La tomamos")
		d.Opportunity = ids["taken"]
		i := must[cycle.Initiative](t)(w.Cycle.Plan(ctx, w.Leo, d))

		w.source.finds(made("refused", "taken", "new")...)
		w.Advance(time.Hour) // by itself, four times an hour
		if got := seen(""); !slices.Equal(got, []string{"liked", "new"}) {
			t.Errorf("open: %q", got)
		}
		if got := seen(cycle.StateDismissed); !slices.Equal(got, []string{"refused"}) {
			t.Errorf("dismissed: %q", got)
		}
		if got := seen(cycle.StateTaken); !slices.Equal(got, []string{"taken"}) {
			t.Errorf("taken: %q", got)
		}
		w.source.finds(made("liked")...)
		w.Cycle.Refresh(ctx)
		liked := must[cycle.Detail](t)(w.Cycle.Opportunity(ctx, w.Leo, ids["liked"]))
		if liked.Effort != cycle.Small || liked.Assumed || liked.Votes != 1 || !slices.Equal(liked.Evidence.Customers, []cx.CustomerID{ana}) {
			t.Errorf("%+v", liked)
		}
		if err := second(w.Cycle.Reopen(ctx, w.Leo, ids["liked"])); cx.KindOf(err) != cx.Conflict {
			t.Errorf("what was not dismissed is opened again: %v", err)
		}
		ok(w.Cycle.Reopen(ctx, w.Leo, ids["refused"]))

		// An initiative that is never begun gives its opportunity back; one that was
		// closed long ago does when it still hurts.
		must[cycle.Initiative](t)(w.Cycle.Stop(ctx, w.Leo, i.Slug, 0, "No es el momento"))
		if got := seen(""); !slices.Contains(got, "taken") {
			t.Errorf("open: %q", got)
		}
		i = must[cycle.Initiative](t)(w.Cycle.Plan(ctx, w.Leo, d))
		must[cycle.Initiative](t)(w.Cycle.Start(ctx, w.Leo, i.Slug, 0))
		must[cycle.Initiative](t)(w.Cycle.End(ctx, w.Leo, i.Slug, 0))
		must[cycle.Initiative](t)(w.Cycle.Decide(ctx, w.Leo, i.Slug, 0, cycle.Decision{Choice: cycle.Stop, Learned: text("No bastó")}))
		w.source.finds(made("taken")...)
		w.Cycle.Refresh(ctx)
		if got := seen(""); slices.Contains(got, "taken") {
			t.Errorf("just tried, and open again: %q", got)
		}
		w.Advance(91 * 24 * time.Hour)
		if got := seen(""); !slices.Contains(got, "taken") {
			t.Errorf("it still hurts after three months: %q", got)
		}
	})
}

func TestWhatACustomerCausedIsTheirs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		ana, ben := w.Customer("ana", "Ana"), w.Customer("ben", "Ben")
		o := must[cycle.Opportunity](t)(w.Cycle.Propose(ctx, w.Leo, cycle.Proposal{Title: text("Larga espera"), Evidence: cycle.Evidence{Customers: []cx.CustomerID{ana, ben}, Words: []cx.Seq{7, 9}}}))
		sections := must[[]cx.Section](t)(w.Cycle.Export(ctx, cx.Subject{Customer: ana, Seqs: []cx.Seq{9}}))
		if got := fmt.Sprintf("%v", sections); len(sections) != 1 || got != "[{initiatives [{"+o.ID+" }]}]" {
			t.Errorf("%s", got)
		}
		if n := must[int](t)(w.Cycle.Erase(ctx, cx.Subject{Seqs: []cx.Seq{3, 9}})); n != 1 { // what expired
			t.Errorf("%d", n)
		}
		if n := must[int](t)(w.Cycle.Erase(ctx, cx.Subject{Customer: ben})); n != 1 {
			t.Errorf("%d", n)
		}
		if n := must[int](t)(w.Cycle.Erase(ctx, cx.Subject{Customer: ben})); n != 0 { // again, after a crash
			t.Errorf("%d", n)
		}
		d := must[cycle.Detail](t)(w.Cycle.Opportunity(ctx, w.Leo, o.ID))
		if !slices.Equal(d.Evidence.Customers, []cx.CustomerID{ana}) || !slices.Equal(d.Evidence.Words, []cx.Seq{7}) || d.Gone != 2 {
			t.Errorf("%+v, %d gone", d.Evidence, d.Gone)
		}
	})
}
