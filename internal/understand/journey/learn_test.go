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
)

// bookstore is a company whose touchpoints are one letter, so that runs are short to write.
const bookstore = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: sales, name: Ventas}]
objects: {order: order_id}
touchpoints:
  - {slug: a, name: Cesta, stage: before, channel: web, medium: digital, area: sales, events: [A]}
  - {slug: b, name: Pago, stage: during, channel: web, medium: digital, area: sales, events: [B, Failed]}
  - {slug: c, name: Aviso, stage: before, channel: web, medium: digital, area: sales, events: [C]}
  - {slug: d, name: Puerta, stage: after, channel: web, medium: digital, area: sales, events: [D]}
  - {slug: e, name: Ayuda, stage: during, channel: web, medium: digital, area: sales, events: [E]}
`

// parsed returns the model with a journey of the script, or why it is refused.
func parsed(script string) (*model.Model, error) {
	return model.Parse([]byte(bookstore + `
journeys:
  - slug: order
    name: Pedido
    case: {key: order_id}
    end: [D]
    ` + strings.TrimRight(strings.ReplaceAll(script, "\n", "\n    "), " ")))
}

// bookstoreOf makes runs of the bookstore.
func bookstoreOf(t rapid.TB, runs ...told) *lived {
	t.Helper()
	x := walked(t, "", runs...)
	m, err := parsed("script: []\n")
	if err != nil {
		t.Fatal(err)
	}
	x.model, x.journey = m, m.Journeys[0]
	return x
}

func TestLearnsTheScriptOfWhatMostLive(t *testing.T) {
	t.Parallel()
	var runs []told
	for range 12 {
		runs = append(runs, "a.A@0+ b.B@10 c.C@20 d.D@130+", "a.A@0+ b.Failed@5! b.B@10 d.D@130+")
	}
	runs = append(runs, "e.E@0 d.D@1 a.A@2")
	x := bookstoreOf(t, runs...)
	got, err := x.learn(.9)
	must(t, err)
	want := `script:
  - {slug: a, touchpoint: a, events: [A], within: 10m, valence: 1.5}
  - {slug: failed, name: 'Pago: Failed', touchpoint: b, events: [Failed], within: 5m, valence: -1.5, optional: true}
  - {slug: b, name: 'Pago: B', touchpoint: b, events: [B], within: 2h}
  - {slug: c, touchpoint: c, events: [C], stage: during, within: 2h, optional: true}
  - {slug: d, touchpoint: d, events: [D], valence: 1.5}
`
	if got.YAML != want {
		t.Errorf("script\n%s\nwant\n%s", got.YAML, want)
	}
	if got.Runs.K != 24 || got.Runs.N != 25 || got.Ways != 2 {
		t.Errorf("%+v of the runs, %d ways", got.Runs, got.Ways)
	}
	if _, err := bookstoreOf(t).learn(.8); cx.KindOf(err) != cx.Conflict {
		t.Errorf("of nothing %v", err)
	}
}

// Whatever was lived, the script is one that a model may have, and it allows the
// ways that it was learned from.
func TestWhatIsLearnedIsAScript(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a.A", "b.B", "b.Failed", "c.C", "d.D", "e.E", "gone.X"})
		var runs []told
		for range rapid.IntRange(1, 10).Draw(t, "runs") {
			words := []string{"a.A@0"}
			for i := range rapid.IntRange(0, 8).Draw(t, "events") {
				words = append(words, fmt.Sprintf("%s@%d", word.Draw(t, "event"), i))
			}
			runs = append(runs, told(strings.Join(words, " ")))
		}
		x := bookstoreOf(t, runs...)
		coverage := rapid.Float64Range(.01, 1).Draw(t, "coverage")
		got, err := x.learn(coverage)
		if err != nil {
			t.Fatal(err)
		}
		if got.Runs.Value() < coverage-1e-9 {
			t.Fatalf("it allows %+v of %v:\n%s", got.Runs, runs, got.YAML)
		}
		m, err := parsed(got.YAML)
		if err != nil {
			t.Fatalf("%v of\n%s", err, got.YAML)
		}
		if back, written := slugsOf(m.Journeys[0].Steps()), slugsOf((model.Journey{Script: got.Script}).Steps()); !slices.Equal(back, written) {
			t.Fatalf("read back as %v, written as %v", back, written)
		}
	})
}

func TestMinesAndAlignsOnRequest(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(3)
	h.append(t, facts.Batch(1, 400))
	ctx := t.Context()
	m, err := h.Model(ctx, everybody, "wide", ModelQuery{})
	must(t, err)
	if m.Fitness.Value != 1 || m.Fitting.K != m.Fitting.N || m.Fitting.N == 0 || len(m.Fired) != len(m.Net.Transitions) || m.Notation == "" {
		t.Errorf("%+v", m)
	}
	events := 0
	for _, n := range m.Counts {
		events += n
	}
	fired := 0
	for _, n := range m.Fired {
		fired += max(n, 0)
	}
	if events == 0 || fired != events {
		t.Errorf("%d moves of %d events", fired, events)
	}
	if _, err := h.Model(ctx, everybody, "wide", ModelQuery{Noise: 2}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a noise of 2: %v", err)
	}
	list, err := h.Alignments(ctx, everybody, "wide", AlignmentsQuery{Limit: 3})
	must(t, err)
	if len(list) != 3 || list[0].Cases < list[1].Cases || !slices.ContainsFunc(list, func(a VariantAlignment) bool { return len(a.Moves) > 0 }) {
		t.Errorf("%+v", list)
	}
	learned, err := h.Learn(ctx, everybody, "wide", LearnQuery{})
	must(t, err)
	if len(learned.Script) == 0 || learned.Runs.Value() < .8 {
		t.Errorf("%+v", learned)
	}
	if _, err := h.Learn(ctx, everybody, "wide", LearnQuery{Coverage: 80}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a coverage of 80: %v", err)
	}
	if brief(7*time.Minute) != 10*time.Minute || brief(100*time.Hour) != 5*24*time.Hour || brief(-time.Hour) != 5*time.Minute {
		t.Error("times are not brief")
	}
}

func slugsOf(steps []model.Step) (out []string) {
	for _, s := range steps {
		out = append(out, s.Slug)
	}
	return out
}
