package cycle

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// The most that a list tells.
const (
	usualLimit = 50
	mostLimit  = 200
)

var errNoOpportunity = cx.Errorf(cx.NotFound, "cycle.opportunity", "there is no such opportunity, or it is not of your areas")

// matter names what a proposal is about, so that the same matter is one
// opportunity, whoever proposes it: its key, else what it attacks, else nothing
// that another could be about.
func (p *Proposal) matter() string {
	if p.Key != "" {
		return p.Key
	}
	for _, part := range []struct{ kind, ref string }{
		{"promise", p.Promise}, {"policy", p.Policy}, {"reason", p.Reason}, {"cause", folded(p.Cause)}, {"topic", p.Topic},
	} {
		if part.ref != "" {
			return part.kind + ":" + part.ref
		}
	}
	return ownMatter()
}

func ownMatter() string { return "own:" + rand.Text() }

// idOf gives what a matter tells an id.
func idOf(matter string) string {
	sum := sha256.Sum256([]byte("opportunity\x00" + matter))
	return "o_" + hex.EncodeToString(sum[:10])
}

func byMatter(ctx context.Context, tx *sqldb.Tx, matter string) (Opportunity, error) {
	return one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE matter = $1`, matter))
}

// one reads an opportunity; none has no ID.
func one(row *sql.Row) (o Opportunity, err error) {
	var body string
	if err = row.Scan(&body); errors.Is(err, sql.ErrNoRows) {
		return o, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &o)
	}
	return o, err
}

// put keeps an opportunity, but for the customers and words of its evidence.
func put(ctx context.Context, tx *sqldb.Tx, o *Opportunity) error {
	o.Revision++
	bare := *o
	bare.Evidence = Evidence{Links: o.Evidence.Links}
	bare.Votes, bare.Voted, bare.Score, bare.Place = 0, false, Score{}, 0
	body, err := json.Marshal(bare)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO cycle_opportunities (id, matter, state, body) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
		o.ID, o.Key, string(o.State), string(body))
	return err
}

func list(ctx context.Context, tx *sqldb.Tx, state OpportunityState) ([]Opportunity, error) {
	rows, err := tx.Query(ctx, `SELECT body FROM cycle_opportunities WHERE state = $1 ORDER BY id`, string(state))
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scan[Opportunity])
}

// votes are who is for each opportunity.
func votes(ctx context.Context, tx *sqldb.Tx) (map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT opportunity, person FROM cycle_votes ORDER BY opportunity, person`)
	if err != nil {
		return nil, err
	}
	of := map[string][]string{}
	_, err = sqldb.Collect(rows, func(rows *sql.Rows) (none struct{}, err error) {
		var id, person string
		err = rows.Scan(&id, &person)
		of[id] = append(of[id], person)
		return none, err
	})
	return of, err
}

// sees tells whether somebody may see an opportunity.
func (o *Opportunity) sees(p cx.Principal) bool {
	return p.Areas == nil || o.Area == "" || slices.Contains(p.Areas, o.Area) || o.By == p.ID
}

// Opportunities tells what would be worth doing, what surely gains most for a day's
// work first (see rank). Places count among all that are open, whatever the query
// lets through and whoever asks. Needs account.ViewImprovement.
func (s *Service) Opportunities(ctx context.Context, p cx.Principal, q OpportunityQuery) ([]Opportunity, error) {
	const op = "cycle.Opportunities"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if q.State == "" {
		q.State = StateOpen
	}
	if q.Limit < 0 || q.Limit > mostLimit {
		return nil, cx.InvalidFaults(op, []cx.Fault{{Field: "limit", Message: "is 1 to 200"}})
	}
	if q.Limit == 0 {
		q.Limit = usualLimit
	}
	all, err := s.ranked(ctx, p, q.State)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	found := []Opportunity{}
	for _, o := range all {
		if o.sees(p) && (q.Source == "" || o.Source == q.Source) && (q.Area == "" || o.Area == q.Area) && (q.Touchpoint == "" || o.Touchpoint == q.Touchpoint) &&
			finds(q.Text, o.Title, o.Text) && len(found) < q.Limit {
			found = append(found, o)
		}
	}
	return found, nil
}

// ranked reads the opportunities of a state, in order.
func (s *Service) ranked(ctx context.Context, p cx.Principal, state OpportunityState) (all []Opportunity, err error) {
	currency := s.c.Models.Current().Model.Company.Currency
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		point, err := point(ctx, tx)
		if err != nil {
			return err
		}
		if all, err = list(ctx, tx, state); err != nil {
			return err
		}
		votes, err := votes(ctx, tx)
		for i := range all {
			o := &all[i]
			o.Votes, o.Voted = len(votes[o.ID]), slices.Contains(votes[o.ID], p.ID)
			o.Score = scoreOf(&o.Proposal, point, currency)
		}
		return err
	})
	rank(all)
	return all, err
}

