package journey

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// expecting gives a step a time to the next.
func (x *lived) expecting(step string, within time.Duration) *lived {
	var set func(nodes []model.Node)
	set = func(nodes []model.Node) {
		for _, n := range nodes {
			if n.Step != nil && n.Step.Slug == step {
				n.Step.Within = within
			}
			for _, b := range slices.Concat(n.Parallel, n.Choice) {
				set(b)
			}
		}
	}
	set(x.journey.Script)
	x.steps = x.journey.Steps()
	return x
}

// scripted gives runs another script.
func (x *lived) scripted(script ...model.Node) *lived {
	x.journey.Script = script
	x.steps = x.journey.Steps()
	return x
}

func stepAt(touchpoint string) model.Node {
	return model.Node{Step: &model.Step{Slug: touchpoint, Touchpoint: touchpoint}}
}

// deviating returns the deviations in words, with the cases that have them.
func deviating(t *testing.T, x *lived) (out []string) {
	t.Helper()
	in, err := deviationsOf(x)
	must(t, err)
	for i, d := range in.deviations {
		line := fmt.Sprintf("%s %d×", d.ID, d.Times)
		for c := range x.log.Cases() {
			if in.cases[i].Has(c) {
				line += fmt.Sprintf(" %d", c)
			}
		}
		if d.By.N > 0 {
			line += fmt.Sprintf(" by %s", d.By.Median)
		}
		out = append(out, line)
	}
	return out
}

func TestDeviationsOfCompletedRuns(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay ship door",
		"basket.Filled@0 pay.Paid@5 ship.Sent@30 door.Delivered@100",
		"basket.Filled@0 pay.Paid@5 door.Delivered@50",
		"basket.Filled@0 pay.Failed@4 pay.Paid@5 ship.Sent@30 door.Delivered@100",
		"basket.Filled@0 help.Called@2 pay.Paid@5 ship.Sent@30 door.Delivered@100",
		"basket.Filled@0 ship.Sent@3 pay.Paid@5 door.Delivered@50",
		"basket.Filled@0 pay.Paid@5 ship.Sent@185 door.Delivered@300",
	).expecting("pay", time.Hour)
	want := []string{
		"disordered:ship 1× 4", "late:pay 1× 5 by 2h0m0s", "repeated:pay 1× 2", "skipped:ship 1× 1", "unexpected:Called@help 1× 3",
	}
	if got := deviating(t, x); !slices.Equal(got, want) {
		// Which of two steps in the wrong order is out of place, nobody can say.
		if want[0] = "disordered:pay 1× 4"; !slices.Equal(got, want) {
			t.Errorf("deviations %q, want %q", got, want)
		}
	}
	h, err := x.conformed()
	must(t, err)
	c := h.conformance
	near(t, "the fitness", c.Fitness.Value, (1+6./7+8./9+8./9+6./8+1)/6)
	near(t, "that of the completed", c.Completed.Value, c.Fitness.Value)
	if c.N != 6 || c.AsDesigned.K != 2 || c.Upper != 0 {
		t.Errorf("%+v", c)
	}
	pay, door := c.Steps[1], c.Steps[3]
	if pay.InTime.K != pay.InTime.N-1 || pay.Repeated.K != 1 || door.InTime.N != 0 || door.Lived.K != 6 || c.Steps[2].Lived.N != 6 {
		t.Errorf("steps %+v", c.Steps)
	}
	if first := c.Touchpoints[0]; first.Touchpoint != "help" || first.AsDesigned.K != 0 || first.AsDesigned.N != 1 {
		t.Errorf("touchpoints %+v", c.Touchpoints)
	}
}

// What a run has not come to is not skipped; what it waits for is late when its
// time is over.
func TestDeviationsOfRunsThatGoOn(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay ship door",
		"basket.Filled@0 pay.Paid@5",     // waits for its shipment
		"basket.Filled@700 pay.Paid@990", // has time
		"basket.Filled@0 ship.Sent@20",   // was never paid
		"basket.Filled@0 pay.Paid@5",     // was given up
		"basket.Filled@0 pay.Paid@5",     // ended there
	).expecting("pay", time.Hour)
	x.states = []State{Stuck, Running, Running, Abandoned, Completed}
	want := []string{"late:pay 1× 0 by 15h35m0s", "skipped:door 1× 4", "skipped:pay 1× 2", "skipped:ship 1× 4"}
	if got := deviating(t, x); !slices.Equal(got, want) {
		t.Errorf("deviations %q, want %q", got, want)
	}
	held, err := runAgainst(x, 0)
	must(t, err)
	if len(held.Late) != 1 || held.Late[0].Next != 0 || held.Late[0].Due != cx.Time(65*60e6) || held.Fitness != 1 {
		t.Errorf("held against the script: %+v", held)
	}
}

