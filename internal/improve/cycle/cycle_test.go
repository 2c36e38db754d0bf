package cycle_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
)

func TestAnInitiativeIsLived(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Initiative](t)
		ana := w.Customer("ana", "Ana")
		w.source.finds(cycle.Proposal{
			Key: "reason:late@courier", Title: text("Llega tarde"), About: cycle.About{Reason: "late@courier", Touchpoint: "shop", Area: "sales"},
			Evidence: cycle.Evidence{Customers: []cx.CustomerID{ana}, Words: []cx.Seq{1}, Links: []cycle.Link{{Kind: "driver", Href: "/reasons/late@courier"}}},
		})
		w.Cycle.Refresh(ctx)
		found := must[[]cycle.Opportunity](t)(w.Cycle.Opportunities(ctx, w.Leo, cycle.OpportunityQuery{}))
		if len(found) != 1 {
			t.Fatalf("%+v", found)
		}
		d := must[cycle.Draft](t)(w.Cycle.Prefill(ctx, w.Leo, found[0].ID))
		if d.Title.ES != "Llega tarde" || d.Reason != "late@courier" || d.Areas[0] != "sales" || d.Plan.Metric.Kind != impact.Valence {
			t.Errorf("filled in as %+v", d)
		}
		full := w.draft("Avisar antes")
		full.Opportunity, full.About = d.Opportunity, d.About
		i := ok(w.Cycle.Plan(ctx, w.Leo, full))
		if i.Slug != "avisar-antes" || i.Stage != cycle.Planning || i.OwnerName != "Leo" || i.Milestones[1].ID != "m2" || i.Hash != "" {
			t.Errorf("%+v", i)
		}
		if err := second(w.Cycle.Plan(ctx, w.Leo, full)); cx.KindOf(err) != cx.Conflict {
			t.Errorf("the opportunity was taken twice: %v", err)
		}
		i = ok(w.Cycle.Start(ctx, w.Leo, i.Slug, i.Revision))
		if i.Stage != cycle.Doing || len(i.Hash) != 64 || i.Plan.Sample != 400 || i.From != w.Clock.Now() || !i.Power.Reachable {
			t.Errorf("%+v", i)
		}
		if i.Hash != cycle.HashOf(i.Slug, i.Draft) {
			t.Error("the hash is not of what is kept")
		}
		w.Settle()
		ok(w.Cycle.Reach(ctx, w.Sol, i.Slug, 0, "m1", true))
		w.Advance(31 * 24 * time.Hour)
		i = ok(w.Cycle.Spend(ctx, w.Leo, i.Slug, 0, 70_000))
		if i.Stage != cycle.Evaluating || i.EndedAt != i.Until {
			t.Errorf("its time is over, and it is at %s, ended %s", i.Stage, i.EndedAt)
		}
		judged := w.Cycle.Judged()
		verdict := impact.Evaluation{ID: "e1", Number: 1, Verdict: impact.Worked, Final: true, Effect: &impact.Effect{Value: .06, Low: .03, High: .09}, Series: make([]impact.Look, 3)}
		for range 2 {
			w.must(judged.Evaluated(ctx, i.Slug, verdict))
		}
		w.Settle()
		i = ok(w.Cycle.Decide(ctx, w.Leo, i.Slug, 0, cycle.Decision{Choice: cycle.Adopt, Into: cycle.IntoRule, Learned: text("Avisar funciónaba ya el primer día")}))
		if i.Stage != cycle.Improving || i.Evaluation.Series != nil {
			t.Errorf("%+v", i)
		}
		w.must(w.Cycle.Told(ctx, w.Leo, i.Slug, 12))
		ok(w.Cycle.Close(ctx, w.Leo, i.Slug, 0))
		w.Settle()

		want := []cycle.What{"planned", "started", "milestone", "ended", "evaluated", "adopted", "told", "closed"}
		got := whats(w.records(i.Slug))
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("the log tells %v", got)
		}
		for _, r := range w.records(i.Slug) {
			if (r.What == cycle.Planned) != (r.Hash == "") {
				t.Errorf("%+v", r)
			}
		}
		if told := w.told(w.Sol.ID); !slices.Equal(told, []string{"An initiative begins: Avisar antes", "It ended and is being evaluated: Avisar antes", "It worked: Avisar antes", "It becomes part of how we serve: Avisar antes"}) {
			t.Errorf("Sol is told %q", told)
		}
		entries := must[[]account.Entry](t)(w.Accounts.Audit(ctx, w.Ada, account.AuditQuery{Object: "initiative:avisar-antes", Limit: 50}))
		if len(entries) != 9 { // each step, and what was spent
			t.Errorf("the audit log has %d lines", len(entries))
		}
		lessons := must[[]cycle.Lesson](t)(w.Cycle.Learned(ctx, w.Bea, "FUNCIONABA avisar", 0))
		if len(lessons) != 1 || lessons[0].Verdict != impact.Worked {
			t.Errorf("%+v", lessons)
		}
		if none := must[[]cycle.Lesson](t)(w.Cycle.Learned(ctx, w.Bea, "música", 0)); len(none) != 0 {
			t.Errorf("%+v", none)
		}
		f := must[cycle.Full](t)(w.Cycle.Initiative(ctx, w.Bea, i.Slug))
		if !slices.Equal(f.Evidence.Customers, []cx.CustomerID{ana}) || !slices.Equal(f.Evidence.Words, []cx.Seq{1}) || len(f.Story) != 9 || f.Told != 12 || f.Evidence.Links[0].Href == "" {
			t.Errorf("%+v", f)
		}
		if n := must[int](t)(w.Cycle.Erase(ctx, cx.Subject{Customer: ana, Seqs: []cx.Seq{1}})); n != 4 { // of the opportunity and of the initiative
			t.Errorf("%d rows were erased", n)
		}
		if f = must[cycle.Full](t)(w.Cycle.Initiative(ctx, w.Bea, i.Slug)); len(f.Evidence.Customers) != 0 || len(f.Evidence.Words) != 0 || f.Gone != 2 {
			t.Errorf("after forgetting: %+v, %d gone", f.Evidence, f.Gone)
		}
	})
}

func TestWhatIsFrozenStaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Initiative](t)
		planned := w.draft("Fila única")
		planned.Called = "single-queue"
		i := ok(w.Cycle.Plan(ctx, w.Leo, planned))
		if err := second(w.Cycle.Plan(ctx, w.Leo, planned)); i.Slug != "single-queue" || !slices.Equal(fields(err), []string{"called"}) {
			t.Errorf("%s, again: %v", i.Slug, err)
		}
		d := i.Draft
		d.Plan.Metric.Days = 90
		i = ok(w.Cycle.Edit(ctx, w.Leo, i.Slug, i.Revision, d))
		i = ok(w.Cycle.Start(ctx, w.Leo, i.Slug, i.Revision))
		for name, change := range map[string]func(d *cycle.Draft){
			"plan.metric":     func(d *cycle.Draft) { d.Plan.Metric.Kind = impact.Revenue },
			"plan.population": func(d *cycle.Draft) { d.Plan.Population.When = "true" },
			"plan.rule":       func(d *cycle.Draft) { d.Plan.Rule.Alpha = .2 },
			"plan.guardrails": func(d *cycle.Draft) { d.Plan.Guardrails = []impact.Guardrail{{Worst: 1}} },
			"plan.design":     func(d *cycle.Draft) { d.Plan.Design.Exclusive = "mails" },
			"plan.expected":   func(d *cycle.Draft) { d.Plan.Expected = .01 },
			"hypothesis":      func(d *cycle.Draft) { d.Hypothesis.EN = "Another" },
			"about":           func(d *cycle.Draft) { d.Touchpoint = "help" },
			"until":           func(d *cycle.Draft) { d.Until = d.Until.Add(time.Hour) },
			"plan.sample":     func(d *cycle.Draft) { d.Plan.Sample = 5 },
		} {
			d := i.Draft
			change(&d)
			if err := second(w.Cycle.Edit(ctx, w.Leo, i.Slug, 0, d)); cx.KindOf(err) != cx.Conflict || !slices.Equal(fields(err), []string{name}) || !strings.Contains(cx.MessageOf(err), "next version") {
				t.Errorf("%s changed: %v", name, err)
			}
		}
		d = i.Draft
		d.Title, d.Budget, d.People, d.Milestones = text("Una sola fila"), 1, nil, append(d.Milestones, cycle.Milestone{Title: text("Carteles")})
		i = ok(w.Cycle.Edit(ctx, w.Leo, i.Slug, i.Revision, d))
		if i.Title.ES != "Una sola fila" || i.Milestones[2].ID != "m3" || i.Hash != cycle.HashOf(i.Slug, i.Draft) {
			t.Errorf("%+v", i)
		}
		if err := second(w.Cycle.Edit(ctx, w.Leo, i.Slug, i.Revision-1, d)); cx.KindOf(err) != cx.Conflict {
			t.Errorf("an older revision was written over: %v", err)
		}
	})
}

