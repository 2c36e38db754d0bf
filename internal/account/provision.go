package account

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Profile is a person as a company's directory tells them, in the terms of SCIM
// (RFC 7643): who provisions people from elsewhere creates, replaces and
// patches profiles. It is the person's e-mail, names and place; passwords and
// second factors are theirs.
type Profile struct {
	ExternalID            string // the directory's own id; "" when there is none
	UserName              string // the e-mail address
	GivenName, FamilyName string
	DisplayName           string // "": given and family name
	Active                bool
	Role                  cx.Role
	Areas                 []string // nil means all
}

// ProfileChange is a patch: what is nil stays as it is.
type ProfileChange struct {
	ExternalID, UserName, GivenName, FamilyName, DisplayName *string
	Active                                                   *bool
	Role                                                     *cx.Role
	Areas                                                    *[]string
}

// Grants tells which role and areas the groups of a directory give. A pattern
// is a group's name; * stands for anything.
type Grants struct {
	Roles []RoleGrant // the first that fits decides
	Areas []AreaGrant // all that fit add up; none means all areas
}

// RoleGrant gives a role to a group.
type RoleGrant struct {
	Group string
	Role  cx.Role
}

// AreaGrant limits a group to an area.
type AreaGrant struct{ Group, Area string }

// Of returns what the groups give; ok is false when no role is given.
func (g Grants) Of(groups []string) (role cx.Role, areas []string, ok bool) {
	in := func(pattern string) bool {
		return slices.ContainsFunc(groups, func(group string) bool {
			fits, err := path.Match(pattern, group)
			return err == nil && fits
		})
	}
	for _, a := range g.Areas {
		if in(a.Group) && !slices.Contains(areas, a.Area) {
			areas = append(areas, a.Area)
		}
	}
	for _, r := range g.Roles {
		if in(r.Group) {
			return r.Role, areas, true
		}
	}
	return "", nil, false
}

// validate puts the profile into the form that is kept.
func (n *Profile) validate(op string) error {
	var f faults
	n.UserName = f.email("userName", n.UserName)
	n.GivenName, n.FamilyName, n.ExternalID = strings.TrimSpace(n.GivenName), strings.TrimSpace(n.FamilyName), strings.TrimSpace(n.ExternalID)
	for _, optional := range []struct{ field, value string }{
		{"externalId", n.ExternalID}, {"name.givenName", n.GivenName}, {"name.familyName", n.FamilyName},
	} {
		if optional.value != "" {
			f.text(optional.field, optional.value, 200)
		}
	}
	n.DisplayName = f.text("displayName", cmp.Or(n.DisplayName, strings.TrimSpace(n.GivenName+" "+n.FamilyName)), 100)
	f.role("role", n.Role)
	f.areas("areas", n.Areas)
	return f.err(op)
}

func (p Person) profile() Profile {
	return Profile{
		ExternalID: p.ExternalID, UserName: p.Email, GivenName: p.GivenName, FamilyName: p.FamilyName, DisplayName: p.Name,
		Active: p.DisabledAt == 0, Role: p.Role, Areas: p.Areas,
	}
}

// Provision makes a person from a profile. Needs ManagePeople.
//
// Errors: Invalid with every fault; Conflict when the userName or the
// externalId is taken.
func (s *Service) Provision(ctx context.Context, p cx.Principal, n Profile) (Person, error) {
	const op = "account.Provision"
	if err := Check(p, ManagePeople); err != nil {
		return Person{}, cx.Wrap(op, err)
	}
	if err := n.validate(op); err != nil {
		return Person{}, err
	}
	var person Person
	err := s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = s.provision(ctx, tx, p, n)
		return err
	})
	return person, cx.Wrap(op, err)
}

func (s *Service) provision(ctx context.Context, tx *sqldb.Tx, p cx.Principal, n Profile) (Person, error) {
	person, err := s.insertPerson(ctx, tx, p, NewPerson{Email: n.UserName, Name: n.DisplayName, Role: n.Role, Areas: n.Areas}, "")
	if err != nil {
		return Person{}, err
	}
	return s.setProfile(ctx, tx, p, person, n)
}

// ReplaceProfile makes a person what the profile says. Another role, other areas
// or no longer being active end their sessions at once. Needs ManagePeople.
//
// Errors: as Provision; NotFound; Conflict when no administrator would be left.
func (s *Service) ReplaceProfile(ctx context.Context, p cx.Principal, id int64, n Profile) (Person, error) {
	return s.changeProfile(ctx, "account.ReplaceProfile", p, id, func(kept *Profile) { *kept = n })
}

