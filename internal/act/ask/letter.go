package ask

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// phrases are what an invitation says, by language and purpose; those of Spanish
// to usted and vos where they differ.
type phrases struct {
	Hello, HelloName, Subject, Preview, Button string
	Transactional, Relationship, Expectation   string
}

var invitations = map[string]phrases{
	"es": {
		Hello: "Hola:", HelloName: "Hola, {name}:", Subject: "{company}: ¿nos cuentas cómo fue?", Preview: "Te llevará un minuto.", Button: "Responder",
		Transactional: "Queremos saber cómo lo viviste. Te llevará un minuto.", Relationship: "Queremos saber qué piensas de nosotros. Te llevará un minuto.",
		Expectation: "Antes de que ocurra, queremos saber qué esperas. Te llevará un minuto.",
	},
	"es-usted": {
		Hello: "Hola:", HelloName: "Hola, {name}:", Subject: "{company}: ¿nos cuenta cómo fue?", Preview: "Le llevará un minuto.", Button: "Responder",
		Transactional: "Queremos saber cómo lo vivió. Le llevará un minuto.", Relationship: "Queremos saber qué piensa de nosotros. Le llevará un minuto.",
		Expectation: "Antes de que ocurra, queremos saber qué espera. Le llevará un minuto.",
	},
	"es-vos": {
		Hello: "Hola:", HelloName: "Hola, {name}:", Subject: "{company}: ¿nos contás cómo fue?", Preview: "Te llevará un minuto.", Button: "Responder",
		Transactional: "Queremos saber cómo lo viviste. Te llevará un minuto.", Relationship: "Queremos saber qué pensás de nosotros. Te llevará un minuto.",
		Expectation: "Antes de que ocurra, queremos saber qué esperás. Te llevará un minuto.",
	},
	"en": {
		Hello: "Hello,", HelloName: "Hello {name},", Subject: "{company}: how was it?", Preview: "It takes a minute.", Button: "Answer",
		Transactional: "We would like to know how it went for you. It takes a minute.", Relationship: "We would like to know what you think of us. It takes a minute.",
		Expectation: "Before it happens, we would like to know what you expect. It takes a minute.",
	},
	"pt": {
		Hello: "Olá,", HelloName: "Olá, {name},", Subject: "{company}: como foi?", Preview: "Leva um minuto.", Button: "Responder",
		Transactional: "Queremos saber como foi para você. Leva um minuto.", Relationship: "Queremos saber o que você pensa de nós. Leva um minuto.",
		Expectation: "Antes que aconteça, queremos saber o que você espera. Leva um minuto.",
	},
}

// mostOptions is up to how many points a question is asked inside the mail.
const mostOptions = 11

// letterOf writes the invitation: in the form's language, with the first
// question inside the mail when it is a scale and the first page asks it first.
// The options lead to the survey with the answer filled in; nothing is kept
// until the customer sends it there, since programs open links too.
func letterOf(m *model.Model, c *candidate, form survey.Form, link string) deliver.Letter {
	lang, _, _ := strings.Cut(form.Language, "-")
	key := lang
	if lang == "es" && m.Company.Address != model.Tu {
		key += "-" + string(m.Company.Address)
	}
	p, ok := invitations[key]
	if !ok {
		p = invitations["es"]
	}
	say := func(text, name string) string {
		return strings.NewReplacer("{company}", m.Company.Name, "{name}", name).Replace(text)
	}
	l := deliver.Letter{
		Language: form.Language, Address: string(m.Company.Address), Company: m.Company.Name,
		Subject: say(p.Subject, ""), Preview: p.Preview, Greeting: p.Hello, Text: p.Transactional, Button: p.Button, Link: link,
	}
	if name := firstName(c); name != "" {
		l.Greeting = say(p.HelloName, name)
	}
	switch c.survey.Purpose {
	case model.Relationship:
		l.Text = p.Relationship
	case model.Expectation:
		l.Text = p.Expectation
	}
	if len(form.Questions) > 0 {
		q := form.Questions[0]
		l.Question = q.Text
		if n := len(q.Scale); n > 0 && n <= mostOptions && len(q.Rows) == 0 {
			l.Low, l.High = q.Low, q.High
			for _, point := range q.Scale {
				text := strconv.Itoa(point)
				l.Options = append(l.Options, deliver.Option{Text: text, Link: link + "?" + url.Values{"a": {q.ID + ":" + text}}.Encode()})
			}
		}
	}
	return l
}

func firstName(c *candidate) string {
	for _, name := range []string{"first_name", "firstName"} {
		if text := survey.PlainName(trait(&c.customer, name)); text != "" {
			return text
		}
	}
	return ""
}
