package dialogue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// MaxText is how many characters a message may have.
const MaxText = 4000

// most is how many messages of a conversation are shown, and taken from a
// customer in a day by one link.
const (
	mostShown = 500
	mostADay  = 30
)

// Send writes to a customer: what is in the note's text in their language, with
// what is known filled in. It is in the outbox when the error is nil, and on
// their page. The same key again is the first message. Needs account.WorkCases.
func (s *Service) Send(ctx context.Context, p cx.Principal, n Note) (out Message, err error) {
	const op = "dialogue.Send"
	if err := account.Check(p, account.WorkCases); err != nil {
		return out, cx.Wrap(op, err)
	}
	who, err := s.c.People.Person(ctx, cx.System(), n.Customer)
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	lang := who.Language(m.Company.Languages[0])
	fill := func(t model.Text) string { return t.Fill(lang, m.Company.Zone(), known(m, who, n.About)) }
	out = Message{
		ID: s.nameOf("message", n.Key), Customer: who.ID, Case: n.Case, Offer: n.Offer, Text: strings.TrimSpace(fill(n.Text)), At: s.c.Clock.Now(), By: n.By, ByName: n.ByName, State: Waiting,
	}
	if out.By == "" {
		out.By = p.ID
	}
	if out.Text == "" || utf8.RuneCountInString(out.Text) > MaxText {
		return out, cx.InvalidFaults(op, []cx.Fault{{Field: "text", Message: "write 1 to 4000 characters"}})
	}
	class, err := s.class(ctx, who.ID)
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	if out.Channel, err = s.channel(ctx, n, who, class); err != nil {
		return out, cx.Wrap(op, err)
	}
	about, err := json.Marshal(n.About)
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if out.Channel == Page {
			out.State = Sent
		}
		added, err := out.insert(ctx, tx, n.Touchpoint, string(about))
		if err != nil || !added {
			return err
		}
		if err := s.put(ctx, tx, tellMessage+out.ID, ""); err != nil || out.Channel == Page {
			return err
		}
		l, err := s.letter(ctx, tx, m, who, lang, out, fill(n.Subject))
		if err != nil {
			return err
		}
		return s.c.Deliver.Put(ctx, tx, deliver.Message{ID: mailID + out.ID, Customer: who.ID, To: who.Email, Class: class, About: n.Case, Letter: l})
	})
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	s.c.Jobs.Wake()
	out, _, _, _, err = s.message(ctx, out.ID)
	return out, cx.Wrap(op, err)
}

// class is what a message to the customer is for: it answers them when they wrote
// lately.
func (s *Service) class(ctx context.Context, id cx.CustomerID) (deliver.Class, error) {
	aliases, err := s.aliases(ctx, id)
	if err != nil {
		return "", err
	}
	class := deliver.Care
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, alias := range aliases {
			var n int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM dialogue_messages WHERE customer = $1 AND at > $2 AND incoming = 1`, string(alias), int64(s.c.Clock.Now().Add(-Recent))).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				class = deliver.Reply
			}
		}
		return nil
	})
	return class, err
}

// channel is how a message goes: by mail where there is an address and they want
// it, else it is read on their page.
func (s *Service) channel(ctx context.Context, n Note, who Person, class deliver.Class) (Channel, error) {
	if n.Channel == Page || who.Email == "" {
		return Page, nil
	}
	if bounced, err := s.c.Deliver.Bounced(ctx, who.Email); err != nil || bounced {
		return Page, err
	}
	if class == deliver.Reply {
		return Mail, nil
	}
	if not, err := s.c.Deliver.Unsubscribed(ctx, who.ID); err != nil || not {
		return Page, err
	}
	return Mail, nil
}

const mailID = "say-"

// delivered follows how a message's mail ended.
func (s *Service) delivered(ctx context.Context, m deliver.Message, state deliver.State) error {
	id, ours := strings.CutPrefix(m.ID, mailID)
	if !ours {
		return nil
	}
	now := Failed
	if state == deliver.Sent {
		now = Sent
	}
	return s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE dialogue_messages SET state = $1 WHERE id = $2`, string(now), id)
		return err
	})
}

