package rules

import (
	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// failures is what waits for a person.
type failures struct {
	reader
	title string
	runs  []told
	hooks []deliver.HookDelivery
	again bool // whether the person may have a program told again
}

func (p page) failed(q *web.Request) error {
	runs, err := p.rules.Failed(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := failures{reader: p.reader(q, p.models.Current().Model), again: may(q, account.ManageHooks)}
	for _, run := range runs {
		run.Error = q.Said(run.Error)
		v.runs = append(v.runs, told{run, p.name(q, v.reader, run.Customer)})
	}
	if may(q, account.ViewStatus) {
		page, err := p.hooks.Hooks(q.Context(), q.Principal, deliver.HookQuery{State: deliver.HookFailed, Limit: 100})
		if err != nil {
			return err
		}
		v.hooks = page.Hooks
	}
	v.title = q.T("rules.failed.title.none")
	if n := len(v.runs) + len(v.hooks); n > 0 {
		v.title = q.T("rules.failed.title", "n", n)
	}
	return q.Render(v.title, failedView(v))
}

// mend goes on with a run that failed, or ends it.
func (p page) mend(q *web.Request) error {
	do, key := p.rules.Replay, "rules.failed.replayed"
	if q.PostFormValue("do") == "discard" {
		do, key = p.rules.Discard, "rules.failed.discarded"
	}
	if err := do(q.Context(), q.Principal, q.PathValue("id")); err != nil {
		return p.told(q, err, "/rules/failed")
	}
	q.Record(key, "run:"+q.PathValue("id"))
	q.Flash(ui.Positive, q.T(key))
	return q.Redirect("/rules/failed")
}

// again tells a program once more what it did not take.
func (p page) again(q *web.Request) error {
	if err := p.hooks.ReplayHook(q.Context(), q.Principal, q.PathValue("id")); err != nil {
		return p.told(q, err, "/rules/failed")
	}
	q.Flash(ui.Positive, q.T("rules.failed.replayed"))
	return q.Redirect("/rules/failed")
}

// listening are the other programs that rules tell.
type listening struct {
	reader
	title  string
	all    []deliver.EndpointState
	manage bool
	of     string // whose secret is shown, this once
	secret string
}

func (p page) programs(q *web.Request) error { return p.showPrograms(q, "", "") }

func (p page) showPrograms(q *web.Request, of, secret string) error {
	all, err := p.hooks.Endpoints(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	v := listening{reader: p.reader(q, p.models.Current().Model), all: all, manage: may(q, account.ManageHooks), of: of, secret: secret}
	down := 0
	for _, e := range all {
		if e.DisabledAt > 0 || e.Down > 0 || !e.Secret {
			down++
		}
	}
	v.title = q.T("rules.programs.title", "n", len(all))
	if down > 0 {
		v.title = q.T("rules.programs.title.down", "n", down)
	}
	if len(all) == 0 {
		v.title = q.T("rules.programs.title.none")
	}
	return q.Render(v.title, programsView(v))
}

// program gives a program a new secret, shown once; tries it; or switches it on
// again.
func (p page) program(q *web.Request) error {
	slug := q.PathValue("slug")
	const back = "/rules/programs"
	var err error
	switch q.PostFormValue("do") {
	case "rotate":
		secret, err := p.hooks.Rotate(q.Context(), q.Principal, slug)
		if err != nil {
			return p.told(q, err, back)
		}
		q.Record("webhook.rotated", "webhook:"+slug)
		q.W.Header().Set("Cache-Control", "no-store")
		return p.showPrograms(q, slug, secret)
	case "test":
		_, err = p.hooks.TestEndpoint(q.Context(), q.Principal, slug)
	case "enable":
		err = p.hooks.Enable(q.Context(), q.Principal, slug)
	default:
		err = cx.Errorf(cx.Invalid, "rules", "this form is not whole; open it again")
	}
	if err != nil {
		return p.told(q, err, back)
	}
	q.Flash(ui.Positive, q.T("rules.programs.done."+q.PostFormValue("do"), "program", slug))
	return q.Redirect(back + "#" + slug)
}