// PatchProfile is ReplaceProfile for what is not nil.
func (s *Service) PatchProfile(ctx context.Context, p cx.Principal, id int64, c ProfileChange) (Person, error) {
	return s.changeProfile(ctx, "account.PatchProfile", p, id, func(n *Profile) {
		set(&n.ExternalID, c.ExternalID)
		set(&n.UserName, c.UserName)
		set(&n.GivenName, c.GivenName)
		set(&n.FamilyName, c.FamilyName)
		set(&n.DisplayName, c.DisplayName)
		set(&n.Active, c.Active)
		set(&n.Role, c.Role)
		set(&n.Areas, c.Areas)
	})
}

func set[T any](kept *T, value *T) {
	if value != nil {
		*kept = *value
	}
}

func (s *Service) changeProfile(ctx context.Context, op string, p cx.Principal, id int64, change func(*Profile)) (person Person, err error) {
	if err := Check(p, ManagePeople); err != nil {
		return Person{}, cx.Wrap(op, err)
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		before, err := readPerson(ctx, tx, id)
		if err != nil {
			return err
		}
		n := before.profile()
		change(&n)
		if err := n.validate(op); err != nil {
			return err
		}
		person, err = s.setProfile(ctx, tx, p, before, n)
		return err
	})
	return person, cx.Wrap(op, err)
}

// setProfile writes what differs, and puts it on record.
func (s *Service) setProfile(ctx context.Context, tx *sqldb.Tx, p cx.Principal, before Person, n Profile) (Person, error) {
	after := before
	after.ExternalID, after.Email, after.GivenName, after.FamilyName = n.ExternalID, n.UserName, n.GivenName, n.FamilyName
	after.Name, after.Role, after.Areas = n.DisplayName, n.Role, n.Areas
	switch {
	case n.Active:
		after.DisabledAt = 0
	case before.DisabledAt == 0:
		after.DisabledAt = s.clock.Now()
	}
	moved := after.Role != before.Role || !slices.Equal(after.Areas, before.Areas) || (after.Areas == nil) != (before.Areas == nil)
	if before.Role == cx.Admin && (after.Role != cx.Admin || after.DisabledAt != 0) && before.DisabledAt == 0 {
		if err := notTheLastAdmin(ctx, tx, before.ID); err != nil {
			return Person{}, err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE account_people SET external_id = $1, email = $2, given_name = $3, family_name = $4, name = $5, role = $6,
		areas = $7, disabled_at = $8 WHERE id = $9`, after.ExternalID, after.Email, after.GivenName, after.FamilyName, after.Name,
		string(after.Role), joinAreas(after.Areas), after.DisabledAt, after.ID)
	if sqldb.IsDuplicate(err) {
		err = cx.Errorf(cx.Conflict, "account.setProfile", "somebody has this e-mail address or this external id already")
	}
	if err != nil {
		return Person{}, err
	}
	for _, change := range []struct {
		done   bool
		action string
	}{
		{moved, "person.moved"},
		{before.DisabledAt == 0 && after.DisabledAt != 0, "person.disabled"},
		{before.DisabledAt != 0 && after.DisabledAt == 0, "person.enabled"},
		{before.profile().named() != after.profile().named(), "person.changed"},
	} {
		if change.done {
			if err := s.record(ctx, tx, p, change.action, personObject(after.ID)); err != nil {
				return Person{}, err
			}
		}
	}
	if moved || after.DisabledAt != 0 {
		return after, s.signOutEverywhere(ctx, tx, after.ID)
	}
	return after, nil
}

// named is the part of a profile that says who somebody is.
func (n Profile) named() [5]string {
	return [5]string{n.ExternalID, n.UserName, n.GivenName, n.FamilyName, n.DisplayName}
}

// PersonByExternalID returns the person whom a directory knows by that id.
// Needs ManagePeople. By userName it is PersonByEmail.
func (s *Service) PersonByExternalID(ctx context.Context, p cx.Principal, externalID string) (Person, error) {
	const op = "account.PersonByExternalID"
	if err := Check(p, ManagePeople); err != nil {
		return Person{}, cx.Wrap(op, err)
	}
	var person Person
	err := s.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		person, err = scanPerson(tx.QueryRow(ctx, `SELECT `+personColumns+` FROM account_people p WHERE p.external_id = $1 AND p.external_id <> ''`, externalID))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, cx.Errorf(cx.NotFound, op, "nobody has this external id")
	}
	return person, cx.Wrap(op, err)
}
