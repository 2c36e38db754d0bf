package rule

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the tables.
func (s *Service) Holds() []string { return []string{"rule_runs"} }

// Export returns what rules did, or will do, for a customer, oldest first.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	const op = "rule.Export"
	if !subject.Whole() {
		return nil, nil
	}
	aliases, err := s.c.Memory.Aliases(ctx, subject.Customer)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	type item struct {
		Run
		Moment *lived `json:"moment,omitempty"` // what it began with, while it goes on
	}
	all := []item{}
	for _, id := range aliases {
		found, err := s.runs(ctx, `WHERE customer = $1 ORDER BY lived_at, id`, string(id))
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		for i := range found {
			all = append(all, item{s.shown(&found[i]), found[i].lived})
		}
	}
	return []cx.Section{{Name: "rules", Items: all}}, nil
}

// Erase removes all runs of a customer: what they wait for is never done. Of
// single events, it removes what runs that go on keep of them.
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (n int, err error) {
	const op = "rule.Erase"
	s.deciding.Lock()
	defer s.deciding.Unlock()
	var gone []string
	remove := func(tx *sqldb.Tx, where string, arg any) error {
		rows, err := tx.Query(ctx, `DELETE FROM rule_runs WHERE `+where+` RETURNING id`, arg)
		if err != nil {
			return err
		}
		ids, err := sqldb.Collect(rows, sqldb.Scan[string])
		gone = append(gone, ids...)
		return err
	}
	var aliases []cx.CustomerID
	if subject.Whole() {
		if aliases, err = s.c.Memory.Aliases(ctx, subject.Customer); err != nil {
			return 0, cx.Wrap(op, err)
		}
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		gone = nil
		for _, id := range aliases {
			if err := remove(tx, `customer = $1`, string(id)); err != nil {
				return err
			}
		}
		for _, seq := range subject.Seqs {
			if subject.Whole() {
				break
			}
			if err := remove(tx, `about = $1 AND moment > ''`, int64(seq)); err != nil {
				return err
			}
		}
		for _, id := range gone {
			if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(gone) > 0 {
		err = s.c.DB.Scrub(ctx)
	}
	return len(gone), cx.Wrap(op, err)
}

// Run is one run of a rule for a customer.
type Run struct {
	ID       string        `json:"id"`
	Rule     string        `json:"rule"`
	Customer cx.CustomerID `json:"customer"`
	About    cx.Seq        `json:"about,omitempty"` // the event that it is about
	State    State         `json:"state"`
	Reason   Reason        `json:"reason,omitempty"` // why it ended before its end
	Step     string        `json:"step,omitempty"`   // at which it is
	Waits    string        `json:"waits_for,omitempty"`
	Acted    int           `json:"acted"` // how many steps were done
	LivedAt  time.Time     `json:"lived_at"`
	DueAt    time.Time     `json:"due_at,omitzero"` // when it goes on, at the latest; of who goes on
	EndedAt  time.Time     `json:"ended_at,omitzero"`
	Error    string        `json:"error,omitempty"` // of what failed for good
}

func (s *Service) shown(r *run) Run {
	out := Run{
		ID: r.id, Rule: r.rule, Customer: r.customer, About: r.about, State: r.state, Reason: r.reason, Waits: r.waits, Acted: r.acted, LivedAt: r.at.Std(),
	}
	if r.state == Going {
		out.Step, out.DueAt = r.step, r.due.Std()
	}
	if r.endedAt > 0 {
		out.EndedAt = r.endedAt.Std()
	}
	return out
}
