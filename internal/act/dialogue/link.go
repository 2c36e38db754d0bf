package dialogue

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// LinkKind says what a link opens.
type LinkKind string

// The kinds of links.
const (
	OfferLink LinkKind = "offer" // /o/TOKEN: one customer chooses
	CaseLink  LinkKind = "case"  // /case/TOKEN: one customer's Tu caso
	HelpLink  LinkKind = "help"  // /help/TOKEN: anybody at a place opens a case
	RoundLink LinkKind = "round" // /round/TOKEN: a supplier's driver tells what became of orders
)

// LinkRequest asks for a link that is of nobody in particular: HelpLink or
// RoundLink.
type LinkRequest struct {
	Kind                              LinkKind
	Name                              string // who or what it is for: "Ruta norte", "Caja de Bilbao"; at most 100 characters
	Area, Place, Touchpoint, Supplier string // slugs of the model; may be empty
	Expire                            time.Duration
}

// Link is an address that opens something without an account. It is signed,
// expires, and can be revoked.
type Link struct {
	ID                                string
	Kind                              LinkKind
	Token, Path, URL                  string // Token is never logged
	Name                              string
	Area, Place, Touchpoint, Supplier string
	Customer                          cx.CustomerID // of OfferLink and CaseLink
	Case, Offer                       string
	MadeBy                            string
	MadeAt, ExpiresAt, RevokedAt      cx.Time // 0: never
}

// path is where links of the kind lead, below the base address.
func (k LinkKind) path(token string) string {
	switch k {
	case OfferLink:
		return "/o/" + token
	case CaseLink:
		return "/case/" + token
	case HelpLink:
		return "/help/" + token
	}
	return "/round/" + token
}

// How long links are good.
const (
	caseLinkLife = 180 * 24 * time.Hour
	openLinkLife = 366 * 24 * time.Hour
)

// MakeLink makes a link of nobody in particular. Needs account.LinkCases.
func (s *Service) MakeLink(ctx context.Context, p cx.Principal, r LinkRequest) (Link, error) {
	const op = "dialogue.MakeLink"
	if err := account.Check(p, account.LinkCases); err != nil {
		return Link{}, cx.Wrap(op, err)
	}
	if faults := r.check(s.c.Models.Current().Model); len(faults) > 0 {
		return Link{}, cx.InvalidFaults(op, faults)
	}
	now := s.c.Clock.Now()
	l := Link{
		ID: encoding.EncodeToString(newNumber()), Kind: r.Kind, Name: r.Name, Area: r.Area, Place: r.Place, Touchpoint: r.Touchpoint, Supplier: r.Supplier,
		MadeBy: p.ID, MadeAt: now, ExpiresAt: now.Add(cmp.Or(r.Expire, openLinkLife)),
	}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.insertLink(ctx, tx, l) })
	return s.whole(l), cx.Wrap(op, err)
}

func (r *LinkRequest) check(m *model.Model) (faults []cx.Fault) {
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if r.Kind != HelpLink && r.Kind != RoundLink {
		fault("kind", "is none of help, round")
	}
	if r.Name = strings.TrimSpace(r.Name); r.Name == "" || utf8.RuneCountInString(r.Name) > 100 {
		fault("name", "say who or what it is for, in at most 100 characters")
	}
	if r.Expire < 0 || r.Expire > openLinkLife {
		fault("expire", "must be at most 366 days")
	}
	declared := func(field, slug string, ok bool) {
		if slug != "" && !ok {
			fault(field, "there is no "+field+" "+strconv.Quote(slug)+": choose one of those declared")
		}
	}
	_, ok := m.Area(r.Area)
	declared("area", r.Area, ok)
	_, ok = m.Place(r.Place)
	declared("place", r.Place, ok)
	_, ok = m.Touchpoint(r.Touchpoint)
	declared("touchpoint", r.Touchpoint, ok)
	_, ok = m.Supplier(r.Supplier)
	declared("supplier", r.Supplier, ok)
	return faults
}

// Links lists the links of nobody in particular, newest first, revoked and
// expired ones too; kind "" lists both. Needs account.LinkCases.
func (s *Service) Links(ctx context.Context, p cx.Principal, kind LinkKind) (all []Link, err error) {
	const op = "dialogue.Links"
	if err := account.Check(p, account.LinkCases); err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+linkColumns+` FROM dialogue_links WHERE kind = $1 OR $1 = '' AND kind IN ($2, $3) ORDER BY made_at DESC, id LIMIT 500`, string(kind), string(HelpLink), string(RoundLink))
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (Link, error) {
			l, err := scanLink(rows)
			return s.whole(l), err
		})
		return err
	})
	return all, cx.Wrap(op, err)
}

