package reasons

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// whyForm is a further step of "and why?" on its way into the model.
type whyForm struct {
	of, because, name, area string
	back                    string // the page that it is asked on
	message                 string
	faults                  []cx.Fault
}

// named are the kinds of whys that somebody gives a name; of suppliers and places
// one is chosen.
func named() []string {
	return []string{model.WhyPolicy, model.WhyGoal, model.WhyTool, model.WhyCircumstance}
}

// becauses are what can be chosen as a why.
func (r reader) becauses() (out []ui.Option) {
	for _, kind := range named() {
		out = append(out, ui.Option{Value: kind, Text: r.L.T("reasons.why.kind." + kind)})
	}
	for _, s := range r.Model.Suppliers {
		out = append(out, ui.Option{Value: model.WhySupplier + ":" + s.Slug, Text: r.L.T("reasons.why.kind.supplier") + ": " + r.Supplier(s.Slug)})
	}
	for _, s := range r.Model.Places {
		out = append(out, ui.Option{Value: model.WhyPlace + ":" + s.Slug, Text: r.L.T("reasons.why.kind.place") + ": " + r.Place(s.Slug)})
	}
	return out
}

// owners are the areas that can answer for a why.
func (r reader) owners() []ui.Option {
	out := []ui.Option{{Text: r.L.T("reasons.owner.none")}}
	for _, a := range r.Model.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: r.Say(a.Name)})
	}
	return out
}

// proposal is how a why that the data propose is asked for by the form.
func proposal(l reason.Link) string { return l.Kind + ":" + l.Ref }

// addWhy declares what stands behind a reason, as the model's next version.
func (p page) addWhy(q *web.Request) error {
	v := func(name string) string { return strings.TrimSpace(q.PostFormValue(name)) }
	f := whyForm{of: v("of"), because: v("because"), name: v("name"), area: v("area"), back: q.Ours(v("back"))}
	kind, ref, _ := strings.Cut(f.because, ":")
	if slices.Contains(named(), kind) && ref == "" && f.name == "" {
		f.faults = []cx.Fault{{Field: "name", Message: q.T("reasons.why.nameless")}}
		return p.again(q, f)
	}
	m := p.models.Current().Model
	if kind == model.WhyCircumstance && ref == "" {
		ref = model.NewSlug(f.name, kind, func(string) bool { return false })
	}
	slug := model.NewSlug(cmp.Or(ref, f.name), "why", func(s string) bool {
		return slices.ContainsFunc(m.Whys, func(w model.Why) bool { return w.Slug == s })
	})
	err := p.reasons.SetWhy(q.Context(), q.Principal, model.Why{Slug: slug, Of: f.of, Kind: kind, Ref: ref, Name: model.Text{ES: f.name, EN: f.name, PT: f.name}, Area: f.area})
	if err != nil {
		var failure error
		if f.message, f.faults, failure = q.Explain(err); failure != nil {
			return failure
		}
		return p.again(q, f)
	}
	q.Flash(ui.Positive, q.T("reasons.why.saved"))
	return q.Redirect(f.back)
}

// again shows the form with what is wrong with it, on a page of its own.
func (p page) again(q *web.Request, f whyForm) error {
	title := q.T("reasons.whys")
	return q.RenderStatus(http.StatusUnprocessableEntity, title, whyView(p.reader(q), f, title))
}

// removeWhy takes a step out of the model.
func (p page) removeWhy(q *web.Request) error {
	if err := p.reasons.RemoveWhy(q.Context(), q.Principal, q.PathValue("slug")); err != nil {
		return err
	}
	q.Flash(ui.Positive, q.T("reasons.why.removed"))
	return q.Redirect(q.Ours(q.PostFormValue("back")))
}

func number(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
