package cases

import (
	"context"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// inform tells the people whom an entry concerns; an area is told of new cases
// together. That a case was escalated act/notify sees in the log.
func (s *Service) inform(ctx context.Context, c *Case, e Entry) error {
	var to []notify.To
	var title model.Text
	subject := "case:" + c.ID + ":" + string(e.What)
	came := model.Text{ES: "Hay un caso nuevo: {title}", EN: "There is a new case: {title}", PT: "Há um caso novo: {title}"}
	switch e.What {
	case Opened:
		if c.Owner == "" && c.Area != "" {
			to, title, subject = []notify.To{{Area: c.Area}}, came, "cases:"+c.Area
		}
	case Assigned:
		switch {
		case e.To == "" || e.To == e.By:
		case strings.HasPrefix(e.To, "person:"):
			to, title = []notify.To{{Person: e.To}}, model.Text{ES: "Un caso es tuyo: {title}", EN: "A case is yours: {title}", PT: "Um caso é seu: {title}"}
		default:
			to, title, subject = []notify.To{{Area: e.To}}, came, "cases:"+e.To
		}
	case Due:
		if c.Owner != "" {
			to, title = []notify.To{{Person: c.Owner}}, model.Text{ES: "Se pasó el plazo: {title}", EN: "Its time is over: {title}", PT: "O prazo passou: {title}"}
		}
	case Noted:
		for _, person := range strings.Split(e.To, ",") {
			if person != "" && person != e.By {
				to = append(to, notify.To{Person: person})
			}
		}
		title = model.Text{ES: "{by} te menciona en el caso {number}", EN: "{by} mentions you in case {number}", PT: "{by} menciona você no caso {number}"}
	case Heard, Chose, Reopened:
		if e.By != byCustomer {
			return nil
		}
		to = []notify.To{{Person: c.Owner}}
		if c.Owner == "" {
			to = []notify.To{{Area: c.Area}}
			if c.Area == "" {
				to = []notify.To{{Role: cx.Lead}}
			}
		}
		title = map[What]model.Text{
			Heard:    {ES: "El cliente ha escrito: {title}", EN: "The customer wrote: {title}", PT: "O cliente escreveu: {title}"},
			Chose:    {ES: "El cliente ha elegido: {title}", EN: "The customer chose: {title}", PT: "O cliente escolheu: {title}"},
			Reopened: {ES: "El cliente dice que no quedó bien: {title}", EN: "The customer says that it is not right: {title}", PT: "O cliente diz que não ficou bem: {title}"},
		}[e.What]
	}
	fill := strings.NewReplacer("{title}", c.Title, "{by}", e.ByName, "{number}", strconv.FormatInt(c.Number, 10)).Replace
	for i, who := range to {
		if err := s.c.Notices.Tell(ctx, notify.Notice{
			Key: "case:" + c.ID + ":" + strconv.FormatInt(e.N, 10) + ":" + strconv.Itoa(i), To: who, Kind: notify.Case, Subject: subject,
			Title: model.Text{ES: fill(title.ES), EN: fill(title.EN), PT: fill(title.PT)}, Href: "/cases/" + c.ID, Urgent: e.What == Reopened, Customer: c.Customer,
		}); err != nil {
			return err
		}
	}
	return nil
}

// ask is what the customer of a solved case reads.
type ask struct{ Subject, Text string }

var asks = map[string]ask{
	"es":       {"¿Quedó bien?", "Sobre «{title}», esto hemos hecho:\n\n{done}\n\n¿Quedó bien? Dinos sí o no: si no, seguimos."},
	"es-usted": {"¿Quedó bien?", "Sobre «{title}», esto hemos hecho:\n\n{done}\n\n¿Quedó bien? Díganos sí o no: si no, seguimos."},
	"es-vos":   {"¿Quedó bien?", "Sobre «{title}», esto hicimos:\n\n{done}\n\n¿Quedó bien? Decinos sí o no: si no, seguimos."},
	"en":       {"Is it right now?", "About “{title}”, this is what we did:\n\n{done}\n\nIs it right now? Tell us yes or no: if not, we go on."},
	"pt":       {"Ficou bem?", "Sobre “{title}”, fizemos isto:\n\n{done}\n\nFicou bem? Diga sim ou não: se não, continuamos."},
}

func askOf(lang string, address model.Address) ask {
	if lang == "es" && address != model.Tu {
		lang += "-" + string(address)
	}
	if a, ok := asks[lang]; ok {
		return a
	}
	return asks["es"]
}
