package ask

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Outcome counts who is asked, and why others are not.
type Outcome struct {
	Survey  string         `json:"survey"`
	Of      int            `json:"of"` // customers, or events, that were looked at
	Asked   int            `json:"asked"`
	Skipped map[Reason]int `json:"skipped"`
	Meant   int            `json:"meant"` // of those looked at, whom the survey's condition lets through
	Total   int            `json:"total"` // all there are; more than Of when only the newest were looked at
}

// SendRequest asks to put a survey to everybody in a segment.
type SendRequest struct {
	Survey  string
	Segment string
	Name    string // of the sending: the same one again asks nobody twice
}

// together is how many customers are decided about at once.
const together = 200

// PreviewSend tells whom Send would ask now. Needs account.ContactCustomers.
func (s *Service) PreviewSend(ctx context.Context, p cx.Principal, r SendRequest) (Outcome, error) {
	o, err := s.send(ctx, p, r, true)
	return o, cx.Wrap("ask.PreviewSend", err)
}

// Send puts a survey to everybody in a segment whom nothing speaks against: the
// reasons are those of every ask but the sample and the quota, which are for who
// is asked by event. Whoever it may ask is asked when their hours allow. Needs
// account.ContactCustomers; NotFound without such a survey or segment.
func (s *Service) Send(ctx context.Context, p cx.Principal, r SendRequest) (Outcome, error) {
	o, err := s.send(ctx, p, r, false)
	return o, cx.Wrap("ask.Send", err)
}

func (s *Service) send(ctx context.Context, p cx.Principal, r SendRequest, dry bool) (Outcome, error) {
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return Outcome{}, err
	}
	m := s.c.Models.Current().Model
	sv, ok := m.Survey(r.Survey)
	switch {
	case !ok:
		return Outcome{}, cx.Errorf(cx.NotFound, "", "there is no such survey")
	case sv.Team():
		return Outcome{}, cx.Errorf(cx.Invalid, "", "this survey is for the company's own people: give them its link")
	case r.Name == "" && !dry:
		return Outcome{}, cx.Errorf(cx.Invalid, "", "name the sending, so that asking twice for it asks nobody twice")
	}
	sv.Ask = askOf(sv)
	nos, err := s.c.Segments.Customers(ctx, p, r.Segment)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Survey: r.Survey, Skipped: map[Reason]int{}, Total: len(nos)}
	for len(nos) > 0 {
		some := nos[:min(together, len(nos))]
		nos = nos[len(some):]
		if err := s.sendSome(ctx, p, m, sv, r.Name, some, dry, &o); err != nil {
			return o, err
		}
	}
	return o, nil
}

func (s *Service) sendSome(ctx context.Context, p cx.Principal, m *model.Model, sv model.Survey, name string, nos []cx.CustomerNo, dry bool, o *Outcome) error {
	customers, err := s.c.Memory.CustomersByNo(ctx, cx.System(), nos)
	if err != nil {
		return err
	}
	s.deciding.Lock()
	defer s.deciding.Unlock()
	now := s.c.Clock.Now()
	st := &stretch{s: s, m: m, day: now.Std().In(m.Company.Zone()).Format(time.DateOnly)}
	for _, summary := range customers {
		customer, aliases, ok, err := s.person(ctx, summary.ID)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		c := &candidate{id: s.name("send " + name + " " + sv.Slug + " " + string(aliases[0])), survey: sv, customer: customer, aliases: aliases, earliest: now, by: p.ID}
		if _, there, err := s.row(ctx, c.id); err != nil {
			return err
		} else if there && !dry {
			continue
		}
		why, err := st.decide(ctx, c)
		if err != nil {
			return err
		}
		o.add(why)
	}
	if dry {
		return nil
	}
	return st.commit(ctx, func(*sqldb.Tx) error { return nil })
}

func (o *Outcome) add(why Reason) {
	o.Of++
	o.Meant++
	if why == "" {
		o.Asked++
	} else {
		o.Skipped[why]++
	}
}
