package model

import (
	"cmp"
	"strings"
)

// Text is what people read, in the languages of the product. A text written as
// one string stands for all of them.
type Text struct{ ES, EN, PT string }

// In returns the text in a language ("es", "es-419", "en", "pt"), else in the
// first language that has one.
func (t Text) In(lang string) string {
	var own string
	switch base, _, _ := strings.Cut(lang, "-"); base {
	case "es":
		own = t.ES
	case "en":
		own = t.EN
	case "pt":
		own = t.PT
	}
	return cmp.Or(own, t.ES, t.EN, t.PT)
}

// Own returns what is written in a language (es, en, pt), and in no other.
func (t Text) Own(lang string) string {
	switch lang {
	case "en":
		return t.EN
	case "pt":
		return t.PT
	}
	return t.ES
}

// String writes the text for a diff: one text when all are the same.
func (t Text) String() string {
	if t.ES == t.EN && t.EN == t.PT {
		return t.ES
	}
	var parts []string
	for _, l := range []struct{ lang, text string }{{"es", t.ES}, {"en", t.EN}, {"pt", t.PT}} {
		if l.text != "" {
			parts = append(parts, l.lang+": "+l.text)
		}
	}
	return strings.Join(parts, " · ")
}

// words reads a required Text: one string, or one for each language.
func (v value) words() Text {
	const hint = "write one text, or {es: …, en: …, pt: …}"
	if v.absent() {
		v.fault("is missing: %s", hint)
		return Text{}
	}
	if _, one := scalar(v.node); one {
		s := v.required(hint)
		return Text{s, s, s}
	}
	f := v.fields("es", "en", "pt")
	t := Text{f["es"].text(), f["en"].text(), f["pt"].text()}
	if t == (Text{}) {
		v.fault("is empty: %s", hint)
	}
	return t
}
