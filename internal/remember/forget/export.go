package forget

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Export is all that is known of one customer.
type Export struct {
	Customer cx.CustomerID `json:"customer"`
	MadeAt   time.Time     `json:"made_at"`
	Sections []cx.Section  `json:"sections"`
}

// Export hands over all that is known of a customer, from every holder, and
// puts on record that it did. Needs account.ExportCustomer; NotFound when there
// is no such customer.
func (s *Service) Export(ctx context.Context, p cx.Principal, id cx.CustomerID) (Export, error) {
	const op = "forget.Export"
	if err := account.Check(p, account.ExportCustomer); err != nil {
		return Export{}, cx.Wrap(op, err)
	}
	c, err := s.c.Memory.Customer(ctx, p, id)
	if err != nil {
		return Export{}, cx.Wrap(op, err)
	}
	subject, err := s.c.Memory.Subject(ctx, cx.System(), c.ID)
	if err != nil {
		return Export{}, cx.Wrap(op, err)
	}
	out := Export{Customer: c.ID, MadeAt: s.c.Clock.Now().Std()}
	holders := s.holders()
	for i := range holders { // memory first: who they are
		h := holders[len(holders)-1-i]
		sections, err := h.Export(ctx, subject)
		if err != nil {
			return Export{}, cx.Wrap(op+" "+h.Name, err)
		}
		out.Sections = append(out.Sections, sections...)
	}
	return out, cx.Wrap(op, s.c.Audit.Record(ctx, p, "customers.exported-one", "customer:"+string(c.ID)))
}
