package ask

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// work asks when it is due, unless something changed since it was decided.
func (s *Service) work(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	r, ok, err := s.row(ctx, j.Key)
	if err != nil || !ok || r.state != Scheduled {
		return nil, err
	}
	m := s.c.Models.Current().Model
	c, v, err := s.again(ctx, m, r)
	if err != nil {
		return nil, err
	}
	if v.why != "" {
		return nil, s.takeBack(ctx, r, v.why, v.since)
	}
	now := s.c.Clock.Now()
	if v.due > now {
		return nil, jobs.Later(v.due)
	}
	if r.link == "" {
		if r.link, err = s.link(ctx, r, c, v.way); err != nil {
			return nil, err
		}
	}
	if v.way != model.AskByMail {
		return func(ctx context.Context, tx *sqldb.Tx) error { return s.set(ctx, tx, r.id, Ready, v.way, now) }, nil
	}
	form, err := s.c.Surveys.Page(ctx, survey.Ref{Token: r.link, Way: survey.ByMail}, "")
	if err != nil {
		return nil, err
	}
	if form.State != survey.Asking {
		return nil, s.takeBack(ctx, r, Undeclared, 0)
	}
	link := s.c.LinkURL(r.link)
	message := deliver.Message{
		ID: "ask-" + r.id, Customer: c.customer.ID, To: c.customer.Email, Class: deliver.Survey, About: r.survey,
		Letter: letterOf(m, c, form, link), Expires: now.Add(min(c.survey.Ask.Expire, mailLife)),
	}
	return func(ctx context.Context, tx *sqldb.Tx) error {
		if err := s.c.Deliver.Put(ctx, tx, message); err != nil {
			return err
		}
		return s.set(ctx, tx, r.id, Asking, v.way, now)
	}, nil
}

// mailLife is how long a mail server that is down is waited for.
const mailLife = 4 * 24 * time.Hour

// again looks at a scheduled ask as things are now.
func (s *Service) again(ctx context.Context, m *model.Model, r row) (*candidate, verdict, error) {
	sv, ok := m.Survey(r.survey)
	switch {
	case !ok || sv.Ask == nil && r.by == "":
		return nil, verdict{why: Undeclared}, nil
	case r.said != 0:
		return nil, verdict{why: Answered, since: r.said}, nil
	case s.c.Clock.Now().Sub(r.due) > lateness:
		return nil, verdict{why: TooLate}, nil
	}
	sv.Ask = askOf(sv)
	customer, aliases, ok, err := s.person(ctx, r.customer)
	if err != nil || !ok {
		return nil, verdict{why: NoAddress}, err
	}
	c := &candidate{id: r.id, survey: sv, customer: customer, aliases: aliases, about: r.about, subject: r.subject, earliest: s.c.Clock.Now(), by: r.by}
	v, err := s.lookAgain(ctx, m, asked{s, new([]row)}, c, true)
	return c, v, err
}

// askOf is a survey's rule of asking; of one that only people send, the plain
// one.
func askOf(sv model.Survey) *model.Ask {
	if sv.Ask != nil {
		return sv.Ask
	}
	return &model.Ask{Sample: 1, Ways: []string{model.AskByMail}, Expire: model.DefaultExpiry}
}

// link makes the ask's link and keeps it.
func (s *Service) link(ctx context.Context, r row, c *candidate, way string) (token string, err error) {
	by := survey.ByMail
	if way != model.AskByMail {
		by = survey.ByAPI
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		l, err := s.c.Surveys.LinkTx(ctx, tx, survey.LinkRequest{
			Survey: r.survey, Way: by, Customer: c.customer.ID, About: r.subject.About, Event: r.subject.Event, At: r.subject.At, Language: languageOf(&c.customer), Place: r.subject.Place, Expire: c.survey.Ask.Expire,
		})
		if err != nil {
			return err
		}
		token = l.Token
		_, err = tx.Exec(ctx, `UPDATE ask_asks SET link = $1 WHERE id = $2`, token, r.id)
		return err
	})
	return token, err
}

