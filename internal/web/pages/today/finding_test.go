package today

import (
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func TestFinding(t *testing.T) {
	t.Parallel()
	bundle, err := i18n.New(messages, ui.Messages)
	if err != nil {
		t.Fatal(err)
	}
	ind := func(m outcome.Metric, v outcome.Verdict) outcome.Indicator {
		return outcome.Indicator{Metric: m, Change: outcome.Change{Verdict: v}}
	}
	felt := func(value, half float64, n int) outcome.Touchpoint {
		return outcome.Touchpoint{Slug: "till", Feeling: outcome.Estimate{Value: value, Low: value - half, High: value + half, N: n}}
	}
	better := felt(-1.2, .2, 50)
	better.Clear, better.Change.Delta = true, .4
	for _, c := range []struct {
		name       string
		pulse      outcome.Pulse
		es, en, pt string
	}{
		{"nothing known", outcome.Pulse{}, "Aún no se sabe cómo se está viviendo", "It is not known yet how it is being lived", "Ainda não se sabe como está a ser vivido"},
		{
			"one better, one hurts",
			outcome.Pulse{Indicators: []outcome.Indicator{ind(outcome.NPS, outcome.Better)}, Touchpoints: []outcome.Touchpoint{felt(-1.2, .2, 50)}},
			"Mejora la recomendación; lo que más duele es «till»", "Better: recommendation; what hurts most is “till”", "Melhora a recomendação; o que mais dói é «till»",
		},
		{
			"two better, what hurts improves",
			outcome.Pulse{Indicators: []outcome.Indicator{ind(outcome.NPS, outcome.Better), ind(outcome.CES, outcome.Better)}, Touchpoints: []outcome.Touchpoint{better}},
			"Mejoran la recomendación y la facilidad; lo que más duele es «till», aunque mejora", "Better: recommendation and ease; what hurts most is “till”, though it improves", "Melhoram a recomendação e a facilidade; o que mais dói é «till», embora melhore",
		},
		{
			"both ways, nothing surely hurts",
			outcome.Pulse{Indicators: []outcome.Indicator{ind(outcome.NPS, outcome.Better), ind(outcome.CSAT, outcome.Worse)}, Touchpoints: []outcome.Touchpoint{felt(-.3, .5, 50)}},
			"Mejora: la recomendación; empeora: la satisfacción; ningún punto de contacto duele con claridad", "Better: recommendation; worse: satisfaction; no touchpoint clearly hurts", "Melhora: a recomendação; piora: a satisfação; nenhum ponto de contacto dói claramente",
		},
		{
			"no clear change, too few lived it",
			outcome.Pulse{Indicators: []outcome.Indicator{ind(outcome.NPS, outcome.NoClearChange)}, Touchpoints: []outcome.Touchpoint{felt(-2, 0, 3)}},
			"Sin cambio claro en lo que responden", "No clear change in what they answer", "Sem mudança clara no que respondem",
		},
		{
			"a neutral one does not hurt",
			outcome.Pulse{Indicators: []outcome.Indicator{ind(outcome.NPS, outcome.NoComparison)}, Touchpoints: []outcome.Touchpoint{felt(-.1, .05, 500)}},
			"Aún no hay con qué comparar lo que responden; ningún punto de contacto duele con claridad", "Nothing yet to compare the answers with; no touchpoint clearly hurts", "Ainda não há com que comparar o que respondem; nenhum ponto de contacto dói claramente",
		},
		{"nobody answers", outcome.Pulse{Touchpoints: []outcome.Touchpoint{felt(-1, .2, 20)}}, "Lo que más duele es «till»", "What hurts most is “till”", "O que mais dói é «till»"},
	} {
		for lang, want := range map[string]string{"es": c.es, "en": c.en, "pt": c.pt} {
			r := reader{l: bundle.Locale(lang, time.UTC, cxtest.NewClock()), m: model.Empty()}
			if got := r.finding(c.pulse); got != want {
				t.Errorf("%s: %q, want %q", c.name, got, want)
			}
		}
	}
}

func TestCertainty(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		e    outcome.Estimate
		want certainty
	}{
		{outcome.Estimate{Value: -1, Low: -1.2, High: -.8, N: 40}, sure},
		{outcome.Estimate{Value: -1, Low: -2, High: .1, N: 12}, likely},
		{outcome.Estimate{Value: -2, Low: -2, High: -2, N: 3}, unknown},
		{outcome.Estimate{Value: 0, Low: -.1, High: .1, N: 400}, sure},
		{outcome.Estimate{}, unknown},
	} {
		if got := ofFeeling(c.e); got != c.want {
			t.Errorf("%+v is %s, want %s", c.e, got, c.want)
		}
	}
	for _, c := range []struct {
		c    outcome.Change
		want certainty
	}{
		{outcome.Change{P: .01, Verdict: outcome.Worse}, sure},
		{outcome.Change{P: .1, Verdict: outcome.NoClearChange}, likely},
		{outcome.Change{P: .6, Verdict: outcome.NoClearChange}, unknown},
		{outcome.Change{P: 1, Verdict: outcome.NoComparison}, unknown},
	} {
		if got := ofChange(c.c); got != c.want {
			t.Errorf("%+v is %s, want %s", c.c, got, c.want)
		}
	}
}
