package dialogue

import "github.com/vivencia-cx/vivencia/internal/model"

// words are what a mail of a conversation says around the message.
type words struct{ Hello, HelloName, Subject, Choose, Case string }

var letters = map[string]words{
	"es":       {"Hola:", "Hola, {name}:", "{company} te escribe", "Elegir", "Ver y responder"},
	"es-usted": {"Hola:", "Hola, {name}:", "{company} le escribe", "Elegir", "Ver y responder"},
	"es-vos":   {"Hola:", "Hola, {name}:", "{company} te escribe", "Elegir", "Ver y responder"},
	"en":       {"Hello,", "Hello {name},", "{company} writes to you", "Choose", "See and answer"},
	"pt":       {"Olá,", "Olá, {name},", "{company} escreve para você", "Escolher", "Ver e responder"},
}

func wordsOf(lang string, address model.Address) words {
	if lang == "es" && address != model.Tu {
		lang += "-" + string(address)
	}
	if w, ok := letters[lang]; ok {
		return w
	}
	return letters["es"]
}