// letter is the mail of a message: its link leads to the choice, else to the case.
func (s *Service) letter(ctx context.Context, tx *sqldb.Tx, m *model.Model, who Person, lang string, out Message, subject string) (deliver.Letter, error) {
	w := wordsOf(lang, m.Company.Address)
	say := func(text string) string {
		return strings.NewReplacer("{company}", m.Company.Name, "{name}", who.FirstName).Replace(text)
	}
	l := deliver.Letter{Language: lang, Address: string(m.Company.Address), Company: m.Company.Name, Subject: subject, Greeting: w.Hello, Text: out.Text}
	if who.FirstName != "" {
		l.Greeting = say(w.HelloName)
	}
	if subject == "" {
		l.Subject = say(w.Subject)
	}
	switch {
	case out.Offer != "":
		o, ok, err := readOffer(ctx, tx, out.Offer)
		if err != nil {
			return l, err
		}
		if !ok {
			return l, cx.Errorf(cx.NotFound, "dialogue.letter", "there is no such offer")
		}
		l.Link, l.Button, l.Question = s.c.Base+OfferLink.path(s.seals.token(OfferLink, o.link)), w.Choose, o.content.Question.In(lang)
		for _, option := range o.content.Options {
			l.Options = append(l.Options, deliver.Option{Text: option.Text.In(lang), Link: l.Link + "?" + url.Values{"o": {option.ID}}.Encode()})
		}
	case out.Case != "":
		link, err := s.caseLink(ctx, tx, out.Case, who.ID)
		if err != nil {
			return l, err
		}
		l.Link, l.Button = link.URL, w.Case
	}
	return l, nil
}

