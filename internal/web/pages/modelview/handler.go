package modelview

import (
	"context"
	"embed"
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
	Draft(ctx context.Context, p cx.Principal) (model.Draft, error)
	EditDraft(ctx context.Context, p cx.Principal, base, revision int, change func(yaml []byte) ([]byte, error)) (model.Draft, error)
	DropDraft(ctx context.Context, p cx.Principal) error
	MergeDraft(ctx context.Context, p cx.Principal) (model.Draft, error)
	ApplyDraft(ctx context.Context, p cx.Principal, revision int, note string) (model.Version, error)
}

// Names tells what somebody is called, by a principal's id; "" when unknown.
type Names func(ctx context.Context, principalID string) string

// New returns the page.
func New(m Models, learner Learner, names Names) web.Page {
	p := page{m, learner, names}
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
			r.Post("/model/versions/{number}/restore", account.ApplyModel, p.restore)
			r.Get("/model/edit", account.ApplyModel, p.edit)
			r.Get("/model/edit/{section}", account.ApplyModel, p.part)
			r.Post("/model/edit/{section}", account.ApplyModel, p.save)
			r.Get("/model/edit/{section}/{item}", account.ApplyModel, p.part)
			r.Post("/model/edit/{section}/{item}", account.ApplyModel, p.save)
			r.Post("/model/edit/{section}/{item}/remove", account.ApplyModel, p.remove)
			r.Post("/model/edit/{section}/{item}/move", account.ApplyModel, p.move)
			r.Get("/model/new/{section}", account.ApplyModel, p.adding)
			r.Post("/model/new/{section}", account.ApplyModel, p.add)
			r.Get("/model/edit/journeys/{item}/lived", account.ApplyModel, p.learned)
			r.Post("/model/edit/journeys/{item}/lived", account.ApplyModel, p.takeLearned)
			r.Get("/model/edit/journeys/{item}/steps/{path}", account.ApplyModel, p.step)
			r.Post("/model/edit/journeys/{item}/steps/{path}", account.ApplyModel, p.saveStep)
			r.Post("/model/edit/journeys/{item}/steps/{path}/remove", account.ApplyModel, p.removeStep)
			r.Post("/model/edit/journeys/{item}/steps/{path}/move", account.ApplyModel, p.moveStep)
			r.Get("/model/new/journeys/{item}/steps", account.ApplyModel, p.addingStep)
			r.Post("/model/new/journeys/{item}/steps", account.ApplyModel, p.addStep)
			r.Post("/model/source/{section}", account.ApplyModel, p.sourceDraft)
			r.Post("/model/source/{section}/{item}", account.ApplyModel, p.sourceDraft)
			r.Get("/model/draft", account.ApplyModel, p.draft)
			r.Get("/model/draft/text", account.ApplyModel, p.draftText)
			r.Post("/model/draft/text", account.ApplyModel, p.saveText)
			r.Post("/model/draft/apply", account.ApplyModel, p.apply)
			r.Post("/model/draft/drop", account.ApplyModel, p.drop)
			r.Post("/model/draft/merge", account.ApplyModel, p.merge)
		},
	}
}

type page struct {
	models  Models
	learner Learner
	names   Names
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
	v, err := p.version(q)
	if err != nil {
		return err
	}
	q.W.Header().Set("Content-Type", "application/yaml; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="model-`+strconv.Itoa(v.Number)+`.yaml"`)
	_, _ = q.W.Write(v.YAML)
	return nil
}

// version is the one that the address names.
func (p page) version(q *web.Request) (model.Version, error) {
	all, err := p.models.Versions(q.Context(), q.Principal)
	if err != nil {
		return model.Version{}, err
	}
	for _, v := range all {
		if strconv.Itoa(v.Number) == q.PathValue("number") {
			return v, nil
		}
	}
	return model.Version{}, cx.Errorf(cx.NotFound, "modelview", "there is no such version")
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
