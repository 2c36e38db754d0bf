package api

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
)

func (s *server) listDeliveries(q *request) (any, error) {
	query := deliver.Query{
		State: deliver.State(q.oneOf("state", "waiting", "sent", "bounced", "refused", "expired", "unsubscribed", "dropped")), Customer: cx.CustomerID(q.text("customer")),
		About: q.text("about"), Cursor: q.text("cursor"), Limit: q.limit(),
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Deliver.List(q.Context(), q.principal, query)
	return pageOf(found.Deliveries, found.Next, func(d deliver.Delivery) deliver.Delivery { return d }), err
}

func (s *server) showDelivery(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	d, err := s.Deliver.Show(q.Context(), q.principal, q.PathValue("id"))
	return d, err
}

// outbox is how mail goes out.
type outbox struct {
	Ready     bool                  `json:"ready"`
	DownUntil *string               `json:"down_until"`
	Count     map[deliver.State]int `json:"count"`
	Jobs      jobsState             `json:"jobs"`
}

type jobsState struct {
	Waiting int     `json:"waiting"`
	Dead    int     `json:"dead"`
	Late    *string `json:"late_since"`
}

func (s *server) showOutbox(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	status, err := s.Deliver.Status(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	waiting, err := s.Jobs.State(q.Context(), q.principal)
	return outbox{status.Ready, instant(status.Down), status.Count, jobsState{waiting.Waiting, waiting.Dead, instant(waiting.Oldest)}}, err
}

// deadJob is a job that failed for good.
type deadJob struct {
	Kind     string    `json:"kind"`
	Key      string    `json:"key"`
	Attempts int       `json:"attempts"`
	At       time.Time `json:"at"`
	Error    string    `json:"error"`
}

func (s *server) listDeadJobs(q *request) (any, error) {
	limit := q.limit()
	if err := q.finish(); err != nil {
		return nil, err
	}
	dead, err := s.Jobs.Dead(q.Context(), q.principal, limit)
	return listOf(dead, func(d jobs.DeadJob) deadJob { return deadJob{d.Kind, d.Key, d.Attempts, d.At.Std(), d.Error} }), err
}

func (s *server) replayJob(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Jobs.Replay(q.Context(), q.principal, q.PathValue("kind"), q.PathValue("key"))
}

func (s *server) listAsks(q *request) (any, error) {
	query := ask.Query{
		Survey: q.text("survey"), State: ask.State(q.oneOf("state", "scheduled", "ready", "asking", "asked", "not")), Customer: cx.CustomerID(q.text("customer")),
		Cursor: q.text("cursor"), Limit: q.limit(),
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	found, err := s.Asks.List(q.Context(), q.principal, query)
	return pageOf(found.Asks, found.Next, func(a ask.Ask) ask.Ask { return a }), err
}

func (s *server) askRates(q *request) (any, error) {
	survey, w := q.text("survey"), q.window()
	if survey == "" {
		q.fault("survey", "name the survey, by its slug")
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.Asks.Rates(q.Context(), q.principal, survey, w)
	return r, err
}

func (s *server) askFatigue(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	f, err := s.Asks.Fatigue(q.Context(), q.principal)
	return f, err
}

func (s *server) previewAsks(q *request) (any, error) {
	var in struct {
		Survey string `json:"survey"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	sv, ok := s.Models.Current().Model.Survey(in.Survey)
	if !ok {
		return nil, cx.Errorf(cx.NotFound, "api.previewAsks", "there is no survey %q", in.Survey)
	}
	o, err := s.Asks.Preview(q.Context(), q.principal, sv)
	return o, err
}

func (s *server) sendAsks(q *request) (any, error) {
	var in struct {
		Survey  string `json:"survey"`
		Segment string `json:"segment"`
		Name    string `json:"name"`
		Preview bool   `json:"preview"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	send := s.Asks.Send
	if in.Preview {
		send = s.Asks.PreviewSend
	}
	o, err := send(q.Context(), q.principal, ask.SendRequest{Survey: in.Survey, Segment: in.Segment, Name: in.Name})
	return o, err
}

// setContact keeps whether a customer wants to be written to, as they told a
// person of the company.
func (s *server) setContact(q *request) (any, error) {
	var in struct {
		Unsubscribed bool `json:"unsubscribed"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	c, err := s.Memory.Customer(q.Context(), q.principal, q.customer())
	if err != nil {
		return nil, err
	}
	return nil, s.Deliver.SetUnsubscribed(q.Context(), q.principal, c.ID, in.Unsubscribed)
}