// What is lived in another branch of a parallel is not the next step.
func TestTheNextStepIsOfTheSameBranch(t *testing.T) {
	t.Parallel()
	x := walked(t, "", "basket.Filled@0 pack.Packed@10 mail.Sent@20 ship.Sent@100 door.Delivered@200").scripted(
		stepAt("basket"),
		model.Node{Parallel: [][]model.Node{{stepAt("pack"), stepAt("ship")}, {stepAt("mail")}}},
		stepAt("door"),
	).expecting("pack", time.Hour).expecting("mail", 4*time.Hour)
	if got, want := deviating(t, x), []string{"late:pack 1× 0 by 30m0s"}; !slices.Equal(got, want) {
		t.Errorf("deviations %q, want %q", got, want)
	}
}

func TestOneRunAgainstTheScript(t *testing.T) {
	t.Parallel()
	x := walked(t, "basket pay ship door", "basket.Filled@0 ship.Sent@3 pay.Paid@5 pay.Paid@6 help.Called@7")
	held, err := runAgainst(x, 0)
	must(t, err)
	var moves []string
	for _, m := range held.Moves {
		step := "–"
		if m.Step != nil {
			step = m.Step.Slug
		}
		moves = append(moves, strings.TrimSpace(fmt.Sprintf("%s %s %d", m.Kind, step, m.Event)))
	}
	for _, want := range [][]string{
		{"basket 0", "ship 1", "disordered pay 2", "repeated pay 3", "unexpected – 4", "skipped door -1"},
		{"basket 0", "disordered ship 1", "pay 2", "repeated pay 3", "unexpected – 4", "skipped door -1"},
	} {
		slices.Sort(want)
		if slices.Sort(moves); slices.Equal(moves, want) {
			return
		}
	}
	t.Errorf("moves %q", moves)
}

// The cases of each deviation are those that, one by one, have it.
func TestDeviationsAgreeWithEachRun(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a.X", "b.X", "b.Y", "c.X", "d.X", "e.X"})
		var runs []told
		for range rapid.IntRange(1, 8).Draw(t, "runs") {
			words := []string{"a.X@0"}
			for i := range rapid.IntRange(0, 6).Draw(t, "events") {
				words = append(words, fmt.Sprintf("%s@%d", word.Draw(t, "event"), (i+1)*rapid.IntRange(1, 90).Draw(t, "minutes")))
			}
			runs = append(runs, told(strings.Join(words, " ")))
		}
		x := walked(t, "a b? c* d", runs...).expecting("b", time.Hour).expecting("c", 2*time.Hour)
		for c := range x.states {
			x.states[c] = rapid.SampledFrom([]State{Running, Stuck, Completed, Abandoned}).Draw(t, "state")
		}
		in, err := deviationsOf(x)
		if err != nil {
			t.Fatal(err)
		}
		for c := range x.log.Cases() {
			want := map[string]bool{}
			held, err := runAgainst(x, c)
			if err != nil {
				t.Fatal(err)
			}
			from, to := x.log.Span(c)
			events := 0
			for _, m := range held.Moves {
				if m.Event >= 0 {
					events++
				}
				switch {
				case m.Kind == "":
				case m.Step != nil:
					want[string(m.Kind)+":"+m.Step.Slug] = true
				default:
					a := x.log.Activities[x.log.Activity[m.Event]]
					want["unexpected:"+a.Name+"@"+a.Touchpoint] = true
				}
			}
			for _, l := range held.Late {
				want["late:"+l.Step.Slug] = true
			}
			if events != to-from {
				t.Fatalf("%d of %d events are told", events, to-from)
			}
			for i, d := range in.deviations {
				if in.cases[i].Has(c) != want[d.ID] {
					t.Fatalf("case %d has %s: %v, alone %v", c, d.ID, in.cases[i].Has(c), want[d.ID])
				}
				delete(want, d.ID)
			}
			if len(want) > 0 {
				t.Fatalf("case %d alone has %v too", c, want)
			}
		}
	})
}

