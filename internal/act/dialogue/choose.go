package dialogue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// offer is an Offer as it is kept.
type offer struct {
	Offer
	about                map[string]string
	content              content
	link                 string
	revision             int
	settledAt, revokedAt cx.Time
}

// content is the choice as it was offered: the model may change, what the
// customer was asked does not.
type content struct {
	Question model.Text           `json:"question"`
	Options  []model.ChoiceOption `json:"options"`
}

// afterwards is how long the page of an offer still tells what became of it.
const afterwards = 60 * 24 * time.Hour

// Offer offers a choice of the model to a customer; its link is where they
// choose. The same key again is the first offer. Nobody is told: see Note.Offer.
// Needs account.WorkCases.
func (s *Service) Offer(ctx context.Context, p cx.Principal, n NewOffer) (out Offer, err error) {
	const op = "dialogue.Offer"
	if err := account.Check(p, account.WorkCases); err != nil {
		return out, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	choice, ok := m.Choice(n.Choice)
	if !ok {
		return out, cx.InvalidFaults(op, []cx.Fault{{Field: "choice", Message: "there is no choice " + strconv.Quote(n.Choice) + ": use one of those declared"}})
	}
	who, err := s.c.People.Person(ctx, cx.System(), n.Customer)
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	fill := func(t model.Text) model.Text {
		in := func(lang string) string { return t.Fill(lang, m.Company.Zone(), known(m, who, n.About)) }
		return model.Text{ES: in("es"), EN: in("en"), PT: in("pt")}
	}
	c := content{Question: fill(choice.Question)}
	for _, o := range choice.Options {
		c.Options = append(c.Options, model.ChoiceOption{ID: o.ID, Text: fill(o.Text)})
	}
	now := s.c.Clock.Now()
	o := offer{Offer: Offer{
		ID: s.nameOf("offer", n.Key), Choice: n.Choice, Customer: who.ID, Case: n.Case, Promise: n.Promise, Instance: n.Instance, OfferedAt: now, ExpiresAt: now.Add(choice.Expires),
	}, about: n.About, content: c}
	o.link = s.offerLinkID(o.ID)
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		added, err := o.insert(ctx, tx)
		if err != nil || !added {
			return err
		}
		if err := s.insertLink(ctx, tx, Link{ID: o.link, Kind: OfferLink, Customer: who.ID, Case: n.Case, Offer: o.ID, MadeBy: p.ID, MadeAt: now, ExpiresAt: o.ExpiresAt.Add(afterwards)}); err != nil {
			return err
		}
		return s.put(ctx, tx, tellOffered+o.ID, "")
	})
	if err != nil {
		return out, cx.Wrap(op, err)
	}
	s.c.Jobs.Wake()
	if o, ok, err = s.offer(ctx, o.ID); err != nil || !ok {
		return out, cx.Wrap(op, err)
	}
	return s.shown(o, who.Language(m.Company.Languages[0])), nil
}

func (s *Service) offerLinkID(id string) string {
	return encoding.EncodeToString(s.seals.tag("offer link", []byte(id))[:numberBytes])
}

// stateOf is how far an offer is at a time.
func (o *offer) stateOf(now cx.Time) OfferState {
	switch {
	case o.revokedAt != 0:
		return Revoked
	case o.settledAt != 0:
		return Settled
	case now >= o.ExpiresAt && o.Option == "":
		return Expired
	case now >= o.ExpiresAt:
		return Settled
	case o.Option != "":
		return Chosen
	}
	return Offering
}

// shown is an offer as people read it.
func (s *Service) shown(o offer, lang string) Offer {
	out := o.Offer
	out.About, out.State, out.Question = o.about, o.stateOf(s.c.Clock.Now()), o.content.Question.In(lang)
	for _, option := range o.content.Options {
		out.Options = append(out.Options, Option{option.ID, option.Text.In(lang)})
	}
	out.Token = s.seals.token(OfferLink, o.link)
	out.Path = OfferLink.path(out.Token)
	out.URL = s.c.Base + out.Path
	return out
}

// Offered returns the page of an offer, in a language ("": the customer's). It
// changes nothing: programs open links too. Errors as Follow.
func (s *Service) Offered(ctx context.Context, token, lang string) (OfferPage, error) {
	const op = "dialogue.Offered"
	l, err := s.follow(ctx, token, OfferLink)
	if err != nil {
		return OfferPage{}, cx.Wrap(op, err)
	}
	page, err := s.page(ctx, l, lang)
	return page, cx.Wrap(op, err)
}

