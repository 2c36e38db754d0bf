package cases

import (
	"net/http"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// listView is Casos as the page shows it.
type listView struct {
	telling.Reader
	ask        question
	found      cases.List
	counts     map[string]int // by queue
	figures    cases.Figures
	colleagues []cases.Colleague
	work, open bool // what the reader may do
	export     bool // the reader may take lists away
	limited    bool // the reader is limited to areas
	title      string
}

func (p page) reader(q *web.Request) telling.Reader {
	return telling.NewReader(q, p.models.Current().Model)
}

func (p page) list(q *web.Request) error {
	v, err := p.queue(q)
	if err != nil {
		return err
	}
	ctx, who := q.Context(), q.Principal
	month := v.ask.query(v.L.Lang)
	month.State, month.Owner, month.Due, month.Heard = cases.AnyState, "", "", false
	month.Opened = cx.Window{From: q.Now().Add(-28 * 24 * time.Hour)}
	if v.figures, err = p.cases.Figures(ctx, who, month, ""); err != nil {
		return err
	}
	if v.work {
		if v.colleagues, err = p.cases.Colleagues(ctx, who, v.ask.area); err != nil {
			return err
		}
	}
	return q.Render(v.title, listPage(v))
}

// queue reads the queue that the address names, and how many stand in each.
func (p page) queue(q *web.Request) (v listView, err error) {
	v.Reader = p.reader(q)
	v.work, v.open = account.Check(q.Principal, account.WorkCases) == nil, account.Check(q.Principal, account.OpenCases) == nil
	v.export = account.Check(q.Principal, account.ExportCustomers) == nil
	v.limited = q.Principal.Areas != nil
	if v.ask, err = questionOf(q); err != nil {
		return v, err
	}
	if v.found, err = p.cases.List(q.Context(), q.Principal, v.ask.query(v.L.Lang)); err != nil {
		return v, err
	}
	v.counts = map[string]int{v.ask.queue: v.found.Total}
	for _, name := range queues() {
		if name == v.ask.queue || name == queueClosed {
			continue
		}
		query := v.ask.in(name).query(v.L.Lang)
		query.Limit = 1
		found, err := p.cases.List(q.Context(), q.Principal, query)
		if err != nil {
			return v, err
		}
		v.counts[name] = found.Total
	}
	v.title = v.finding()
	return v, nil
}

// finding is how the queue stands, in a sentence.
func (v listView) finding() string {
	n, t := v.found.Total, v.L.T
	switch v.ask.queue {
	case queueMine:
		switch mineLate := v.lateHere(); {
		case n == 0:
			return t("cases.finding.mine.none")
		case mineLate > 0:
			return t("cases.finding.mine.late", "n", n, "late", mineLate)
		}
		return t("cases.finding.mine", "n", n)
	case queueNobody, queueLate, queueToday, queueHeard, queueSolved, queueClosed:
		if n == 0 {
			return t("cases.finding." + v.ask.queue + ".none")
		}
		return t("cases.finding."+v.ask.queue, "n", n)
	}
	late, nobody := v.counts[queueLate], v.counts[queueNobody]
	switch {
	case n == 0 && v.ask.narrowed():
		return t("cases.finding.nothing")
	case n == 0:
		return t("cases.finding.none")
	case late > 0 && nobody > 0:
		return t("cases.finding.both", "n", n, "late", t("cases.finding.part.late", "n", late), "nobody", t("cases.finding.part.nobody", "n", nobody))
	case late > 0:
		return t("cases.finding.one", "n", n, "what", t("cases.finding.part.late", "n", late))
	case nobody > 0:
		return t("cases.finding.one", "n", n, "what", t("cases.finding.part.nobody", "n", nobody))
	}
	return t("cases.finding.calm", "n", n)
}

// lateHere counts the late ones on this page, which come first.
func (v listView) lateHere() (n int) {
	for i := range v.found.Cases {
		if v.found.Cases[i].Late(v.Now) {
			n++
		}
	}
	return n
}

// chip is one queue with how many stand in it.
type chip struct {
	text, href string
	n          int
	current    bool
	urgent     bool
}

func (v listView) chips() (out []chip) {
	for _, name := range queues() {
		key := "cases.queue." + name
		switch {
		case name == queueAll && v.limited:
			key = "cases.queue.area"
		case name == queueAll:
			key = "cases.queue.all"
		}
		out = append(out, chip{v.L.T(key), v.ask.in(name).at("/cases"), v.counts[name], name == v.ask.queue, (name == queueLate || name == queueHeard) && v.counts[name] > 0})
	}
	return out
}

func (v listView) areas() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.filter.every-area")}}
	for _, a := range v.Model.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: a.Name.In(v.L.Lang)})
	}
	return out
}

func (v listView) kinds() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.filter.every-kind")}}
	for _, k := range v.Model.Cases.Kinds {
		out = append(out, ui.Option{Value: k.Slug, Text: k.Name.In(v.L.Lang)})
	}
	return out
}

func (v listView) places() []ui.Option {
	out := []ui.Option{{Text: v.L.T("cases.filter.every-place")}}
	for _, p := range v.Model.Places {
		out = append(out, ui.Option{Value: p.Slug, Text: p.Name.In(v.L.Lang)})
	}
	return out
}

