package report

import (
	"embed"
	"net/http"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

//go:embed messages.*.yaml
var messages embed.FS

// Page returns the page, its PDF and its pictures.
func (s *Service) Page() web.Page {
	return web.Page{
		Name:     "report",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/report", account.ViewScores, s.show)
			r.Get("/report.pdf", account.ViewScores, s.pdf)
			r.Get("/report/{picture}", account.ViewScores, s.picture)
		},
	}
}

// asked returns the report that an address asks for.
func (s *Service) asked(q *web.Request) (w writer, days int, err error) {
	days = usualDays
	if text := q.URL.Query().Get("days"); text != "" {
		if days, err = strconv.Atoi(text); err != nil || days < 1 {
			return w, 0, cx.InvalidFaults("report", []cx.Fault{{Field: "days", Message: "must be a number of days"}})
		}
	}
	r, err := s.of(q.Context(), q.Principal, days)
	return writer{q.L, r}, days, err
}

func (s *Service) show(q *web.Request) error {
	w, days, err := s.asked(q)
	if err != nil {
		return err
	}
	if w.Pending {
		return q.Render(q.T("report.pending"), pendingView())
	}
	return q.Render(w.title(), reportView(w, days))
}

// pdf answers with the report as a file, and puts that on record.
func (s *Service) pdf(q *web.Request) error {
	w, _, err := s.asked(q)
	if err != nil {
		return err
	}
	if w.Pending {
		return q.RenderStatus(http.StatusServiceUnavailable, q.T("report.pending"), pendingView())
	}
	file, err := w.pdf()
	if err != nil {
		return err
	}
	q.Record("exported", "page:"+q.URL.Path)
	q.W.Header().Set("Content-Type", "application/pdf")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+w.T("report.file")+"-"+w.In(w.Indicators.Now.To-1).Format("2006-01-02")+`.pdf"`)
	_, err = q.W.Write(file)
	return err
}

// picture answers with an indicator by week, for slides.
func (s *Service) picture(q *web.Request) error {
	w, _, err := s.asked(q)
	if err != nil {
		return err
	}
	all := w.indicators()
	at := slices.IndexFunc(all, func(i indicator) bool { return i.slug+".svg" == q.PathValue("picture") })
	if at < 0 || w.Pending || len(w.line(all[at]).Points) < 2 {
		return cx.Errorf(cx.NotFound, "report.picture", "there is no such picture")
	}
	p := w.line(all[at]).Picture()
	p.Headed(all[at].label, w.now(all[at]))
	return q.SVG(all[at].slug, p.SVG())
}
