package model

// Text is what people read, in the languages of the product. A text written as
// one string stands for all of them.
type Text struct{ ES, EN, PT string }

// In returns the text in a language ("es", "es-419", "en", "pt"), else in the
// first language that has one.
func (t Text) In(lang string) string {
	var first string
	if len(lang) >= 2 {
		switch lang[:2] {
		case "es":
			first = t.ES
		case "en":
			first = t.EN
		case "pt":
			first = t.PT
		}
	}
	for _, s := range []string{first, t.ES, t.EN, t.PT} {
		if s != "" {
			return s
		}
	}
	return ""
}
