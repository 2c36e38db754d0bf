package account

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	maxLinkLife  = 30 * 24 * time.Hour
	setupLife    = 7 * 24 * time.Hour
	recoveryLife = 24 * time.Hour
)

// Link is a link that still opens something, as a list shows it; its secret is
// kept nowhere.
type Link struct {
	ID                   string
	PersonID             int64
	Reusable             bool   // good until it expires, not once
	Recovers             bool   // sets a new password
	MadeBy               string // a principal's id
	CreatedAt, ExpiresAt cx.Time
}

// SignInLink makes a link's secret that signs the person in once, or until ttl
// is over when reusable. ttl is at most 30 days. It stands for the password: a
// second factor is asked for all the same. Needs ManagePeople.
func (s *Service) SignInLink(ctx context.Context, p cx.Principal, personID int64, ttl time.Duration, reusable bool) (string, error) {
	const op = "account.SignInLink"
	if ttl <= 0 || ttl > maxLinkLife {
		return "", cx.Errorf(cx.Invalid, op, "a sign-in link lives at most 30 days")
	}
	return s.makeLink(ctx, op, p, personID, "person.link-made", link{ttl: ttl, reusable: reusable})
}

// RecoveryLink makes a link's secret with which somebody who has forgotten
// their password chooses another, once, within a day. Needs ManagePeople.
func (s *Service) RecoveryLink(ctx context.Context, p cx.Principal, personID int64) (string, error) {
	return s.makeLink(ctx, "account.RecoveryLink", p, personID, "person.recovery-made", link{ttl: recoveryLife, recovers: true})
}

type link struct {
	ttl                time.Duration
	reusable, recovers bool
	madeBy             string
}

func (s *Service) makeLink(ctx context.Context, op string, p cx.Principal, personID int64, action string, l link) (string, error) {
	if err := Check(p, ManagePeople); err != nil {
		return "", cx.Wrap(op, err)
	}
	l.madeBy = p.ID
	secret := newSecret()
	err := s.change(ctx, op, p, personID, action, func(tx *sqldb.Tx) error { return s.insertLink(ctx, tx, secret, personID, l) })
	if err != nil {
		return "", err
	}
	return secret, nil
}

// insertLink keeps a link; personID is nil for the one that sets up.
func (s *Service) insertLink(ctx context.Context, tx *sqldb.Tx, secret string, personID any, l link) error {
	now := s.clock.Now()
	number := map[bool]int{true: 1}
	_, err := tx.Exec(ctx, `INSERT INTO account_links (hash, id, person_id, reusable, recovers, made_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		hash(secret), "l_"+strings.ToLower(rand.Text()), personID, number[l.reusable], number[l.recovers], l.madeBy, now, now.Add(l.ttl))
	return err
}

// Links lists the links of a person that still open something, newest first.
// Needs ManagePeople.
func (s *Service) Links(ctx context.Context, p cx.Principal, personID int64) ([]Link, error) {
	const op = "account.Links"
	if err := Check(p, ManagePeople); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var all []Link
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, person_id, reusable, recovers, made_by, created_at, expires_at FROM account_links
			WHERE person_id = $1 AND expires_at > $2 ORDER BY created_at DESC, id`, personID, s.clock.Now())
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (l Link, err error) {
			err = rows.Scan(&l.ID, &l.PersonID, &l.Reusable, &l.Recovers, &l.MadeBy, &l.CreatedAt, &l.ExpiresAt)
			return l, err
		})
		return err
	})
	return all, cx.Wrap(op, err)
}

// RevokeLink makes a link worthless at once; sessions that it opened stay, see
// EndSessions. Needs ManagePeople. NotFound when it opens nothing any more.
func (s *Service) RevokeLink(ctx context.Context, p cx.Principal, id string) error {
	const op = "account.RevokeLink"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		err := touch(tx.Exec(ctx, `DELETE FROM account_links WHERE id = $1 AND person_id IS NOT NULL`, id))(op, "this link was used already or is over")
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "person.link-revoked", "link:"+id)
	}))
}

