package reason

import (
	"slices"
	"strings"
	"unicode"
)

// persons are the words by which properties name people of the company or its
// suppliers.
var persons = strings.Fields(`
	employee employees staff agent agents clerk cashier seller salesperson associate rep representative advisor adviser consultant
	operator driver rider waiter waitress technician teacher doctor nurse manager supervisor worker person
	empleado empleada empleados cajero cajera vendedor vendedora dependiente dependienta agente agentes asesor asesora operador operadora conductor conductora
	repartidor repartidora camarero camarera tecnico tecnica técnico técnica encargado encargada gestor gestora persona responsable
	funcionario funcionária funcionário atendente motorista estafeta garçom colaborador colaboradora pessoa gerente`)

// means are words of properties that tell of rosters, tools and training, which are
// reasons, although they name people too.
var means = strings.Fields(`count number size total roster rota shift shifts training tool tools turno turnos plantilla formacion formación formação herramienta ferramenta`)

// by end properties that say who did something: "served_by", "atendido_por".
var by = []string{"by", "por"}

// opinions are words of properties by which customers say what they think: they
// are what is to be explained, and explain nothing.
var opinions = strings.Fields(`
	rating ratings stars score scores nps csat ces sentiment emotion tone satisfaction mood feeling feedback opinion verdict recommend
	puntuacion puntuación valoracion valoración estrellas nota satisfaccion satisfacción tono sentimiento emocion emoción opinión
	avaliacao avaliação estrelas satisfacao satisfação tom sentimento emocao emoção opiniao opinião`)

// Personal tells whether a property names a person of the company: such a one is
// never a reason. A word of it is one for people ("agent_id", "cashierName",
// "vendedor"), or it says by whom something was done ("served_by").
func Personal(property string) bool {
	words := wordsOf(property)
	if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(means, w) }) {
		return false
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(persons, w) }) ||
		len(words) > 1 && slices.Contains(by, words[len(words)-1])
}

// opinion tells whether a property says what a customer thinks.
func opinion(property string) bool {
	return slices.ContainsFunc(wordsOf(property), func(w string) bool { return slices.Contains(opinions, w) })
}

// wordsOf splits a property's name at signs and capitals: "cashierName" is cashier
// and name.
func wordsOf(property string) (words []string) {
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	small := false
	for _, r := range property {
		switch {
		case !unicode.IsLetter(r):
			end()
			small = false
			continue
		case unicode.IsUpper(r) && small:
			end()
		}
		small = unicode.IsLower(r)
		word.WriteRune(unicode.ToLower(r))
	}
	end()
	return words
}
