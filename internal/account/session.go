package account

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// How long a session lives, unless the rules say otherwise.
const (
	sessionLife  = 30 * 24 * time.Hour
	sessionIdle  = 7 * 24 * time.Hour // without being used
	halfLife     = 10 * time.Minute   // of one that waits for a second factor
	noteSeenRate = 5 * time.Minute
)

// Way is how somebody came in.
type Way string

// The ways.
const (
	ByPassword Way = "password"
	ByLink     Way = "link"
	ByRecovery Way = "recovery"
	BySetup    Way = "setup"
	ByProvider Way = "provider" // the company's own sign-in, by OpenID Connect
)

// Wait is what a session waits for before it is one.
type Wait string

// The waits.
const (
	ForNothing Wait = ""
	ForCode    Wait = "code"  // a one-time code
	ForSetup   Wait = "enrol" // the person must set up one-time codes first
)

// Session is a person's signed-in browser. Its secret is in the browser's
// cookie and, hashed, in the database.
type Session struct {
	ID        string // opaque; not the secret
	Person    Person
	Way       Way
	Waits     Wait   // not ForNothing: half a session, which opens nothing; see Half
	CSRF      string // goes into every form; derives from the secret
	ExpiresAt cx.Time
}

// Principal returns the person as who asks.
func (s Session) Principal() cx.Principal { return s.Person.Principal() }

// Use is a session as its person, and administrators, see it in a list.
type Use struct {
	ID                           string
	Way                          Way
	Device, Network              string // "Firefox · Android", "192.0.2.0/24"; "" when unknown
	CreatedAt, SeenAt, ExpiresAt cx.Time
}

// SignIn opens a session by e-mail and password. It may be half a session, when
// the person uses one-time codes or must: see Half.
//
// Errors: Unauthorized, in the same words and time for an unknown e-mail, a
// wrong password and a disabled person; Busy after too many attempts (see
// RetryAfter), or when many people sign in at once.
func (s *Service) SignIn(ctx context.Context, email, password string, from From) (Session, string, error) {
	const op = "account.SignIn"
	person, err := s.checkPassword(ctx, email, password, from)
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var session Session
	var secret string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		session, secret, err = s.startSession(ctx, tx, person.ID, ByPassword, from)
		return err
	})
	return session, secret, cx.Wrap(op, err)
}

