package choices

import (
	"context"
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

//go:embed messages.*.yaml
var messages embed.FS

const section = "choices" // of the model

// Models is what the page asks of model.Service.
type Models interface {
	Current() model.Version
	Draft(ctx context.Context, p cx.Principal) (model.Draft, error)
	EditDraft(ctx context.Context, p cx.Principal, base, revision int, change func(yaml []byte) ([]byte, error)) (model.Draft, error)
	ApplyDraft(ctx context.Context, p cx.Principal, revision int, note string) (model.Version, error)
}

// New returns the page.
func New(m Models) web.Page {
	p := page{m}
	return web.Page{
		Name:     "choices",
		Messages: messages,
		Routes: func(r *web.Router) {
			r.Get("/rules/choices", account.ViewRules, p.list)
			r.Get("/rules/choices/new", account.ApplyModel, p.form)
			r.Get("/rules/choices/of/{slug}", account.ApplyModel, p.form)
			r.Post("/rules/choices/new", account.ApplyModel, p.save)
			r.Post("/rules/choices/of/{slug}", account.ApplyModel, p.save)
		},
	}
}

type page struct{ models Models }

func path(slug string) string {
	if slug == "" {
		return "/rules/choices/new"
	}
	return "/rules/choices/of/" + url.PathEscape(slug)
}

// listed is every choice, with the rules that offer it.
type listed struct {
	title   string
	choices []model.Choice
	rules   map[string][]model.Rule
	mayEdit bool
}

func (p page) list(q *web.Request) error {
	m := p.models.Current().Model
	v := listed{choices: m.Choices, rules: map[string][]model.Rule{}, mayEdit: account.Check(q.Principal, account.ApplyModel) == nil}
	for _, r := range m.Rules {
		for _, slug := range offered(r.Then) {
			v.rules[slug] = append(v.rules[slug], r)
		}
	}
	v.title = q.T("choices.title", "n", len(v.choices))
	if len(v.choices) == 0 {
		v.title = q.T("choices.title.none")
	}
	return q.Render(v.title, listView(v))
}

// offered lists the choices that steps offer, each once.
func offered(steps []model.Action) (slugs []string) {
	for _, s := range steps {
		if s.Kind == model.DoChoice && !slices.Contains(slugs, s.Of) {
			slugs = append(slugs, s.Of)
		}
		for _, slug := range offered(s.Wait.Else) {
			if !slices.Contains(slugs, slug) {
				slugs = append(slugs, slug)
			}
		}
	}
	return slugs
}

// form shows a choice as the person's draft has it.
func (p page) form(q *web.Request) error {
	d, err := p.models.Draft(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	c := draft{slug: q.PathValue("slug"), base: d.Base, langs: p.models.Current().Model.Company.Spoken(), expires: "2d"}
	if c.slug != "" {
		doc, err := model.Read(d.YAML)
		if err != nil {
			return cx.Errorf(cx.Invalid, "choices", "your draft cannot be read: mend its text first, under Model")
		}
		at := model.IndexOf(d.YAML, section, c.slug)
		if at < 0 {
			return cx.Errorf(cx.NotFound, "choices", "there is no such choice")
		}
		c.read(doc.Items(section)[at])
	}
	return p.show(q, c, http.StatusOK)
}

func (p page) show(q *web.Request, c draft, status int) error {
	c.title = q.T("choices.new.title")
	if c.slug != "" {
		c.title = q.T("choices.edit.title", "question", c.question.In(q.L.Lang))
	}
	return q.RenderStatus(status, c.title, formView(c))
}

// save writes the choice into the person's draft, and puts it in force when the
// draft said nothing else.
func (p page) save(q *web.Request) error {
	c := draft{slug: q.PathValue("slug"), langs: p.models.Current().Model.Company.Spoken()}
	c.take(q.PostForm)
	before, err := p.models.Draft(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		return cx.Errorf(cx.Invalid, "choices", "this form is not whole; open it again")
	}
	slug := c.slug
	var faults []cx.Fault
	d, err := p.models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		doc, err := model.Read(src)
		if err != nil {
			return nil, err
		}
		at := len(doc.Items(section))
		if slug == "" {
			slug = model.NewSlug(c.question.In(q.L.Lang), "choice", func(s string) bool { return model.IndexOf(src, section, s) >= 0 })
		} else if at = model.IndexOf(src, section, slug); at < 0 {
			return nil, cx.Errorf(cx.NotFound, "choices", "this is no longer in your draft")
		}
		out, err := model.SetItem(src, section, at, c.part(slug))
		if err != nil {
			return nil, err
		}
		if _, err := model.Parse(out); err != nil {
			if faults = ofChoice(cx.FaultsOf(err), at); len(faults) > 0 {
				return nil, cx.InvalidFaults("choices", faults)
			}
		}
		return out, nil
	})
	if cx.KindOf(err) == cx.Invalid {
		if c.message, c.faults, err = q.Explain(err); err != nil {
			return err
		}
		c.base = base
		return p.show(q, c, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	if before.Revision != 0 {
		q.Flash(ui.Positive, q.T("choices.drafted"))
		return q.Redirect("/rules")
	}
	v, err := p.models.ApplyDraft(q.Context(), q.Principal, d.Revision, q.T("choices.note", "question", c.question.In(q.L.Lang)))
	if err != nil {
		return err
	}
	q.Record("model.applied", "model:"+strconv.Itoa(v.Number))
	q.Flash(ui.Positive, q.T("choices.saved"))
	return q.Redirect("/rules/choices#" + slug)
}
