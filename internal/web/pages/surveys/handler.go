package surveys

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Surveys opens and receives responses; listen/survey's Service does.
type Surveys interface {
	Link(ctx context.Context, p cx.Principal, r survey.LinkRequest) (survey.Link, error)
	Results(ctx context.Context, p cx.Principal, slug string, w cx.Window) (survey.Results, error)
	Preview(s model.Survey, m *model.Model, page int, values survey.Values, lang string) survey.Form
}

// Asks decides whom to ask; act/ask's Service does.
type Asks interface {
	Rates(ctx context.Context, p cx.Principal, survey string, w cx.Window) (ask.Rates, error)
	Fatigue(ctx context.Context, p cx.Principal) (ask.Fatigue, error)
	Preview(ctx context.Context, p cx.Principal, sv model.Survey) (ask.Outcome, error)
	PreviewSend(ctx context.Context, p cx.Principal, r ask.SendRequest) (ask.Outcome, error)
	Send(ctx context.Context, p cx.Principal, r ask.SendRequest) (ask.Outcome, error)
}

// Outcomes scores answers; outcome.Service does.
type Outcomes interface {
	Scores(ctx context.Context, p cx.Principal, q outcome.Query) (outcome.Result, error)
	Represented(ctx context.Context, p cx.Principal, q outcome.RepresentedQuery) (outcome.Represented, error)
}

// Facts counts answers; history.Store does.
type Facts interface {
	Distribution(ctx context.Context, p cx.Principal, q history.Query) ([]history.Bin, error)
	Newest(ctx context.Context, p cx.Principal, page history.Page) ([]history.Row, error)
}

// Expectations compares what was expected with what was lived.
type Expectations interface {
	Gap(ctx context.Context, p cx.Principal, slug string, w cx.Window) (expectation.Gap, error)
}

// Voice has what was said; voice.Service does.
type Voice interface {
	Count(ctx context.Context, p cx.Principal, f voice.Filter, by ...voice.Dimension) (voice.Counts, error)
	Quotes(ctx context.Context, p cx.Principal, q voice.QuoteQuery) (voice.Quotes, error)
}

// Segments tells who is in a segment; segment.Service does.
type Segments interface {
	Customers(ctx context.Context, p cx.Principal, slug string) ([]cx.CustomerNo, error)
	Partition(ctx context.Context, p cx.Principal) ([]segment.Part, error)
}

// Memory finds customers; remember.Memory does.
type Memory interface {
	Search(ctx context.Context, p cx.Principal, query, cursor string, limit int) (remember.CustomerPage, error)
	CustomersByNo(ctx context.Context, p cx.Principal, nos []cx.CustomerNo) ([]remember.CustomerSummary, error)
}

// Models has the model, its versions and drafts; model.Service does.
type Models interface {
	Current() model.Version
	Versions(ctx context.Context, p cx.Principal) ([]model.Version, error)
	Draft(ctx context.Context, p cx.Principal) (model.Draft, error)
	EditDraft(ctx context.Context, p cx.Principal, base, revision int, change func(yaml []byte) ([]byte, error)) (model.Draft, error)
	ApplyDraft(ctx context.Context, p cx.Principal, revision int, note string) (model.Version, error)
}

// Config is what the page stands on.
type Config struct {
	Surveys      Surveys
	Asks         Asks
	Outcomes     Outcomes
	Facts        Facts
	Expectations Expectations
	Voice        Voice
	Segments     Segments
	Memory       Memory
	Models       Models
	Mail         func() bool                                                 // whether mail goes out
	Preview      func(w http.ResponseWriter, r *http.Request, f survey.Form) // a page as customers see it
	Base         string                                                      // where customers reach us: https://cx.candil.example
}

type page struct{ Config }

