package referral

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// peak is something that a customer lived as well as the programme asks for.
type peak struct {
	seq   cx.Seq
	at    cx.Time
	place string
}

// mayAsk tells whether an event is news about which somebody may be asked.
func (s *Service) mayAsk(m *model.Model, e *cx.Event, effects cx.Seq, now cx.Time) bool {
	return m.Referrals != nil && m.Referrals.Ask != nil && e.Seq > effects && now.Sub(e.At) <= min(news, m.Referrals.Ask.Within) && !over(m, now)
}

// promotes tells whether an answer is a promoter's: 9 or 10 of 10.
func promotes(e *cx.Event) bool {
	if fact.Suspect(*e) {
		return false
	}
	a, err := fact.ParseAnswer(*e)
	if err != nil {
		return false
	}
	for _, item := range a.Items {
		if item.Metric == "nps" && item.HasValue && item.Value >= 9 {
			return true
		}
	}
	return false
}

// The states of an ask.
type askState string

const (
	due      askState = "due"
	wasAsked askState = "asked"
	notAsked askState = "not-asked"
)

// asked is whether somebody is asked after one peak.
type asked struct {
	id       string
	customer cx.CustomerID
	about    cx.Seq
	peak     cx.Time
	state    askState
	reason   Reason
	at       cx.Time
}

func (a asked) insert(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, `INSERT INTO referral_asks (id, customer, about, peak_at, state, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		a.id, string(a.customer), int64(a.about), int64(a.peak), string(a.state), string(a.reason), int64(a.at))
	return err
}

// asks decides about peaks.
func (st *stretch) asks(ctx context.Context, peaks []peak) error {
	s := st.s
	for _, pk := range peaks {
		id := st.origin[pk.seq]
		if id == "" {
			continue
		}
		who, aliases, err := s.person(ctx, id)
		if err != nil {
			return err
		}
		if who == nil {
			continue
		}
		r := asked{id: s.name("ask " + seqText(pk.seq)), customer: who.ID, about: pk.seq, peak: pk.at, state: due}
		r.at = ask.Polite(st.m, trait(who, "timezone"), pk.place, st.now)
		if r.reason, err = s.against(ctx, st.m, who, aliases, r, st.rows); err != nil {
			return err
		}
		if r.reason == "" && r.at.Sub(pk.at) > st.m.Referrals.Ask.Within {
			r.reason = TooLate
		}
		d := Decision{What: aboutAsk, Customer: who.ID, Acted: r.reason == "", Reason: r.reason, About: pk.seq}
		if d.Acted {
			at := r.at.Std().Truncate(time.Second)
			d.Due = &at
		} else {
			r.state, r.at = notAsked, st.now
		}
		e, err := d.event("referral:ask:"+r.id+":"+string(r.reason), st.now) // found otherwise after a crash, it is told so
		if err != nil {
			return err
		}
		st.decisions, st.rows = append(st.decisions, e), append(st.rows, r)
	}
	return nil
}

// person returns who a customer is now; nil when there is none (any more).
func (s *Service) person(ctx context.Context, id cx.CustomerID) (*remember.Customer, []cx.CustomerID, error) {
	c, err := s.c.Memory.Customer(ctx, cx.System(), id)
	if err != nil {
		return nil, nil, notFound(err)
	}
	aliases, err := s.c.Memory.Aliases(ctx, c.ID)
	return &c, aliases, err
}

// against goes through the reasons not to ask, in their order. More are asks that
// are not stored yet.
func (s *Service) against(ctx context.Context, m *model.Model, who *remember.Customer, aliases []cx.CustomerID, r asked, more []asked) (Reason, error) {
	if open, err := s.c.Cases.AnyOpen(ctx, who.ID); err != nil || open {
		return OpenCase, err
	}
	if broken, err := s.broken(ctx, m, who.ID); err != nil || broken {
		return Broken, err
	}
	if rests, err := s.rests(ctx, m, aliases, r, more); err != nil || rests {
		return Rested, err
	}
	switch not, err := s.c.Outbox.Unsubscribed(ctx, who.ID); {
	case err != nil || not:
		return Unsubscribed, err
	case m.Asking.Consent != "" && trait(who, m.Asking.Consent) != "true":
		return NoConsent, nil
	case who.Email == "":
		return NoAddress, nil
	}
	if bounced, err := s.c.Outbox.Bounced(ctx, who.Email); err != nil || bounced {
		return NoAddress, err
	}
	if most := m.Asking.Contacts; most.N > 0 {
		n, err := s.c.Outbox.Contacted(ctx, aliases, s.c.Clock.Now().Add(-most.Per))
		if err != nil || n >= most.N {
			return Fatigue, err
		}
	}
	return "", nil
}

// broken tells whether a promise to a customer is at risk, or was broken within
// the time in which nobody is asked twice.
func (s *Service) broken(ctx context.Context, m *model.Model, id cx.CustomerID) (bool, error) {
	all, err := s.c.Promises.OfCustomer(ctx, cx.System(), id)
	if err != nil {
		return false, notFound(err)
	}
	since := s.c.Clock.Now().Add(-m.Referrals.Ask.Rest)
	for _, i := range all {
		if i.State == promise.AtRisk || i.State == promise.Broken && i.Since >= since {
			return true, nil
		}
	}
	return false, nil
}

// rests tells whether a customer was asked lately, or is about to be.
func (s *Service) rests(ctx context.Context, m *model.Model, aliases []cx.CustomerID, r asked, more []asked) (is bool, err error) {
	since := s.c.Clock.Now().Add(-m.Referrals.Ask.Rest)
	for _, other := range more {
		is = is || other.state == due && other.customer == r.customer
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			var n int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM referral_asks WHERE customer = $1 AND id <> $2 AND state IN ($3, $4) AND at > $5`,
				string(id), r.id, string(due), string(wasAsked), int64(since)).Scan(&n); err != nil {
				return err
			}
			is = is || n > 0
		}
		return nil
	})
	return is, err
}

