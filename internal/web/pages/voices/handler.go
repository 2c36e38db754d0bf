package voices

import (
	"context"
	"embed"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Voice keeps what is said; voice.Service does.
type Voice interface {
	Search(ctx context.Context, p cx.Principal, q voice.Query) (voice.Page, error)
	Count(ctx context.Context, p cx.Principal, f voice.Filter, by ...voice.Dimension) (voice.Counts, error)
	Words(ctx context.Context, p cx.Principal, q voice.WordsQuery) (voice.Words, error)
	Taxonomy(ctx context.Context, p cx.Principal, f voice.Filter) (voice.Taxonomy, error)
	Quality(ctx context.Context, p cx.Principal) (voice.Standing, error)
	Watch(ctx context.Context, p cx.Principal) (<-chan struct{}, error)
	Correct(ctx context.Context, p cx.Principal, ref voice.Ref, l voice.Label) error
	SetTopic(ctx context.Context, p cx.Principal, t model.Topic) error
	MergeTopics(ctx context.Context, p cx.Principal, into, from string) error
	SplitTopic(ctx context.Context, p cx.Principal, from string, t model.Topic) error
	TrainSoon(p cx.Principal) error
}

// Models gives the model in force.
type Models interface{ Current() model.Version }

// New returns the page.
func New(v Voice, models Models) web.Page {
	p := page{v, models}
	return web.Page{
		Name:     "voices",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/voice", Icon: "messages-square", Label: "voices.menu", Group: ui.MenuListen, Order: 23, Key: "v", Tab: true},
			Action:   account.ViewCustomers,
		}},
		Routes: func(r *web.Router) {
			r.Get("/voice", account.ViewCustomers, p.stream)
			r.Get("/voice/lines", account.ViewCustomers, p.lines)
			r.Get("/voice/live", account.ViewCustomers, p.live)
			r.Get("/voice.csv", account.ExportCustomers, p.streamCSV)
			r.Get("/voice/of/{ref}", account.ViewCustomers, p.one)
			r.Post("/voice/of/{ref}", account.CorrectLabels, p.correct)
			r.Get("/voice/by/{customer}", account.ViewCustomers, p.byCustomer)
			r.Get("/voice/words", account.ViewScores, p.words)
			r.Get("/voice/words.csv", account.ViewScores, p.wordsCSV)
			r.Get("/voice/topics", account.ViewScores, p.topics)
			r.Get("/voice/topics.csv", account.ViewScores, p.topicsCSV)
			r.Post("/voice/topics", account.ApplyModel, p.setTopic)
			r.Post("/voice/topics/{slug}/merge", account.ApplyModel, p.mergeTopic)
			r.Post("/voice/topics/{slug}/split", account.ApplyModel, p.splitTopic)
			r.Get("/voice/quality", account.ViewScores, p.quality)
			r.Post("/voice/train", account.TrainText, p.train)
		},
	}
}

type page struct {
	voice  Voice
	models Models
}
