package api

import (
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

type money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

type object struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

type circumstance struct {
	Seq        cx.Seq  `json:"seq"`
	Kind       string  `json:"kind"`
	Place      *string `json:"place"`
	Touchpoint *string `json:"touchpoint"`
	Product    *string `json:"product"`
	Supplier   *string `json:"supplier"`
	From       *string `json:"from"`
	Until      *string `json:"until"`
	Value      *string `json:"value"`
}

func circumstanceOf(c remember.Circumstance) circumstance {
	return circumstance{
		c.Seq, c.Kind, word(c.Place), word(c.Touchpoint), word(c.Product), word(c.Supplier), instant(c.From), instant(c.Until), word(c.Value),
	}
}

type answerItem struct {
	Question string   `json:"question"`
	Metric   *string  `json:"metric"`
	Scale    *string  `json:"scale"`
	Value    *float64 `json:"value"`
	Text     *string  `json:"text"`
	Choice   *string  `json:"choice"`
}

// item is one line of a timeline. Survey and Answers are there for answers
// only, Customer in lists that are not one customer's.
type item struct {
	Kind          string          `json:"kind"` // event or answer
	Type          string          `json:"type"`
	Seq           cx.Seq          `json:"seq"`
	MessageID     string          `json:"messageId"`
	Customer      *named          `json:"customer,omitempty"`
	UserID        *string         `json:"userId"`
	Name          string          `json:"name"`
	Source        string          `json:"source"`
	At            *string         `json:"at"`
	ReceivedAt    *string         `json:"receivedAt"`
	Survey        *string         `json:"survey,omitempty"`
	Answers       []answerItem    `json:"answers,omitempty"`
	Touchpoint    *string         `json:"touchpoint"`
	Stage         *string         `json:"stage"`
	Channel       *string         `json:"channel"`
	Medium        *string         `json:"medium"`
	Area          *string         `json:"area"`
	Supplier      *string         `json:"supplier"`
	Place         *string         `json:"place"`
	Product       *string         `json:"product"`
	Valence       *float64        `json:"valence"`
	Revenue       *money          `json:"revenue"`
	Objects       []object        `json:"objects"`
	Organization  *string         `json:"organization"`
	Properties    json.RawMessage `json:"properties"`
	Traits        json.RawMessage `json:"traits"`
	Circumstances []circumstance  `json:"circumstances"`
	Episode       *cx.Seq         `json:"episode"`
}

func itemOf(i remember.Item) item {
	c := i.Class
	out := item{
		Kind: "event", Type: i.Kind.String(), Seq: i.Seq, MessageID: i.MessageID, UserID: word(i.UserID), Name: i.Name, Source: i.Source,
		At: instant(i.At), ReceivedAt: instant(i.ReceivedAt),
		Touchpoint: word(c.Touchpoint), Stage: word(c.Stage), Channel: word(c.Channel), Medium: word(c.Medium),
		Area: word(c.Area), Supplier: word(c.Supplier), Place: word(c.Place), Product: word(c.Product),
		Valence:      figure(c.Valence, c.HasValence),
		Objects:      each(c.Objects, func(o model.ObjectRef) object { return object{o.Type, o.ID} }),
		Organization: word(i.Organization), Properties: i.Properties, Traits: i.Traits,
		Circumstances: each(i.Circumstances, circumstanceOf),
	}
	if c.HasRevenue {
		out.Revenue = &money{c.Revenue.Minor, c.Revenue.Currency}
	}
	if i.Episode != 0 {
		out.Episode = &i.Episode
	}
	if i.Answer != nil {
		out.Kind, out.Survey = "answer", &i.Answer.Survey
		out.Answers = each(i.Answer.Items, func(a fact.AnswerItem) answerItem {
			return answerItem{a.Question, word(a.Metric), word(a.Scale), figure(a.Value, a.HasValue), word(a.Text), word(a.Choice)}
		})
	}
	return out
}

type episode struct {
	ID            cx.Seq         `json:"id"`
	Touchpoint    string         `json:"touchpoint"`
	Stage         *string        `json:"stage"`
	From          *string        `json:"from"`
	To            *string        `json:"to"`
	Items         int            `json:"items"`
	Valence       *float64       `json:"valence"`
	Circumstances []circumstance `json:"circumstances"`
}

func episodeOf(e remember.Episode) episode {
	return episode{
		e.ID, e.Touchpoint, word(e.Stage), instant(e.From), instant(e.To), e.Items,
		figure(e.Valence, e.HasValence), each(e.Circumstances, circumstanceOf),
	}
}

type timelinePage struct {
	page[item]
	Episodes []episode `json:"episodes"`
}

func timelinePageOf(p remember.TimelinePage) timelinePage {
	return timelinePage{pageOf(p.Items, p.Next, itemOf), each(p.Episodes, episodeOf)}
}

// timelineQuery reads the filters of a timeline.
func (q *request) timelineQuery() (remember.TimelineQuery, error) {
	t := remember.TimelineQuery{
		Cursor: q.text("cursor"), Limit: q.limit(), Window: q.window(),
		Stage: q.oneOf("stage", "before", "during", "after"), Medium: q.oneOf("medium", "physical", "digital"),
		Touchpoint: q.text("touchpoint"), Channel: q.text("channel"),
	}
	switch q.oneOf("kind", "event", "answer") {
	case "answer":
		t.Kinds = []cx.Kind{cx.Answer}
	case "event":
		t.Kinds = []cx.Kind{cx.Track, cx.Identify, cx.Page, cx.Screen, cx.Group, cx.Alias}
	}
	if types := q.types("type"); types != nil {
		t.Kinds = types
	}
	return t, q.finish()
}

// types reads kinds of events that belong to customers; nil means all.
func (q *request) types(name string) (kinds []cx.Kind) {
	for _, v := range q.texts(name) {
		k, ok := cx.ParseKind(v)
		if !ok || !k.OfCustomer() {
			q.fault(name, "is track, identify, page, screen, group, alias or answer")
			continue
		}
		kinds = append(kinds, k)
	}
	return kinds
}

func (s *server) customerTimeline(q *request) (any, error) {
	query, err := q.timelineQuery()
	if err != nil {
		return nil, err
	}
	p, err := s.Memory.Timeline(q.Context(), q.principal, q.customer(), query)
	if err != nil {
		return nil, err
	}
	s.seen(q, q.customer())
	return timelinePageOf(p), nil
}

func (s *server) listEvents(q *request) (any, error) {
	query := remember.EventQuery{
		Cursor: q.text("cursor"), Limit: q.limit(), Name: q.text("name"), Source: q.text("source"), Customer: cx.CustomerID(q.text("customer")),
	}
	if v := q.text("type"); v != "" {
		k, ok := cx.ParseKind(v)
		if !ok || !k.OfCustomer() {
			q.fault("type", "is track, identify, page, screen, group, alias or answer")
		}
		query.Kind = k
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Memory.Events(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return pageOf(found.Events, found.Next, func(e remember.EventLine) item {
		i := itemOf(e.Item)
		i.Customer = &named{string(e.Customer), e.CustomerName}
		return i
	}), nil
}
