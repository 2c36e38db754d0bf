package told

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
)

// TellOne tells one customer now, as their job would.
func (s *Service) TellOne(ctx context.Context, slug string, customer cx.CustomerID) error {
	_, err := s.work(ctx, jobs.Job{Kind: jobKind, Key: slug + ":" + string(customer)})
	return err
}
