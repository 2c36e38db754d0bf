package remember

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Graph tells how a customer came to be: its profiles, those that parted from
// it, and the merges that joined them, the undone ones too; at most the newest
// identity.MaxGraph of each.
type Graph struct {
	Customer CustomerSummary
	Profiles []Profile // oldest first
	Merges   []Merge   // oldest first
}

// Profile is a cluster of identifiers before any merge.
type Profile struct {
	No          cx.ProfileNo
	ID          cx.CustomerID // the customer that it was, or is again when its merges are undone
	Customer    cx.CustomerID // the customer that it belongs to now
	CreatedAt   cx.Time       // when its first event was received
	Items       int           // events and answers
	FirstAt     cx.Time       // of what it lived; 0 without items
	LastAt      cx.Time
	Identifiers []Identifier
}

// Evidence says why two profiles are held for one customer.
type Evidence string

// The evidences. Any other is the slug of an identifier: "email", "phone", or
// one that the model declares.
const (
	ByAnonymousID Evidence = "anonymousId" // identified on a device that had been anonymous
	ByAlias       Evidence = "alias"       // an alias call
	ByPerson      Evidence = "person"      // somebody decided it
)

// Merge is one edge between two profiles.
type Merge struct {
	ID         int64
	Into, From cx.ProfileNo
	IntoID     cx.CustomerID // the ids of the two profiles
	FromID     cx.CustomerID
	Evidence   Evidence
	Value      string // the identifier's value; what the person wrote
	Seq        cx.Seq
	At         cx.Time
	By         string // a principal's id; "" for a rule
	UndoneAt   cx.Time
	UndoneBy   string
}

// Suggestion is a merge that rules may not make and a person may.
type Suggestion struct {
	ID       int64
	A, B     CustomerSummary
	Evidence Evidence
	Value    string
	Source   string // of the event that showed it
	Seq      cx.Seq
	At       cx.Time
}

// SuggestionPage is a stretch of the suggestions, newest first.
type SuggestionPage struct {
	Suggestions []Suggestion
	Next        string
}

// Graph returns the customer's profiles and merges. The error is NotFound when
// there is no such customer.
func (m *Memory) Graph(ctx context.Context, p cx.Principal, id cx.CustomerID) (Graph, error) {
	const op = "remember.Graph"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Graph{}, cx.Wrap(op, err)
	}
	var g Graph
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		r := m.reach(ctx, tx, p)
		no, err := r.byID(id)
		if err != nil {
			return err
		}
		if g.Customer, err = summary(ctx, tx, no); err != nil {
			return err
		}
		profiles, merges, err := identity.Graph(ctx, tx, no)
		if err != nil {
			return err
		}
		ids, hidden := ids{}, map[cx.ProfileNo]bool{}
		for _, p := range profiles {
			ids[p.No] = cx.CustomerIDOf(p.CreatedSeq)
		}
		for _, p := range profiles {
			if reached, err := r.has(p.Customer); err != nil {
				return err
			} else if !reached { // it parted and is another's now
				hidden[p.No] = true
				continue
			}
			profile, err := profileOf(ctx, tx, p, ids)
			if err != nil {
				return err
			}
			g.Profiles = append(g.Profiles, profile)
		}
		for _, m := range merges {
			if hidden[m.Into] || hidden[m.From] {
				continue
			}
			into, err := ids.of(ctx, tx, m.Into)
			if err != nil {
				return err
			}
			from, err := ids.of(ctx, tx, m.From)
			if err != nil {
				return err
			}
			g.Merges = append(g.Merges, Merge{
				ID: m.ID, Into: m.Into, From: m.From, IntoID: into, FromID: from, Evidence: Evidence(m.Evidence), Value: m.Value,
				Seq: m.Seq, At: m.At, By: m.By, UndoneAt: m.UndoneAt, UndoneBy: m.UndoneBy,
			})
		}
		return nil
	})
	return g, cx.Wrap(op, err)
}

// ids are the ids that profiles were given.
type ids map[cx.ProfileNo]cx.CustomerID

func (ids ids) of(ctx context.Context, tx *sqldb.Tx, p cx.ProfileNo) (id cx.CustomerID, err error) {
	id, ok := ids[p]
	if !ok {
		id, err = created(ctx, tx, p)
		ids[p] = id
	}
	return id, err
}

func profileOf(ctx context.Context, tx *sqldb.Tx, p identity.Profile, ids ids) (out Profile, err error) {
	out = Profile{No: p.No, ID: ids[p.No], CreatedAt: p.CreatedAt}
	if out.Customer, err = ids.of(ctx, tx, p.Customer); err != nil {
		return out, err
	}
	n, err := timeline.CountOf(ctx, tx, p.No)
	if err != nil {
		return out, err
	}
	if out.Items = int(n.Events + n.Answers); out.Items > 0 {
		out.FirstAt, out.LastAt = n.First, n.Last
	}
	out.Identifiers, err = identity.OfProfile(ctx, tx, p.No)
	return out, err
}

// maxEvidence is how many characters a person may write about a merge.
const maxEvidence = 1000