// New returns the page.
func New(c Config) web.Page {
	p := page{c}
	return web.Page{
		Name:     "surveys",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/surveys", Icon: "clipboard-list", Label: "surveys.menu", Group: ui.MenuListen, Order: 26, Key: "e", Also: "/asking"},
			Action:   account.ViewScores,
		}},
		Routes: func(r *web.Router) {
			r.Get("/surveys", account.ViewScores, p.list)
			r.Get("/surveys.csv", account.ViewScores, p.listCSV)
			r.Post("/surveys/new", account.ApplyModel, p.create)
			r.Get("/surveys/{slug}", account.ViewScores, p.results)
			r.Get("/surveys/{slug}/results.csv", account.ViewScores, p.resultsCSV)
			r.Get("/surveys/{slug}/ways", account.LinkSurveys, p.ways)
			r.Post("/surveys/{slug}/links", account.LinkSurveys, p.link)
			r.Post("/surveys/{slug}/send", account.ContactCustomers, p.send)
			r.Get("/surveys/{slug}/survey.json", account.ViewModel, p.export)
			r.Get("/surveys/{slug}/versions", account.ViewModel, p.versions)
			r.Post("/surveys/{slug}/versions/{number}", account.ApplyModel, p.restore)
			r.Get("/surveys/{slug}/edit", account.ApplyModel, p.edit)
			r.Post("/surveys/{slug}/edit", account.ApplyModel, p.save)
			r.Post("/surveys/{slug}/edit/add", account.ApplyModel, p.add)
			r.Post("/surveys/{slug}/edit/move", account.ApplyModel, p.move)
			r.Post("/surveys/{slug}/edit/remove", account.ApplyModel, p.remove)
			r.Post("/surveys/{slug}/edit/json", account.ApplyModel, p.paste)
			r.Post("/surveys/{slug}/apply", account.ApplyModel, p.apply)
			r.Post("/surveys/{slug}/discard", account.ApplyModel, p.discard)
			r.Get("/surveys/{slug}/preview/{page}", account.ApplyModel, p.preview)
			r.Get("/asking", account.ViewScores, p.asking)
			r.Post("/asking", account.ApplyModel, p.saveAsking)
		},
	}
}

// may tells whether the person may do an action.
func may(q *web.Request, a account.Action) bool { return account.Check(q.Principal, a) == nil }

// survey returns the survey that the address names, as it is in force.
func (p page) survey(q *web.Request) (model.Survey, error) {
	s, ok := p.Models.Current().Model.Survey(q.PathValue("slug"))
	if !ok {
		return s, cx.Errorf(cx.NotFound, "surveys", "there is no such survey")
	}
	return s, nil
}

func path(slug string) string { return "/surveys/" + url.PathEscape(slug) }

// periods are the lengths to choose from, in weeks.
func periods() []int { return []int{4, 13, 26, 52} }

// usualPeriod is how many weeks are looked at when nobody chose.
const usualPeriod = 13

// period reads how many weeks are asked for.
func period(q *web.Request) (weeks int, w cx.Window, err error) {
	weeks = usualPeriod
	if s := q.URL.Query().Get("weeks"); s != "" {
		if weeks, err = strconv.Atoi(s); err != nil || !slices.Contains(periods(), weeks) {
			return 0, w, cx.Errorf(cx.Invalid, "surveys", "there is no such period; choose one of the list")
		}
	}
	now := q.Now()
	return weeks, cx.Window{From: cx.TimeOf(now.Std().In(q.L.Zone()).AddDate(0, 0, -7*weeks)), To: now.Add(time.Second)}, nil
}

func periodOptions(q *web.Request) (out []ui.Option) {
	for _, n := range periods() {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Text: q.T("surveys.weeks", "n", n)})
	}
	return out
}

// told says why something was refused, on the page that it was asked on.
func (p page) told(q *web.Request, err error, back string) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	for i, f := range faults {
		if i == 3 {
			break
		}
		message += " " + f.Message
	}
	q.Flash(ui.Negative, message)
	return q.Redirect(back)
}