// languageOf is the language that a customer reads, of the product's; "" when
// they did not tell.
func languageOf(c *remember.Customer) string {
	for _, name := range []string{"language", "locale", "lang"} {
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(trait(c, name)), "_", "-"), "-")
		if slices.Contains([]string{"es", "en", "pt"}, base) {
			return base
		}
	}
	return ""
}

func (s *Service) set(ctx context.Context, tx *sqldb.Tx, id string, state State, way string, at cx.Time) error {
	_, err := tx.Exec(ctx, `UPDATE ask_asks SET state = $1, way = $2, asked_at = $3 WHERE id = $4`, string(state), way, int64(at), id)
	return err
}

// takeBack decides that somebody is not asked after all.
func (s *Service) takeBack(ctx context.Context, r row, why Reason, since cx.Time) error {
	now := s.c.Clock.Now()
	d := Decision{Ask: r.id, Survey: r.survey, Customer: r.customer, Reason: why, About: r.about, Since: timeOf(since), By: r.by}
	e, err := d.event(DecidedEvent, "ask:"+r.id+":back", now)
	if err == nil {
		_, err = s.c.Log.Append(ctx, []cx.Event{e})
	}
	if err != nil {
		return err
	}
	day := now.Std().In(s.c.Models.Current().Model.Company.Zone()).Format(time.DateOnly)
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		done, err := tx.Exec(ctx, `UPDATE ask_asks SET state = $1, reason = $2, asked_at = 0 WHERE id = $3 AND state <> $1`, string(Not), string(why), r.id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return skip(ctx, tx, r.survey, day, why)
	})
}

// mayGo tells the outbox when the mail of an ask may go: in the hours that it was
// due in, and not when something spoke against it since.
func (s *Service) mayGo(ctx context.Context, m deliver.Message) (at cx.Time, ok bool, err error) {
	r, ok, err := s.row(ctx, askOfMessage(m.ID))
	if err != nil || !ok {
		return 0, ok, err
	}
	v, err := s.still(ctx, r)
	return v.due, v.why == "", err
}

// still looks at an ask whose mail is on its way, as things are now. The mail
// itself tells whether it comes too late, and whether there is an address.
func (s *Service) still(ctx context.Context, r row) (v verdict, err error) {
	r.due = s.c.Clock.Now()
	if _, v, err = s.again(ctx, s.c.Models.Current().Model, r); v.why == Rested || v.why == NoAddress {
		v.why = ""
	}
	return v, err
}

// delivered follows how the mail of an ask ended. It may be told again.
func (s *Service) delivered(ctx context.Context, m deliver.Message, state deliver.State) error {
	r, ok, err := s.row(ctx, askOfMessage(m.ID))
	if err != nil || !ok || r.state != Asking {
		return err
	}
	why, not := map[deliver.State]Reason{
		deliver.Bounced: NoAddress, deliver.Refused: NoAddress, deliver.Expired: TooLate, deliver.Unsubscribed: Unsubscribed, deliver.Dropped: TooLate,
	}[state]
	if state == deliver.Dropped {
		v, err := s.still(ctx, r)
		if err != nil {
			return err
		}
		why = cmp.Or(v.why, why)
	}
	if not {
		return s.takeBack(ctx, r, why, 0)
	}
	now := s.c.Clock.Now()
	e, err := Decision{Ask: r.id, Survey: r.survey, Customer: r.customer, Asked: true, Way: r.way, About: r.about, By: r.by}.event(SentEvent, "ask:"+r.id+":sent", now)
	if err == nil {
		_, err = s.c.Log.Append(ctx, []cx.Event{e})
	}
	if err != nil {
		return err
	}
	s.c.Logger.Debug("asked", slog.String("survey", r.survey))
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.set(ctx, tx, r.id, Asked, r.way, now) })
}

func askOfMessage(id string) string {
	const prefix = "ask-"
	if len(id) <= len(prefix) {
		return ""
	}
	return id[len(prefix):]
}
