package impact

import (
	"fmt"
	"math"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Figure is one figure of an evaluation, a line of its table.
type Figure struct {
	What  string  // verdict, effect, arm, money, guardrail, group, others, look, weight
	Of    string  // the arm, metric, group, unit or reason
	At    cx.Time // of a look
	Value float64
	Low   float64
	High  float64
	N     int
	P     *float64
}

// Figures are all of its figures, the same as everywhere, to be taken away.
func (e *Evaluation) Figures() (out []Figure) {
	out = append(out, Figure{What: "verdict", Of: string(e.Verdict) + ": " + string(e.Why), At: e.At})
	effect := func(what, of string, x Effect) {
		out = append(out, Figure{What: what, Of: of, Value: x.Value, Low: x.Low, High: x.High, N: x.N + x.Control, P: &x.P})
	}
	for _, x := range e.Effects {
		effect("effect", x.Arm, x)
	}
	for _, a := range e.Arms {
		out = append(out, Figure{What: "arm", Of: a.Arm, Value: a.Mean, Low: a.Low, High: a.High, N: a.Known})
	}
	if m := e.Money; m != nil {
		out = append(out, Figure{What: "money", Of: m.Currency, Value: float64(m.Net), Low: float64(m.Low), High: float64(m.High), N: m.N})
	}
	for _, g := range e.Guardrails {
		if g.Effect != nil {
			effect("guardrail", g.Metric.Name(), *g.Effect)
		}
	}
	for _, g := range e.ForWhom {
		effect("group", g.By+" "+g.Key, g.Within)
		effect("others", g.By+" "+g.Key, g.Others)
	}
	for _, w := range e.Weights {
		out = append(out, Figure{What: "weight", Of: w.Unit, Value: w.Weight, Low: w.Weight, High: w.Weight})
	}
	for _, l := range e.Series {
		out = append(out, Figure{What: "look", At: l.At, Value: l.Value, Low: l.Low, High: l.High, N: l.N})
	}
	return out
}

// Unit is what a metric is measured in.
type Unit string

// The units of metrics.
const (
	Points  Unit = "points"  // of a hundred: shares, and the recommendation score
	Scale   Unit = "scale"   // of the question's scale, or of −2 to +2
	Minor   Unit = "money"   // minor units of the company's currency
	Counted Unit = "counted" // events of a shop in a period
)

// Unit tells what the metric is measured in, under a design.
func (m Metric) Unit(design Kind) Unit {
	switch m.Kind {
	case Revenue:
		return Minor
	case Event:
		if design != Random {
			return Counted
		}
		return Points
	case Return, Kept:
		return Points
	case Score:
		if m.Of == "nps" {
			return Points
		}
	}
	return Scale
}

// Times is by how much a value of the metric is multiplied to be of its unit: a share
// is told in points of a hundred.
func (m Metric) Times(design Kind) float64 {
	if m.Kind != Score && m.Unit(design) == Points {
		return 100
	}
	return 1
}

// words are how a verdict is told.
type words struct {
	verdict       map[Why]string
	effect, money string
	units         map[Unit]string
	decimal       string
}

// saying is how each language tells a verdict.
func saying() map[string]words {
	return map[string]words{
		"es": {
			map[Why]string{
				Proven: "Funcionó.", Harmful: "No funcionó: empeoró.", TooSmall: "No funcionó: el cambio es menor que el que valdría la pena.",
				NotShown: "No funcionó: con los clientes previstos no se nota un cambio.", Breached: "Se paró sola: hacía daño a lo que no podía empeorar.",
				TooEarly: "Aún no se sabe: faltan clientes o días.", TooFew: "No se puede saber: son muy pocos para compararlos.",
				EmptyArm: "No se puede saber: en uno de los grupos no hay nadie.", Uneven: "No se puede saber: los grupos no salieron como se sortearon.",
				Attrition: "No se puede saber: en un grupo faltan más respuestas que en el otro.", Missing: "No se puede saber: falta el dato de la mayoría.",
				NoComparison: "No se puede saber: antes y después cambiaron también otras cosas.", PoorFit: "No se puede saber: ya antes iban de otra manera.",
				Mixed: "No se puede saber: la mayor parte del dinero está en otras monedas.",
			},
			"Cambio: %s (de %s a %s), con %s clientes o tiendas con la mejora y %s sin ella.", "Dinero, descontado lo que cuesta: %s (de %s a %s).",
			map[Unit]string{Points: " puntos"},
			",",
		},
		"en": {
			map[Why]string{
				Proven: "It worked.", Harmful: "It did not work: it made things worse.", TooSmall: "It did not work: the change is smaller than what would be worth it.",
				NotShown: "It did not work: with as many customers as were planned no change shows.", Breached: "It stopped by itself: it harmed what may not get worse.",
				TooEarly: "Nobody can tell yet: customers or days are missing.", TooFew: "Nobody can tell: they are too few to compare.",
				EmptyArm: "Nobody can tell: there is nobody in one of the groups.", Uneven: "Nobody can tell: the groups are not as they were drawn.",
				Attrition: "Nobody can tell: more answers are missing in one group than in the other.", Missing: "Nobody can tell: the figure of most is missing.",
				NoComparison: "Nobody can tell: between before and after other things changed too.", PoorFit: "Nobody can tell: they were on another course before.",
				Mixed: "Nobody can tell: most of the money is in other currencies.",
			},
			"Change: %s (%s to %s), with %s customers or shops that had it and %s that did not.", "Money, less what it cost: %s (%s to %s).",
			map[Unit]string{Points: " points"},
			".",
		},
		"pt": {
			map[Why]string{
				Proven: "Funcionou.", Harmful: "Não funcionou: piorou.", TooSmall: "Não funcionou: a mudança é menor do que a que valeria a pena.",
				NotShown: "Não funcionou: com os clientes previstos não se nota mudança.", Breached: "Parou sozinha: fazia mal ao que não podia piorar.",
				TooEarly: "Ainda não se sabe: faltam clientes ou dias.", TooFew: "Não se pode saber: são poucos para comparar.",
				EmptyArm: "Não se pode saber: num dos grupos não há ninguém.", Uneven: "Não se pode saber: os grupos não saíram como foram sorteados.",
				Attrition: "Não se pode saber: num grupo faltam mais respostas do que no outro.", Missing: "Não se pode saber: falta o dado da maioria.",
				NoComparison: "Não se pode saber: entre antes e depois mudaram também outras coisas.", PoorFit: "Não se pode saber: já antes iam de outra maneira.",
				Mixed: "Não se pode saber: a maior parte do dinheiro está em outras moedas.",
			},
			"Mudança: %s (de %s a %s), com %s clientes ou lojas com a melhoria e %s sem ela.", "Dinheiro, descontado o custo: %s (de %s a %s).",
			map[Unit]string{Points: " pontos"},
			",",
		},
	}
}

// inWords says an evaluation in sentences: the verdict, the effect with its interval
// and n, and the money. Digits are of the company's currency.
func (e *Evaluation) inWords(p *Plan, digits int) model.Text {
	all := saying()
	in := func(lang string) string {
		w := all[lang]
		out := []string{w.verdict[e.Why]}
		if x := e.Effect; x != nil && e.trusted() {
			f := func(v float64) string { return e.number(v, p, digits, w) }
			out = append(out, fmt.Sprintf(w.effect, f(x.Value), f(x.Low), f(x.High), fmt.Sprint(x.N), fmt.Sprint(x.Control)))
		}
		if m := e.Money; m != nil {
			f := func(minor int64) string { return amount(float64(minor), digits, w.decimal) + " " + m.Currency }
			out = append(out, fmt.Sprintf(w.money, f(m.Net), f(m.Low), f(m.High)))
		}
		return strings.Join(out, " ")
	}
	return model.Text{ES: in("es"), EN: in("en"), PT: in("pt")}
}

// number writes a value of the metric, with its sign.
func (e *Evaluation) number(v float64, p *Plan, digits int, w words) string {
	unit := p.Metric.Unit(p.Design.Kind)
	if unit == Minor {
		return amount(v, digits, w.decimal)
	}
	text := strings.Replace(fmt.Sprintf("%+.2f", v*p.Metric.Times(p.Design.Kind)), ".", w.decimal, 1)
	return strings.Replace(text, "-", "−", 1) + w.units[unit]
}

// amount writes minor units as an amount of money, with its sign.
func amount(minor float64, digits int, decimal string) string {
	text := fmt.Sprintf("%+.*f", digits, minor/math.Pow10(digits))
	return strings.Replace(strings.Replace(text, ".", decimal, 1), "-", "−", 1)
}
