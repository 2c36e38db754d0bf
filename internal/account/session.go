package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// How long a session lives.
const (
	sessionLife  = 30 * 24 * time.Hour
	sessionIdle  = 7 * 24 * time.Hour // without being used
	noteSeenRate = 5 * time.Minute
)

// Session is a person's signed-in browser. Its secret is in the browser's
// cookie and, hashed, in the database.
type Session struct {
	ID        string // opaque; not the secret
	Person    Person
	CSRF      string // goes into every form; derives from the secret
	ExpiresAt cx.Time
}

// Principal returns the person as who asks.
func (s Session) Principal() cx.Principal { return s.Person.Principal() }

// SignIn opens a session by e-mail and password. address is where the attempt
// comes from (an IP address, with or without port).
//
// Errors: Unauthorized, in the same words and time for an unknown e-mail, a
// wrong password and a disabled person; Busy after too many attempts (see
// RetryAfter), or when many people sign in at once.
func (s *Service) SignIn(ctx context.Context, email, password, address string) (Session, string, error) {
	const op = "account.SignIn"
	email = normalEmail(email)
	if err := s.attempts.take(s.clock.Now(), email, address); err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var person Person
	var encoded string
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+`, p.password FROM account_people p WHERE p.email = $1`, email), &encoded)
		return err
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Session{}, "", cx.Wrap(op, err)
	}
	ok, stale, err := s.passwords.matches(ctx, encoded, password)
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	if !ok || person.DisabledAt != 0 {
		if person.ID != 0 {
			if err := s.Record(ctx, cx.Principal{ID: "anonymous"}, "sign-in.refused", personObject(person.ID)); err != nil {
				return Session{}, "", cx.Wrap(op, err)
			}
		}
		return Session{}, "", cx.Errorf(cx.Unauthorized, op, "the e-mail address or the password is wrong")
	}
	s.attempts.forgive(email)
	if stale {
		if encoded, err = s.passwords.hash(ctx, password); err != nil {
			return Session{}, "", cx.Wrap(op, err)
		}
	}
	var session Session
	var secret string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if stale {
			if _, err := tx.Exec(ctx, `UPDATE account_people SET password = $1 WHERE id = $2`, encoded, person.ID); err != nil {
				return err
			}
		}
		session, secret, err = s.startSession(ctx, tx, person.ID, "sign-in.password")
		return err
	})
	return session, secret, cx.Wrap(op, err)
}

// startSession opens a session for a person who may come in.
func (s *Service) startSession(ctx context.Context, tx *sqldb.Tx, personID int64, action string) (Session, string, error) {
	const op = "account.startSession"
	now := s.clock.Now()
	person, err := readPerson(ctx, tx, personID)
	if err != nil {
		return Session{}, "", err
	}
	if person.DisabledAt != 0 {
		return Session{}, "", cx.Errorf(cx.Unauthorized, op, "this person may not sign in any more")
	}
	person.LastSeenAt = now
	secret := newSecret()
	session := Session{ID: "s_" + strings.ToLower(rand.Text()), Person: person, CSRF: csrf(secret), ExpiresAt: now.Add(sessionLife)}
	for _, step := range []struct {
		text string
		args []any
	}{
		{`DELETE FROM account_sessions WHERE expires_at <= $1 OR seen_at <= $2`, []any{now, now.Add(-sessionIdle)}},
		{`DELETE FROM account_links WHERE expires_at <= $1`, []any{now}},
		{
			`INSERT INTO account_sessions (hash, id, person_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $4, $5)`,
			[]any{hash(secret), session.ID, personID, now, session.ExpiresAt},
		},
		{`UPDATE account_people SET last_seen_at = $1 WHERE id = $2`, []any{now, personID}},
	} {
		if _, err := tx.Exec(ctx, step.text, step.args...); err != nil {
			return Session{}, "", err
		}
	}
	return session, secret, s.record(ctx, tx, person.Principal(), action, session.ID)
}

// SessionBySecret returns the session of a cookie. Unauthorized when it is
// unknown, has ended, or its person was disabled.
func (s *Service) SessionBySecret(ctx context.Context, secret string) (Session, error) {
	const op = "account.SessionBySecret"
	now, hashed := s.clock.Now(), hash(secret)
	session := Session{CSRF: csrf(secret)}
	var seen cx.Time
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		session.Person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+`, s.id, s.seen_at, s.expires_at
			FROM account_sessions s JOIN account_people p ON p.id = s.person_id WHERE s.hash = $1`, hashed),
			&session.ID, &seen, &session.ExpiresAt)
		return err
	})
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return Session{}, cx.Wrap(op, err)
	case err != nil, session.ExpiresAt <= now, now.Sub(seen) >= sessionIdle, session.Person.DisabledAt != 0:
		return Session{}, cx.Errorf(cx.Unauthorized, op, "sign in first: this session has ended")
	case now.Sub(seen) < noteSeenRate:
		return session, nil
	}
	// When the note cannot be made (a full disk), people go on reading.
	_ = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE account_sessions SET seen_at = $1 WHERE hash = $2`, now, hashed); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE account_people SET last_seen_at = $1 WHERE id = $2`, now, session.Person.ID)
		return err
	})
	session.Person.LastSeenAt = now
	return session, nil
}

// SignOut ends the session. To end one that has ended is no error.
func (s *Service) SignOut(ctx context.Context, secret string) error {
	return cx.Wrap("account.SignOut", s.db.Write(ctx, func(tx *sqldb.Tx) error {
		var id string
		var personID int64
		err := tx.QueryRow(ctx, `DELETE FROM account_sessions WHERE hash = $1 RETURNING id, person_id`, hash(secret)).Scan(&id, &personID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, cx.Principal{ID: personObject(personID)}, "sign-out", id)
	}))
}

// signOutEverywhere ends a person's sessions and sign-in links.
func (s *Service) signOutEverywhere(ctx context.Context, tx *sqldb.Tx, personID int64) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_sessions WHERE person_id = $1`, personID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM account_links WHERE person_id = $1`, personID)
	return err
}

// csrf derives the token that proves that a form came from the session's own
// page. Who knows it does not know the secret.
func csrf(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("vivencia csrf"))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
