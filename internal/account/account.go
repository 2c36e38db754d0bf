package account

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Service keeps the accounts of one instance. It is safe for concurrent use,
// and must be the only one on its database: keys and tokens are looked up in
// memory.
type Service struct {
	db    *sqldb.DB
	clock cx.Clock
	key   []byte // encrypts second factors' secrets
	rules Rules

	seals   string // the file of the audit log's seals
	sealing sync.Mutex

	instance atomic.Pointer[Instance]
	demo     atomic.Bool // demo mode, in this process

	sources   atomic.Pointer[map[string]Source]     // by key, those not revoked
	tokens    atomic.Pointer[map[string]*keptToken] // by hash, those not revoked
	passwords *passwords
	attempts  *attempts
	hourly    hourly
}

// Rules are what an operator decides about signing in. Zero fields take the
// defaults.
type Rules struct {
	SecondFactor []cx.Role     // who must use one-time codes
	SessionLife  time.Duration // from signing in; 30 days
	SessionIdle  time.Duration // without being used; 7 days
}

// Option is what Open may be told besides.
type Option func(*Service)

// WithSeals keeps the audit log's seals in a file outside the database.
func WithSeals(path string) Option { return func(s *Service) { s.seals = path } }

// WithKey encrypts what must be kept readable (the secrets of one-time codes)
// with a key of 32 bytes that lies outside the database; see KeyFile. Without
// it nobody can set up one-time codes.
func WithKey(key []byte) Option { return func(s *Service) { s.key = key } }

// WithRules sets the rules of signing in.
func WithRules(r Rules) Option {
	return func(s *Service) {
		s.rules = r
		s.rules.SessionLife = cmp.Or(r.SessionLife, sessionLife)
		s.rules.SessionIdle = cmp.Or(r.SessionIdle, sessionIdle)
	}
}

// Open brings the tables up to date, makes the instance when it is new, and
// loads keys and tokens.
func Open(ctx context.Context, db *sqldb.DB, clock cx.Clock, options ...Option) (*Service, error) {
	const op = "account.Open"
	if err := db.Migrate(ctx, "account", migrations); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{db: db, clock: clock, passwords: newPasswords(), attempts: newAttempts()}
	for _, option := range append([]Option{WithRules(Rules{})}, options...) {
		option(s)
	}
	err := errors.Join(s.chainOld(ctx), s.loadInstance(ctx), s.loadSources(ctx), s.loadTokens(ctx))
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	return s, nil
}

// newSecret returns 256 random bits, as text fit for an address.
func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// hash is how a secret of newSecret's strength is kept. Passwords, being
// weaker, are kept by argon2id instead.
func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func joinAreas(areas []string) string { return strings.Join(areas, ",") }

func splitAreas(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