// Revoke makes a link worthless for ever. Needs account.LinkCases; NotFound when
// there is none.
func (s *Service) Revoke(ctx context.Context, p cx.Principal, id string) error {
	const op = "dialogue.Revoke"
	if err := account.Check(p, account.LinkCases); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		done, err := tx.Exec(ctx, `UPDATE dialogue_links SET revoked_at = CASE WHEN revoked_at = 0 THEN $1 ELSE revoked_at END WHERE id = $2`, int64(s.c.Clock.Now()), id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return cx.Errorf(cx.NotFound, op, "there is no such link")
	}))
}

// Follow returns what a token opens. NotFound when it is none of ours, Gone when
// it was revoked or is no longer good.
func (s *Service) Follow(ctx context.Context, token string) (Link, error) {
	l, err := s.follow(ctx, token, "")
	return l, cx.Wrap("dialogue.Follow", err)
}

// follow is Follow of a token of a kind.
func (s *Service) follow(ctx context.Context, token string, kind LinkKind) (l Link, err error) {
	const op = "dialogue.follow"
	id, is, ok := s.seals.read(token)
	if !ok || kind != "" && is != kind {
		return l, cx.Errorf(cx.NotFound, op, "this address is not whole: open it as it was sent")
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		l, err = scanLink(tx.QueryRow(ctx, `SELECT `+linkColumns+` FROM dialogue_links WHERE id = $1 AND kind = $2`, id, string(is)))
		return err
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return l, cx.Errorf(cx.Gone, op, "this address is not good any more: ask for another")
	case err != nil:
		return l, err
	case l.RevokedAt != 0 || l.ExpiresAt <= s.c.Clock.Now():
		return l, cx.Errorf(cx.Gone, op, "this address is not good any more: ask for another")
	}
	return s.whole(l), nil
}

// CaseLink returns the link by which a customer reaches their case, made when
// there is none.
func (s *Service) CaseLink(ctx context.Context, id string, customer cx.CustomerID) (l Link, err error) {
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		l, err = s.caseLink(ctx, tx, id, customer)
		return err
	})
	return l, cx.Wrap("dialogue.CaseLink", err)
}

func (s *Service) caseLink(ctx context.Context, tx *sqldb.Tx, id string, customer cx.CustomerID) (Link, error) {
	now := s.c.Clock.Now()
	for again := 0; ; again++ { // the same case has the same address, unless that is good no more
		number := s.seals.tag("case link", []byte(id), []byte(customer), []byte(strconv.Itoa(again)))[:numberBytes]
		l := Link{ID: encoding.EncodeToString(number), Kind: CaseLink, Customer: customer, Case: id, MadeBy: "system", MadeAt: now, ExpiresAt: now.Add(caseLinkLife)}
		if err := s.insertLink(ctx, tx, l); err != nil {
			return l, err
		}
		kept, err := scanLink(tx.QueryRow(ctx, `SELECT `+linkColumns+` FROM dialogue_links WHERE id = $1`, l.ID))
		if err != nil || kept.RevokedAt == 0 && kept.ExpiresAt > now {
			return s.whole(kept), err
		}
	}
}

// Join lets what was said and offered about a case be about another, as part of
// tx; links to it lead there.
func (s *Service) Join(ctx context.Context, tx *sqldb.Tx, from, into string) error {
	for _, table := range []string{"dialogue_messages", "dialogue_offers", "dialogue_links"} {
		if _, err := tx.Exec(ctx, `UPDATE `+table+` SET case_id = $1 WHERE case_id = $2`, into, from); err != nil {
			return cx.Wrap("dialogue.Join", err)
		}
	}
	return nil
}

// whole adds to a link what derives from it.
func (s *Service) whole(l Link) Link {
	l.Token = s.seals.token(l.Kind, l.ID)
	l.Path = l.Kind.path(l.Token)
	l.URL = s.c.Base + l.Path
	return l
}

const linkColumns = `id, kind, customer, case_id, offer, name, area, place, touchpoint, supplier, made_by, made_at, expires_at, revoked_at`

func scanLink(row interface{ Scan(...any) error }) (l Link, err error) {
	err = row.Scan(&l.ID, &l.Kind, &l.Customer, &l.Case, &l.Offer, &l.Name, &l.Area, &l.Place, &l.Touchpoint, &l.Supplier, &l.MadeBy, &l.MadeAt, &l.ExpiresAt, &l.RevokedAt)
	return l, err
}

func (s *Service) insertLink(ctx context.Context, tx *sqldb.Tx, l Link) error {
	_, err := tx.Exec(ctx, `INSERT INTO dialogue_links (`+linkColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0) ON CONFLICT (id) DO NOTHING`,
		l.ID, string(l.Kind), string(l.Customer), l.Case, l.Offer, l.Name, l.Area, l.Place, l.Touchpoint, l.Supplier, l.MadeBy, int64(l.MadeAt), int64(l.ExpiresAt))
	return err
}
