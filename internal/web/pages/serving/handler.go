package serving

import (
	"context"
	"embed"
	"net/http"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Models is what the page asks of model.Service.
type Models interface {
	Current() model.Version
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// New returns the page.
func New(m Models) web.Page {
	p := page{m}
	return web.Page{
		Name:     "serving",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/serving", Icon: "hand-helping", Label: "serving.menu", Group: ui.MenuPromises, Order: 47},
			Action:   account.ViewModel,
		}},
		Routes: func(r *web.Router) {
			r.Get("/serving", account.ViewModel, p.show)
			r.Get("/serving/frames/{touchpoint}", account.ApplyModel, p.form)
			r.Post("/serving/frames/{touchpoint}", account.ApplyModel, p.save)
		},
	}
}

type page struct{ models Models }

// sheet is the page in a language.
type sheet struct {
	l        *i18n.Locale
	company  string
	title    string
	stages   []stage
	anywhere []model.Promise // bound to no touchpoint
	within   []model.Promise // of an area to another
	areas    map[string]string
	langs    []string // that the company speaks
	mayEdit  bool
}

type stage struct {
	slug  string
	spots []spot
	bare  []model.Touchpoint // neither framed nor promised at
}

// spot is a touchpoint with what is promised there.
type spot struct {
	touchpoint model.Touchpoint
	promises   []model.Promise
}

func (s sheet) empty() bool { return len(s.stages)+len(s.anywhere)+len(s.within) == 0 }

// words returns a text in the sheet's language.
func (s sheet) words(t model.Text) string { return t.In(s.l.Lang) }

// lang returns the language that is asked for, if the product speaks it.
func lang(q *web.Request) string {
	switch asked := q.URL.Query().Get("lang"); asked {
	case "es", "en", "pt":
		return asked
	}
	return q.L.Lang
}

func (p page) show(q *web.Request) error {
	m := p.models.Current().Model
	s := sheet{l: q.In(lang(q)), company: m.Company.Name, langs: m.Company.Spoken(), areas: map[string]string{}, mayEdit: account.Check(q.Principal, account.ApplyModel) == nil}
	for _, a := range m.Areas {
		s.areas[a.Slug] = s.words(a.Name)
	}
	promised := 0
	at := map[string][]model.Promise{}
	for _, x := range m.Promises {
		switch promised++; {
		case x.Serves != "":
			s.within = append(s.within, x)
		case x.Touchpoint == "":
			s.anywhere = append(s.anywhere, x)
		default:
			at[x.Touchpoint] = append(at[x.Touchpoint], x)
		}
	}
	framed := 0
	for _, slug := range []string{model.Before, model.During, model.After} {
		g := stage{slug: slug}
		for _, t := range m.Touchpoints {
			switch {
			case t.Stage != slug:
			case t.Frame != nil || len(at[t.Slug]) > 0:
				g.spots = append(g.spots, spot{t, at[t.Slug]})
			case s.mayEdit:
				g.bare = append(g.bare, t)
			}
			if t.Stage == slug && t.Frame != nil {
				framed++
			}
		}
		if len(g.spots)+len(g.bare) > 0 {
			s.stages = append(s.stages, g)
		}
	}
	s.title = s.l.T("serving.title", "n", promised)
	if promised == 0 {
		s.title = s.l.T("serving.title.none")
		if framed > 0 {
			s.title = s.l.T("serving.title.frames", "n", framed)
		}
	}
	return q.Render(s.title, view(s))
}

// form edits the frame of a touchpoint.
func (p page) form(q *web.Request) error {
	t, err := p.touchpoint(q)
	if err != nil {
		return err
	}
	f := model.Frame{}
	if t.Frame != nil {
		f = *t.Frame
	}
	return p.edit(q, t, f, nil)
}

func (p page) touchpoint(q *web.Request) (model.Touchpoint, error) {
	t, ok := p.models.Current().Model.Touchpoint(q.PathValue("touchpoint"))
	if !ok {
		return t, cx.Errorf(cx.NotFound, "serving", "there is no such touchpoint")
	}
	return t, nil
}

// edit shows the form with what was filled in.
func (p page) edit(q *web.Request, t model.Touchpoint, f model.Frame, failure error) error {
	m, status := p.models.Current().Model, http.StatusOK
	v := editor{touchpoint: t, frame: f, langs: m.Company.Spoken()}
	for _, a := range m.Areas {
		v.areas = append(v.areas, ui.Option{Value: a.Slug, Text: a.Name.In(q.L.Lang)})
	}
	if failure != nil {
		message, faults, err := q.Explain(failure)
		if err != nil {
			return err
		}
		for i, f := range faults { // touchpoints[3].frame.give is a field of each language
			_, field, _ := strings.Cut(f.Field, ".frame.")
			faults[i] = cx.Fault{Field: field + "." + v.langs[0], Message: f.Message}
		}
		v.message, v.faults, status = message, faults, http.StatusUnprocessableEntity
	}
	v.title = q.T("serving.frame.title", "touchpoint", t.Name.In(q.L.Lang))
	return q.RenderStatus(status, v.title, editView(v))
}

// save puts the frame into a new version of the model. An empty form takes the
// frame out.
func (p page) save(q *web.Request) error {
	t, err := p.touchpoint(q)
	if err != nil {
		return err
	}
	now := p.models.Current()
	f := model.Frame{Helps: q.PostFormValue("helps")}
	for _, l := range now.Model.Company.Spoken() {
		set(&f.Purpose, l, strings.TrimSpace(q.PostFormValue("purpose."+l)))
		f.Never = lines(f.Never, l, q.PostFormValue("never."+l))
		f.Give = lines(f.Give, l, q.PostFormValue("give."+l))
	}
	var value any
	if f.Purpose != (model.Text{}) || len(f.Never)+len(f.Give) > 0 {
		value = frame(f)
	}
	yaml, err := model.SetItem(now.YAML, "touchpoints", model.IndexOf(now.YAML, "touchpoints", t.Slug), model.Part{{Key: "frame", Value: value}})
	if err == nil {
		_, err = p.models.Apply(q.Context(), q.Principal, yaml, q.T("serving.frame.note", "touchpoint", t.Name.In(q.L.Lang)))
	}
	if cx.KindOf(err) == cx.Invalid {
		return p.edit(q, t, f, err)
	}
	if err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("serving.frame.saved"))
	return q.Redirect("/serving#" + t.Slug)
}
