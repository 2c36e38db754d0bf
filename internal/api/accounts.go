package api

import (
	"context"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

type source struct {
	Slug      string  `json:"slug"`
	Name      string  `json:"name"`
	Key       string  `json:"key"`
	CreatedAt *string `json:"created_at"`
	RevokedAt *string `json:"revoked_at"`
}

func sourceOf(c account.Source) source {
	return source{c.Slug, c.Name, c.Key, instant(c.CreatedAt), instant(c.RevokedAt)}
}

func (s *server) listSources(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	sources, err := s.Accounts.Sources(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(sources, sourceOf), nil
}

func (s *server) createSource(q *request) (any, error) {
	var in struct {
		Name string `json:"name"`
		Key  string `json:"key"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	c, err := s.Accounts.CreateSource(q.Context(), q.principal, in.Name, in.Key)
	if err != nil {
		return nil, err
	}
	return reply{http.StatusCreated, "", sourceOf(c)}, nil
}

func (s *server) revokeSource(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Accounts.RevokeSource(q.Context(), q.principal, q.PathValue("slug"))
}

type token struct {
	ID         int64    `json:"id"`
	Name       string   `json:"name"`
	Role       cx.Role  `json:"role"`
	Areas      []string `json:"areas"` // null: all
	CreatedAt  *string  `json:"created_at"`
	LastUsedAt *string  `json:"last_used_at"`
	RevokedAt  *string  `json:"revoked_at"`
	Secret     string   `json:"secret,omitempty"` // only when it is made
}

func tokenOf(t account.Token) token {
	return token{ID: t.ID, Name: t.Name, Role: t.Role, Areas: t.Areas, CreatedAt: instant(t.CreatedAt), LastUsedAt: instant(t.LastUsedAt), RevokedAt: instant(t.RevokedAt)}
}

func (s *server) listTokens(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	tokens, err := s.Accounts.Tokens(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(tokens, tokenOf), nil
}

func (s *server) createToken(q *request) (any, error) {
	var in struct {
		Name  string   `json:"name"`
		Role  cx.Role  `json:"role"`
		Areas []string `json:"areas"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	t, secret, err := s.Accounts.CreateToken(q.Context(), q.principal, in.Name, in.Role, in.Areas, "")
	if err != nil {
		return nil, err
	}
	out := tokenOf(t)
	out.Secret = secret
	return reply{http.StatusCreated, "", out}, nil
}

func (s *server) revokeToken(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error { return s.Accounts.RevokeToken(q.Context(), q.principal, id) })
}

type person struct {
	ID         int64    `json:"id"`
	Email      string   `json:"email"`
	Name       string   `json:"name"`
	Role       cx.Role  `json:"role"`
	Areas      []string `json:"areas"` // null: all
	Language   *string  `json:"language"`
	CreatedAt  *string  `json:"created_at"`
	DisabledAt *string  `json:"disabled_at"`
	LastSeenAt *string  `json:"last_seen_at"`
	GivenName  *string  `json:"given_name"`
	FamilyName *string  `json:"family_name"`
	ExternalID *string  `json:"external_id"`
	CodesSince *string  `json:"codes_since"` // one-time codes are asked for
}

func personOf(p account.Person) person {
	return person{
		p.ID, p.Email, p.Name, p.Role, p.Areas, word(p.Language), instant(p.CreatedAt), instant(p.DisabledAt), instant(p.LastSeenAt),
		word(p.GivenName), word(p.FamilyName), word(p.ExternalID), instant(p.SecondFactorSince),
	}
}

func (s *server) listPeople(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	people, err := s.Accounts.People(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(people, personOf), nil
}

func (s *server) createPerson(q *request) (any, error) {
	var in struct {
		Email    string   `json:"email"`
		Name     string   `json:"name"`
		Role     cx.Role  `json:"role"`
		Areas    []string `json:"areas"`
		Language string   `json:"language"`
		Password string   `json:"password"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	p, err := s.Accounts.CreatePerson(q.Context(), q.principal, account.NewPerson(in))
	if err != nil {
		return nil, err
	}
	return reply{http.StatusCreated, "", personOf(p)}, nil
}

func (s *server) setPassword(q *request) (any, error) {
	var in struct {
		Password string `json:"password"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return s.onNumber(q, func(id int64) error { return s.Accounts.SetPassword(q.Context(), q.principal, id, in.Password) })
}

func (s *server) disablePerson(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error { return s.Accounts.DisablePerson(q.Context(), q.principal, id) })
}

func (s *server) enablePerson(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error { return s.Accounts.EnablePerson(q.Context(), q.principal, id) })
}

// onNumber does something to what the path numbers, and answers 204.
func (s *server) onNumber(q *request, do func(id int64) error) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	return nil, do(id)
}

// ofPerson answers what belongs to the person that the path numbers.
func ofPerson[T, U any](q *request, read func(context.Context, cx.Principal, int64) ([]T, error), show func(T) U) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	all, err := read(q.Context(), q.principal, id)
	if err != nil {
		return nil, err
	}
	return listOf(all, show), nil
}
