package cases

import (
	"context"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// name says in a case how people call what it names: its kind, its customer, who
// has it and who opened it. What is not known any more stays empty.
func (s *Service) name(ctx context.Context, c *Case, people map[string]account.Person, lang string) {
	m := s.c.Models.Current().Model
	if kind, ok := m.Cases.Kind(c.Kind); ok {
		c.KindName = kind.Name.In(lang)
	}
	c.OwnerName = people[c.Owner].Name
	c.OpenedName = people[c.By].Name
	if slug, ok := strings.CutPrefix(c.By, "rule:"); ok {
		for _, r := range m.Rules {
			if r.Slug == slug {
				c.OpenedName = r.Name.In(lang)
			}
		}
	}
	if c.Customer == "" {
		return
	}
	if who, err := s.c.Memory.Customer(ctx, cx.System(), c.Customer); err == nil {
		c.CustomerName = who.Name
	}
}

// Find finds whom a text may mean: a customer's number, e-mail, phone or card, the
// number of one of the model's objects (an order), a name. The best come first, at
// most eight, within p's reach. Needs account.ViewCustomers.
func (s *Service) Find(ctx context.Context, p cx.Principal, text string) (found []cx.CustomerID, err error) {
	const op, most = "cases.Find", 8
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 200 {
		return nil, nil
	}
	add := func(id cx.CustomerID) {
		for _, had := range found {
			if had == id {
				return
			}
		}
		if len(found) < most {
			found = append(found, id)
		}
	}
	m := s.c.Models.Current().Model
	kinds := []string{"userId", "email", "phone"}
	for _, i := range m.Identifiers {
		kinds = append(kinds, i.Slug)
	}
	for _, kind := range kinds {
		switch id, err := s.c.Memory.Lookup(ctx, p, kind, text); {
		case err == nil:
			add(id)
		case cx.KindOf(err) != cx.NotFound && cx.KindOf(err) != cx.Invalid:
			return nil, cx.Wrap(op, err)
		}
	}
	for _, o := range m.Objects {
		of, err := s.ofObject(ctx, o.Slug, text)
		if err == nil && len(of) == 0 { // numbers are read aloud, and typed in small letters
			of, err = s.ofObject(ctx, o.Slug, strings.ToUpper(text))
		}
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		reached, err := s.c.Memory.CustomersByNo(ctx, p, of)
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		for _, c := range reached {
			add(c.ID)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	page, err := s.c.Memory.Search(ctx, p, text, "", most)
	for _, c := range page.Customers {
		add(c.ID)
	}
	return found, cx.Wrap(op, err)
}
