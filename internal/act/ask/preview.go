package ask

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

const (
	// previewed is how far back a preview looks, and mostPreviewed how many events
	// it looks at: the newest.
	previewed     = 30 * 24 * time.Hour
	mostPreviewed = 2000
)

// past is an event of the preview's time.
type past struct {
	seq        cx.Seq
	customer   cx.CustomerNo
	at         cx.Time
	source     string
	place      string
	properties []byte
}

// Preview tells whom a survey would have asked in the last 30 days, had it been
// declared so, and why not others: nothing is written. Of who customers are, and
// of what a condition asks of their past, it knows only how they are now. Needs
// account.ContactCustomers.
func (s *Service) Preview(ctx context.Context, p cx.Principal, sv model.Survey) (Outcome, error) {
	o, err := s.preview(ctx, p, sv)
	return o, cx.Wrap("ask.Preview", err)
}

func (s *Service) preview(ctx context.Context, p cx.Principal, sv model.Survey) (Outcome, error) {
	o := Outcome{Survey: sv.Slug, Skipped: map[Reason]int{}}
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return o, err
	}
	if sv.Ask == nil || sv.Team() {
		return o, nil
	}
	m := s.c.Models.Current().Model
	events, err := s.past(ctx, p, sv.Ask.Event)
	if err != nil {
		return o, err
	}
	o.Total = len(events)
	events = events[max(0, len(events)-mostPreviewed):]
	behaviour, err := s.behaviour(ctx, p, m, sv.Ask.When, events)
	if err != nil {
		return o, err
	}
	people := map[cx.CustomerNo]*candidate{}
	st := &stretch{s: s, m: m}
	for _, e := range events {
		who, err := s.who(ctx, people, e.customer)
		if err != nil {
			return o, err
		}
		if who == nil {
			continue
		}
		if is, err := s.lets(sv.Ask.When, sv.Ask.Event, &e, who, behaviour[e.customer]); err != nil {
			return o, err
		} else if !is {
			o.Of++
			continue
		}
		c := *who
		c.id, c.survey, c.about, c.drawn = s.name("preview "+sv.Slug+e.at.String()+string(c.customer.ID)), sv, e.seq, true
		c.subject, c.earliest = subject{Place: e.place, At: e.at}, e.at.Add(sv.Ask.Delay)
		v, err := s.look(ctx, m, asked{s, &st.rows}, &c)
		if err != nil {
			return o, err
		}
		if o.add(v.why); v.why == "" {
			st.rows = append(st.rows, row{id: c.id, survey: sv.Slug, customer: c.customer.ID, about: e.seq, state: Scheduled, due: v.due})
		}
	}
	return o, nil
}

// past returns what happened by a name, oldest first.
func (s *Service) past(ctx context.Context, p cx.Principal, name string) (all []past, err error) {
	now := s.c.Clock.Now()
	q := history.LivedQuery{Names: []string{name}, Properties: []string{name}, Window: cx.Window{From: now.Add(-previewed), To: now + 1}}
	_, err = history.Tell(ctx, s.c.Facts, p, q, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			c := l.Contexts[l.Context[i]]
			e := past{seq: seq, customer: l.Customer[i], at: l.At[i], source: strings.Clone(c.Source), place: strings.Clone(c.Place)}
			if l.Properties != nil {
				e.properties = bytes.Clone(l.Properties[i])
			}
			all = append(all, e)
		}
		return nil
	})
	slices.SortFunc(all, func(a, b past) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq)) })
	return all, err
}

// behaviour answers what a condition asks of the events' customers.
func (s *Service) behaviour(ctx context.Context, p cx.Principal, m *model.Model, when *expr.Program, events []past) (map[cx.CustomerNo][]any, error) {
	of := map[cx.CustomerNo][]any{}
	if when == nil || len(when.Asks()) == 0 {
		return of, nil
	}
	nos := make([]cx.CustomerNo, len(events))
	for i, e := range events {
		nos[i] = e.customer
	}
	slices.Sort(nos)
	q := history.BehaviourQuery{Asks: when.Asks(), Now: s.c.Clock.Now(), Currency: m.Company.Currency, Digits: m.Company.Digits(), Customers: slices.Compact(nos)}
	err := s.c.Facts.Behaviour(ctx, p, q, func(b history.Behaviour) error {
		of[b.Customer] = slices.Clone(b.Answers)
		return nil
	})
	return of, err
}

// who returns a customer; nil when there is none (any more).
func (s *Service) who(ctx context.Context, known map[cx.CustomerNo]*candidate, no cx.CustomerNo) (*candidate, error) {
	if c, ok := known[no]; ok {
		return c, nil
	}
	found, err := s.c.Memory.CustomersByNo(ctx, cx.System(), []cx.CustomerNo{no})
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		customer, aliases, ok, err := s.person(ctx, found[0].ID)
		if err != nil {
			return nil, err
		}
		if ok {
			known[no] = &candidate{customer: customer, aliases: aliases}
			return known[no], nil
		}
	}
	known[no] = nil
	return nil, nil
}

// lets tells whether a condition lets an event of the past through.
func (s *Service) lets(when *expr.Program, name string, e *past, c *candidate, answers []any) (bool, error) {
	if when == nil {
		return true, nil
	}
	if answers == nil {
		answers = make([]any, len(when.Asks()))
	}
	is, err := when.Bool(expr.Vars{
		Name: name, Type: cx.Track.String(), Source: e.source, UserID: userID(&c.customer), At: e.at,
		Properties: expr.NewObject(e.properties), Traits: expr.NewObject(traitsOf(&c.customer)), Now: s.c.Clock.Now(), Answers: answers,
	})
	if cx.KindOf(err) == cx.Invalid {
		return false, nil
	}
	return is, err
}
