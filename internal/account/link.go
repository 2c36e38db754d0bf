package account

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	maxLinkLife = 30 * 24 * time.Hour
	setupLife   = 7 * 24 * time.Hour
)

// SignInLink makes a link's secret that signs the person in once, or until ttl
// is over when reusable. ttl is at most 30 days. Needs ManagePeople.
func (s *Service) SignInLink(ctx context.Context, p cx.Principal, personID int64, ttl time.Duration, reusable bool) (string, error) {
	const op = "account.SignInLink"
	if err := Check(p, ManagePeople); err != nil {
		return "", cx.Wrap(op, err)
	}
	if ttl <= 0 || ttl > maxLinkLife {
		return "", cx.Errorf(cx.Invalid, op, "a sign-in link lives at most 30 days")
	}
	secret := newSecret()
	err := s.change(ctx, op, p, personID, "person.link-made", func(tx *sqldb.Tx) error {
		return s.insertLink(ctx, tx, secret, personID, ttl, reusable)
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

func (s *Service) insertLink(ctx context.Context, tx *sqldb.Tx, secret string, personID any, ttl time.Duration, reusable bool) error {
	kept := 0
	if reusable {
		kept = 1
	}
	_, err := tx.Exec(ctx, `INSERT INTO account_links (hash, person_id, reusable, expires_at) VALUES ($1, $2, $3, $4)`,
		hash(secret), personID, kept, s.clock.Now().Add(ttl))
	return err
}

// SignInByLink opens a session by a link's secret. address is as in SignIn.
//
// Errors: Unauthorized when the link is unknown, used or over; Busy after too
// many attempts.
func (s *Service) SignInByLink(ctx context.Context, secret, address string) (Session, string, error) {
	const op = "account.SignInByLink"
	if err := s.attempts.take(s.clock.Now(), "", address); err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var session Session
	var sessionSecret string
	err := s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		var personID int64
		err = tx.QueryRow(ctx, `SELECT person_id FROM account_links WHERE hash = $1 AND person_id IS NOT NULL AND expires_at > $2`,
			hash(secret), s.clock.Now()).Scan(&personID)
		if errors.Is(err, sql.ErrNoRows) {
			return cx.Errorf(cx.Unauthorized, op, "this link was used already or is over; ask for another")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_links WHERE hash = $1 AND reusable = 0`, hash(secret)); err != nil {
			return err
		}
		session, sessionSecret, err = s.startSession(ctx, tx, personID, "sign-in.link")
		return err
	})
	return session, sessionSecret, cx.Wrap(op, err)
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
		return s.insertLink(ctx, tx, secret, nil, setupLife, false)
	})
	return secret, cx.Wrap("account.SetupLink", err)
}

// CompleteSetup makes the first administrator by the set-up link and signs
// them in. The role in n is not looked at; a password is needed.
//
// Errors: Unauthorized when the link is not the last one made or is over;
// Conflict when somebody is there already; Invalid.
func (s *Service) CompleteSetup(ctx context.Context, secret string, n NewPerson) (Session, string, error) {
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
		session, sessionSecret, err = s.startSession(ctx, tx, person.ID, "sign-in.setup")
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
