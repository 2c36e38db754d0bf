package survey

import (
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// words are what the package itself says to customers; in forms that address
// nobody, so that they fit tú, usted and vos.
type words struct {
	missing, choose, number, least, most, date, long, places, rows, together, other string
	ends                                                                            map[string][2]string // of a scale, by type
	five                                                                            map[string][]string  // of each point of a scale of five, by type
}

// spoken returns the words of a language.
func spoken(lang string) words {
	switch lang {
	case "en":
		return words{
			missing: "This answer is needed to go on.", choose: "Choose one of the answers shown.",
			number: "Write a number, such as 12 or 3.5.", least: "The least is %s.", most: "The most is %s.",
			date: "Choose a day, such as 22/11/2026.", long: "The text has %s characters and %s is the most: please shorten it.",
			places: "Give each one its own place, from 1 to %s.", rows: "A line without an answer is left.",
			together: "The answers of this page are too long together: please shorten the longest.", other: "Write what it is.",
			ends: map[string][2]string{
				model.NPS: {"Not at all likely", "Very likely"}, model.CSAT: {"Very bad", "Very good"},
				model.CES: {"Very difficult", "Very easy"}, model.Rating: {"Very bad", "Very good"},
			},
			five: five([]string{"Very bad", "Bad", "So-so", "Good", "Very good"}, []string{"Very difficult", "Difficult", "So-so", "Easy", "Very easy"}),
		}
	case "pt":
		return words{
			missing: "Esta resposta é necessária para continuar.", choose: "É preciso escolher uma das respostas mostradas.",
			number: "Aqui cabe um número, como 12 ou 3,5.", least: "O mínimo é %s.", most: "O máximo é %s.",
			date: "Aqui cabe um dia, como 22/11/2026.", long: "O texto tem %s caracteres e cabem %s: é preciso encurtá-lo.",
			places: "Cada um precisa do seu lugar, de 1 a %s.", rows: "Falta a resposta de uma linha.",
			together: "As respostas desta página são demasiado longas juntas: é preciso encurtar a mais longa.", other: "Falta escrever qual.",
			ends: map[string][2]string{
				model.NPS: {"Nada provável", "Muito provável"}, model.CSAT: {"Muito mal", "Muito bem"},
				model.CES: {"Muito difícil", "Muito fácil"}, model.Rating: {"Muito mal", "Muito bem"},
			},
			five: five([]string{"Muito mal", "Mal", "Mais ou menos", "Bem", "Muito bem"}, []string{"Muito difícil", "Difícil", "Mais ou menos", "Fácil", "Muito fácil"}),
		}
	}
	return words{
		missing: "Hace falta esta respuesta para seguir.", choose: "Hay que elegir una de las respuestas que se muestran.",
		number: "Aquí va un número, como 12 o 3,5.", least: "Lo menos es %s.", most: "Lo más es %s.",
		date: "Aquí va un día, como 22/11/2026.", long: "El texto tiene %s caracteres y caben %s: hay que acortarlo.",
		places: "Cada uno necesita su propio puesto, del 1 al %s.", rows: "Falta la respuesta de una línea.",
		together: "Las respuestas de esta página son demasiado largas juntas: hay que acortar la más larga.", other: "Falta escribir cuál.",
		ends: map[string][2]string{
			model.NPS: {"Nada probable", "Muy probable"}, model.CSAT: {"Muy mal", "Muy bien"},
			model.CES: {"Muy difícil", "Muy fácil"}, model.Rating: {"Muy mal", "Muy bien"},
		},
		five: five([]string{"Muy mal", "Mal", "Más o menos", "Bien", "Muy bien"}, []string{"Muy difícil", "Difícil", "Más o menos", "Fácil", "Muy fácil"}),
	}
}

func five(good, easy []string) map[string][]string {
	return map[string][]string{model.CSAT: good, model.Rating: good, model.CES: easy}
}

// say puts numbers into words.
func say(text string, values ...string) string {
	for _, v := range values {
		text = strings.Replace(text, "%s", v, 1)
	}
	return text
}

func itoa(n int) string { return strconv.Itoa(n) }