func TestANextVersionStartsFromWhatWasLearned(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Initiative](t)
		i := ok(w.Cycle.Plan(ctx, w.Leo, w.draft("Tarjeta")))
		i = ok(w.Cycle.Start(ctx, w.Leo, i.Slug, 0))
		i = ok(w.Cycle.Reach(ctx, w.Leo, i.Slug, 0, "m2", true))
		if err := second(w.Cycle.Decide(ctx, w.Leo, i.Slug, 0, cycle.Decision{Choice: cycle.Stop, Learned: text("Nada")})); cx.KindOf(err) != cx.Conflict {
			t.Errorf("decided while it runs: %v", err)
		}
		w.must(w.Cycle.Judged().Evaluated(ctx, i.Slug, impact.Evaluation{ID: "e1", Number: 1, Verdict: impact.Worked, Final: true, Effect: &impact.Effect{Value: .02}}))
		i = ok(w.Cycle.Decide(ctx, w.Leo, i.Slug, 0, cycle.Decision{Choice: cycle.Next, Learned: text("A mano funciona mejor")}))
		next := must[cycle.Full](t)(w.Cycle.Initiative(ctx, w.Leo, i.Child))
		if i.Stage != cycle.Closed || next.Version != 2 || next.Parent != i.Slug || next.Stage != cycle.Planning || next.Taught.ES != "A mano funciona mejor" ||
			next.Plan.Expected != .02 || next.Plan.Sample != 0 || next.From != 0 || next.Hash != "" || next.Milestones[1].DoneAt != 0 || next.Slug != "tarjeta-2" {
			t.Errorf("%+v", next.Initiative)
		}
		if len(next.Versions) != 2 || next.Versions[0].Verdict != impact.Worked {
			t.Errorf("%+v", next.Versions)
		}
		d := next.Draft
		d.Plan.Metric.Kind = impact.Revenue
		ok(w.Cycle.Edit(ctx, w.Leo, next.Slug, next.Revision, d))
	})
}

// What does harm is stopped by its guardrail, once; who answers for it is told at
// once.
func TestAGuardrailStopsIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Initiative](t)
		i := ok(w.Cycle.Plan(ctx, w.Leo, w.draft("Caja rápida")))
		i = ok(w.Cycle.Start(ctx, w.Leo, i.Slug, 0))
		judged := w.Cycle.Judged()
		running := must[[]impact.Initiative](t)(judged.Initiatives(ctx))
		if len(running) != 1 || !running[0].Running || running[0].Hash != i.Hash || running[0].Cost.Minor != 90_000 || running[0].Cost.Currency != "EUR" {
			t.Fatalf("%+v", running)
		}
		bad := impact.Evaluation{ID: "e1", Number: 1, Verdict: impact.DidNot, Why: impact.Breached}
		w.must(judged.Evaluated(ctx, i.Slug, bad))
		for range 2 {
			w.must(judged.Breached(ctx, i.Slug, "valence", bad))
		}
		w.Settle()
		i = must[cycle.Full](t)(w.Cycle.Initiative(ctx, w.Bea, i.Slug)).Initiative
		if i.Stage != cycle.Evaluating || i.StoppedBy != "guardrail:valence" || i.EndedAt == 0 {
			t.Errorf("%+v", i)
		}
		got := whats(w.records(i.Slug))
		slices.Sort(got)
		if !slices.Equal(got, []cycle.What{cycle.Evaluated, cycle.Planned, cycle.Started, cycle.Stopped}) {
			t.Errorf("the log tells %v", got)
		}
		if told := w.told(w.Leo.ID); !slices.Contains(told, "It stopped by itself, because it made worse what it must not: Caja rápida") {
			t.Errorf("Leo is told %q", told)
		}
		if running = must[[]impact.Initiative](t)(judged.Initiatives(ctx)); len(running) != 1 || running[0].Running {
			t.Errorf("%+v", running)
		}
		if err := second(w.Cycle.Decide(ctx, w.Leo, i.Slug, 0, cycle.Decision{Choice: cycle.Adopt, Into: cycle.IntoRule, Learned: text("No")})); !slices.Equal(fields(err), []string{"why"}) {
			t.Errorf("what does not work was adopted without a reason: %v", err)
		}
	})
}

