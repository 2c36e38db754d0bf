package account

import (
	"context"
	"database/sql"
	"errors"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Person is somebody who may sign in.
type Person struct {
	ID                                int64
	Email, Name                       string
	Role                              cx.Role
	Areas                             []string // nil means all
	Language                          string   // one of Languages; empty: the browser's
	CreatedAt, DisabledAt, LastSeenAt cx.Time  // LastSeenAt to five minutes
	GivenName, FamilyName, ExternalID string   // as a directory tells them; optional
	SecondFactorSince                 cx.Time  // one-time codes are asked for; 0: not
	SecondFactorRequired              bool     // of this person, whatever the rules say of the role
}

// Principal returns the person as who asks.
func (p Person) Principal() cx.Principal {
	return cx.Principal{ID: personObject(p.ID), Name: p.Name, Role: p.Role, Areas: p.Areas}
}

// NewPerson is what makes a person. Without a password they sign in by link.
type NewPerson struct {
	Email, Name string
	Role        cx.Role
	Areas       []string
	Language    string
	Password    string
}

// validate puts the person into the form that is kept, or reports every fault.
func (n *NewPerson) validate(op string) error {
	var f faults
	n.Email = f.email("email", n.Email)
	n.Name = f.text("name", n.Name, 100)
	f.role("role", n.Role)
	f.areas("areas", n.Areas)
	f.language("language", n.Language)
	if n.Password != "" {
		f.password("password", n.Password, n.Email, n.Name)
	}
	return f.err(op)
}

// CreatePerson makes a person. Needs ManagePeople.
//
// Errors: Invalid with every fault; Conflict when the e-mail is taken.
func (s *Service) CreatePerson(ctx context.Context, p cx.Principal, n NewPerson) (Person, error) {
	const op = "account.CreatePerson"
	if err := Check(p, ManagePeople); err != nil {
		return Person{}, cx.Wrap(op, err)
	}
	hashed, err := s.prepare(ctx, op, &n)
	if err != nil {
		return Person{}, err
	}
	var person Person
	err = s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = s.insertPerson(ctx, tx, p, n, hashed)
		return err
	})
	return person, cx.Wrap(op, err)
}

// prepare validates the person and hashes the password, outside any
// transaction.
func (s *Service) prepare(ctx context.Context, op string, n *NewPerson) (hashed string, err error) {
	if err := n.validate(op); err != nil {
		return "", err
	}
	if n.Password == "" {
		return "", nil
	}
	hashed, err = s.passwords.hash(ctx, n.Password)
	return hashed, cx.Wrap(op, err)
}

func (s *Service) insertPerson(ctx context.Context, tx *sqldb.Tx, p cx.Principal, n NewPerson, hashed string) (Person, error) {
	person := Person{Email: n.Email, Name: n.Name, Role: n.Role, Areas: n.Areas, Language: n.Language, CreatedAt: s.clock.Now()}
	if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM account_people`).Scan(&person.ID); err != nil {
		return Person{}, err
	}
	_, err := tx.Exec(ctx, `INSERT INTO account_people (id, email, name, role, areas, language, password, created_at, disabled_at, last_seen_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)`,
		person.ID, person.Email, person.Name, string(person.Role), joinAreas(person.Areas), person.Language, hashed, person.CreatedAt)
	if sqldb.IsDuplicate(err) {
		return Person{}, cx.Errorf(cx.Conflict, "account.insertPerson", "somebody has this e-mail address already")
	}
	if err != nil {
		return Person{}, err
	}
	return person, s.record(ctx, tx, p, "person.created", personObject(person.ID))
}

// People lists the people by name, disabled ones too. Needs ManagePeople.
func (s *Service) People(ctx context.Context, p cx.Principal) ([]Person, error) {
	const op = "account.People"
	if err := Check(p, ManagePeople); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var all []Person
	err := s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM account_people p ORDER BY p.name, p.id`)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (Person, error) { return scanPerson(rows) })
		return err
	})
	return all, cx.Wrap(op, err)
}