func (v listView) sorts() (out []ui.Option) {
	for _, s := range []cases.Sort{cases.ByPriority, cases.ByDue, cases.ByNewest, cases.ByChange} {
		key := "cases.sort." + string(s)
		if s == cases.ByPriority {
			key = "cases.sort.priority"
		}
		out = append(out, ui.Option{Value: string(s), Text: v.L.T(key)})
	}
	return out
}

// people are those whom cases can be given to.
func people(r telling.Reader, colleagues []cases.Colleague) []ui.Option {
	out := []ui.Option{{Value: cases.Mine, Text: r.L.T("cases.owner.me")}}
	for _, c := range colleagues {
		if c.ID != r.Me {
			out = append(out, ui.Option{Value: c.ID, Text: c.Name})
		}
	}
	return append(out, ui.Option{Text: r.L.T("cases.owner.none")})
}

// listLive draws the queue again when a case of it changes.
func (p page) listLive(q *web.Request) error {
	if _, err := questionOf(q); err != nil {
		return err
	}
	changed, err := p.cases.Watch(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	return web.Stream(q, changed, func(cases.Update) []templ.Component {
		v, err := p.queue(q)
		if err != nil {
			return nil // who may not ask any more; the page tells them
		}
		return []templ.Component{queueAgain(v)}
	})
}

func (p page) listCSV(q *web.Request) error {
	r := p.reader(q)
	ask, err := questionOf(q)
	if err != nil {
		return err
	}
	header := []string{"id", "number", "title", "kind", "state", "customer", "customer_id", "area", "place", "promise", "supplier", "owner", "opened", "due", "late", "first_response", "solved", "closed", "reopened", "made_right", "given", "cause"}
	return q.CSV(q.T("cases.file"), header, func(yield func([]string, error) bool) {
		query := ask.query(r.L.Lang)
		query.Limit = csvPage
		for query.Page = 0; ; query.Page++ {
			found, err := p.cases.List(q.Context(), q.Principal, query)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, c := range found.Cases {
				if !yield(row(r, c), nil) {
					return
				}
			}
			if !found.More {
				return
			}
		}
	})
}

func row(r telling.Reader, c cases.Case) []string {
	stamp := func(t cx.Time) string {
		if t == 0 {
			return ""
		}
		return r.L.In(t).Format(time.DateTime)
	}
	return []string{
		c.ID, strconv.FormatInt(c.Number, 10), c.Title, c.Kind, string(c.State), c.CustomerName, string(c.Customer), c.Area, c.Place, c.Promise, c.Supplier, c.OwnerName,
		stamp(c.OpenedAt), stamp(c.Due), strconv.FormatBool(c.Late(r.Now)), stamp(c.RespondedAt), stamp(c.SolvedAt), stamp(c.ClosedAt), strconv.Itoa(c.Reopened), string(c.MadeRight),
		strconv.FormatInt(c.Given, 10), c.Cause,
	}
}

// bulk does one thing to the cases that were chosen.
func (p page) bulk(q *web.Request) error {
	ids, back := q.PostForm["id"], q.PostFormValue("back")
	if back == "" {
		back = "/cases"
	}
	do := cases.Do{Text: q.PostFormValue("text")}
	switch q.PostFormValue("do") {
	case "take":
		do.What, do.To = cases.Assigned, cases.Mine
	case "assign":
		do.What, do.To = cases.Assigned, q.PostFormValue("to")
	case "close":
		do.What = cases.Closed
	default:
		return cx.Errorf(cx.Invalid, "cases.bulk", "there is no such choice; choose one of the list")
	}
	if len(ids) == 0 {
		q.Flash(ui.Neutral, q.T("cases.bulk.none"))
		return q.Redirect(back)
	}
	failed, err := p.cases.Bulk(q.Context(), q.Principal, ids, do)
	if err != nil {
		return err
	}
	done := q.T("cases.bulk."+q.PostFormValue("do"), "n", len(ids)-len(failed))
	tone := ui.Positive
	for _, err := range failed { // of several, any tells what is the matter
		tone, done = ui.Negative, done+" "+q.T("cases.bulk.failed", "n", len(failed), "why", q.Said(cx.MessageOf(err)))
		break
	}
	q.Flash(tone, done)
	return q.Redirect(back)
}

// ofCustomer answers the part of a customer's page that shows their cases and
// promises.
func (p page) ofCustomer(q *web.Request) error {
	id := cx.CustomerID(q.PathValue("id"))
	if !q.HTMX() {
		return q.Redirect("/customers/" + string(id))
	}
	v, err := p.side(q, id)
	if err != nil {
		return err
	}
	found, err := p.cases.List(q.Context(), q.Principal, cases.Query{Customer: id, State: cases.AnyState, Sort: cases.ByChange, Language: v.L.Lang, Limit: 5})
	if err != nil {
		return err
	}
	return q.FragmentStatus(http.StatusOK, ofCustomerView(v, found, account.Check(q.Principal, account.OpenCases) == nil))
}