// Opportunity tells all of one. Needs account.ViewImprovement.
func (s *Service) Opportunity(ctx context.Context, p cx.Principal, id string) (d Detail, err error) {
	const op = "cycle.Opportunity"
	if err := account.Check(p, account.ViewImprovement); err != nil {
		return d, cx.Wrap(op, err)
	}
	if d.Opportunity, err = s.told(ctx, p, id); err != nil {
		return Detail{}, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		var e Evidence
		e, d.Gone, err = kept(ctx, tx, ofOpportunity(id))
		d.Evidence.Customers, d.Evidence.Words = e.Customers, e.Words
		return err
	})
	if err == nil {
		d.Said, err = s.quotes(ctx, p, d.Evidence.Words)
	}
	return d, cx.Wrap(op, err)
}

// quotes are what was said, as far as who asks may read it.
func (s *Service) quotes(ctx context.Context, p cx.Principal, words []cx.Seq) ([]Quote, error) {
	if s.c.Words == nil || len(words) == 0 {
		return []Quote{}, nil
	}
	slices.Sort(words)
	return s.c.Words.Quotes(ctx, p, words)
}

// told reads an opportunity as lists tell it.
func (s *Service) told(ctx context.Context, p cx.Principal, id string) (Opportunity, error) {
	var state OpportunityState
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		o, err := one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE id = $1`, id))
		if err != nil {
			return err
		}
		if o.ID == "" || !o.sees(p) {
			return errNoOpportunity
		}
		state = o.State
		return nil
	})
	if err != nil {
		return Opportunity{}, err
	}
	all, err := s.ranked(ctx, p, state)
	if err != nil {
		return Opportunity{}, err
	}
	i := slices.IndexFunc(all, func(o Opportunity) bool { return o.ID == id })
	if i < 0 { // changed meanwhile
		return Opportunity{}, errNoOpportunity
	}
	return all[i], nil
}

// Propose puts an opportunity forward, with the vote of who does. What is an
// opportunity already only gets the vote. Needs account.JoinImprovement.
func (s *Service) Propose(ctx context.Context, p cx.Principal, n Proposal) (Opportunity, error) {
	const op = "cycle.Propose"
	if err := account.Check(p, account.JoinImprovement); err != nil {
		return Opportunity{}, cx.Wrap(op, err)
	}
	n.Source, n.Money = FromPerson, outcome.Estimate{}
	m := s.c.Models.Current().Model
	faults := append(checkText("title", n.Title, 1, maxTitle), checkText("text", n.Text, 0, maxText)...)
	faults = append(faults, n.About.check(m)...)
	if n.Effort != "" && !slices.Contains(Efforts(), n.Effort) {
		faults = append(faults, cx.Fault{Field: "effort", Message: "is small, medium or large"})
	}
	if err := cx.InvalidFaults(op, faults); err != nil {
		return Opportunity{}, err
	}
	if n.Area == "" {
		touchpoint, _ := m.Touchpoint(n.Touchpoint)
		n.Area = touchpoint.Area
	}
	now := s.c.Clock.Now()
	assumed := n.Effort == ""
	n.clean()
	var id string
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		o, err := byMatter(ctx, tx, n.Key)
		if err != nil {
			return err
		}
		if o.ID != "" && !o.sees(p) { // of areas that they do not see: theirs stands on its own
			o, n.Key = Opportunity{}, ownMatter()
		}
		id = idOf(n.Key)
		if o.ID == "" {
			o = Opportunity{ID: id, Proposal: n, State: StateOpen, Assumed: assumed, By: p.ID, ByName: p.Name, At: now, ChangedAt: now}
			if err := put(ctx, tx, &o); err != nil {
				return err
			}
			if err := keep(ctx, tx, ofOpportunity(id), n.Evidence); err != nil {
				return err
			}
		}
		return vote(ctx, tx, id, p.ID, now)
	})
	if err != nil {
		return Opportunity{}, cx.Wrap(op, err)
	}
	o, err := s.told(ctx, p, id)
	return o, cx.Wrap(op, err)
}

func vote(ctx context.Context, tx *sqldb.Tx, id, person string, now cx.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO cycle_votes (opportunity, person, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, person, int64(now))
	return err
}

// Vote says that one is for an opportunity, or no longer: one vote a person. Needs
// account.JoinImprovement.
func (s *Service) Vote(ctx context.Context, p cx.Principal, id string, on bool) (Opportunity, error) {
	return s.judge(ctx, "cycle.Vote", account.JoinImprovement, p, id, func(tx *sqldb.Tx, o *Opportunity) (bool, error) {
		if o.State != StateOpen {
			return false, cx.Errorf(cx.Conflict, "cycle.Vote", "this opportunity is not open any more")
		}
		if on {
			return false, vote(ctx, tx, id, p.ID, s.c.Clock.Now())
		}
		_, err := tx.Exec(ctx, `DELETE FROM cycle_votes WHERE opportunity = $1 AND person = $2`, id, p.ID)
		return false, err
	})
}

// Size says how much work an opportunity is. Needs account.PlanImprovement.
func (s *Service) Size(ctx context.Context, p cx.Principal, id string, e Effort) (Opportunity, error) {
	const op = "cycle.Size"
	if !slices.Contains(Efforts(), e) {
		return Opportunity{}, cx.InvalidFaults(op, []cx.Fault{{Field: "effort", Message: "is small, medium or large"}})
	}
	return s.judge(ctx, op, account.PlanImprovement, p, id, func(_ *sqldb.Tx, o *Opportunity) (bool, error) {
		o.Effort, o.Assumed = e, false
		return true, nil
	})
}

// Dismiss says why an open opportunity is not worth doing; sources do not bring it
// again. Needs account.PlanImprovement.
func (s *Service) Dismiss(ctx context.Context, p cx.Principal, id, why string) (Opportunity, error) {
	const op = "cycle.Dismiss"
	why = strings.TrimSpace(why)
	if faults := checkWords("why", why, 1, maxText); faults != nil {
		return Opportunity{}, cx.InvalidFaults(op, faults)
	}
	return s.judge(ctx, op, account.PlanImprovement, p, id, func(_ *sqldb.Tx, o *Opportunity) (bool, error) {
		if o.State != StateOpen {
			return false, cx.Errorf(cx.Conflict, op, "this opportunity is not open any more")
		}
		o.State, o.Why = StateDismissed, why
		return true, nil
	})
}

// Reopen takes a dismissal back. Needs account.PlanImprovement.
func (s *Service) Reopen(ctx context.Context, p cx.Principal, id string) (Opportunity, error) {
	const op = "cycle.Reopen"
	return s.judge(ctx, op, account.PlanImprovement, p, id, func(_ *sqldb.Tx, o *Opportunity) (bool, error) {
		if o.State != StateDismissed {
			return false, cx.Errorf(cx.Conflict, op, "this opportunity was not dismissed")
		}
		o.State, o.Why = StateOpen, ""
		return true, nil
	})
}

// judge changes an opportunity within p's reach; fn tells whether it is to be
// written.
func (s *Service) judge(ctx context.Context, op string, action account.Action, p cx.Principal, id string, fn func(tx *sqldb.Tx, o *Opportunity) (bool, error)) (Opportunity, error) {
	if err := account.Check(p, action); err != nil {
		return Opportunity{}, cx.Wrap(op, err)
	}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		o, err := one(tx.QueryRow(ctx, `SELECT body FROM cycle_opportunities WHERE id = $1`, id))
		if err != nil {
			return err
		}
		if o.ID == "" || !o.sees(p) {
			return errNoOpportunity
		}
		changed, err := fn(tx, &o)
		if err != nil || !changed {
			return err
		}
		o.ChangedAt = s.c.Clock.Now()
		return put(ctx, tx, &o)
	})
	if err != nil {
		return Opportunity{}, cx.Wrap(op, err)
	}
	o, err := s.told(ctx, p, id)
	return o, cx.Wrap(op, err)
}

// check reports what is not declared in the model.
func (a About) check(m *model.Model) (faults []cx.Fault) {
	declared := func(field, slug string, ok bool) {
		if slug != "" && !ok {
			faults = append(faults, cx.Fault{Field: field, Message: "there is no " + field + " " + strconv.Quote(slug) + ": choose one of those declared"})
		}
	}
	_, ok := m.Touchpoint(a.Touchpoint)
	declared("touchpoint", a.Touchpoint, ok)
	_, ok = m.Area(a.Area)
	declared("area", a.Area, ok)
	_, ok = m.Promise(a.Promise)
	declared("promise", a.Promise, ok)
	_, ok = m.Journey(a.Journey)
	declared("journey", a.Journey, ok)
	_, ok = m.Policy(a.Policy)
	declared("policy", a.Policy, ok)
	return append(faults, checkWords("cause", a.Cause, 0, maxTitle)...)
}
