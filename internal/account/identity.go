package account

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Identity is who a sign-in provider says somebody is, its signature checked.
type Identity struct {
	Issuer, Subject       string // for ever the same person
	Email                 string
	Verified              bool // the provider answers for the e-mail
	Name                  string
	GivenName, FamilyName string
	Groups                []string
}

// Admission says whom a provider may bring in.
type Admission struct {
	Domains []string // of e-mail addresses; none means all
	Create  bool     // people who are not here yet, with the role that their groups give
	Grants  Grants   // when it has roles, the provider decides role and areas at every sign-in
}

// SignInByIdentity opens a session for who a provider says it is: for the person
// who signed in with that identity before, else the one with its verified
// e-mail, who is linked to it from then on, else, when the admission says so,
// a new one. A second factor is the provider's affair.
//
// Errors: Unauthorized, with the reason, for who may not come in; Conflict when
// the groups would take the last administrator away.
func (s *Service) SignInByIdentity(ctx context.Context, i Identity, a Admission, from From) (Session, string, error) {
	const op = "account.SignInByIdentity"
	i.Email = normalEmail(i.Email)
	if _, domain, _ := strings.Cut(i.Email, "@"); len(a.Domains) > 0 && (!i.Verified || !slices.Contains(a.Domains, domain)) {
		return Session{}, "", cx.Errorf(cx.Unauthorized, op, "only the company's own e-mail addresses may come in this way")
	}
	role, areas, granted := a.Grants.Of(i.Groups)
	if len(a.Grants.Roles) > 0 && !granted {
		return Session{}, "", cx.Errorf(cx.Unauthorized, op, "none of your groups may use Vivencia; ask who manages them")
	}
	var session Session
	var secret string
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		person, err := s.personOf(ctx, tx, i)
		if cx.KindOf(err) == cx.NotFound && err != nil {
			if !a.Create || !granted || !i.Verified {
				return cx.Errorf(cx.Unauthorized, op, "nobody here has this e-mail address; ask an administrator to add you")
			}
			n := Profile{UserName: i.Email, GivenName: i.GivenName, FamilyName: i.FamilyName, DisplayName: i.Name, Active: true, Role: role, Areas: areas}
			if n.DisplayName == "" && n.GivenName+n.FamilyName == "" {
				n.DisplayName, _, _ = strings.Cut(i.Email, "@")
			}
			if err = n.validate(op); err == nil {
				person, err = s.provision(ctx, tx, cx.System(), n)
			}
			if err == nil {
				err = s.link(ctx, tx, person.ID, i)
			}
		}
		if err != nil {
			return err
		}
		if granted && person.DisabledAt == 0 {
			n := person.profile()
			n.Role, n.Areas = role, areas
			if err := n.validate(op); err != nil {
				return err
			}
			if _, err := s.setProfile(ctx, tx, cx.System(), person, n); err != nil {
				return err
			}
		}
		session, secret, err = s.startSession(ctx, tx, person.ID, ByProvider, from)
		return err
	})
	return session, secret, cx.Wrap(op, err)
}

// personOf returns whose identity it is, linking it when the e-mail says so.
func (s *Service) personOf(ctx context.Context, tx *sqldb.Tx, i Identity) (Person, error) {
	const op = "account.personOf"
	person, err := scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM account_identities i JOIN account_people p ON p.id = i.person_id
		WHERE i.issuer = $1 AND i.subject = $2`, i.Issuer, i.Subject))
	if !errors.Is(err, sql.ErrNoRows) {
		return person, err
	}
	if i.Email != "" && !i.Verified {
		return Person{}, cx.Errorf(cx.Unauthorized, op, "your sign-in provider has not verified your e-mail address")
	}
	person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM account_people p WHERE p.email = $1`, i.Email))
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, cx.Errorf(cx.NotFound, op, "nobody has this e-mail address")
	}
	if err != nil {
		return Person{}, err
	}
	return person, s.link(ctx, tx, person.ID, i)
}

// link binds a person to an identity, for good: an address that the provider
// gives to somebody else later does not open the account.
func (s *Service) link(ctx context.Context, tx *sqldb.Tx, personID int64, i Identity) error {
	_, err := tx.Exec(ctx, `INSERT INTO account_identities (issuer, subject, person_id, linked_at) VALUES ($1, $2, $3, $4)`,
		i.Issuer, i.Subject, personID, s.clock.Now())
	if sqldb.IsDuplicate(err) {
		return cx.Errorf(cx.Unauthorized, "account.link", "this e-mail address belongs to another identity of your sign-in provider; ask an administrator")
	}
	if err != nil {
		return err
	}
	return s.record(ctx, tx, cx.Principal{ID: personObject(personID)}, "person.linked", personObject(personID))
}

// Unlink forgets which identities of sign-in providers a person has, so that
// the next sign-in binds them anew. Needs ManagePeople.
func (s *Service) Unlink(ctx context.Context, p cx.Principal, personID int64) error {
	const op = "account.Unlink"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	return s.change(ctx, op, p, personID, "person.unlinked", func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM account_identities WHERE person_id = $1`, personID)
		return err
	})
}
