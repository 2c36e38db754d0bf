package modelview

import (
	"context"
	"embed"
	"io"
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

// Models is what the page asks of model.Service.
type Models interface {
	Current() model.Version
	Versions(ctx context.Context, p cx.Principal) ([]model.Version, error)
	Preview(ctx context.Context, p cx.Principal, yaml []byte) ([]model.Change, error)
	Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (model.Version, error)
}

// Names tells what somebody is called, by a principal's id; "" when unknown.
type Names func(ctx context.Context, principalID string) string

// New returns the page.
func New(m Models, names Names) web.Page {
	p := page{m, names}
	return web.Page{
		Name:     "modelview",
		Messages: messages,
		Menu: []web.MenuItem{{
			MenuItem: ui.MenuItem{Href: "/model", Icon: "building-2", Label: "modelview.menu", Group: ui.MenuSettings, Order: 5, Key: "m"},
			Action:   account.ViewModel,
		}},
		Routes: func(r *web.Router) {
			r.Get("/model", account.ViewModel, p.show)
			r.Get("/model/versions", account.ViewModel, p.versions)
			r.Get("/model/versions/{number}/model.yaml", account.ApplyModel, p.source)
			r.Get("/model/touchpoints.csv", account.ViewModel, p.touchpointsCSV)
			r.Get("/model/change", account.ApplyModel, p.change)
			r.Post("/model/change", account.ApplyModel, p.preview)
			r.Post("/model/apply", account.ApplyModel, p.apply)
		},
	}
}

type page struct {
	models Models
	names  Names
}

func (p page) show(q *web.Request) error {
	v := p.models.Current()
	may := account.Check(q.Principal, account.ApplyModel) == nil
	if v.Number == 0 {
		title := q.T("modelview.none.title")
		return q.Render(title, noneView(title, may))
	}
	view := companyView{reader: reader{q.L, v.Model}, version: v, by: p.by(q, v), may: may}
	title := q.T("modelview.title", "company", v.Model.Company.Name, "n", len(v.Model.Touchpoints), "areas", q.T("modelview.areas", "n", len(v.Model.Areas)))
	return q.Render(title, modelView(title, view))
}

// by is who applied a version.
func (p page) by(q *web.Request, v model.Version) string {
	if v.AppliedBy == cx.System().ID {
		return cx.System().Name
	}
	if name := p.names(q.Context(), v.AppliedBy); name != "" {
		return name
	}
	return v.AppliedBy
}

// changed is a version and what it changed, in words.
type changed struct {
	model.Version
	by      string
	current bool
	words   []sentence
}

func (p page) versions(q *web.Request) error {
	all, err := p.models.Versions(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	var out []changed
	for i, v := range all {
		c := changed{Version: v, by: p.by(q, v), current: v.Number == p.models.Current().Number}
		before := model.Empty()
		if i+1 < len(all) {
			before = all[i+1].Model
		}
		if before != nil && v.Model != nil && i+1 < len(all) {
			c.words = tell(q.L, before, v.Model, model.Diff(before, v.Model))
		}
		out = append(out, c)
	}
	title := q.T("modelview.versions.title", "n", len(all))
	return q.Render(title, versionsView(title, out, account.Check(q.Principal, account.ApplyModel) == nil))
}

// source hands a version over as the text that was applied.
func (p page) source(q *web.Request) error {
	n, err := strconv.Atoi(q.PathValue("number"))
	if err != nil {
		return cx.Errorf(cx.NotFound, "modelview", "there is no such version")
	}
	all, err := p.models.Versions(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	for _, v := range all {
		if v.Number == n {
			q.W.Header().Set("Content-Type", "application/yaml; charset=utf-8")
			q.W.Header().Set("Content-Disposition", `attachment; filename="model-`+strconv.Itoa(n)+`.yaml"`)
			_, _ = q.W.Write(v.YAML)
			return nil
		}
	}
	return cx.Errorf(cx.NotFound, "modelview", "there is no such version")
}

func (p page) change(q *web.Request) error {
	v := p.models.Current()
	return q.Render(q.T("modelview.change.title"), changeView(draft{yaml: string(v.YAML), base: v.Number}))
}

// draft is a model on its way.
type draft struct {
	yaml, note string
	base       int // the version in force when it was begun
	message    string
	faults     []cx.Fault
	words      []sentence
}

func (p page) preview(q *web.Request) error {
	d, err := p.draft(q)
	if err != nil {
		return err
	}
	if again, err := p.check(q, &d); err != nil || again {
		return err
	}
	return q.Render(q.T("modelview.preview.title"), previewView(d))
}

// check looks for what is wrong with a draft, and shows the form again when
// something is. It fills in what the draft would change.
func (p page) check(q *web.Request, d *draft) (again bool, err error) {
	changes, err := p.models.Preview(q.Context(), q.Principal, []byte(d.yaml))
	if err == nil {
		m, err := model.Parse([]byte(d.yaml))
		if err != nil {
			return false, err
		}
		d.words = tell(q.L, p.models.Current().Model, m, changes)
		return false, nil
	}
	return true, p.refuse(q, d, err)
}

func (p page) refuse(q *web.Request, d *draft, err error) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	d.message, d.faults = message, faults
	return q.RenderStatus(http.StatusUnprocessableEntity, q.T("modelview.change.title"), changeView(*d))
}

func (p page) apply(q *web.Request) error {
	d, err := p.draft(q)
	if err != nil {
		return err
	}
	if p.models.Current().Number != d.base {
		d.base = p.models.Current().Number
		return p.refuse(q, &d, cx.Errorf(cx.Conflict, "modelview", "somebody applied another version meanwhile; look at the changes again"))
	}
	v, err := p.models.Apply(q.Context(), q.Principal, []byte(d.yaml), d.note)
	if err != nil {
		return p.refuse(q, &d, err)
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T("modelview.applied", "number", v.Number))
	return q.Redirect("/model")
}

// maxMemory is how much of an uploaded file is held in memory.
const maxMemory = model.MaxSource + 64<<10

// draft reads the form: the file when one was chosen, else the text.
func (p page) draft(q *web.Request) (draft, error) {
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return draft{}, cx.Errorf(cx.Invalid, "modelview", "this form is not whole; open it again")
	}
	d := draft{yaml: q.PostFormValue("yaml"), note: q.PostFormValue("note"), base: base}
	file, _, err := q.FormFile("file")
	if err != nil {
		return d, nil // none was sent
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, maxMemory))
	if err != nil {
		return d, cx.Errorf(cx.Invalid, "modelview", "the file could not be read; choose it again")
	}
	if len(src) > 0 {
		d.yaml = string(src)
	}
	return d, nil
}

func (p page) touchpointsCSV(q *web.Request) error {
	r := reader{q.L, p.models.Current().Model}
	header := []string{q.T("modelview.csv.slug"), q.T("modelview.csv.name"), q.T("modelview.part.stage"), q.T("modelview.part.channel"), q.T("modelview.part.medium"), q.T("modelview.part.area"), q.T("modelview.part.supplier"), q.T("modelview.part.events"), q.T("modelview.part.surveys")}
	return q.CSV("touchpoints", header, func(yield func([]string, error) bool) {
		for _, t := range r.m.Touchpoints {
			if !yield(r.record(t), nil) {
				return
			}
		}
	})
}
