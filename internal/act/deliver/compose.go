package deliver

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

//go:embed letter.html
var files embed.FS

// words are what every mail says at its foot.
var words = map[string]struct{ Foot, Leave, Quiet, Paste string }{
	"es":       {"Te escribe {company}.", "No quiero más encuestas", "No quiero más mensajes", "Si el botón no funciona, copia esta dirección:"},
	"es-usted": {"Le escribe {company}.", "No quiero más encuestas", "No quiero más mensajes", "Si el botón no funciona, copie esta dirección:"},
	"es-vos":   {"Te escribe {company}.", "No quiero más encuestas", "No quiero más mensajes", "Si el botón no funciona, copiá esta dirección:"},
	"en":       {"{company} writes to you.", "No more surveys", "No more messages", "If the button does not work, copy this address:"},
	"pt":       {"{company} escreve para você.", "Não quero mais pesquisas", "Não quero mais mensagens", "Se o botão não funcionar, copie este endereço:"},
}

// page is what the layout sees.
type page struct {
	Letter
	Lang       string
	Paragraphs []string
	Foot       string
	Leave      string // empty with a notice
	LeaveLink  string
	Paste      string
}

func (s *Service) page(m Message) page {
	l := m.Letter
	lang, _, _ := strings.Cut(l.Language, "-")
	key := lang
	if lang == "es" && (l.Address == "usted" || l.Address == "vos") {
		key += "-" + l.Address
	}
	w, ok := words[key]
	if !ok {
		lang, w = "es", words["es"]
	}
	p := page{Letter: l, Lang: lang, Foot: strings.ReplaceAll(w.Foot, "{company}", l.Company), Paste: w.Paste}
	for _, text := range strings.Split(l.Text, "\n\n") {
		if text = strings.TrimSpace(text); text != "" {
			p.Paragraphs = append(p.Paragraphs, text)
		}
	}
	if !m.Class.asked() {
		p.Leave = w.Leave
		if m.Class == Care {
			p.Leave = w.Quiet
		}
		p.LeaveLink = strings.TrimSuffix(s.c.Base, "/") + s.UnsubscribePath(m.ID)
	}
	return p
}

// compose writes a message as a mail: text and HTML that say the same.
func (s *Service) compose(m Message) (*gomail.Msg, error) {
	p := s.page(m)
	html, err := p.html()
	if err != nil {
		return nil, err
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	out.FromMailAddress(s.mail.from)
	if err := out.To(m.To); err != nil {
		return nil, err
	}
	domain := s.mail.from.Address[strings.LastIndexByte(s.mail.from.Address, '@')+1:]
	out.SetMessageIDWithValue(m.ID + "@" + domain)
	out.SetDateWithValue(s.c.Clock.Now().Std())
	out.Subject(oneLine(m.Letter.Subject))
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	if p.LeaveLink != "" { // RFC 2369, RFC 8058
		out.SetGenHeaderPreformatted("List-Unsubscribe", "<"+p.LeaveLink+">")
		out.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	out.SetBodyString(gomail.TypeTextPlain, p.text())
	out.AddAlternativeString(gomail.TypeTextHTML, html)
	return out, nil
}

func (p page) html() (string, error) {
	layout, err := template.ParseFS(files, "letter.html")
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = layout.Execute(&b, p)
	return b.String(), err
}

func (p page) text() string {
	var b strings.Builder
	say := func(parts ...string) {
		if text := strings.Join(parts, ""); text != "" {
			b.WriteString(text + "\n\n")
		}
	}
	say(p.Greeting)
	say(strings.Join(p.Paragraphs, "\n\n"))
	say(p.Question)
	if p.Link != "" {
		say(p.Button, ":\n", p.Link)
	}
	b.WriteString("--\n" + p.Foot + "\n")
	if p.LeaveLink != "" {
		b.WriteString(p.Leave + ": " + p.LeaveLink + "\n")
	}
	return b.String()
}

// oneLine keeps a header on its line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// mask shows of an address no more than tells two apart.
func mask(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return "•••"
	}
	first := []rune(address[:at])[0]
	return string(first) + "•••" + address[at:]
}

func encode(l Letter) (string, error) {
	b, err := json.Marshal(l)
	return string(b), err
}

func decode(text string) (l Letter, err error) {
	err = json.Unmarshal([]byte(text), &l)
	return l, err
}