func TestAFileAgainstAScript(t *testing.T) {
	t.Parallel()
	var b eventlog.Builder
	for i, name := range []string{"Pedir", "pagar", "Reclamar", "Entregado"} {
		must(t, b.Add(eventlog.Row{Case: "1", Activity: eventlog.Activity{Name: name}, At: int64(i)}))
	}
	c, deviations, err := Held(b.Build(), model.Empty(), model.Journey{Script: []model.Node{
		{Step: &model.Step{Slug: "order", Touchpoint: "web", Name: model.Text{ES: "Pedir"}}},
		{Step: &model.Step{Slug: "pagar", Touchpoint: "web"}},
		{Step: &model.Step{Slug: "door", Touchpoint: "door", Events: []string{"Entregado"}}},
	}})
	must(t, err)
	if len(deviations) != 1 || deviations[0].ID != "unexpected:Reclamar@" || c.N != 1 || c.Steps[2].Lived.K != 1 {
		t.Errorf("%+v, %+v", c, deviations)
	}
	near(t, "the fitness", c.Fitness.Value, 1-1./7)
}

func TestWithoutAScriptNothingDiffers(t *testing.T) {
	t.Parallel()
	x := walked(t, "", orders...)
	h, err := x.conformed()
	must(t, err)
	held, err := runAgainst(x, 0)
	must(t, err)
	if h.conformance.N != 0 || len(h.incidence.deviations) != 0 || held.Moves != nil {
		t.Errorf("%+v, %+v", h, held)
	}
}

// Whoever asks through the service: the filter holds, what was aligned is kept
// while runs go on, and who sees runs in part is refused.
func TestConformanceAsked(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(3)
	h.append(t, facts.Batch(1, 400))
	ctx := t.Context()
	all, err := h.Conformance(ctx, everybody, "wide", ConformanceQuery{})
	must(t, err)
	list, err := h.Deviations(ctx, everybody, "wide", ConformanceQuery{})
	must(t, err)
	if all.N == 0 || all.Fitness.Value <= 0 || all.Fitness.Value >= 1 || len(list) == 0 || len(all.Steps) != 3 {
		t.Fatalf("%+v, %d deviations", all, len(list))
	}
	weekly := 0
	for _, w := range all.Weeks {
		weekly += w.Fitness.N
	}
	if weekly != all.N {
		t.Errorf("%d runs by week, %d in all", weekly, all.N)
	}
	some, err := h.Conformance(ctx, everybody, "wide", ConformanceQuery{Filter: Filter{Deviation: list[0].ID}})
	must(t, err)
	if some.N != list[0].Runs.K || some.AsDesigned.K != 0 && list[0].Kind != Delayed {
		t.Errorf("of those that have %s: %+v", list[0].ID, some)
	}
	h.append(t, facts.Batch(401, 600))
	more, err := h.Conformance(ctx, everybody, "wide", ConformanceQuery{})
	must(t, err)
	anew, err := h.anew(0).Conformance(ctx, everybody, "wide", ConformanceQuery{})
	must(t, err)
	if more.N <= all.N || more.Fitness != anew.Fitness || more.AsDesigned != anew.AsDesigned {
		t.Errorf("after more facts %+v, anew %+v", more, anew)
	}
	for name, ask := range map[string]func(p cx.Principal, slug string) error{
		"Conformance": func(p cx.Principal, slug string) error {
			_, err := h.Conformance(ctx, p, slug, ConformanceQuery{})
			return err
		},
		"Deviations": func(p cx.Principal, slug string) error {
			_, err := h.Deviations(ctx, p, slug, ConformanceQuery{})
			return err
		},
		"Alignments": func(p cx.Principal, slug string) error {
			_, err := h.Alignments(ctx, p, slug, AlignmentsQuery{})
			return err
		},
		"Model": func(p cx.Principal, slug string) error { _, err := h.Model(ctx, p, slug, ModelQuery{}); return err },
		"Learn": func(p cx.Principal, slug string) error { _, err := h.Learn(ctx, p, slug, LearnQuery{}); return err },
	} {
		if err := ask(careOnly, "wide"); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("%s of runs that are seen in part: %v", name, err)
		}
		if err := ask(everybody, "moon"); cx.KindOf(err) != cx.NotFound {
			t.Errorf("%s of no journey: %v", name, err)
		}
		if err := ask(cx.Principal{ID: "person:2"}, "wide"); cx.KindOf(err) != cx.Unauthorized {
			t.Errorf("%s for nobody: %v", name, err)
		}
	}
}