// SignInByLink opens a session by a link's secret. It may be half a session, as
// in SignIn.
//
// Errors: Unauthorized when the link is unknown, used or over; Busy after too
// many attempts.
func (s *Service) SignInByLink(ctx context.Context, secret string, from From) (Session, string, error) {
	const op = "account.SignInByLink"
	if err := s.attempts.take(s.clock.Now(), "", from.Address); err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var session Session
	var sessionSecret string
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		personID, err := s.personOfLink(ctx, tx, secret, 0)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_links WHERE hash = $1 AND reusable = 0`, hash(secret)); err != nil {
			return err
		}
		session, sessionSecret, err = s.startSession(ctx, tx, personID, ByLink, from)
		return err
	})
	if err == nil {
		s.attempts.giveBack(from.Address)
	}
	return session, sessionSecret, cx.Wrap(op, err)
}

// personOfLink returns whose link it is; recovers tells which kind is wanted.
func (s *Service) personOfLink(ctx context.Context, tx *sqldb.Tx, secret string, recovers int) (personID int64, err error) {
	err = tx.QueryRow(ctx, `SELECT person_id FROM account_links WHERE hash = $1 AND person_id IS NOT NULL AND recovers = $2 AND expires_at > $3`,
		hash(secret), recovers, s.clock.Now()).Scan(&personID)
	if errors.Is(err, sql.ErrNoRows) {
		err = cx.Errorf(cx.Unauthorized, "account.personOfLink", "this link was used already or is over; ask for another")
	}
	return personID, err
}

// Recover gives the person of a recovery link another password, ends all their
// sessions and links, and opens a session, as SignIn does.
//
// Errors: Unauthorized when the link is unknown, used or over; Invalid, which
// does not use it up; Busy after too many attempts.
func (s *Service) Recover(ctx context.Context, secret, password string, from From) (Session, string, error) {
	const op = "account.Recover"
	if err := s.attempts.take(s.clock.Now(), "", from.Address); err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var personID int64
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		personID, err = s.personOfLink(ctx, tx, secret, 1)
		return err
	})
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	hashed, err := s.newPassword(ctx, op, personID, password)
	if err != nil {
		return Session{}, "", err
	}
	var session Session
	var sessionSecret string
	err = s.change(ctx, op, cx.Principal{ID: personObject(personID)}, personID, "person.recovered", func(tx *sqldb.Tx) error {
		if _, err := s.personOfLink(ctx, tx, secret, 1); err != nil { // somebody was faster
			return err
		}
		if err := s.replacePassword(ctx, tx, personID, hashed); err != nil {
			return err
		}
		session, sessionSecret, err = s.startSession(ctx, tx, personID, ByRecovery, from)
		return err
	})
	return session, sessionSecret, err
}

// SetupLink makes the secret of the link by which the first administrator is
// made, good once and for a week; the ones before it are worth nothing any
// more. It is empty when somebody is there already.
func (s *Service) SetupLink(ctx context.Context) (string, error) {
	secret := newSecret()
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := nobodyYet(ctx, tx); err != nil {
			secret = ""
			if cx.KindOf(err) == cx.Conflict {
				return nil
			}
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_links WHERE person_id IS NULL`); err != nil {
			return err
		}
		return s.insertLink(ctx, tx, secret, nil, link{ttl: setupLife})
	})
	return secret, cx.Wrap("account.SetupLink", err)
}

// CompleteSetup makes the first administrator by the set-up link and signs
// them in. The role in n is not looked at; a password is needed.
//
// Errors: Unauthorized when the link is not the last one made or is over;
// Conflict when somebody is there already; Invalid.
func (s *Service) CompleteSetup(ctx context.Context, secret string, n NewPerson, from From) (Session, string, error) {
	const op = "account.CompleteSetup"
	valid := func(tx *sqldb.Tx) error {
		if err := nobodyYet(ctx, tx); err != nil {
			return err
		}
		var links int
		err := tx.QueryRow(ctx, `SELECT count(*) FROM account_links WHERE hash = $1 AND person_id IS NULL AND expires_at > $2`,
			hash(secret), s.clock.Now()).Scan(&links)
		if err == nil && links == 0 {
			err = cx.Errorf(cx.Unauthorized, op, "this set-up link is not the newest one; start the server again to see it")
		}
		return err
	}
	if err := s.db.Read(ctx, valid); err != nil { // before anybody makes us hash
		return Session{}, "", cx.Wrap(op, err)
	}
	n.Role, n.Areas = cx.Admin, nil
	if n.Password == "" {
		n.Password = " " // so that its fault is reported with the others
	}
	hashed, err := s.prepare(ctx, op, &n)
	if err != nil {
		return Session{}, "", err
	}
	var session Session
	var sessionSecret string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := valid(tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_links WHERE person_id IS NULL`); err != nil {
			return err
		}
		person, err := s.insertPerson(ctx, tx, cx.System(), n, hashed)
		if err != nil {
			return err
		}
		session, sessionSecret, err = s.startSession(ctx, tx, person.ID, BySetup, from)
		return err
	})
	return session, sessionSecret, cx.Wrap(op, err)
}

func nobodyYet(ctx context.Context, tx *sqldb.Tx) error {
	var people int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM account_people`).Scan(&people); err != nil {
		return err
	}
	if people > 0 {
		return cx.Errorf(cx.Conflict, "account.CompleteSetup", "this instance is set up already; sign in")
	}
	return nil
}
