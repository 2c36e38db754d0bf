package api

import (
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// caseOf shapes a case: ids, what it is about, how far it is.
func caseOf(c *cases.Case) any {
	return plain(*c).(members).without("key").without("checks").set("about", withoutNil(c.About))
}

func withoutNil(about map[string]string) map[string]string {
	if about == nil {
		return map[string]string{}
	}
	return about
}

// cases reads which cases are asked for.
func (q *request) cases() cases.Query {
	return cases.Query{
		Area: q.text("area"), Place: q.text("place"), Kind: q.text("kind"), Supplier: q.text("supplier"), Promise: q.text("promise"), Touchpoint: q.text("touchpoint"), Cause: q.text("cause"),
		Owner: q.text("owner"), State: cases.State(q.oneOf("state", "open", "solved", "closed", "merged", "any")), Due: cases.DueIn(q.oneOf("due", "late", "today", "week")),
		Heard: q.oneOf("heard", "true", "false") == "true", Customer: cx.CustomerID(q.text("customer")), Text: q.text("text"), Opened: q.window(),
	}
}

// pageNumber reads which page is asked for, from 0.
func (q *request) pageNumber() int {
	text := q.text("page")
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 0 || n > 1_000_000) {
		q.fault("page", "is a whole number from 0 on")
	}
	return n
}

func (s *server) listCases(q *request) (any, error) {
	query := q.cases()
	query.Sort, query.Page, query.Limit, query.Language = cases.Sort(q.oneOf("sort", "due", "newest", "changed")), q.pageNumber(), min(q.limit(), 200), q.oneOf("language", "es", "en", "pt")
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Cases.List(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(found.Cases))
	for i := range found.Cases {
		items[i] = caseOf(&found.Cases[i])
	}
	if asTable {
		return table{"cases", items}, nil
	}
	return members{{"items", items}, {"total", found.Total}, {"more", found.More}}, nil
}

func (s *server) showOneCase(q *request) (any, error) {
	lang := q.oneOf("language", "es", "en", "pt")
	if err := q.finish(); err != nil {
		return nil, err
	}
	full, err := s.Cases.Case(q.Context(), q.principal, q.PathValue("id"), lang)
	if err != nil {
		return nil, err
	}
	said, err := s.Cases.Conversation(q.Context(), q.principal, full.ID, lang)
	if err != nil {
		return nil, err
	}
	if full.Customer != "" {
		s.seen(q, full.Customer)
	}
	out := caseOf(&full.Case).(members)
	return append(out, members{
		{"story", plain(full.Story)},
		{"checklist", plain(full.Checklist)},
		{"allowance", plain(full.Allowance)},
		{"siblings", full.Siblings},
		{"joined", plain(full.Merged)},
		{"link", word(full.Link)},
		{"messages", plain(said.Messages)},
		{"offers", each(said.Offers, offerOf)},
	}...), nil
}

func offerOf(o dialogue.Offer) any {
	return plain(o).(members).without("token").without("path").set("about", withoutNil(o.About))
}

func (s *server) caseQueues(q *request) (any, error) {
	return listed(q, "queues", func() ([]cases.Queue, error) { return s.Cases.Queues(q.Context(), q.principal) }, func(all []cases.Queue) any { return all })
}

func (s *server) caseFigures(q *request) (any, error) {
	query, by := q.cases(), q.oneOf("by", cases.Parts()...)
	return reasoned(q, "case-figures", func() (cases.Figures, error) { return s.Cases.Figures(q.Context(), q.principal, query, by) }, func(f cases.Figures) any {
		if by == "" {
			return []cases.Figures{f}
		}
		return f.By
	})
}

