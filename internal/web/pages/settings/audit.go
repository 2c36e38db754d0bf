package settings

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	auditPage = 50
	auditFile = 500 // entries read at a time for the file
)

// auditFilter is what of the log is shown; its words are the address's.
type auditFilter struct {
	Who, What, Object string
}

func auditFilterOf(q *web.Request) auditFilter {
	v := q.URL.Query()
	return auditFilter{strings.TrimSpace(v.Get("who")), strings.TrimSpace(v.Get("what")), strings.TrimSpace(v.Get("object"))}
}

func (f auditFilter) query(before int64, limit int) account.AuditQuery {
	return account.AuditQuery{Principal: f.Who, Action: f.What, Object: f.Object, Before: before, Limit: limit}
}

// path is an address that keeps the filter, and what more is said.
func (f auditFilter) path(to string, more ...string) string {
	v := url.Values{}
	for _, pair := range [][2]string{{"who", f.Who}, {"what", f.What}, {"object", f.Object}} {
		if pair[1] != "" {
			v.Set(pair[0], pair[1])
		}
	}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	if len(v) == 0 {
		return to
	}
	return to + "?" + v.Encode()
}

// whats are the groups of actions that the log is asked for.
func whats() []string {
	return []string{"sign-in", "customer", "customers", "exported", "imported", "model", "person", "session", "source", "token", "quarantine", "circumstance", "backup", "links"}
}

// names resolves opaque ids when the log is read, each once; the log holds none.
type names struct {
	page   page
	q      *web.Request
	known  map[string]string
	people []account.Person
}

func (p page) names(q *web.Request) (*names, error) {
	n := &names{p, q, map[string]string{"system": "Vivencia", "anonymous": q.T("settings.audit.anonymous"), "customer": q.T("settings.audit.themselves")}, nil}
	var err error
	if n.people, err = p.accounts.People(q.Context(), q.Principal); err != nil {
		return nil, err
	}
	for _, person := range n.people {
		n.known[person.Principal().ID] = person.Name
	}
	tokens, err := p.accounts.Tokens(q.Context(), q.Principal)
	for _, t := range tokens {
		n.known["token:"+strconv.FormatInt(t.ID, 10)] = q.T("settings.audit.token", "name", t.Name)
	}
	return n, err
}

// of returns the name behind an id, or the id when there is none.
func (n *names) of(id string) string {
	name, ok := n.known[id]
	if customer, is := strings.CutPrefix(id, "customer:"); is && !ok {
		name = n.page.customers(n.q.Context(), n.q.Principal, cx.CustomerID(customer))
		n.known[id] = name
	}
	if name == "" {
		return id
	}
	return name
}

// object shows what something was done to, with a way to it.
func (n *names) object(id string) templ.Component {
	kind, key, _ := strings.Cut(id, ":")
	switch kind {
	case "person":
		return ui.Link("/settings/people/"+url.PathEscape(key), n.of(id))
	case "customer":
		if name := n.of(id); name != id {
			return ui.Link("/customers/"+url.PathEscape(key), name)
		}
	}
	return ui.Text(n.of(id))
}

// did says an action in words, or as it is written when there are none.
func did(q *web.Request, action string) string {
	if key := "settings.did." + action; q.L.Has(key) {
		return q.T(key)
	}
	return action
}

func (p page) audit(q *web.Request) error {
	f := auditFilterOf(q)
	n, err := p.names(q)
	if err != nil {
		return err
	}
	t, err := p.auditTable(q, n, f, 0)
	if err != nil {
		return err
	}
	var chain *account.Chain
	if q.URL.Query().Has("check") {
		c, err := p.accounts.Verify(q.Context(), q.Principal)
		if err != nil {
			return err
		}
		chain = &c
	}
	return p.render(q, "audit", form{}, auditView(t, f, n.people, chain))
}

func (p page) auditRows(q *web.Request) error {
	before, err := strconv.ParseInt(q.FormValue("before"), 10, 64)
	if err != nil {
		return cx.Errorf(cx.NotFound, "settings", "there is no such page of the log")
	}
	n, err := p.names(q)
	if err != nil {
		return err
	}
	t, err := p.auditTable(q, n, auditFilterOf(q), before)
	if err != nil {
		return err
	}
	return q.Fragment(ui.TableRows(t))
}

func (p page) auditTable(q *web.Request, n *names, f auditFilter, before int64) (ui.Table, error) {
	entries, err := p.accounts.Audit(q.Context(), q.Principal, f.query(before, auditPage))
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{ID: "audit", Caption: q.T("settings.audit"), Columns: []ui.Column{
		{Label: q.T("settings.audit.action")},
		{Label: q.T("settings.audit.who")},
		{Label: q.T("settings.audit.what")},
		{Label: q.T("settings.audit.when")},
	}}
	for _, e := range entries {
		t.Rows = append(t.Rows, []templ.Component{ui.Text(did(q, e.Action)), ui.Text(n.of(e.Principal)), n.object(e.Object), ui.DateTime(e.At)})
	}
	if len(entries) == auditPage {
		t.Next = f.path("/settings/audit/rows", "before", strconv.FormatInt(entries[len(entries)-1].ID, 10))
	}
	return t, nil
}

// auditFile is all that the filter lets through, as ids and with its hashes: a
// witness does not depend on what people are called today.
func (p page) auditFile(q *web.Request) error {
	f := auditFilterOf(q)
	header := []string{"id", "at", "principal", "action", "object", "hash"}
	return q.CSV(q.T("settings.audit.file"), header, func(yield func([]string, error) bool) {
		for before := int64(0); ; {
			entries, err := p.accounts.Audit(q.Context(), q.Principal, f.query(before, auditFile))
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range entries {
				if !yield([]string{strconv.FormatInt(e.ID, 10), e.At.String(), e.Principal, e.Action, e.Object, e.Hash}, nil) {
					return
				}
				before = e.ID
			}
			if len(entries) < auditFile {
				return
			}
		}
	})
}
