package cases

import (
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// oneView is a case as the page shows it.
type oneView struct {
	sideView
	c          cases.Full
	talk       dialogue.Conversation
	colleagues []cases.Colleague
	others     []cases.Case       // of the same customer, that it could be one with
	improved   []cycle.Initiative // what is being done, or was, about its cause
	work       bool
	did        failed
	title      string
}

// failed is what could not be done: at which form, what was typed, and why.
type failed struct {
	do, typed, message string
	faults             []cx.Fault
}

// of returns what was typed into a form that could not be done.
func (f failed) of(do string) string {
	if f.do != do {
		return ""
	}
	return f.typed
}

func (p page) show(q *web.Request) error { return p.render(q, http.StatusOK, failed{}) }

func (p page) render(q *web.Request, status int, did failed) error {
	v, err := p.one(q)
	if err != nil {
		return err
	}
	if v.c.State == cases.StateMerged && status == http.StatusOK {
		return q.Redirect("/cases/" + v.c.MergedInto)
	}
	v.did = did
	if v.work {
		if v.colleagues, err = p.cases.Colleagues(q.Context(), q.Principal, v.c.Area); err != nil {
			return err
		}
		if v.others, err = p.others(q, v.c.Case); err != nil {
			return err
		}
	}
	return q.RenderStatus(status, v.title, onePage(v))
}

// one reads a case and what stands beside it.
func (p page) one(q *web.Request) (v oneView, err error) {
	ctx, who, id := q.Context(), q.Principal, q.PathValue("id")
	if v.c, err = p.cases.Case(ctx, who, id, q.L.Lang); err != nil {
		return v, err
	}
	if v.talk, err = p.cases.Conversation(ctx, who, id, q.L.Lang); err != nil {
		return v, err
	}
	if v.sideView, err = p.side(q, v.c.Customer); err != nil {
		return v, err
	}
	if p.initiatives != nil && v.c.Cause != "" {
		if v.improved, err = p.initiatives.OfCause(ctx, who, v.c.Cause); err != nil {
			return v, err
		}
	}
	v.work = account.Check(who, account.WorkCases) == nil
	v.title = v.finding()
	return v, nil
}

// others are the customer's cases that are not over, for who finds that two are
// the same.
func (p page) others(q *web.Request, c cases.Case) ([]cases.Case, error) {
	if c.Customer == "" || c.State != cases.StateOpen {
		return nil, nil
	}
	found, err := p.cases.List(q.Context(), q.Principal, cases.Query{Customer: c.Customer, Language: q.L.Lang, Limit: 20})
	return slices.DeleteFunc(found.Cases, func(o cases.Case) bool { return o.ID == c.ID }), err
}

// finding is what a case is and how it stands, in a sentence.
func (v oneView) finding() string {
	return v.Title(v.c.Case) + ": " + lower(v.stands())
}

// stands says how the case stands.
func (v oneView) stands() string {
	c, t := v.c, v.L.T
	switch {
	case c.State == cases.StateSolved:
		return t("cases.stands.solved")
	case c.State == cases.StateClosed && c.MadeRight == cases.Right:
		return t("cases.stands.right")
	case c.State == cases.StateClosed:
		return t("cases.stands.closed")
	case c.HeardAt != 0:
		return t("cases.stands.heard")
	case c.Owner == "":
		return v.Due(c.Case).Text + t("cases.stands.nobody")
	}
	return v.Due(c.Case).Text
}

func lower(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// mine tells whether the case is the reader's to do.
func (v oneView) mine() bool { return v.c.Owner == v.Me }

// open tells whether something is still to be done.
func (v oneView) open() bool { return v.c.State == cases.StateOpen }

// choices are those that can be offered.
func (v oneView) choices() (out []ui.Option) {
	for _, c := range v.Model.Choices {
		out = append(out, ui.Option{Value: c.Slug, Text: c.Question.In(v.L.Lang)})
	}
	return out
}

// causes are what the case may come from.
func (v oneView) causes() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.cause.none")}}
	for _, c := range v.Causes() {
		out = append(out, ui.Option{Value: c.Slug, Text: c.Name})
	}
	return out
}

func (v oneView) areas() (out []ui.Option) {
	for _, a := range v.Model.Areas {
		if a.Slug != v.c.Area {
			out = append(out, ui.Option{Value: a.Slug, Text: a.Name.In(v.L.Lang)})
		}
	}
	return out
}

// done counts what is done of the checklist.
func (v oneView) done() (n int) {
	for _, i := range v.c.Checklist {
		if i.Done {
			n++
		}
	}
	return n
}

// live draws again what changes while somebody looks at a case.
func (p page) live(q *web.Request) error {
	if _, err := p.one(q); err != nil {
		return err
	}
	changed, err := p.cases.Watch(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return web.Stream(q, changed, func(u cases.Update) []templ.Component {
		if u.Case != q.PathValue("id") {
			return nil
		}
		v, err := p.one(q)
		if err != nil {
			return nil // who may not see it any more, or it is gone
		}
		return []templ.Component{oneAgain(v)}
	})
}