// ask asks somebody, unless something speaks against it by now.
func (s *Service) ask(ctx context.Context, id string) (jobs.Done, error) {
	r := asked{id: id}
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT customer, about, peak_at, state, at FROM referral_asks WHERE id = $1`, id).Scan(&r.customer, &r.about, &r.peak, &r.state, &r.at)
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && r.state != due {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who, aliases, err := s.person(ctx, r.customer)
	if err != nil || who == nil {
		return nil, err
	}
	m, now := s.c.Models.Current().Model, s.c.Clock.Now()
	why := TooLate
	if m.Referrals != nil && m.Referrals.Ask != nil && !over(m, now) {
		if polite := ask.Polite(m, trait(who, "timezone"), "", now); polite > now {
			return nil, jobs.Later(polite)
		}
		if why, err = s.against(ctx, m, who, aliases, r, nil); err != nil {
			return nil, err
		}
		if why == "" && now.Sub(r.peak) > m.Referrals.Ask.Within {
			why = TooLate
		}
	}
	state := wasAsked
	if why == "" {
		if err := s.send(ctx, m, who, id); err != nil {
			return nil, err
		}
	} else {
		state = notAsked
		e, err := Decision{What: aboutAsk, Customer: who.ID, Reason: why, About: r.about}.event("referral:ask:"+id+":"+string(why), now)
		if err == nil {
			_, err = s.c.Log.Append(ctx, []cx.Event{e})
		}
		if err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE referral_asks SET state = $1, reason = $2, at = $3 WHERE id = $4`, string(state), string(why), int64(now), id)
		return err
	}, nil
}

// send writes to a customer, with the way to their page.
func (s *Service) send(ctx context.Context, m *model.Model, who *remember.Customer, id string) error {
	l, err := s.Code(ctx, cx.System(), who.ID)
	if err != nil {
		return err
	}
	words := invitationOf(m)
	add := func(text, usual string) string {
		if text == "" {
			text = usual
		}
		return text + "\n\n" + l.Own
	}
	text := m.Referrals.Ask.Text
	subject := m.Referrals.Ask.Subject
	if subject == (model.Text{}) {
		subject = words.subject
	}
	_, err = s.c.Dialogue.Send(ctx, cx.System(), dialogue.Note{
		Key: "referral:" + doAsk + id, Customer: who.ID, Subject: subject, By: "referrals",
		Text: model.Text{ES: add(text.ES, words.text.ES), EN: add(text.EN, words.text.EN), PT: add(text.PT, words.text.PT)},
	})
	return err
}

// invitation is what somebody is asked in the usual words.
type invitation struct{ subject, text model.Text }

// invitationOf speaks to customers as the company does.
func invitationOf(m *model.Model) invitation {
	i := invitation{
		model.Text{ES: "{{company}}: para quien tú quieras", EN: "{{company}}: for somebody you like", PT: "{{company}}: para quem você quiser"},
		model.Text{
			ES: "Nos alegra que te haya ido bien. Si conoces a alguien a quien le gustaría, este es tu enlace:",
			EN: "We are glad that it went well. If you know somebody who would like it, this is your link:",
			PT: "Ficamos felizes que tenha corrido bem. Se conhece alguém que gostaria, este é o seu link:",
		},
	}
	switch m.Company.Address {
	case model.Usted:
		i.subject.ES, i.text.ES = "{{company}}: para quien usted quiera", "Nos alegra que le haya ido bien. Si conoce a alguien a quien le gustaría, este es su enlace:"
	case model.Vos:
		i.subject.ES, i.text.ES = "{{company}}: para quien vos quieras", "Nos alegra que te haya ido bien. Si conocés a alguien a quien le gustaría, este es tu enlace:"
	}
	return i
}
