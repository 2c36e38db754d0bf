package account

import (
	"context"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var errSoon = errors.New("soon")

// Service keeps the accounts of one instance.
type Service struct {
	db    *sqldb.DB
	clock cx.Clock
}

// Source is a way in: who sends events, and the write key it sends them with.
type Source struct {
	Slug, Name, Key      string
	CreatedAt, RevokedAt cx.Time
}

// Token lets a program ask the API.
type Token struct {
	ID                               int64
	Name                             string
	Role                             cx.Role
	Areas                            []string
	CreatedAt, LastUsedAt, RevokedAt cx.Time
}

// Person is somebody who may sign in.
type Person struct {
	ID                                int64
	Email, Name                       string
	Role                              cx.Role
	Areas                             []string
	Language                          string
	CreatedAt, DisabledAt, LastSeenAt cx.Time
}

// NewPerson is what makes a person.
type NewPerson struct {
	Email, Name string
	Role        cx.Role
	Areas       []string
	Language    string
	Password    string
}

// Session is a person's signed-in browser.
type Session struct {
	ID        string
	Person    Person
	CSRF      string
	ExpiresAt cx.Time
}

// Instance tells one installation from another.
type Instance struct {
	ID        string
	Salt      []byte
	CreatedAt cx.Time
	Demo      bool
}

// Entry is one line of the audit log.
type Entry struct {
	ID        int64
	At        cx.Time
	Principal string
	Action    string
	Object    string
}

func Open(ctx context.Context, db *sqldb.DB, clock cx.Clock) (*Service, error) {
	return &Service{db, clock}, nil
}
func (s *Service) CreateSource(ctx context.Context, p cx.Principal, name, key string) (Source, error) {
	return Source{}, errSoon
}
func (s *Service) Sources(ctx context.Context, p cx.Principal) ([]Source, error) { return nil, errSoon }
func (s *Service) RevokeSource(ctx context.Context, p cx.Principal, slug string) error {
	return errSoon
}
func (s *Service) SourceByKey(ctx context.Context, key string) (Source, error) {
	return Source{}, errSoon
}
func (s *Service) CreateToken(ctx context.Context, p cx.Principal, name string, role cx.Role, areas []string, secret string) (Token, string, error) {
	return Token{}, "", errSoon
}
func (s *Service) Tokens(ctx context.Context, p cx.Principal) ([]Token, error)     { return nil, errSoon }
func (s *Service) RevokeToken(ctx context.Context, p cx.Principal, id int64) error { return errSoon }
func (s *Service) PrincipalByToken(ctx context.Context, secret string) (cx.Principal, error) {
	return cx.Principal{}, errSoon
}
func (s *Service) CreatePerson(ctx context.Context, p cx.Principal, n NewPerson) (Person, error) {
	return Person{}, errSoon
}
func (s *Service) People(ctx context.Context, p cx.Principal) ([]Person, error) { return nil, errSoon }
func (s *Service) PersonByEmail(ctx context.Context, p cx.Principal, email string) (Person, error) {
	return Person{}, errSoon
}
func (s *Service) SetPassword(ctx context.Context, p cx.Principal, personID int64, password string) error {
	return errSoon
}
func (s *Service) SetLanguage(ctx context.Context, p cx.Principal, personID int64, language string) error {
	return errSoon
}
func (s *Service) DisablePerson(ctx context.Context, p cx.Principal, id int64) error { return errSoon }
func (s *Service) EnablePerson(ctx context.Context, p cx.Principal, id int64) error  { return errSoon }
func (s *Service) SignIn(ctx context.Context, email, password, address string) (Session, string, error) {
	return Session{}, "", errSoon
}
func (s *Service) SignInLink(ctx context.Context, p cx.Principal, personID int64, ttl time.Duration, reusable bool) (string, error) {
	return "", errSoon
}
func (s *Service) SignInByLink(ctx context.Context, secret, address string) (Session, string, error) {
	return Session{}, "", errSoon
}
func (s *Service) SetupLink(ctx context.Context) (string, error) { return "", errSoon }
func (s *Service) CompleteSetup(ctx context.Context, secret string, n NewPerson) (Session, string, error) {
	return Session{}, "", errSoon
}
func (s *Service) SessionBySecret(ctx context.Context, secret string) (Session, error) {
	return Session{}, errSoon
}
func (s *Service) SignOut(ctx context.Context, secret string) error { return errSoon }
func (s *Service) Record(ctx context.Context, p cx.Principal, action, object string) error {
	return errSoon
}
func (s *Service) Audit(ctx context.Context, p cx.Principal, before int64, limit int) ([]Entry, error) {
	return nil, errSoon
}
func (s *Service) Instance(ctx context.Context) (Instance, error) { return Instance{}, errSoon }
func (s *Service) MarkDemo(ctx context.Context) error             { return errSoon }

// Principal returns the person as who asks.
func (s Session) Principal() cx.Principal { return cx.Principal{} }