func TestBadDraftsAreRefused(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		now := w.Clock.Now()
		for _, c := range []struct {
			change func(d *cycle.Draft)
			starts bool // it may be planned like this, but not started
			want   string
		}{
			{func(d *cycle.Draft) { d.Title = text(" ") }, false, "title"},
			{func(d *cycle.Draft) { d.Called = "No slug" }, false, "called"},
			{func(d *cycle.Draft) { d.Title = text(strings.Repeat("a", 201)) }, false, "title"},
			{func(d *cycle.Draft) { d.Areas = []string{"sales", "moon"} }, false, "areas[1]"},
			{func(d *cycle.Draft) { d.Areas = []string{"care"} }, false, "areas"},
			{func(d *cycle.Draft) { d.Areas = nil }, false, "areas"},
			{func(d *cycle.Draft) { d.Owner = "person:99" }, false, "owner"},
			{func(d *cycle.Draft) { d.People = []string{"person:99"} }, false, "people[0]"},
			{func(d *cycle.Draft) { d.Budget = -1 }, false, "budget"},
			{func(d *cycle.Draft) { d.From, d.Until = now.Add(2*time.Hour), now.Add(time.Hour) }, false, "until"},
			{func(d *cycle.Draft) { d.Promise = "moon" }, false, "promise"},
			{func(d *cycle.Draft) { d.Milestones[0].Title = text("") }, false, "milestones[0].title"},
			{func(d *cycle.Draft) { d.Milestones[0].Area = "care" }, false, "milestones[0].area"},
			{func(d *cycle.Draft) { d.Hypothesis = text("") }, true, "hypothesis"},
			{func(d *cycle.Draft) { d.Owner = "" }, true, "owner"},
			{func(d *cycle.Draft) { d.Until = now }, true, "until"},
			{func(d *cycle.Draft) { d.Plan.Metric = impact.Metric{} }, true, "plan.metric.kind"},
			{func(d *cycle.Draft) { d.Plan.Rule.Until = now.Std() }, true, "plan.rule.until"},
			{func(d *cycle.Draft) {
				d.Plan.Design = impact.Design{Kind: impact.Staggered, Starts: []impact.Start{{Unit: "madrid", At: now.Add(-24 * time.Hour).Std()}}}
			}, true, "plan.design.starts"},
		} {
			d := w.draft("Prueba")
			c.change(&d)
			i, err := w.Cycle.Plan(ctx, w.Leo, d)
			if c.starts && err == nil {
				_, err = w.Cycle.Start(ctx, w.Leo, i.Slug, 0)
			} else if c.starts {
				t.Errorf("%s: it cannot even be planned: %v", c.want, err)
			}
			if got := fields(err); cx.KindOf(err) != cx.Invalid || !slices.Contains(got, c.want) {
				t.Errorf("%s: %v", c.want, err)
			}
		}
		for what, err := range map[string]error{
			"spent":   second(w.Cycle.Spend(ctx, w.Leo, "prueba", 0, -1)),
			"choice":  second(w.Cycle.Decide(ctx, w.Leo, "prueba", 0, cycle.Decision{Learned: text("x")})),
			"learned": second(w.Cycle.Decide(ctx, w.Leo, "prueba", 0, cycle.Decision{Choice: cycle.Stop})),
			"into":    second(w.Cycle.Decide(ctx, w.Leo, "prueba", 0, cycle.Decision{Choice: cycle.Adopt, Learned: text("x"), Into: "mug"})),
			"ref":     second(w.Cycle.Decide(ctx, w.Leo, "prueba", 0, cycle.Decision{Choice: cycle.Adopt, Learned: text("x"), Into: cycle.IntoRule, Ref: "moon"})),
			"why":     second(w.Cycle.Stop(ctx, w.Leo, "prueba", 0, "  ")),
		} {
			if !slices.Contains(fields(err), what) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Ten customers are too few to tell, and that is known before anybody starts; it
// may be done all the same.
func TestTenCustomersStartAndCannotBeJudged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.judge.eligible = 10
		i := must[cycle.Initiative](t)(w.Cycle.Plan(t.Context(), w.Leo, w.draft("Para diez")))
		power := must[impact.Power](t)(w.Cycle.Power(t.Context(), w.Bea, i.Slug))
		i = must[cycle.Initiative](t)(w.Cycle.Start(t.Context(), w.Leo, i.Slug, 0))
		if power.Reachable || i.Power.Reachable || i.Power.Eligible != 10 || i.Stage != cycle.Doing {
			t.Errorf("%+v", i.Power)
		}
	})
}