// Merge decides that from is into: both ids lead to into from then on. The
// evidence is what the person says why. It waits until the decision is
// remembered. Errors: NotFound; Conflict when both are one already.
func (m *Memory) Merge(ctx context.Context, p cx.Principal, into, from cx.CustomerID, evidence string) (Customer, error) {
	const op = "remember.Merge"
	if err := account.Check(p, account.MergeCustomers); err != nil {
		return Customer{}, cx.Wrap(op, err)
	}
	if evidence = strings.TrimSpace(evidence); utf8.RuneCountInString(evidence) > maxEvidence || hasNUL(evidence) {
		return Customer{}, cx.Errorf(cx.Invalid, op, "the evidence must be plain text of at most %d characters", maxEvidence)
	}
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		r := m.reach(ctx, tx, p)
		a, err := r.byID(into)
		if err != nil {
			return err
		}
		b, err := r.byID(from)
		if err == nil && a == b {
			err = cx.Errorf(cx.Conflict, op, "both are one customer already")
		}
		return err
	})
	if err != nil {
		return Customer{}, cx.Wrap(op, err)
	}
	if err := m.record(ctx, mergedEvent, merged{into, from, evidence, p.ID}); err != nil {
		return Customer{}, cx.Wrap(op, err)
	}
	c, err := m.Customer(ctx, p, into)
	return c, cx.Wrap(op, err)
}

// record appends a decision to the log and waits until it is remembered.
func (m *Memory) record(ctx context.Context, name string, properties any) error {
	e, err := m.decide(name, properties)
	if err != nil {
		return err
	}
	seq, err := m.config.Log.Append(ctx, []cx.Event{e})
	if err != nil {
		return err
	}
	return m.WaitFor(ctx, seq)
}

// Unmerge undoes a merge: each profile goes back to the customer it came from,
// and rules do not join the two again. It returns the two customers that there
// are now. Errors: NotFound; Conflict when it was undone already.
func (m *Memory) Unmerge(ctx context.Context, p cx.Principal, mergeID int64) ([]CustomerSummary, error) {
	const op = "remember.Unmerge"
	if err := account.Check(p, account.MergeCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var edge identity.Merge
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if edge, err = identity.MergeByID(ctx, tx, mergeID); err != nil {
			return err
		}
		both, err := m.reach(ctx, tx, p).bothProfiles(edge.Into, edge.From)
		if err == nil && !both {
			err = cx.Errorf(cx.NotFound, "identity.MergeByID", "there is no merge %d", mergeID)
		}
		if err == nil && edge.UndoneSeq != 0 {
			err = cx.Errorf(cx.Conflict, op, "this merge was undone already")
		}
		return err
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := m.record(ctx, unmergedEvent, unmerged{mergeID, p.ID}); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var out []CustomerSummary
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		for _, profile := range [...]cx.ProfileNo{edge.Into, edge.From} {
			c, err := customerOf(ctx, tx, profile)
			if err != nil {
				return err
			}
			out = append(out, c)
		}
		return nil
	})
	return out, cx.Wrap(op, err)
}

// Suggestions lists the open suggestions about a customer, or all when id is
// "", newest first.
func (m *Memory) Suggestions(ctx context.Context, p cx.Principal, id cx.CustomerID, cursor string, limit int) (SuggestionPage, error) {
	const op = "remember.Suggestions"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return SuggestionPage{}, cx.Wrap(op, err)
	}
	limit, err := timeline.Limit(limit)
	if err != nil {
		return SuggestionPage{}, cx.Wrap(op, err)
	}
	before, _, err := timeline.ParseCursor(cursor)
	if err != nil {
		return SuggestionPage{}, cx.Wrap(op, err)
	}
	var page SuggestionPage
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		r := m.reach(ctx, tx, p)
		no, err := customerNo(r, id)
		if err != nil {
			return err
		}
		found, err := identity.Suggestions(ctx, tx, no, before[0], limit+1)
		if err != nil {
			return err
		}
		if len(found) > limit {
			found = found[:limit]
			page.Next = timeline.Cursor{found[limit-1].ID}.String()
		}
		for _, s := range found {
			both, err := r.both(s.CustomerA, s.CustomerB)
			if err != nil {
				return err
			}
			if !both {
				continue
			}
			a, err := summary(ctx, tx, s.CustomerA)
			if err != nil {
				return err
			}
			b, err := summary(ctx, tx, s.CustomerB)
			if err != nil {
				return err
			}
			page.Suggestions = append(page.Suggestions, Suggestion{s.ID, a, b, Evidence(s.Evidence), s.Value, s.Source, s.Seq, s.At})
		}
		return nil
	})
	return page, cx.Wrap(op, err)
}

// DismissSuggestion decides that the two customers are two: rules do not join
// them. The error is NotFound when the suggestion is not open.
func (m *Memory) DismissSuggestion(ctx context.Context, p cx.Principal, suggestionID int64) error {
	const op = "remember.DismissSuggestion"
	if err := account.Check(p, account.MergeCustomers); err != nil {
		return cx.Wrap(op, err)
	}
	d := keptApart{By: p.ID}
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		s, err := identity.SuggestionByID(ctx, tx, suggestionID)
		if err != nil {
			return err
		}
		both, err := m.reach(ctx, tx, p).both(s.CustomerA, s.CustomerB)
		if err == nil && !both {
			err = cx.Errorf(cx.NotFound, "identity.SuggestionByID", "there is no open suggestion %d", suggestionID)
		}
		if err != nil {
			return err
		}
		if d.A, err = created(ctx, tx, s.A); err != nil {
			return err
		}
		d.B, err = created(ctx, tx, s.B)
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, m.record(ctx, keptApartEvent, d))
}
