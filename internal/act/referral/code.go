package referral

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Link is how a customer brings others.
type Link struct {
	Code string // short; says nothing of whose it is
	URL  string // what they pass on: it shows the code to a friend
	Own  string // their own page: the code, what they earned
}

// alphabet has no letter that looks or sounds like another, and no vowel, so that
// no code is a word.
const alphabet = "23456789CFGHJMPQRVWX"

const codeLength = 8

// newCode draws one of 20⁸ codes.
func newCode() string {
	var b [codeLength]byte
	_, _ = rand.Read(b[:]) // it never fails
	for i := range b {
		for b[i] >= 240 { // the greatest multiple of 20 in a byte: every letter as likely
			_, _ = rand.Read(b[i : i+1])
		}
		b[i] = alphabet[b[i]%byte(len(alphabet))]
	}
	return string(b[:])
}

var codeForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_-]{3,39}$`)

// foldCode writes a code as it is compared; "" when it is none.
func foldCode(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !codeForm.MatchString(s) {
		return ""
	}
	return s
}

// Code returns the link of a customer, made at the first call. Needs
// account.ShareReferrals, and that the customer is within reach; Conflict without
// a programme.
func (s *Service) Code(ctx context.Context, p cx.Principal, id cx.CustomerID) (l Link, err error) {
	const op = "referral.Code"
	if err := account.Check(p, account.ShareReferrals); err != nil {
		return l, cx.Wrap(op, err)
	}
	if s.c.Models.Current().Model.Referrals == nil {
		return l, errClosed(op)
	}
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return l, cx.Wrap(op, err)
	}
	aliases, err := s.c.Memory.Aliases(ctx, c.ID)
	if err != nil {
		return l, cx.Wrap(op, err)
	}
	made := false
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if l, made, err = s.linkOf(ctx, tx, aliases); err != nil || made {
			return err
		}
		code, share := newCode(), rand.Text()
		if _, err := tx.Exec(ctx, `INSERT INTO referral_codes (code, share, customer, at, ours) VALUES ($1, $2, $3, $4, 1)`, code, share, string(c.ID), int64(s.c.Clock.Now())); err != nil {
			return err
		}
		l = s.link(code, share)
		return s.put(ctx, tx, jobs.Job{Key: tellShared + code})
	})
	if err == nil && !made {
		s.c.Jobs.Wake()
	}
	return l, cx.Wrap(op, err)
}

func errClosed(op string) error {
	return cx.Errorf(cx.Conflict, op, "there is no programme by which customers bring others: declare referrals in the model")
}

// linkOf returns the oldest link of a customer.
func (s *Service) linkOf(ctx context.Context, tx *sqldb.Tx, aliases []cx.CustomerID) (l Link, ok bool, err error) {
	first := int64(0)
	for _, id := range aliases {
		var code, share string
		var at int64
		err := tx.QueryRow(ctx, `SELECT code, share, at FROM referral_codes WHERE customer = $1 ORDER BY at, code LIMIT 1`, string(id)).Scan(&code, &share, &at)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return l, false, err
		}
		if !ok || at < first {
			l, ok, first = s.link(code, share), true, at
		}
	}
	return l, ok, nil
}

func (s *Service) link(code, share string) Link {
	return Link{Code: code, URL: s.c.Base + "/i/" + code, Own: s.c.Base + "/friends/" + share}
}

// whose returns who has a code, by the id that they had when it was theirs; ""
// when nobody has.
func whose(ctx context.Context, tx *sqldb.Tx, code string) (id cx.CustomerID, err error) {
	err = tx.QueryRow(ctx, `SELECT customer FROM referral_codes WHERE code = $1`, code).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// Landing is what a friend reads who follows a link. It tells nothing of whose it
// is.
type Landing struct {
	Code     string
	Language string // es, en or pt
	Currency string
	Gift     int64  // minor units of the company's currency that the friend earns
	Site     string // where to begin, with the code; "": they are told the code alone
}

// Land opens the link of a code, and counts that it was opened. NotFound when
// nobody has it; Gone when the programme is over. The language is the one asked
// for, else the company's.
func (s *Service) Land(ctx context.Context, code, lang string) (l Landing, err error) {
	const op = "referral.Land"
	if code = foldCode(code); code == "" {
		return l, cx.Errorf(cx.NotFound, op, "there is no such code")
	}
	var id cx.CustomerID
	if err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) { id, err = whose(ctx, tx, code); return err }); err != nil {
		return l, cx.Wrap(op, err)
	}
	if id == "" {
		return l, cx.Errorf(cx.NotFound, op, "there is no such code")
	}
	m := s.c.Models.Current().Model
	if m.Referrals == nil || over(m, s.c.Clock.Now()) {
		return l, cx.Errorf(cx.Gone, op, "the programme is over")
	}
	day := s.day(s.c.Clock.Now())
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO referral_opened (code, day, n) VALUES ($1, $2, 1) ON CONFLICT (code, day) DO UPDATE SET n = referral_opened.n + 1`, code, day)
		return err
	}); err != nil {
		return l, cx.Wrap(op, err)
	}
	l = Landing{Code: code, Language: cmp.Or(lang, m.Company.Languages[0]), Currency: m.Company.Currency, Gift: m.Referrals.Reward.Friend, Site: m.Referrals.Site}
	if l.Site != "" {
		sep := "?"
		if strings.Contains(l.Site, "?") {
			sep = "&"
		}
		l.Site += sep + "referral_code=" + code
	}
	return l, nil
}

