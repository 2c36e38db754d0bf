package policy

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Analysis is what is to be said of a policy as somebody writes it.
type Analysis struct {
	Policy    model.Policy
	Conflicts []Conflict // those that the policy is part of; nobody is counted
	Overlaps  []Overlap
}

// Overlap is a situation that two rows of a policy with different outcomes take: the
// one above decides.
type Overlap struct {
	Above, Below int // rows, from 0
	Situation    []Term
}

// Check tells every conflict that a model shows without data, as of today. It needs
// model.view; the error is cx.Invalid with every fault of the YAML.
func (s *Service) Check(_ context.Context, p cx.Principal, yaml []byte) ([]Conflict, error) {
	const op = "policy.Check"
	if err := account.Check(p, account.ViewModel); err != nil {
		return nil, cx.Wrap(op, err)
	}
	m, err := model.Parse(yaml)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	found, err := Find(m, s.today(m))
	return found, cx.Wrap(op, err)
}

// Preview tells what is to be said of a policy before it is saved: the fields of its
// item of the model (its slug among them) in place of those that it has. It needs
// model.view; the error is cx.Invalid with every fault of the model that this makes.
func (s *Service) Preview(_ context.Context, p cx.Principal, item model.Part) (Analysis, error) {
	const op = "policy.Preview"
	if err := account.Check(p, account.ViewModel); err != nil {
		return Analysis{}, cx.Wrap(op, err)
	}
	yaml, slug, err := put(s.c.Models.Current().YAML, item)
	if err != nil {
		return Analysis{}, cx.Wrap(op, err)
	}
	m, err := model.Parse(yaml)
	if err != nil {
		return Analysis{}, cx.Wrap(op, err)
	}
	x, _ := m.Policy(slug)
	a := Analysis{Policy: x}
	found, err := Find(m, s.today(m))
	if err != nil {
		return Analysis{}, cx.Wrap(op, err)
	}
	a.Conflicts = slices.DeleteFunc(found, func(c Conflict) bool { return c.Subject() != "policy."+slug && c.With != "policy."+slug })
	a.Overlaps, err = overlaps(&x)
	return a, cx.Wrap(op, err)
}

// Put saves a policy as Preview shows it: the model gets another version. It needs
// model.apply.
func (s *Service) Put(ctx context.Context, p cx.Principal, item model.Part) error {
	const op = "policy.Put"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return cx.Wrap(op, err)
	}
	yaml, slug, err := put(s.c.Models.Current().YAML, item)
	if err == nil {
		_, err = s.c.Models.Apply(ctx, p, yaml, "policy."+slug)
	}
	return cx.Wrap(op, err)
}

// put returns the YAML with a policy's fields set.
func put(yaml []byte, item model.Part) (out []byte, slug string, err error) {
	slug, _ = item.Get("slug").(string)
	if slug == "" {
		return nil, "", cx.InvalidFaults("policy.put", []cx.Fault{{Field: "slug", Message: "is missing: give the policy a name of its own"}})
	}
	at := model.IndexOf(yaml, "policies", slug)
	if at < 0 {
		doc, err := model.Read(yaml)
		if err != nil {
			return nil, "", err
		}
		at = len(doc.Items("policies"))
	}
	out, err = model.SetItem(yaml, "policies", at, item)
	return out, slug, err
}

// mostOverlaps is how many are told of one policy.
const mostOverlaps = 100

// overlaps finds the situations of which the order of rows decides.
func overlaps(x *model.Policy) (out []Overlap, err error) {
	t := newSheet(x)
	for j := range x.Rows {
		for i := range j {
			if x.Rows[i].Outcome.String() == x.Rows[j].Outcome.String() {
				continue
			}
			if _, ok, _, err := t.find([]int{i, j}, nil); err != nil || !ok {
				if err != nil {
					return nil, err
				}
				continue
			}
			terms, ok, _, err := t.find([]int{i, j}, upto(i))
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, Overlap{i, j, terms})
			}
			if len(out) == mostOverlaps {
				return out, nil
			}
		}
	}
	return out, nil
}