func TestPeopleReachTheirPart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx, ok := t.Context(), must[cycle.Initiative](t)
		sales := ok(w.Cycle.Plan(ctx, w.Leo, w.draft("De ventas")))
		whole := w.draft("De todos")
		whole.Areas, whole.Milestones, whole.Owner, whole.People = nil, nil, w.Ada.ID, nil
		all := ok(w.Cycle.Plan(ctx, w.Ada, whole))
		both := w.draft("De dos")
		both.Areas = []string{"sales", "care"}
		shared := ok(w.Cycle.Plan(ctx, w.Leo, both))
		for _, c := range []struct {
			who  cx.Principal
			want []string
		}{{w.Ada, []string{all.Slug, shared.Slug, sales.Slug}}, {w.Bea, []string{all.Slug, shared.Slug, sales.Slug}}, {w.Sol, []string{all.Slug, shared.Slug, sales.Slug}}, {w.Cora, []string{all.Slug, shared.Slug}}} {
			got := []string{}
			for _, i := range must[[]cycle.Initiative](t)(w.Cycle.List(ctx, c.who, cycle.Query{})) {
				got = append(got, i.Slug)
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s sees %v, want %v", c.who.Name, got, c.want)
			}
		}
		for what, c := range map[string]struct {
			err  error
			kind cx.ErrorKind
		}{
			"of another area":    {second(w.Cycle.Initiative(ctx, w.Cora, sales.Slug)), cx.NotFound},
			"none":               {second(w.Cycle.Initiative(ctx, w.Cora, "moon")), cx.NotFound},
			"a member plans":     {second(w.Cycle.Plan(ctx, w.Sol, w.draft("Mía"))), cx.Forbidden},
			"the board starts":   {second(w.Cycle.Start(ctx, w.Bea, sales.Slug, 0)), cx.Forbidden},
			"one area starts it": {second(w.Cycle.Start(ctx, w.Leo, all.Slug, 0)), cx.Forbidden},
			"nobody":             {second(w.Cycle.Board(ctx, cx.Principal{}, cycle.Query{})), cx.Unauthorized},
			"not started":        {second(w.Cycle.Judged().Initiative(ctx, w.Leo, sales.Slug)), cx.Conflict},
		} {
			if cx.KindOf(c.err) != c.kind {
				t.Errorf("%s: %v", what, c.err)
			}
		}
		ok(w.Cycle.Start(ctx, w.Cora, shared.Slug, 0)) // of the areas that own it, any
		if err := second(w.Cycle.Reach(ctx, w.Cora, shared.Slug, 0, "m2", true)); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("care reaches a milestone of sales: %v", err)
		}
		b := must[cycle.Board](t)(w.Cycle.Board(ctx, w.Sol, cycle.Query{Mine: true}))
		if len(b.Columns) != 4 || len(b.Columns[0].Items) != 1 || len(b.Columns[1].Items) != 1 || b.Columns[1].Items[0].Slug != shared.Slug {
			t.Errorf("%+v", b)
		}
		if at := must[[]cycle.Initiative](t)(w.Cycle.At(ctx, w.Cora, "shop")); len(at) != 2 {
			t.Errorf("at the shop: %+v", at)
		}
		days := must[[]cycle.Day](t)(w.Cycle.Calendar(ctx, w.Cora, cx.Window{}))
		if !slices.IsSortedFunc(days, func(a, b cycle.Day) int { return int(a.At - b.At) }) || len(days) != 5 { // end; start, two milestones, end
			t.Errorf("%+v", days)
		}
		if c := must[cycle.Cadence](t)(w.Cycle.Cadence(ctx, w.Ada, cx.Window{From: w.Clock.Now()})); c.Planned != 3 || c.Started != 1 || c.People != 3 || !slices.Equal(c.Areas, []string{"care", "sales"}) {
			t.Errorf("%+v", c)
		}
	})
}

// What was written down and not told yet is told after a crash: the job stands in
// the same transaction as the freezing.
func TestTheRecordFollowsTheFreezingThroughACrash(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		i := must[cycle.Initiative](t)(w.Cycle.Plan(ctx, w.Leo, w.draft("A medias")))
		w.Settle()
		w.must(w.Jobs.Close()) // nothing of what follows is done by this process
		started := must[cycle.Initiative](t)(w.Cycle.Start(ctx, w.Leo, i.Slug, 0))
		if got := whats(w.records(i.Slug)); !slices.Equal(got, []cycle.What{cycle.Planned}) {
			t.Fatalf("told before: %v", got)
		}
		w.again(ctx)
		w.Settle()
		records := w.records(i.Slug)
		if len(records) != 2 || records[1].What != cycle.Started || records[1].Hash != started.Hash {
			t.Errorf("%+v", records)
		}
	})
}