// Own is a customer's own page.
type Own struct {
	Link
	Customer   cx.CustomerID
	Language   string // es, en or pt
	Waiting    int    // friends who gave the code and have bought nothing that proves it
	Brought    int    // proven
	Balance    int64  // minor units
	Currency   string
	Reward     int64 // for one friend
	Gift       int64 // of the friend
	Milestones []OwnMilestone
	Open       bool // the programme goes on
}

// OwnMilestone is a milestone as the customer reads it.
type OwnMilestone struct {
	At      int
	Name    string
	Reward  int64
	Reached bool
}

// Yours opens the page of a customer by its token; texts are in the language, else
// in theirs. NotFound when there is no such page, Gone when they are not known any
// more.
func (s *Service) Yours(ctx context.Context, token, lang string) (o Own, err error) {
	const op = "referral.Yours"
	var code string
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT code, customer FROM referral_codes WHERE share = $1`, token).Scan(&code, &o.Customer)
	})
	if errors.Is(err, sql.ErrNoRows) || token == "" {
		return o, cx.Errorf(cx.NotFound, op, "there is no such page")
	}
	if err != nil {
		return o, cx.Wrap(op, err)
	}
	o.Link = s.link(code, token)
	who, aliases, err := s.person(ctx, o.Customer)
	if err != nil {
		return o, cx.Wrap(op, err)
	}
	if who == nil {
		return o, cx.Errorf(cx.Gone, op, "nobody is known here any more")
	}
	m := s.c.Models.Current().Model
	o.Language = cmp.Or(lang, language(who), m.Company.Languages[0])
	o.Currency = m.Company.Currency
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		for _, id := range aliases {
			found, err := claims(ctx, tx, `WHERE referrer = $1`, string(id))
			if err != nil {
				return err
			}
			for _, c := range found {
				switch c.stateAt(s.c.Clock.Now()) {
				case Pending:
					o.Waiting++
				case Proven:
					o.Brought++
				}
			}
			n, err := balance(ctx, tx, id, o.Currency)
			if err != nil {
				return err
			}
			o.Balance += n
		}
		return nil
	})
	if r := m.Referrals; r != nil {
		o.Open, o.Reward, o.Gift = !over(m, s.c.Clock.Now()), r.Reward.Referrer, r.Reward.Friend
		for _, ms := range r.Milestones {
			o.Milestones = append(o.Milestones, OwnMilestone{ms.At, ms.Name.In(o.Language), ms.Reward, o.Brought >= ms.At})
		}
	}
	return o, cx.Wrap(op, err)
}

// language is what a customer reads, of the product's; "" when they did not tell.
func language(c *remember.Customer) string {
	for _, name := range []string{"language", "locale", "lang"} {
		base, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(trait(c, name)), "_", "-"), "-")
		if slices.Contains([]string{"es", "en", "pt"}, base) {
			return base
		}
	}
	return ""
}

// saidOf keeps of what somebody says only which of the ways it is.
func saidOf(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	switch {
	case text == "":
		return ""
	case slices.Contains(ways(), text):
		return text
	}
	return "other"
}