func (s *server) openCase(q *request) (any, error) {
	var in struct {
		Key        string            `json:"key"`
		Customer   string            `json:"customer"`
		Kind       string            `json:"kind"`
		Area       string            `json:"area"`
		Place      string            `json:"place"`
		Reason     string            `json:"reason"`
		Touchpoint string            `json:"touchpoint"`
		Journey    string            `json:"journey"`
		Promise    string            `json:"promise"`
		Instance   string            `json:"instance"`
		Supplier   string            `json:"supplier"`
		About      map[string]string `json:"about"`
		Title      string            `json:"title"`
		Words      string            `json:"words"`
		Owner      string            `json:"owner"`
		Due        time.Time         `json:"due"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	n := cases.New{
		Customer: cx.CustomerID(in.Customer), Kind: in.Kind, Area: in.Area, Place: in.Place, Reason: in.Reason, Touchpoint: in.Touchpoint, Journey: in.Journey,
		Promise: in.Promise, Instance: in.Instance, Supplier: in.Supplier, About: in.About, Title: in.Title, Words: in.Words, Owner: in.Owner,
	}
	if in.Key != "" { // of this principal: nobody opens another's case by guessing its key
		n.Key = "api:" + q.principal.ID + ":" + in.Key
	}
	if !in.Due.IsZero() {
		n.Due = cx.TimeOf(in.Due)
	}
	c, err := s.Cases.Open(q.Context(), q.principal, n)
	if err != nil {
		return nil, err
	}
	return reply{status: 201, location: "/api/v1/cases/" + c.ID, body: caseOf(&c)}, nil
}

// deed is what is done to a case; each action takes what it needs of it.
type deed struct {
	Text   string    `json:"text"`
	Person string    `json:"person"`
	Area   string    `json:"area"`
	Item   string    `json:"item"`
	Done   bool      `json:"done"`
	Amount int64     `json:"amount"`
	Choice string    `json:"choice"`
	From   string    `json:"from"`
	Due    time.Time `json:"due"`
	Who    string    `json:"customer"`
}

func (s *server) doCase(q *request) (any, error) {
	var in deed
	if err := q.body(&in); err != nil {
		return nil, err
	}
	ctx, p, id := q.Context(), q.principal, q.PathValue("id")
	do, ok := map[string]func() (cases.Case, error){
		"take":     func() (cases.Case, error) { return s.Cases.Take(ctx, p, id) },
		"assign":   func() (cases.Case, error) { return s.Cases.Assign(ctx, p, id, in.Person) },
		"move":     func() (cases.Case, error) { return s.Cases.Move(ctx, p, id, in.Area) },
		"note":     func() (cases.Case, error) { return s.Cases.Note(ctx, p, id, in.Text) },
		"check":    func() (cases.Case, error) { return s.Cases.Check(ctx, p, id, in.Item, in.Done) },
		"give":     func() (cases.Case, error) { return s.Cases.Give(ctx, p, id, in.Amount, in.Text) },
		"write":    func() (cases.Case, error) { return s.Cases.Write(ctx, p, id, in.Text) },
		"offer":    func() (cases.Case, error) { return s.Cases.Offer(ctx, p, id, in.Choice) },
		"postpone": func() (cases.Case, error) { return s.Cases.Postpone(ctx, p, id, cx.TimeOf(in.Due), in.Text) },
		"retitle":  func() (cases.Case, error) { return s.Cases.Retitle(ctx, p, id, in.Text) },
		"cause":    func() (cases.Case, error) { return s.Cases.Cause(ctx, p, id, in.Text) },
		"belongs":  func() (cases.Case, error) { return s.Cases.Belongs(ctx, p, id, cx.CustomerID(in.Who)) },
		"solve":    func() (cases.Case, error) { return s.Cases.Solve(ctx, p, id, in.Text) },
		"close":    func() (cases.Case, error) { return s.Cases.Close(ctx, p, id, in.Text) },
		"reopen":   func() (cases.Case, error) { return s.Cases.Reopen(ctx, p, id, in.Text) },
		"merge":    func() (cases.Case, error) { return s.Cases.Merge(ctx, p, id, in.From) },
		"escalate": func() (cases.Case, error) { return s.Cases.Escalate(ctx, p, id, in.Text) },
	}[q.PathValue("action")]
	if !ok {
		return nil, cx.Errorf(cx.NotFound, "api.doCase", "nothing of this name can be done to a case")
	}
	c, err := do()
	if err != nil {
		return nil, err
	}
	return caseOf(&c), nil
}

func (s *server) bulkCases(q *request) (any, error) {
	var in struct {
		IDs  []string `json:"ids"`
		What string   `json:"what"`
		To   string   `json:"to"`
		Text string   `json:"text"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	failed, err := s.Cases.Bulk(q.Context(), q.principal, in.IDs, cases.Do{What: cases.What(in.What), To: in.To, Text: in.Text})
	if err != nil {
		return nil, err
	}
	out := []members{}
	for _, id := range in.IDs {
		if err := failed[id]; err != nil {
			out = append(out, members{{"id", id}, {"problem", cx.MessageOf(err)}})
		}
	}
	return members{{"done", len(in.IDs) - len(out)}, {"failed", out}}, nil
}

func (s *server) listCaseLinks(q *request) (any, error) {
	kind := dialogue.LinkKind(q.oneOf("kind", "help", "round"))
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Dialogue.Links(q.Context(), q.principal, kind)
	return listOf(all, caseLinkOf), err
}

func caseLinkOf(l dialogue.Link) any {
	return plain(l).(members).without("token").without("path").without("customer").without("case").without("offer")
}

func (s *server) makeCaseLink(q *request) (any, error) {
	var in struct {
		Kind       string `json:"kind"`
		Name       string `json:"name"`
		Area       string `json:"area"`
		Place      string `json:"place"`
		Touchpoint string `json:"touchpoint"`
		Supplier   string `json:"supplier"`
		Days       int    `json:"days"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	l, err := s.Dialogue.MakeLink(q.Context(), q.principal, dialogue.LinkRequest{
		Kind: dialogue.LinkKind(in.Kind), Name: in.Name, Area: in.Area, Place: in.Place, Touchpoint: in.Touchpoint, Supplier: in.Supplier, Expire: time.Duration(in.Days) * 24 * time.Hour,
	})
	if err != nil {
		return nil, err
	}
	return reply{status: 201, body: caseLinkOf(l)}, nil
}

func (s *server) revokeCaseLink(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Dialogue.Revoke(q.Context(), q.principal, q.PathValue("id"))
}
