package modelview

import (
	"context"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Learner makes a journey's script from how it is lived.
type Learner interface {
	Learn(ctx context.Context, p cx.Principal, slug string, q journey.LearnQuery) (journey.Learned, error)
}

// learning is a script made from what is lived, before anybody takes it.
type learning struct {
	journey.Learned
	percent int
}

// learn asks for the script of the journey that an address names, as far as it
// is in force: only what is in force is known to be lived.
func (p page) learn(q *web.Request, e *editor) (learning, error) {
	slug, _ := e.items[e.at].Get("slug").(string)
	l := learning{percent: coverageOf(q.FormValue("coverage"))}
	if _, ok := e.now.Model.Journey(slug); !ok {
		return l, cx.Errorf(cx.Conflict, "modelview", "put the journey in force first: then Vivencia knows how it is lived")
	}
	var err error
	l.Learned, err = p.learner.Learn(q.Context(), q.Principal, slug, journey.LearnQuery{Coverage: float64(l.percent) / 100})
	return l, err
}

// learned shows the script that what is lived gives, with how many live it.
func (p page) learned(q *web.Request) error {
	e, err := p.editor(q)
	if err != nil {
		return err
	}
	if e.shut {
		return q.Redirect("/model/draft/text")
	}
	if err := e.open("journeys", q.PathValue("item")); err != nil {
		return err
	}
	l, err := p.learn(q, e)
	if err != nil {
		return p.told(q, err, e.path())
	}
	src, err := model.SetScript(e.draft.YAML, e.at, l.Script)
	if err != nil {
		return err
	}
	doc, err := model.Read(src)
	if err != nil {
		return err
	}
	with := &editor{q: q, now: e.now, draft: e.draft, doc: doc, at: -1}
	if err := with.open("journeys", q.PathValue("item")); err != nil {
		return err
	}
	title := q.T("modelview.learn.title", "n", l.Runs.K, "of", l.Runs.N, "share", q.L.Percent(l.Runs.Value(), 0))
	return q.Render(title, learnView(with, l, title))
}

// takeLearned makes that script the draft's.
func (p page) takeLearned(q *web.Request) error {
	back := "/model/edit/journeys/" + q.PathValue("item")
	looked, err := p.editor(q)
	if err != nil {
		return err
	}
	if err := looked.open("journeys", q.PathValue("item")); err != nil {
		return err
	}
	l, err := p.learn(q, looked)
	if err != nil {
		return p.told(q, err, back)
	}
	_, ok, err := p.changeScript(q, back, func(src []byte, e *editor) ([]byte, error) { return model.SetScript(src, e.at, l.Script) })
	if !ok {
		return err
	}
	q.Flash(ui.Positive, q.T("modelview.learn.taken"))
	return q.Redirect(back)
}

// coverages are the shares of runs that a script can be learned from.
func coverages() []int { return []int{50, 80, 90, 95} }

// coverageOf is the share that an address asks for.
func coverageOf(s string) int {
	if n, err := strconv.Atoi(s); err == nil && slices.Contains(coverages(), n) {
		return n
	}
	return 80
}

// coverages are the tabs of how many of the runs a script should be of.
func (e *editor) coverages(percent int) (out []ui.Tab) {
	for _, n := range coverages() {
		out = append(out, ui.Tab{
			Href:    e.itemPath() + "/lived?coverage=" + strconv.Itoa(n),
			Text:    e.q.L.Percent(float64(n)/100, 0),
			Current: n == percent,
		})
	}
	return out
}
