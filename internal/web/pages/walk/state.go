package walk

import (
	"context"
	"math"
	"net/url"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// state is how a run stands, as the services say it.
type state struct {
	run      run
	Customer cx.CustomerID
	Name     string

	Promise *promise.Instance // the tale's own; nil: not yet
	Chosen  *promise.Instance // what the choice promised
	Offer   *dialogue.Offer
	Case    *cases.Case
	Token   string           // of the customer's page of the case
	Against *policy.Conflict // of the tale's promise and the policy in its way

	Memory   float64 // NaN: nothing lived
	Lowest   float64 // of Memory since the run began; NaN: as it is
	Trust    promise.Trust
	Supplier *promise.Group
	Line     []remember.Item // what was lived in this run, oldest first
}

func (s *state) solved() bool {
	return s.Case != nil && (s.Case.State == cases.StateSolved || s.Case.State == cases.StateClosed)
}

func (s *state) suspended() bool {
	return s.Against != nil && s.Against.Decision != nil && s.Against.Decision.What == policy.Suspended
}

func (s *state) right() bool { return s.Case != nil && s.Case.MadeRight == cases.Right }

// phone is the address of what the customer's phone shows; "" while there is
// nothing for her.
func (s *state) phone() string {
	switch {
	case s.Token != "" && (s.solved() || s.Offer == nil):
		// The page does not move by itself: another address shows what is new.
		return "/case/" + url.PathEscape(s.Token) + "?v=" + url.QueryEscape(string(s.Case.State)+string(s.Case.MadeRight))
	case s.Offer != nil:
		return s.Offer.Path
	}
	return ""
}

// lineMost bounds what is read of a customer's line to know how they remember.
const lineMost = 2000

// look asks the services how a run stands.
func (p page) look(ctx context.Context, who cx.Principal, lang string, r run) (s state, err error) {
	s.run = r
	if s.Customer, err = p.c.Memory.Lookup(ctx, who, "userId", r.tale.user); err != nil {
		return s, err
	}
	c, err := p.c.Memory.Customer(ctx, who, s.Customer)
	if err != nil {
		return s, err
	}
	s.Name = c.Name
	if err := p.lived(ctx, who, &s); err != nil {
		return s, err
	}
	if s.Trust, err = p.c.Promises.Trust(ctx, who, s.Customer); err != nil {
		return s, err
	}
	if err := p.supplier(ctx, who, &s); err != nil {
		return s, err
	}
	if r.tale.key == "gift" {
		if err := p.against(ctx, who, &s); err != nil {
			return s, err
		}
	}
	if r.id == "" {
		return s, nil
	}
	return s, p.acted(ctx, who, lang, &s)
}

// lived reads the customer's line: how all of it is remembered, and what of it is
// this run's.
func (p page) lived(ctx context.Context, who cx.Principal, s *state) error {
	began, begun := s.run.began()
	var valences []float64
	since := 0 // how many of them are of this run
	q := remember.TimelineQuery{Limit: 500}
	for read, last := 0, cx.Seq(0); read < lineMost; {
		page, err := p.c.Memory.Timeline(ctx, who, s.Customer, q)
		if err != nil {
			return err
		}
		for _, e := range page.Episodes {
			if e.HasValence && e.ID != last { // one may reach over two pages
				valences = append(valences, e.Valence)
				if last = e.ID; begun && e.To >= began {
					since++
				}
			}
		}
		for _, item := range page.Items {
			if begun && (item.ReceivedAt >= began || item.At >= began) {
				s.Line = append(s.Line, item)
			}
		}
		if read += len(page.Items); page.Next == "" {
			break
		}
		q.Cursor = page.Next
	}
	slices.Reverse(valences)
	s.Memory, s.Lowest = outcome.Usual().Of(valences), math.NaN()
	for n := len(valences) - since + 1; n <= len(valences); n++ {
		if then := outcome.Usual().Of(valences[:n]); math.IsNaN(s.Lowest) || then < s.Lowest {
			s.Lowest = then
		}
	}
	slices.SortStableFunc(s.Line, func(a, b remember.Item) int { return int(int64(a.Seq) - int64(b.Seq)) })
	return nil
}

// supplier reads how the courier keeps the promise of the tale.
func (p page) supplier(ctx context.Context, who cx.Principal, s *state) error {
	if s.run.tale.key != "late" {
		return nil
	}
	groups, err := p.c.Promises.By(ctx, who, s.run.tale.promise, promise.BySupplier, promise.Query{})
	if i := slices.IndexFunc(groups, func(g promise.Group) bool { return g.Key == carrier }); err == nil && i >= 0 {
		s.Supplier = &groups[i]
	}
	return err
}

// against finds the contradiction of the tale.
func (p page) against(ctx context.Context, who cx.Principal, s *state) error {
	found, err := p.c.Policies.Conflicts(ctx, who, policy.Query{})
	i := slices.IndexFunc(found.Conflicts, func(c policy.Conflict) bool { return c.Policy == policySlug && c.With == "promise."+s.run.tale.promise })
	if err == nil && i >= 0 {
		s.Against = &found.Conflicts[i]
	}
	return err
}

// acted reads what was promised, offered and opened in this run.
func (p page) acted(ctx context.Context, who cx.Principal, lang string, s *state) error {
	instances, err := p.c.Promises.OfCustomer(ctx, who, s.Customer)
	if err != nil {
		return err
	}
	object := s.run.object()
	for i := range instances {
		switch in := &instances[i]; {
		case in.About.ID != object:
		case in.Promise == s.run.tale.promise:
			s.Promise = in
		case in.Promise == "chosen-way":
			s.Chosen = in
		}
	}
	talk, err := p.c.Dialogue.Conversation(ctx, who, s.Customer, lang)
	if err != nil {
		return err
	}
	for i := range talk.Offers {
		if has(talk.Offers[i].About, object) {
			s.Offer = &talk.Offers[i]
		}
	}
	list, err := p.c.Cases.List(ctx, who, cases.Query{Customer: s.Customer, State: cases.AnyState, Sort: cases.ByNewest, Language: lang, Limit: 20})
	if err != nil {
		return err
	}
	for i := range list.Cases {
		if c := &list.Cases[i]; has(c.About, object) || s.Offer != nil && c.Offer == s.Offer.ID {
			s.Case = c
		}
	}
	if s.Case != nil {
		link, err := p.c.Dialogue.CaseLink(ctx, s.Case.ID, s.Case.Customer)
		if err != nil {
			return err
		}
		s.Token = link.Token
	}
	return nil
}

func has(about map[string]string, object string) bool {
	for _, v := range about {
		if v == object {
			return true
		}
	}
	return false
}

// before returns the run as it begins now: with how things are before it.
func (s *state) before(now cx.Time) run {
	r := s.run
	r.id = runID(now)
	r.memory, r.trust = s.Memory, math.NaN()
	if s.Trust.N > 0 {
		r.trust = s.Trust.Value
	}
	if s.Supplier != nil {
		r.kept, r.ended = s.Supplier.Kept, s.Supplier.Decided()
	}
	return r
}
