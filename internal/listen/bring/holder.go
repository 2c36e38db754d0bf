package bring

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Holds names the files that wait to be imported.
func (s *Service) Holds() []string { return []string{"brought/*"} }

// Export knows nothing of anybody: nobody has said yet what the files hold.
func (s *Service) Export(context.Context, cx.Subject) ([]cx.Section, error) { return nil, nil }

// Erase removes every file that waits, whoever it is about, and what was found
// in those that came in: their quotes are somebody's words. It returns 0: what
// was not taken in was never kept of anybody.
func (s *Service) Erase(_ context.Context, _ cx.Subject) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.files {
		if k.cancel == nil || k.Over() {
			s.drop(k)
		}
	}
	return 0, nil
}
