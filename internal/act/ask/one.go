package ask

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// OneRequest asks to put a survey to one customer.
type OneRequest struct {
	Key      string // the same key asks once
	Survey   string
	Customer cx.CustomerID
	About    cx.Seq      // the event that it is about; 0: nothing in particular
	Fact     *model.Fact // that event; nil: none
	By       string      // who asks: a principal's id, "rule:SLUG"
}

// AskOne puts a survey to one customer as soon as their hours allow, unless
// something speaks against it: the reasons are those of Send. The decision is a
// record in the log, as always. Needs account.ContactCustomers; NotFound without
// such a survey or customer.
func (s *Service) AskOne(ctx context.Context, p cx.Principal, r OneRequest) (Reason, error) {
	const op = "ask.AskOne"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return "", cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	sv, ok := m.Survey(r.Survey)
	if !ok {
		return "", cx.Errorf(cx.NotFound, op, "there is no such survey")
	}
	sv.Ask = askOf(sv)
	s.deciding.Lock()
	defer s.deciding.Unlock()
	id := s.name("one " + r.Key)
	if was, there, err := s.row(ctx, id); err != nil || there {
		return was.reason, cx.Wrap(op, err)
	}
	customer, aliases, ok, err := s.person(ctx, r.Customer)
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	if !ok {
		return "", cx.Errorf(cx.NotFound, op, "there is no such customer")
	}
	now := s.c.Clock.Now()
	c := &candidate{id: id, survey: sv, customer: customer, aliases: aliases, about: r.About, earliest: now, by: r.By}
	if r.Fact != nil {
		c.subject = subjectOf(m, *r.Fact)
	}
	st := &stretch{s: s, m: m, day: now.Std().In(m.Company.Zone()).Format(time.DateOnly)}
	why, err := st.decide(ctx, c)
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	return why, cx.Wrap(op, st.commit(ctx, func(*sqldb.Tx) error { return nil }))
}
