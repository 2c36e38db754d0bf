package api

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func sourceNames() (all []string) {
	for _, s := range cycle.Sources() {
		all = append(all, string(s))
	}
	return all
}

func opportunityOf(o *cycle.Opportunity) any {
	return plain(*o).(members).without("key").set("evidence", evidenceOf(o.Evidence))
}

func evidenceOf(e cycle.Evidence) members {
	return members{
		{"customers", each(e.Customers, func(id cx.CustomerID) cx.CustomerID { return id })},
		{"words", each(e.Words, func(seq cx.Seq) cx.Seq { return seq })},
		{"links", plain(e.Links)},
	}
}

func (s *server) listOpportunities(q *request) (any, error) {
	query := cycle.OpportunityQuery{
		State: cycle.OpportunityState(q.oneOf("state", "open", "taken", "dismissed")), Source: cycle.Source(q.oneOf("source", sourceNames()...)),
		Area: q.text("area"), Touchpoint: q.text("touchpoint"), Text: q.text("text"), Limit: min(q.limit(), 200),
	}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Cycle.Opportunities(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(all))
	for i := range all {
		items[i] = plain(all[i]).(members).without("key").without("evidence")
	}
	if asTable {
		return table{"opportunities", items}, nil
	}
	return members{{"items", items}}, nil
}

func (s *server) showOpportunity(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	d, err := s.Cycle.Opportunity(q.Context(), q.principal, q.PathValue("id"))
	if err != nil {
		return nil, err
	}
	return append(opportunityOf(&d.Opportunity).(members), members{{"said", plain(d.Said)}, {"gone", d.Gone}}...), nil
}

// aboutIn is what a matter is about, as it is sent.
type aboutIn struct {
	Reason     string `json:"reason"`
	Topic      string `json:"topic"`
	Touchpoint string `json:"touchpoint"`
	Journey    string `json:"journey"`
	Promise    string `json:"promise"`
	Policy     string `json:"policy"`
	Cause      string `json:"cause"`
}

func (a aboutIn) about() cycle.About {
	return cycle.About{Reason: a.Reason, Topic: a.Topic, Touchpoint: a.Touchpoint, Journey: a.Journey, Promise: a.Promise, Policy: a.Policy, Cause: a.Cause}
}

// evidenceIn is what causes something, as it is sent.
type evidenceIn struct {
	Customers []cx.CustomerID `json:"customers"`
	Words     []cx.Seq        `json:"words"`
}