// checkPassword returns whose e-mail and password these are, and counts the
// attempt.
func (s *Service) checkPassword(ctx context.Context, email, password string, from From) (person Person, err error) {
	email = normalEmail(email)
	if err := s.attempts.take(s.clock.Now(), email, from.Address); err != nil {
		return Person{}, err
	}
	var encoded string
	err = s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+`, p.password FROM account_people p WHERE p.email = $1`, email), &encoded)
		return err
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Person{}, err
	}
	ok, stale, err := s.passwords.matches(ctx, encoded, password)
	if err != nil {
		return Person{}, err
	}
	if !ok || person.DisabledAt != 0 {
		if person.ID != 0 {
			if err := s.Record(ctx, anonymous(), "sign-in.refused", personObject(person.ID)); err != nil {
				return Person{}, err
			}
		}
		return Person{}, cx.Errorf(cx.Unauthorized, "account.checkPassword", "the e-mail address or the password is wrong")
	}
	s.attempts.forgive(email)
	if !stale {
		return person, nil
	}
	if encoded, err = s.passwords.hash(ctx, password); err != nil {
		return Person{}, err
	}
	return person, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account_people SET password = $1 WHERE id = $2`, encoded, person.ID)
		return err
	})
}

// anonymous is who has not signed in.
func anonymous() cx.Principal { return cx.Principal{ID: "anonymous"} }

// startSession opens a session for a person who may come in, half of one when
// a second factor is wanted. A provider has asked for its own.
func (s *Service) startSession(ctx context.Context, tx *sqldb.Tx, personID int64, way Way, from From) (Session, string, error) {
	person, err := readPerson(ctx, tx, personID)
	if err != nil {
		return Session{}, "", err
	}
	waits := ForNothing
	switch {
	case way == ByProvider:
	case person.SecondFactorSince != 0:
		waits = ForCode
	case s.mustUseCodes(person):
		waits = ForSetup
	}
	return s.insertSession(ctx, tx, person, way, waits, from)
}

func (s *Service) mustUseCodes(p Person) bool {
	return p.SecondFactorRequired || slices.Contains(s.rules.SecondFactor, p.Role)
}

func (s *Service) insertSession(ctx context.Context, tx *sqldb.Tx, person Person, way Way, waits Wait, from From) (Session, string, error) {
	if person.DisabledAt != 0 {
		return Session{}, "", cx.Errorf(cx.Unauthorized, "account.insertSession", "this person may not sign in any more")
	}
	now, secret, life := s.clock.Now(), newSecret(), s.rules.SessionLife
	if waits != ForNothing {
		life = halfLife
	} else {
		person.LastSeenAt = now
	}
	if err := setBack(ctx, tx, now); err != nil {
		return Session{}, "", err
	}
	session := Session{
		ID: "s_" + strings.ToLower(rand.Text()), Person: person, Way: way, Waits: waits, CSRF: csrf(secret), ExpiresAt: now.Add(life),
	}
	for _, step := range []struct {
		text string
		args []any
	}{
		{`DELETE FROM account_sessions WHERE expires_at <= $1 OR seen_at <= $2`, []any{now, now.Add(-s.rules.SessionIdle)}},
		{`DELETE FROM account_links WHERE expires_at <= $1`, []any{now}},
		{
			`INSERT INTO account_sessions (hash, id, person_id, created_at, seen_at, expires_at, way, waits, device, network)
				VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)`,
			[]any{hash(secret), session.ID, person.ID, now, session.ExpiresAt, string(way), string(waits), from.device(), from.network()},
		},
		{`UPDATE account_people SET last_seen_at = $1 WHERE id = $2`, []any{person.LastSeenAt, person.ID}},
	} {
		if _, err := tx.Exec(ctx, step.text, step.args...); err != nil {
			return Session{}, "", err
		}
	}
	if waits != ForNothing {
		return session, secret, nil // on record when it is whole
	}
	return session, secret, s.record(ctx, tx, person.Principal(), "sign-in."+string(way), session.ID)
}

// setBack brings sessions and links along when the clock was set back: made or
// seen while it ran ahead they would live for so much longer. Nobody is signed
// out by it.
func setBack(ctx context.Context, tx *sqldb.Tx, now cx.Time) error {
	for _, text := range []string{
		`UPDATE account_sessions SET
			expires_at = CASE WHEN created_at > $1 THEN expires_at - (created_at - $1) ELSE expires_at END,
			created_at = CASE WHEN created_at > $1 THEN $1 ELSE created_at END, seen_at = $1
			WHERE seen_at > $2`,
		`UPDATE account_links SET expires_at = expires_at - (created_at - $1), created_at = $1 WHERE created_at > $2`,
		`UPDATE account_people SET last_seen_at = $1 WHERE last_seen_at > $2`,
	} {
		if _, err := tx.Exec(ctx, text, now, now.Add(noteSeenRate)); err != nil {
			return err
		}
	}
	return nil
}

// SessionBySecret returns the session of a cookie. Unauthorized when it is
// unknown, has ended, waits for a second factor, or its person was disabled.
func (s *Service) SessionBySecret(ctx context.Context, secret string) (Session, error) {
	const op = "account.SessionBySecret"
	session, seen, err := s.readSession(ctx, secret)
	now := s.clock.Now()
	switch {
	case err != nil:
		return Session{}, cx.Wrap(op, err)
	case session.Waits != ForNothing:
		return Session{}, errNoSession(op)
	case now.Sub(seen).Abs() < noteSeenRate:
		return session, nil
	}
	// When the note cannot be made (a full disk), people go on reading.
	_ = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := setBack(ctx, tx, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_sessions SET seen_at = $1 WHERE hash = $2`, now, hash(secret)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE account_people SET last_seen_at = $1 WHERE id = $2`, now, session.Person.ID)
		return err
	})
	session.Person.LastSeenAt = now
	return session, nil
}

// Half returns the half session of a cookie, whose Waits says what is asked of
// the person next: CompleteSignIn, or SetUpSignIn. Unauthorized when it is none.
func (s *Service) Half(ctx context.Context, secret string) (Session, error) {
	const op = "account.Half"
	session, _, err := s.readSession(ctx, secret)
	if err == nil && session.Waits == ForNothing {
		err = errNoSession(op)
	}
	if err != nil {
		return Session{}, cx.Wrap(op, err)
	}
	return session, nil
}

func errNoSession(op string) error {
	return cx.Errorf(cx.Unauthorized, op, "sign in first: this session has ended")
}

// readSession returns a session, whole or half, that has not ended.
func (s *Service) readSession(ctx context.Context, secret string) (Session, cx.Time, error) {
	session := Session{CSRF: csrf(secret)}
	var seen cx.Time
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		session.Person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+`, s.id, s.way, s.waits, s.seen_at, s.expires_at
			FROM account_sessions s JOIN account_people p ON p.id = s.person_id WHERE s.hash = $1`, hash(secret)),
			&session.ID, &session.Way, &session.Waits, &seen, &session.ExpiresAt)
		return err
	})
	now := s.clock.Now()
	switch {
	case err != nil && !errors.Is(err, sql.ErrNoRows):
		return Session{}, 0, err
	case err != nil, session.ExpiresAt <= now, now.Sub(seen) >= s.rules.SessionIdle, session.Person.DisabledAt != 0:
		return Session{}, 0, errNoSession("account.readSession")
	}
	return session, seen, nil
}

// SignOut ends the session of a cookie. One that is unknown is no error.
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

// Sessions lists where a person is signed in, the last used first. Needs
// ManagePeople, or to be that person.
func (s *Service) Sessions(ctx context.Context, p cx.Principal, personID int64) ([]Use, error) {
	const op = "account.Sessions"
	if err := checkSelf(p, personID); err != nil {
		return nil, cx.Wrap(op, err)
	}
	now := s.clock.Now()
	var all []Use
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, way, device, network, created_at, seen_at, expires_at FROM account_sessions
			WHERE person_id = $1 AND waits = '' AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, id`,
			personID, now, now.Add(-s.rules.SessionIdle))
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (u Use, err error) {
			err = rows.Scan(&u.ID, &u.Way, &u.Device, &u.Network, &u.CreatedAt, &u.SeenAt, &u.ExpiresAt)
			return u, err
		})
		return err
	})
	return all, cx.Wrap(op, err)
}

// EndSession ends one of a person's sessions at once. Needs ManagePeople, or to
// be that person. NotFound when they have no such session.
func (s *Service) EndSession(ctx context.Context, p cx.Principal, personID int64, sessionID string) error {
	const op = "account.EndSession"
	if err := checkSelf(p, personID); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		err := touch(tx.Exec(ctx, `DELETE FROM account_sessions WHERE id = $1 AND person_id = $2`, sessionID, personID))(op, "this session has ended already")
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "session.ended", sessionID)
	}))
}

// EndSessions ends all of a person's sessions but one ("" for none), at once.
// Needs ManagePeople, or to be that person.
func (s *Service) EndSessions(ctx context.Context, p cx.Principal, personID int64, but string) error {
	const op = "account.EndSessions"
	if err := checkSelf(p, personID); err != nil {
		return cx.Wrap(op, err)
	}
	return s.change(ctx, op, p, personID, "person.signed-out", func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM account_sessions WHERE person_id = $1 AND id <> $2`, personID, but)
		return err
	})
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
