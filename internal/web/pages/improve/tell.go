package improve

import (
	"context"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Stories tells customers what changed because they said it; told.Service does.
type Stories interface {
	Story(ctx context.Context, p cx.Principal, slug string) (told.Story, error)
	Keep(ctx context.Context, p cx.Principal, st told.Story) (told.Story, error)
	Tell(ctx context.Context, p cx.Principal, slug string) (int, error)
}

// tellable tells whether an initiative changed anything that could be told.
func tellable(i cycle.Initiative) bool {
	return i.Evaluation != nil && i.Evaluation.Verdict == impact.Worked || i.Decision != nil && i.Decision.Choice == cycle.Adopt
}

// telling is the form of what customers are told.
type telling struct {
	reader
	form
	slug  string
	story told.Story
}

// telling is a part of an initiative's page.
func (p page) telling(q *web.Request) error {
	slug := q.PathValue("slug")
	st, err := p.stories.Story(q.Context(), q.Principal, slug)
	if err != nil {
		return err
	}
	v := telling{p.reader(q), newForm(q), slug, st}
	v.texts("said", st.Said)
	v.texts("did", st.Did)
	if st.Public {
		v.values.Set("public", "1")
	}
	return p.showTelling(q, v, http.StatusOK)
}

func (p page) showTelling(q *web.Request, v telling, status int) error {
	if q.HTMX() {
		return q.FragmentStatus(status, tellingView(v))
	}
	return q.RenderStatus(status, q.T("improve.tell"), tellingView(v))
}

// tell keeps what customers read, and has those told who asked for it.
func (p page) tell(q *web.Request) error {
	slug := q.PathValue("slug")
	st, err := p.stories.Story(q.Context(), q.Principal, slug)
	if err != nil {
		return err
	}
	v := telling{p.reader(q), newForm(q), slug, st}
	st.Said, st.Did, st.Public = compose.TextOf("said", v.get), compose.TextOf("did", v.get), v.get("public") == "1"
	n := 0
	if _, err = p.stories.Keep(q.Context(), q.Principal, st); err == nil && v.get("do") == "tell" {
		n, err = p.stories.Tell(q.Context(), q.Principal, slug)
	}
	if err != nil {
		if err := v.refused(q, err); err != nil {
			return err
		}
		return p.showTelling(q, v, http.StatusUnprocessableEntity)
	}
	if v.get("do") == "tell" {
		q.Flash(ui.Positive, q.T("improve.telling", "n", n))
	} else {
		q.Flash(ui.Positive, q.T("improve.story.kept"))
	}
	return q.Redirect(of(slug))
}

// mayTell tells whether a person may write the story of an initiative.
func (v shown) mayTell() bool {
	return v.May(account.LeadImprovement) && tellable(v.full.Initiative)
}
