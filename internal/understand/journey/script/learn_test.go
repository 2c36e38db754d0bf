package script

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog/eventlogtest"
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

// learned is what is learned of runs of the bookstore.
func learned(t rapid.TB, coverage float64, runs ...string) (Learned, error) {
	t.Helper()
	m, err := parsed("script: []\n")
	if err != nil {
		t.Fatal(err)
	}
	return Learn(eventlogtest.Told(t, runs...), m, m.Journeys[0].End, coverage)
}

func TestLearnsTheScriptOfWhatMostLive(t *testing.T) {
	t.Parallel()
	var runs []string
	for range 12 {
		runs = append(runs, "a.A@0+ b.B@10 c.C@20 d.D@130+", "a.A@0+ b.Failed@5! b.B@10 d.D@130+")
	}
	runs = append(runs, "e.E@0 d.D@1 a.A@2")
	got, err := learned(t, .9, runs...)
	if err != nil {
		t.Fatal(err)
	}
	want := `script:
  - {slug: a, touchpoint: a, events: [A], within: 10m, valence: 1.5}
  - {slug: failed, name: 'Pago: Failed', touchpoint: b, events: [Failed], within: 5m, valence: -1.5, optional: true}
  - {slug: b, name: 'Pago: B', touchpoint: b, events: [B], within: 2h}
  - {slug: c, touchpoint: c, events: [C], stage: during, within: 2h, optional: true}
  - {slug: d, touchpoint: d, events: [D], valence: 1.5}
`
	if yaml := model.ScriptYAML(got.Nodes); yaml != want {
		t.Errorf("script\n%s\nwant\n%s", yaml, want)
	}
	if got.Allowed != 24 || got.Runs != 25 || got.Ways != 2 {
		t.Errorf("%d of %d runs, %d ways", got.Allowed, got.Runs, got.Ways)
	}
	if _, err := learned(t, .8); cx.KindOf(err) != cx.Conflict {
		t.Errorf("of nothing %v", err)
	}
}

// Whatever was lived, the script is one that a model may have, and it allows the
// ways that it was learned from.
func TestWhatIsLearnedIsAScript(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a.A", "b.B", "b.Failed", "c.C", "d.D", "e.E", "gone.X"})
		var runs []string
		for range rapid.IntRange(1, 10).Draw(t, "runs") {
			words := []string{"a.A@0"}
			for i := range rapid.IntRange(0, 8).Draw(t, "events") {
				words = append(words, fmt.Sprintf("%s@%d", word.Draw(t, "event"), i))
			}
			runs = append(runs, strings.Join(words, " "))
		}
		coverage := rapid.Float64Range(.01, 1).Draw(t, "coverage")
		got, err := learned(t, coverage, runs...)
		if err != nil {
			t.Fatal(err)
		}
		yaml := model.ScriptYAML(got.Nodes)
		if float64(got.Allowed) < (coverage-1e-9)*float64(got.Runs) {
			t.Fatalf("it allows %d of %v:\n%s", got.Allowed, runs, yaml)
		}
		m, err := parsed(yaml)
		if err != nil {
			t.Fatalf("%v of\n%s", err, yaml)
		}
		if back, written := slugsOf(m.Journeys[0].Steps()), slugsOf((model.Journey{Script: got.Nodes}).Steps()); !slices.Equal(back, written) {
			t.Fatalf("read back as %v, written as %v", back, written)
		}
	})
}

func TestTimesAreBrief(t *testing.T) {
	t.Parallel()
	for long, want := range map[time.Duration]time.Duration{7 * time.Minute: 10 * time.Minute, 100 * time.Hour: 5 * 24 * time.Hour, -time.Hour: 5 * time.Minute} {
		if got := brief(long); got != want {
			t.Errorf("%v is said as %v, want %v", long, got, want)
		}
	}
}

func slugsOf(steps []model.Step) (out []string) {
	for _, s := range steps {
		out = append(out, s.Slug)
	}
	return out
}
