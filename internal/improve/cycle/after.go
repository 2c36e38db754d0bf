package cycle

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// ChangedEvent is the record in the log of a step of an initiative: a Changed.
const ChangedEvent = "vivencia.initiative.changed"

// Changed is what the log says of an initiative: ids, never words.
type Changed struct {
	Initiative string `json:"initiative"`
	What       What   `json:"what"`
	Hash       string `json:"hash,omitempty"` // of the frozen plan
	Verdict    string `json:"verdict,omitempty"`
	To         string `json:"to,omitempty"` // a milestone, what it became part of, the guardrail that stopped it
	N          int64  `json:"n,omitempty"`  // of Announced: how many
	By         string `json:"by"`
}

var logged = []What{Planned, Started, Reached, Ended, Evaluated, Stopped, Adopted, Learned, Announced}

// news is how old a step may be for people to be told of it.
const news = 24 * time.Hour

// after does what follows from an entry: its record in the log, its line of the
// audit log, who is told. Doing it again puts the same record and tells nobody
// twice.
func (s *Service) after(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	slug, number, _ := strings.Cut(j.Key, ":")
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, jobs.Dead(err)
	}
	var i Initiative
	var e Entry
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if i, err = read(ctx, tx, slug); err != nil {
			return err
		}
		e, err = scanEntry(tx.QueryRow(ctx, `SELECT `+entryColumns+` FROM cycle_entries WHERE slug = $1 AND n = $2`, slug, n))
		return err
	})
	if err != nil {
		return nil, err
	}
	if slices.Contains(logged, e.What) {
		if err := s.record(ctx, &i, e); err != nil {
			return nil, err
		}
	}
	if s.c.Clock.Now().Sub(e.At) < news {
		if err := s.inform(ctx, &i, e); err != nil {
			return nil, err
		}
	}
	return nil, s.c.Accounts.Record(ctx, cx.Principal{ID: e.By}, "initiative."+string(e.What), "initiative:"+slug)
}

func (s *Service) record(ctx context.Context, i *Initiative, e Entry) error {
	d := Changed{Initiative: i.Slug, What: e.What, Hash: i.Hash, To: e.To, By: e.By}
	switch e.What {
	case Planned:
		d.Hash = ""
	case Started:
		d.Hash = e.Text
	case Evaluated:
		d.Verdict = e.Text
	case Announced:
		d.N = e.Amount
	}
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = s.c.Log.Append(ctx, []cx.Event{cx.NewDecision(ChangedEvent, "initiative:"+i.Slug+":"+strconv.FormatInt(e.N, 10), e.At, raw)})
	return err
}

// verdicts are how people are told of them.
var verdicts = map[impact.Verdict]model.Text{
	impact.Worked:     {ES: "Funcionó: {title}", EN: "It worked: {title}", PT: "Funcionou: {title}"},
	impact.DidNot:     {ES: "No funcionó: {title}", EN: "It did not work: {title}", PT: "Não funcionou: {title}"},
	impact.CannotTell: {ES: "Aún no se sabe si funciona: {title}", EN: "Nobody can tell yet whether it works: {title}", PT: "Ainda não se sabe se funciona: {title}"},
}

// inform tells the people whom a step concerns: who answers for the initiative, who
// works on it, its areas; not who made the step.
func (s *Service) inform(ctx context.Context, i *Initiative, e Entry) error {
	var title model.Text
	urgent := false
	switch e.What {
	case Started:
		title = model.Text{ES: "Empieza una iniciativa: {title}", EN: "An initiative begins: {title}", PT: "Uma iniciativa começa: {title}"}
	case Ended:
		title = model.Text{ES: "Terminó y se está evaluando: {title}", EN: "It ended and is being evaluated: {title}", PT: "Terminou e está em avaliação: {title}"}
	case Evaluated:
		title = verdicts[impact.Verdict(e.Text)]
	case Stopped:
		title = model.Text{ES: "Se detuvo: {title}", EN: "It was stopped: {title}", PT: "Foi interrompida: {title}"}
		if strings.HasPrefix(e.To, byGuardrail) {
			urgent = true
			title = model.Text{ES: "Se detuvo sola porque empeoraba algo que no debía: {title}", EN: "It stopped by itself, because it made worse what it must not: {title}", PT: "Parou sozinha porque piorava algo que não devia: {title}"}
		}
	case Adopted:
		title = model.Text{ES: "Pasa a ser parte de cómo servimos: {title}", EN: "It becomes part of how we serve: {title}", PT: "Passa a fazer parte de como servimos: {title}"}
	default:
		return nil
	}
	fill := func(text, lang string) string { return strings.ReplaceAll(text, "{title}", i.Title.In(lang)) }
	var to []notify.To
	for _, id := range unique(append([]string{i.Owner}, i.People...)) {
		if id != e.By {
			to = append(to, notify.To{Person: id})
		}
	}
	for _, area := range i.Areas {
		to = append(to, notify.To{Area: area})
	}
	for n, who := range to {
		if err := s.c.Notices.Tell(ctx, notify.Notice{
			Key: "initiative:" + i.Slug + ":" + strconv.FormatInt(e.N, 10) + ":" + strconv.Itoa(n), To: who, Kind: notify.Improvement, Subject: "initiative:" + i.Slug,
			Title: model.Text{ES: fill(title.ES, "es"), EN: fill(title.EN, "en"), PT: fill(title.PT, "pt")}, Href: "/improve/of/" + i.Slug, Urgent: urgent,
		}); err != nil {
			return err
		}
	}
	return nil
}
