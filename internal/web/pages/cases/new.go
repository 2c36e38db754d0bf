package cases

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// newView is the form of a new case.
type newView struct {
	telling.Reader
	n       cases.New
	name    string              // of its customer, when that is known
	who     string              // what was typed to say whose it is
	found   []remember.Customer // several that this may be
	solve   bool                // the reader may say that it is made right already
	solved  bool                // it is
	done    string              // how
	message string
	faults  []cx.Fault
}

// form begins a case: of a customer, of words that somebody said, of nothing.
func (p page) form(q *web.Request) error {
	v := newView{Reader: p.reader(q)}
	ask := q.URL.Query()
	v.n = cases.New{
		Key: "page:" + rand.Text(), Customer: cx.CustomerID(ask.Get("customer")), Kind: ask.Get("kind"), Area: ask.Get("area"),
		Touchpoint: ask.Get("touchpoint"), Promise: ask.Get("promise"), Instance: ask.Get("instance"),
	}
	if ref, err := voice.ParseRef(ask.Get("voice")); err == nil {
		if err := p.fromWords(q, &v.n, ref); err != nil {
			return err
		}
	}
	return p.showForm(q, http.StatusOK, v)
}

// fromWords fills a case with what somebody said.
func (p page) fromWords(q *web.Request, n *cases.New, ref voice.Ref) error {
	found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: voice.Filter{Seqs: []cx.Seq{ref.Seq}}})
	if err != nil {
		return err
	}
	for _, l := range found.Lines {
		if l.Ref == ref {
			n.Customer, n.Words, n.Touchpoint = l.CustomerID, l.Words, l.Touchpoint
			n.Area, n.Place, n.Supplier = l.Area, l.Place, l.Supplier
			if len(l.Topics) > 0 {
				n.Reason = l.Topics[0]
			}
		}
	}
	return nil
}

func (p page) showForm(q *web.Request, status int, v newView) error {
	if v.n.Customer != "" {
		c, err := p.memory.Customer(q.Context(), q.Principal, v.n.Customer)
		if err != nil {
			return err
		}
		v.n.Customer, v.name = c.ID, v.Name(c.Name)
	}
	v.solve = account.Check(q.Principal, account.WorkCases) == nil
	title := q.T("cases.new.title")
	if v.name != "" {
		title = q.T("cases.new.title.of", "name", v.name)
	}
	return q.RenderStatus(status, title, newPage(v, title))
}

// open opens the case; the same form sent twice is one case.
func (p page) open(q *web.Request) error {
	f := q.PostFormValue
	v := newView{Reader: p.reader(q), who: strings.TrimSpace(f("who")), solved: f("solved") == "1", done: strings.TrimSpace(f("done"))}
	v.n = cases.New{
		Key: f("key"), Customer: cx.CustomerID(f("customer")), Kind: f("kind"), Area: f("area"), Place: f("place"), Touchpoint: f("touchpoint"), Supplier: f("supplier"), Reason: f("reason"),
		Promise: f("promise"), Instance: f("instance"), Title: strings.TrimSpace(f("title")), Words: strings.TrimSpace(f("words")),
	}
	if f("mine") == "1" {
		v.n.Owner = q.Principal.ID
	}
	if v.n.Customer == "" && v.who != "" {
		unsure, err := p.whose(q, &v)
		if unsure || err != nil {
			return err
		}
	}
	c, err := p.cases.Open(q.Context(), q.Principal, v.n)
	if err == nil && v.solved {
		c, err = p.cases.Solve(q.Context(), q.Principal, c.ID, cmp.Or(v.done, q.T("cases.new.solved.done")))
	}
	if err != nil {
		message, faults, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		v.message, v.faults = message, faults
		return p.showForm(q, http.StatusUnprocessableEntity, v)
	}
	q.Flash(ui.Positive, q.T("cases.opened.said", "number", telling.Number(c)))
	if account.Check(q.Principal, account.ViewCases) != nil {
		return q.Redirect("/")
	}
	return q.Redirect(telling.Path(c.ID))
}

// whose finds the customer that was typed. unsure is true when it has answered:
// nobody is called so, or several are.
func (p page) whose(q *web.Request, v *newView) (unsure bool, err error) {
	ids, err := p.cases.Find(q.Context(), q.Principal, v.who)
	switch {
	case err != nil:
		return false, err
	case len(ids) == 1:
		v.n.Customer = ids[0]
		return false, nil
	case len(ids) == 0:
		v.message = q.T("cases.new.nobody", "who", v.who)
	default:
		v.message = q.T("cases.new.several", "n", len(ids))
		for _, id := range ids {
			c, err := p.memory.Customer(q.Context(), q.Principal, id)
			if err != nil {
				return false, err
			}
			v.found = append(v.found, c)
		}
	}
	return true, p.showForm(q, http.StatusUnprocessableEntity, *v)
}

func (v newView) kinds() []ui.Option {
	var out []ui.Option
	for _, k := range v.Model.Cases.Kinds {
		out = append(out, ui.Option{Value: k.Slug, Text: k.Name.In(v.L.Lang)})
	}
	return append(out, ui.Option{Text: v.L.T("cases.kind.none")})
}

func (v newView) areas() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.new.area.auto")}}
	for _, a := range v.Model.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: a.Name.In(v.L.Lang)})
	}
	return out
}

func (v newView) places() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.new.place.none")}}
	for _, p := range v.Model.Places {
		out = append(out, ui.Option{Value: p.Slug, Text: p.Name.In(v.L.Lang)})
	}
	return out
}

// fault is what is wrong with a field.
func (v newView) fault(field string) string {
	for _, f := range v.faults {
		if f.Field == field {
			return f.Message
		}
	}
	return ""
}