// PersonByEmail returns the person with the address, whatever its capitals.
// Needs ManagePeople.
func (s *Service) PersonByEmail(ctx context.Context, p cx.Principal, email string) (Person, error) {
	const op = "account.PersonByEmail"
	if err := Check(p, ManagePeople); err != nil {
		return Person{}, cx.Wrap(op, err)
	}
	var person Person
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM account_people p WHERE p.email = $1`, normalEmail(email)))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, cx.Errorf(cx.NotFound, op, "nobody has this e-mail address")
	}
	return person, cx.Wrap(op, err)
}

// SetPassword gives the person a password and ends all their sessions. Needs
// ManagePeople; people themselves use ChangePassword.
func (s *Service) SetPassword(ctx context.Context, p cx.Principal, id int64, password string) error {
	const op = "account.SetPassword"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	hashed, err := s.newPassword(ctx, op, id, password)
	if err != nil {
		return err
	}
	return s.change(ctx, op, p, id, "person.password-set", func(tx *sqldb.Tx) error { return s.replacePassword(ctx, tx, id, hashed) })
}

// ChangePassword gives who is signed in with the session another password, once
// they have proved that they know the present one, so that an open session is
// not enough to take the account. All their sessions and links end; the
// session returned takes the place of this one.
//
// Errors: Unauthorized when the present one is wrong; Invalid; Busy.
func (s *Service) ChangePassword(ctx context.Context, session Session, present, password string, from From) (Session, string, error) {
	const op = "account.ChangePassword"
	person, err := s.checkPassword(ctx, session.Person.Email, present, from)
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	hashed, err := s.newPassword(ctx, op, person.ID, password)
	if err != nil {
		return Session{}, "", err
	}
	var secret string
	err = s.change(ctx, op, person.Principal(), person.ID, "person.password-set", func(tx *sqldb.Tx) (err error) {
		if err := s.replacePassword(ctx, tx, person.ID, hashed); err != nil {
			return err
		}
		session, secret, err = s.insertSession(ctx, tx, person, ByPassword, ForNothing, from)
		return err
	})
	return session, secret, err
}

// newPassword checks and hashes a password, outside any transaction.
func (s *Service) newPassword(ctx context.Context, op string, id int64, password string) (hashed string, err error) {
	person, err := s.person(ctx, id)
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	var f faults
	f.password("password", password, person.Email, person.Name)
	if err := f.err(op); err != nil {
		return "", err
	}
	hashed, err = s.passwords.hash(ctx, password)
	return hashed, cx.Wrap(op, err)
}

func (s *Service) replacePassword(ctx context.Context, tx *sqldb.Tx, id int64, hashed string) error {
	if _, err := tx.Exec(ctx, `UPDATE account_people SET password = $1 WHERE id = $2`, hashed, id); err != nil {
		return err
	}
	return s.signOutEverywhere(ctx, tx, id)
}

// SetLanguage sets the language that the person reads. Needs ManagePeople, or
// to be that person.
func (s *Service) SetLanguage(ctx context.Context, p cx.Principal, id int64, language string) error {
	const op = "account.SetLanguage"
	if err := checkSelf(p, id); err != nil {
		return cx.Wrap(op, err)
	}
	var f faults
	f.language("language", language)
	if err := f.err(op); err != nil {
		return err
	}
	return s.change(ctx, op, p, id, "person.language-set", func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account_people SET language = $1 WHERE id = $2`, language, id)
		return err
	})
}

// DisablePerson ends the person's sessions and links at once and lets them in
// no more; what they did stays. Needs ManagePeople.
//
// Errors: Conflict when no administrator would be left.
func (s *Service) DisablePerson(ctx context.Context, p cx.Principal, id int64) error {
	const op = "account.DisablePerson"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	return s.change(ctx, op, p, id, "person.disabled", func(tx *sqldb.Tx) error {
		if err := notTheLastAdmin(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE account_people SET disabled_at = $1 WHERE id = $2 AND disabled_at = 0`, s.clock.Now(), id); err != nil {
			return err
		}
		return s.signOutEverywhere(ctx, tx, id)
	})
}

// notTheLastAdmin refuses with Conflict to take the last administrator away.
func notTheLastAdmin(ctx context.Context, tx *sqldb.Tx, id int64) error {
	var last bool
	err := tx.QueryRow(ctx, `SELECT role = 'admin' AND NOT EXISTS (
		SELECT 1 FROM account_people WHERE role = 'admin' AND disabled_at = 0 AND id <> $1) FROM account_people WHERE id = $1`, id).Scan(&last)
	if err == nil && last {
		err = cx.Errorf(cx.Conflict, "account.notTheLastAdmin", "this is the last administrator; make another one first")
	}
	return err
}

// EnablePerson lets a disabled person in again. Needs ManagePeople.
func (s *Service) EnablePerson(ctx context.Context, p cx.Principal, id int64) error {
	const op = "account.EnablePerson"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	return s.change(ctx, op, p, id, "person.enabled", func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account_people SET disabled_at = 0 WHERE id = $1`, id)
		return err
	})
}

// change runs fn on a person that exists and puts it on record.
func (s *Service) change(ctx context.Context, op string, p cx.Principal, id int64, action string, fn func(*sqldb.Tx) error) error {
	return cx.Wrap(op, s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := readPerson(ctx, tx, id); err != nil {
			return err
		}
		if err := fn(tx); err != nil {
			return err
		}
		return s.record(ctx, tx, p, action, personObject(id))
	}))
}

func (s *Service) person(ctx context.Context, id int64) (person Person, err error) {
	err = s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = readPerson(ctx, tx, id)
		return err
	})
	return person, err
}

func readPerson(ctx context.Context, tx *sqldb.Tx, id int64) (Person, error) {
	person, err := scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM account_people p WHERE p.id = $1`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, cx.Errorf(cx.NotFound, "account.readPerson", "there is no person %d", id)
	}
	return person, err
}

const personColumns = `p.id, p.email, p.name, p.role, p.areas, p.language, p.created_at, p.disabled_at, p.last_seen_at,
	p.given_name, p.family_name, p.external_id, p.totp_since, p.totp_required`

// scanPerson reads personColumns, and whatever columns come after them.
func scanPerson(row interface{ Scan(...any) error }, more ...any) (p Person, err error) {
	var areas string
	err = row.Scan(append([]any{
		&p.ID, &p.Email, &p.Name, &p.Role, &areas, &p.Language, &p.CreatedAt, &p.DisabledAt, &p.LastSeenAt,
		&p.GivenName, &p.FamilyName, &p.ExternalID, &p.SecondFactorSince, &p.SecondFactorRequired,
	}, more...)...)
	p.Areas = splitAreas(areas)
	return p, err
}

// checkSelf lets people change themselves, and administrators everybody.
func checkSelf(p cx.Principal, id int64) error {
	if p.ID == personObject(id) {
		return nil
	}
	return Check(p, ManagePeople)
}

func personObject(id int64) string { return "person:" + strconv.FormatInt(id, 10) }