func (s *server) proposeOpportunity(q *request) (any, error) {
	var in struct {
		Title  modelText `json:"title"`
		Text   modelText `json:"text"`
		Area   string    `json:"area"`
		Effort string    `json:"effort"`
		aboutIn
		Evidence evidenceIn `json:"evidence"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	n := cycle.Proposal{
		Title: model.Text(in.Title), Text: model.Text(in.Text), About: in.about(), Effort: cycle.Effort(in.Effort),
		Evidence: cycle.Evidence{Customers: in.Evidence.Customers, Words: in.Evidence.Words},
	}
	n.Area = in.Area
	o, err := s.Cycle.Propose(q.Context(), q.principal, n)
	if err != nil {
		return nil, err
	}
	return reply{status: 201, location: "/api/v1/opportunities/" + o.ID, body: opportunityOf(&o)}, nil
}

func (s *server) doOpportunity(q *request) (any, error) {
	var in struct {
		On     *bool  `json:"on"`
		Effort string `json:"effort"`
		Why    string `json:"why"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	ctx, p, id := q.Context(), q.principal, q.PathValue("id")
	do, ok := map[string]func() (cycle.Opportunity, error){
		"vote":    func() (cycle.Opportunity, error) { return s.Cycle.Vote(ctx, p, id, in.On == nil || *in.On) },
		"size":    func() (cycle.Opportunity, error) { return s.Cycle.Size(ctx, p, id, cycle.Effort(in.Effort)) },
		"dismiss": func() (cycle.Opportunity, error) { return s.Cycle.Dismiss(ctx, p, id, in.Why) },
		"reopen":  func() (cycle.Opportunity, error) { return s.Cycle.Reopen(ctx, p, id) },
	}[q.PathValue("action")]
	if !ok {
		return nil, cx.Errorf(cx.NotFound, "api.doOpportunity", "nothing of this name can be done to an opportunity")
	}
	o, err := do()
	if err != nil {
		return nil, err
	}
	return opportunityOf(&o), nil
}

// draftIn is what people say of an initiative, as it is sent.
type draftIn struct {
	Called     string    `json:"called"`
	Title      modelText `json:"title"`
	Hypothesis modelText `json:"hypothesis"`
	Goal       modelText `json:"goal"`
	aboutIn
	Areas      []string    `json:"areas"`
	Owner      string      `json:"owner"`
	People     []string    `json:"people"`
	Budget     int64       `json:"budget"`
	From       time.Time   `json:"from"`
	Until      time.Time   `json:"until"`
	Plan       impact.Plan `json:"plan"`
	Milestones []struct {
		ID    string    `json:"id"`
		Title modelText `json:"title"`
		Area  string    `json:"area"`
		Due   time.Time `json:"due"`
	} `json:"milestones"`
	Evidence    evidenceIn `json:"evidence"`
	Opportunity string     `json:"opportunity"`
	Revision    int64      `json:"revision"`
}

// given is a time that was sent; 0 when none was.
func given(t time.Time) cx.Time {
	if t.IsZero() {
		return 0
	}
	return cx.TimeOf(t)
}

func (in *draftIn) draft() cycle.Draft {
	d := cycle.Draft{
		Called: in.Called, Title: model.Text(in.Title), Hypothesis: model.Text(in.Hypothesis), Goal: model.Text(in.Goal), About: in.about(), Areas: in.Areas, Owner: in.Owner,
		People: in.People, Budget: in.Budget, From: given(in.From), Until: given(in.Until), Plan: in.Plan, Opportunity: in.Opportunity,
		Evidence: cycle.Evidence{Customers: in.Evidence.Customers, Words: in.Evidence.Words},
	}
	for _, m := range in.Milestones {
		d.Milestones = append(d.Milestones, cycle.Milestone{ID: m.ID, Title: model.Text(m.Title), Area: m.Area, Due: given(m.Due)})
	}
	return d
}

// initiativeOf shapes an initiative; what it was found to do is in its evaluations.
func initiativeOf(i *cycle.Initiative) any {
	out := plain(*i).(members).without("called").set("evidence", evidenceOf(i.Evidence))
	var verdict any
	if e := i.Evaluation; e != nil {
		verdict = members{{"id", e.ID}, {"number", e.Number}, {"at", instant(e.At)}, {"verdict", e.Verdict}, {"why", e.Why}, {"sure", e.Sure}, {"final", e.Final}, {"effect", e.Effect}, {"money", e.Money}}
	}
	return out.set("evaluation", verdict)
}

func (s *server) listInitiatives(q *request) (any, error) {
	query := cycle.Query{
		Stage: cycle.Stage(q.oneOf("stage", "plan", "do", "evaluate", "improve", "closed")), Area: q.text("area"), Touchpoint: q.text("touchpoint"),
		Mine: q.oneOf("mine", "true", "false") == "true", Text: q.text("text"),
	}
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Cycle.List(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	items := make([]any, len(all))
	for i := range all {
		items[i] = initiativeOf(&all[i])
	}
	if asTable {
		return table{"initiatives", items}, nil
	}
	return members{{"items", items}}, nil
}

func (s *server) boardOfInitiatives(q *request) (any, error) {
	query := cycle.Query{Area: q.text("area"), Touchpoint: q.text("touchpoint"), Mine: q.oneOf("mine", "true", "false") == "true", Text: q.text("text")}
	if err := q.finish(); err != nil {
		return nil, err
	}
	b, err := s.Cycle.Board(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return members{{"columns", each(b.Columns, func(c cycle.Column) any {
		return members{{"stage", c.Stage}, {"items", each(c.Items, func(i cycle.Initiative) any { return initiativeOf(&i) })}}
	})}, {"closed", b.Closed}}, nil
}

func (s *server) calendarOfInitiatives(q *request) (any, error) {
	w := q.window()
	return listed(q, "calendar", func() ([]cycle.Day, error) { return s.Cycle.Calendar(q.Context(), q.principal, w) }, func(all []cycle.Day) any { return all })
}

func (s *server) learnedOfInitiatives(q *request) (any, error) {
	text, limit := q.text("text"), min(q.limit(), 200)
	return listed(q, "learned", func() ([]cycle.Lesson, error) { return s.Cycle.Learned(q.Context(), q.principal, text, limit) }, func(all []cycle.Lesson) any { return all })
}

func (s *server) showInitiative(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	f, err := s.Cycle.Initiative(q.Context(), q.principal, q.PathValue("slug"))
	if err != nil {
		return nil, err
	}
	return append(initiativeOf(&f.Initiative).(members), members{{"story", plain(f.Story)}, {"said", plain(f.Said)}, {"versions", plain(f.Versions)}, {"gone", f.Gone}}...), nil
}

func (s *server) planInitiative(q *request) (any, error) {
	var in draftIn
	if err := q.body(&in); err != nil {
		return nil, err
	}
	i, err := s.Cycle.Plan(q.Context(), q.principal, in.draft())
	if err != nil {
		return nil, err
	}
	return reply{status: 201, location: "/api/v1/initiatives/" + i.Slug, body: initiativeOf(&i)}, nil
}

func (s *server) editInitiative(q *request) (any, error) {
	var in draftIn
	if err := q.body(&in); err != nil {
		return nil, err
	}
	i, err := s.Cycle.Edit(q.Context(), q.principal, q.PathValue("slug"), in.Revision, in.draft())
	if err != nil {
		return nil, err
	}
	return initiativeOf(&i), nil
}

func (s *server) powerOfInitiative(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return s.Cycle.Power(q.Context(), q.principal, q.PathValue("slug"))
}

func (s *server) doInitiative(q *request) (any, error) {
	var in struct {
		Revision  int64     `json:"revision"`
		Milestone string    `json:"milestone"`
		Done      *bool     `json:"done"`
		Spent     int64     `json:"spent"`
		Why       string    `json:"why"`
		Choice    string    `json:"choice"`
		Into      string    `json:"into"`
		Ref       string    `json:"ref"`
		Learned   modelText `json:"learned"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	ctx, p, slug, at := q.Context(), q.principal, q.PathValue("slug"), in.Revision
	do, ok := map[string]func() (cycle.Initiative, error){
		"start": func() (cycle.Initiative, error) { return s.Cycle.Start(ctx, p, slug, at) },
		"reach": func() (cycle.Initiative, error) {
			return s.Cycle.Reach(ctx, p, slug, at, in.Milestone, in.Done == nil || *in.Done)
		},
		"spend": func() (cycle.Initiative, error) { return s.Cycle.Spend(ctx, p, slug, at, in.Spent) },
		"end":   func() (cycle.Initiative, error) { return s.Cycle.End(ctx, p, slug, at) },
		"stop":  func() (cycle.Initiative, error) { return s.Cycle.Stop(ctx, p, slug, at, in.Why) },
		"decide": func() (cycle.Initiative, error) {
			return s.Cycle.Decide(ctx, p, slug, at, cycle.Decision{Choice: cycle.Choice(in.Choice), Why: in.Why, Into: in.Into, Ref: in.Ref, Learned: model.Text(in.Learned)})
		},
		"close": func() (cycle.Initiative, error) { return s.Cycle.Close(ctx, p, slug, at) },
	}[q.PathValue("action")]
	if !ok {
		return nil, cx.Errorf(cx.NotFound, "api.doInitiative", "nothing of this name can be done to an initiative")
	}
	i, err := do()
	if err != nil {
		return nil, err
	}
	return initiativeOf(&i), nil
}
