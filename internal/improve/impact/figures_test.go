package impact

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The words and the table say the figures that the evaluation holds.
func TestInWords(t *testing.T) {
	t.Parallel()
	p := comeBack(600)
	e := Evaluation{
		Verdict: Worked, Why: Proven, At: began,
		Effect: &Effect{Arm: Treated, Value: .0812, Low: .0301, High: .1323, P: .001, N: 611, Control: 598},
		Money:  &Money{Currency: "EUR", Net: 123456, Low: -5000, High: 250000, N: 1209},
		Arms:   []ArmSum{{Arm: Control, Mean: .2, Low: .18, High: .22, Known: 598}},
		Series: []Look{{At: cx.Time(1), N: 100, Value: .1, Low: -.1, High: .3}},
	}
	e.Effects = []Effect{*e.Effect}
	said := e.inWords(&p, 2)
	for lang, want := range map[string][]string{
		said.ES: {"Funcionó.", "+8,12 puntos (de +3,01 puntos a +13,23 puntos)", "611", "598", "+1234,56 EUR (de −50,00 EUR a +2500,00 EUR)"},
		said.EN: {"It worked.", "+8.12 points", "+1234.56 EUR"},
		said.PT: {"Funcionou.", "+8,12 pontos"},
	} {
		for _, text := range want {
			if !strings.Contains(lang, text) {
				t.Errorf("%q does not say %q", lang, text)
			}
		}
	}
	whats := []string{}
	for _, f := range e.Figures() {
		whats = append(whats, f.What)
	}
	if got := strings.Join(whats, " "); got != "verdict effect arm money look" {
		t.Errorf("%q", got)
	}
	// Every reason is told in every language.
	for _, why := range []Why{Proven, Harmful, TooSmall, NotShown, Breached, TooEarly, TooFew, EmptyArm, Uneven, Attrition, Missing, NoComparison, PoorFit, Mixed} {
		e := Evaluation{Why: why}
		said := e.inWords(&p, 2)
		if said.ES == "" || said.EN == "" || said.PT == "" {
			t.Errorf("%s is not told: %+v", why, said)
		}
	}
	for unit, m := range map[Unit]Metric{Points: {Kind: Kept}, Scale: {Kind: Valence}, Minor: {Kind: Revenue}} {
		if m.Unit(Random) != unit {
			t.Errorf("%s is in %s", m.Kind, m.Unit(Random))
		}
	}
	if nps := (Metric{Kind: Score, Of: "nps"}); nps.Unit(Random) != Points || nps.Times(Random) != 1 {
		t.Error("the recommendation score is in points already")
	}
}
