package report

import (
	"context"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// Board tells the indicators. board.Service does.
type Board interface {
	Indicators(ctx context.Context, p cx.Principal, q board.Query) (board.Indicators, error)
}

// Cycle tells what is improved, and what could be. cycle.Service does.
type Cycle interface {
	List(ctx context.Context, p cx.Principal, q cycle.Query) ([]cycle.Initiative, error)
	Opportunities(ctx context.Context, p cx.Principal, q cycle.OpportunityQuery) ([]cycle.Opportunity, error)
}

// Models tells the model in force.
type Models interface{ Current() model.Version }

// Config wires a Service.
type Config struct {
	Board  Board
	Cycle  Cycle
	Models Models
	Clock  cx.Clock
}

// Service writes reports. It keeps nothing.
type Service struct {
	c     Config
	words *i18n.Bundle
}

// New returns a service. The error is a fault of the catalogues.
func New(c Config) (*Service, error) {
	words, err := i18n.New(messages)
	return &Service{c, words}, cx.Wrap("report.New", err)
}

// report is what there is to tell of a period, to somebody.
type report struct {
	board.Indicators
	model       *model.Model
	initiatives []cycle.Initiative // with a verdict, the newest first
	next        []cycle.Opportunity
}

const (
	usualDays       = 28
	mostInitiatives = 6
)

func (s *Service) of(ctx context.Context, p cx.Principal, days int) (r report, err error) {
	r.model = s.c.Models.Current().Model
	if r.Indicators, err = s.c.Board.Indicators(ctx, p, board.Query{Days: days}); err != nil || r.Pending {
		return r, err
	}
	if may := account.Check(p, account.ViewImprovement) == nil; !may {
		return r, nil
	}
	all, err := s.c.Cycle.List(ctx, p, cycle.Query{})
	if err != nil {
		return r, err
	}
	for _, i := range all {
		if i.Evaluation != nil {
			r.initiatives = append(r.initiatives, i)
		}
	}
	slices.SortStableFunc(r.initiatives, func(a, b cycle.Initiative) int { return int(b.Evaluation.At.Sub(a.Evaluation.At) / time.Second) })
	r.initiatives = r.initiatives[:min(len(r.initiatives), mostInitiatives)]
	r.next, err = s.c.Cycle.Opportunities(ctx, p, cycle.OpportunityQuery{State: cycle.StateOpen, Limit: 1})
	return r, err
}

// Report writes the mail: four indicators, three stories, one decision. It needs the
// right scores.view.
func (s *Service) Report(ctx context.Context, p cx.Principal, of notify.Period) (t notify.Told, ok bool, err error) {
	days := 7
	if of == notify.Month {
		now := s.c.Clock.Now().Std().In(s.c.Models.Current().Model.Company.Zone())
		days = time.Date(now.Year(), now.Month(), 0, 0, 0, 0, 0, time.UTC).Day()
	}
	r, err := s.of(ctx, p, days)
	if err != nil || r.Pending {
		return t, false, cx.Wrap("report.Report", err)
	}
	t.Href = address(days)
	for lang, to := range map[string]*struct{ title, text *string }{
		"es": {&t.Title.ES, &t.Text.ES}, "en": {&t.Title.EN, &t.Text.EN}, "pt": {&t.Title.PT, &t.Text.PT},
	} {
		w := writer{s.words.Locale(lang, r.model.Company.Zone(), s.c.Clock), r}
		*to.title, *to.text = w.title(), w.mail()
	}
	return t, true, nil
}