func (s *Service) page(ctx context.Context, l Link, lang string) (out OfferPage, err error) {
	o, ok, err := s.offer(ctx, l.Offer)
	if err == nil && !ok {
		err = cx.Errorf(cx.NotFound, "dialogue.page", "there is no such offer")
	}
	if err != nil {
		return out, err
	}
	who, err := s.c.People.Person(ctx, cx.System(), l.Customer)
	if err != nil {
		return out, err
	}
	m := s.c.Models.Current().Model
	if lang == "" {
		lang = who.Language(m.Company.Languages[0])
	}
	out = OfferPage{Offer: s.shown(o, lang), Language: lang, Address: string(m.Company.Address), Company: m.Company.Name, FirstName: who.FirstName}
	out.Changeable = out.State == Chosen
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT text FROM dialogue_messages WHERE offer = $1 AND incoming = 0 ORDER BY at LIMIT 1`, o.ID).Scan(&out.Message)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if o.Case == "" {
			return nil
		}
		link, err := s.caseLink(ctx, tx, o.Case, o.Customer)
		out.CaseToken = link.Token
		return err
	})
	return out, err
}

// Choose chooses one of the ways. It is kept when the error is nil. The same way
// again changes nothing; another one is taken until what was chosen is being done
// (Settle). The page tells what holds now, also when the choice came too late.
// Errors as Follow; Invalid for a way that was not offered.
func (s *Service) Choose(ctx context.Context, token, option, lang string) (OfferPage, error) {
	const op = "dialogue.Choose"
	l, err := s.follow(ctx, token, OfferLink)
	if err != nil {
		return OfferPage{}, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		o, ok, err := readOffer(ctx, tx, l.Offer)
		if err != nil || !ok {
			return err
		}
		if !o.content.has(option) {
			return cx.InvalidFaults(op, []cx.Fault{{Field: "option", Message: "is none of the ways that were offered: choose one of those on the page"}})
		}
		if state := o.stateOf(now); state != Offering && state != Chosen || o.Option == option {
			return nil
		}
		payload, err := json.Marshal(made{option, o.Option, now})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE dialogue_offers SET option = $1, revision = revision + 1, made_at = $2 WHERE id = $3`, option, int64(now), o.ID); err != nil {
			return err
		}
		if err := s.put(ctx, tx, tellMade+o.ID+":"+strconv.Itoa(o.revision+1), string(payload)); err != nil || o.Case == "" {
			return err
		}
		return s.onCase(ctx, tx, Done{o.Case, DidChoose, o.content.textOf(option), now})
	})
	if err != nil {
		return OfferPage{}, cx.Wrap(op, err)
	}
	s.c.Jobs.Wake()
	page, err := s.page(ctx, l, lang)
	return page, cx.Wrap(op, err)
}

func (c content) has(id string) bool { return c.textOf(id) != "" }

func (c content) textOf(id string) string {
	for _, o := range c.Options {
		if o.ID == id {
			return o.Text.In("es")
		}
	}
	return ""
}

// Settle says, as part of tx, that what was chosen is being done: it is not
// changed any more.
func (s *Service) Settle(ctx context.Context, tx *sqldb.Tx, offer string) error {
	_, err := tx.Exec(ctx, `UPDATE dialogue_offers SET settled_at = $1 WHERE id = $2 AND settled_at = 0 AND option <> ''`, int64(s.c.Clock.Now()), offer)
	return cx.Wrap("dialogue.Settle", err)
}

// TakeBack takes an offer back that nobody chose from. Needs account.WorkCases.
func (s *Service) TakeBack(ctx context.Context, p cx.Principal, offer string) error {
	const op = "dialogue.TakeBack"
	if err := account.Check(p, account.WorkCases); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE dialogue_offers SET revoked_at = $1 WHERE id = $2 AND option = '' AND revoked_at = 0`, int64(s.c.Clock.Now()), offer)
		return err
	}))
}

const offerColumns = `id, customer, choice, case_id, promise, instance, about, content, link, option, revision, offered_at, expires_at, made_at, settled_at, revoked_at`

func scanOffer(rows *sql.Rows) (o offer, err error) { return o, o.scan(rows) }

func (o *offer) scan(row interface{ Scan(...any) error }) error {
	var about, text string
	if err := row.Scan(&o.ID, &o.Customer, &o.Choice, &o.Case, &o.Promise, &o.Instance, &about, &text, &o.link, &o.Option, &o.revision, &o.OfferedAt, &o.ExpiresAt, &o.MadeAt, &o.settledAt, &o.revokedAt); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal([]byte(about), &o.about), json.Unmarshal([]byte(text), &o.content))
}

func (o *offer) insert(ctx context.Context, tx *sqldb.Tx) (added bool, err error) {
	about, err := json.Marshal(o.about)
	if err != nil {
		return false, err
	}
	text, err := json.Marshal(o.content)
	if err != nil {
		return false, err
	}
	done, err := tx.Exec(ctx, `INSERT INTO dialogue_offers (`+offerColumns+`, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, $10, $11, 0, 0, 0, 0) ON CONFLICT (id) DO NOTHING`,
		o.ID, string(o.Customer), o.Choice, o.Case, o.Promise, o.Instance, string(about), string(text), o.link, int64(o.OfferedAt), int64(o.ExpiresAt))
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

func (s *Service) offer(ctx context.Context, id string) (o offer, ok bool, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		o, ok, err = readOffer(ctx, tx, id)
		return err
	})
	return o, ok, err
}

func readOffer(ctx context.Context, tx *sqldb.Tx, id string) (o offer, ok bool, err error) {
	err = o.scan(tx.QueryRow(ctx, `SELECT `+offerColumns+` FROM dialogue_offers WHERE id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	return o, err == nil, err
}

func itoa(n int) string { return strconv.Itoa(n) }