// Receive keeps what a customer writes, by whatever way it came. The same key
// again is the first message.
func (s *Service) Receive(ctx context.Context, m Message, key string) (Message, error) {
	const op = "dialogue.Receive"
	m.ID, m.In, m.State, m.At, m.By, m.ByName = s.nameOf("message", key), true, Sent, s.c.Clock.Now(), "", ""
	m.Text = strings.TrimSpace(m.Text)
	switch {
	case m.Customer == "":
		return m, cx.Wrap(op, errNoCustomer)
	case m.Text == "" || utf8.RuneCountInString(m.Text) > MaxText || !utf8.ValidString(m.Text) || strings.ContainsRune(m.Text, 0):
		return m, cx.InvalidFaults(op, []cx.Fault{{Field: "text", Message: "write 1 to 4000 characters"}})
	}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		var today int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM dialogue_messages WHERE customer = $1 AND at > $2 AND incoming = 1`, string(m.Customer), int64(m.At.Add(-24*time.Hour))).Scan(&today); err != nil {
			return err
		}
		if today >= mostADay {
			return cx.Errorf(cx.Busy, op, "that is a lot for one day: we have what you wrote, and answer it")
		}
		added, err := m.insert(ctx, tx, "", "{}")
		if err != nil || !added {
			return err
		}
		if err := s.put(ctx, tx, tellMessage+m.ID, ""); err != nil || m.Case == "" {
			return err
		}
		return s.onCase(ctx, tx, Done{m.Case, DidWrite, m.Text, m.At})
	})
	if err == nil {
		s.c.Jobs.Wake()
	}
	return m, cx.Wrap(op, err)
}

// Reply is Receive by the link of a case; key is the form's. Errors: as Follow;
// Invalid; Busy when they wrote very often today.
func (s *Service) Reply(ctx context.Context, token, key, text string) (Message, error) {
	const op = "dialogue.Reply"
	l, err := s.follow(ctx, token, CaseLink)
	if err != nil {
		return Message{}, cx.Wrap(op, err)
	}
	m, err := s.Receive(ctx, Message{Customer: l.Customer, Case: l.Case, Channel: Page, Text: text}, keyOf(token, key))
	return m, cx.Wrap(op, err)
}

// keyOf keeps the keys of one link's forms apart from those of others.
func keyOf(token, key string) string {
	if key == "" {
		return ""
	}
	return token + " " + key
}

// Conversation returns what was said with a customer, and what was offered; texts
// of choices are in the language. Needs account.ViewCustomers, and that the
// customer is within reach.
func (s *Service) Conversation(ctx context.Context, p cx.Principal, id cx.CustomerID, lang string) (c Conversation, err error) {
	const op = "dialogue.Conversation"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return c, cx.Wrap(op, err)
	}
	who, err := s.c.People.Person(ctx, p, id)
	if err != nil {
		return c, cx.Wrap(op, err)
	}
	c = Conversation{ID: s.conversationOf(who.ID), Customer: who.ID}
	aliases, err := s.aliases(ctx, who.ID)
	if err != nil {
		return c, cx.Wrap(op, err)
	}
	for _, alias := range aliases {
		if err := s.said(ctx, &c, lang, "customer", string(alias)); err != nil {
			return c, cx.Wrap(op, err)
		}
	}
	slices.SortStableFunc(c.Messages, func(a, b Message) int { return int(a.At - b.At) })
	slices.SortStableFunc(c.Offers, func(a, b Offer) int { return int(a.OfferedAt - b.OfferedAt) })
	return c, nil
}

// OfCase is Conversation about one case. It asks nobody for rights: act/cases
// does.
func (s *Service) OfCase(ctx context.Context, id, lang string) (c Conversation, err error) {
	err = s.said(ctx, &c, lang, "case_id", id)
	if len(c.Messages) > 0 {
		c.Customer = c.Messages[0].Customer
		c.ID = s.conversationOf(c.Customer)
	}
	return c, cx.Wrap("dialogue.OfCase", err)
}

// said adds what was said and offered where a column has a value.
func (s *Service) said(ctx context.Context, c *Conversation, lang, column, value string) error {
	return s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+messageColumns+` FROM dialogue_messages WHERE `+column+` = $1 ORDER BY at DESC, id DESC LIMIT `+itoa(mostShown), value)
		if err != nil {
			return err
		}
		messages, err := sqldb.Collect(rows, func(rows *sql.Rows) (m Message, err error) { return m, m.scan(rows) })
		if err != nil {
			return err
		}
		slices.Reverse(messages)
		c.Messages = append(c.Messages, messages...)
		if rows, err = tx.Query(ctx, `SELECT `+offerColumns+` FROM dialogue_offers WHERE `+column+` = $1 ORDER BY offered_at, id`, value); err != nil {
			return err
		}
		offers, err := sqldb.Collect(rows, scanOffer)
		for _, o := range offers {
			c.Offers = append(c.Offers, s.shown(o, lang))
		}
		return err
	})
}

const messageColumns = `id, customer, case_id, offer, incoming, channel, text, by_id, by_name, at, state`

func (m *Message) scan(row interface{ Scan(...any) error }, more ...any) error {
	return row.Scan(append([]any{&m.ID, &m.Customer, &m.Case, &m.Offer, &m.In, &m.Channel, &m.Text, &m.By, &m.ByName, &m.At, &m.State}, more...)...)
}

// insert keeps a message; added is false when it was there.
func (m *Message) insert(ctx context.Context, tx *sqldb.Tx, touchpoint, about string) (added bool, err error) {
	in := 0
	if m.In {
		in = 1
	}
	done, err := tx.Exec(ctx, `INSERT INTO dialogue_messages (id, customer, case_id, offer, incoming, channel, text, touchpoint, about, by_id, by_name, at, state, seq)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT (id) DO NOTHING`,
		m.ID, string(m.Customer), m.Case, m.Offer, in, string(m.Channel), m.Text, touchpoint, about, m.By, m.ByName, int64(m.At), string(m.State))
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func (s *Service) message(ctx context.Context, id string) (m Message, about map[string]string, touchpoint string, ok bool, err error) {
	var raw string
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return m.scan(tx.QueryRow(ctx, `SELECT `+messageColumns+`, touchpoint, about FROM dialogue_messages WHERE id = $1`, id), &touchpoint, &raw)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return m, nil, "", false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(raw), &about)
	}
	return m, about, touchpoint, err == nil, err
}
