package notify

import (
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// phrase is a sentence with places, {name}, in the languages of the product.
type phrase model.Text

// In returns the phrase in a language.
func (p phrase) In(lang string) string { return model.Text(p).In(lang) }

// with fills places in: a name and what stands there, in turn.
func (p phrase) with(pairs ...any) model.Text {
	out := model.Text(p)
	for i := 0; i+1 < len(pairs); i += 2 {
		place := "{" + pairs[i].(string) + "}"
		in, ok := pairs[i+1].(model.Text)
		if !ok {
			text := pairs[i+1].(string)
			in = model.Text{ES: text, EN: text, PT: text}
		}
		out.ES = strings.ReplaceAll(out.ES, place, in.In("es"))
		out.EN = strings.ReplaceAll(out.EN, place, in.In("en"))
		out.PT = strings.ReplaceAll(out.PT, place, in.In("pt"))
	}
	return out
}

// decimal writes a figure with one decimal, as each language does.
func decimal(v float64) model.Text {
	point := strconv.FormatFloat(v, 'f', 1, 64)
	comma := strings.Replace(point, ".", ",", 1)
	return model.Text{ES: comma, EN: point, PT: comma}
}

// words are what is said to people, whatever page or mail they read it on.
var words = struct {
	see, gone, goneMore, burns, burnsMore, spreads, spreadsMore, escalated, escalatedMore,
	morning, calm, promises, cases, best, worst, mend phrase
}{
	see:      phrase{"Verlo en Vivencia", "See it in Vivencia", "Ver no Vivencia"},
	gone:     phrase{"El webhook {webhook} no quiere más y está apagado", "The webhook {webhook} wants no more and is off", "O webhook {webhook} não quer mais e está desligado"},
	goneMore: phrase{"Respondió 410. Lo que esperaba se guarda 30 días y se puede volver a enviar.", "It answered 410. What waited is kept for 30 days and can be sent again.", "Respondeu 410. O que esperava fica guardado por 30 dias e pode ser reenviado."},
	burns: phrase{
		"«{promise}» se está rompiendo: {broken} de {n} en {hours}", "“{promise}” is being broken: {broken} of {n} in {hours}", "“{promise}” está sendo quebrada: {broken} de {n} em {hours}",
	},
	burnsMore: phrase{
		"Gasta el margen de fallos {rate} veces más deprisa de lo previsto.", "It uses up the error budget {rate} times faster than planned.", "Gasta a margem de falhas {rate} vezes mais rápido que o previsto.",
	},
	spreads: phrase{
		"Se extiende una queja: {topic}", "A complaint spreads: {topic}", "Uma reclamação se espalha: {topic}",
	},
	spreadsMore: phrase{
		"{n} textos negativos desde las {since}; lo normal en ese tiempo son {usual}.", "{n} negative texts since {since}; usual in that time are {usual}.", "{n} textos negativos desde as {since}; o normal nesse tempo são {usual}.",
	},
	escalated:     phrase{"Un caso necesita a tu área", "A case needs your area", "Um caso precisa da sua área"},
	escalatedMore: phrase{"Se ha escalado: lleva demasiado tiempo sin resolverse.", "It was escalated: it has been open for too long.", "Foi escalado: está há tempo demais sem solução."},
	morning:       phrase{"Ayer: {what}", "Yesterday: {what}", "Ontem: {what}"},
	calm:          phrase{"sin promesas rotas ni casos tarde", "no broken promises, no late cases", "sem promessas quebradas nem casos atrasados"},
	promises:      phrase{"{broken} de {n} promesas rotas", "{broken} of {n} promises broken", "{broken} de {n} promessas quebradas"},
	cases:         phrase{"{open} casos abiertos, {late} tarde", "{open} open cases, {late} late", "{open} casos abertos, {late} atrasados"},
	best:          phrase{"Lo mejor que nos dijeron: «{words}»", "The best we were told: “{words}”", "O melhor que nos disseram: “{words}”"},
	worst:         phrase{"Lo peor: «{words}»", "The worst: “{words}”", "O pior: “{words}”"},
	mend:          phrase{"Algo que arreglar hoy: {what}", "One thing to mend today: {what}", "Algo para consertar hoje: {what}"},
}
