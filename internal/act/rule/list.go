package rule

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Summary is a rule and how often it acted lately.
type Summary struct {
	Rule    model.Rule
	Entered int            // in the last 30 days
	Acted   int            // steps done
	Not     map[Reason]int // not begun, or a step not done, by reason
	Unmet   int            // times that its condition did not let something through
	Costly  int            // of these, because the expression cost too much: mend it
	Going   int            // now
	Failed  int            // now: waiting for a person
}

// Detail is a rule with what came of it.
type Detail struct {
	Summary
	Days []Day // the last 30 days of the company, oldest first
	With Kept  // customers for whom it acted …
	Held Kept  // … and those left out to compare with
}

// Day is what a rule did on one day.
type Day struct {
	Day     string `json:"day"` // 2006-01-02
	Entered int    `json:"entered"`
	Acted   int    `json:"acted"`
	Not     int    `json:"not"`
}

// Kept tells how many of the customers who entered bought something within 30
// days, of those whose 30 days have passed: a share with its 95 % Wilson interval
// (Wilson 1927). It is a comparison only where it was drawn who was left out.
type Kept struct {
	N         int     `json:"n"`
	Bought    int     `json:"bought"`
	Rate      float64 `json:"rate"`
	Low, High float64 `json:"-"`
}

// keptFor is how long after they entered customers are followed.
const keptFor = 30 * 24 * time.Hour

// Rules lists the rules of the model, in its order. Needs account.ViewRules.
func (s *Service) Rules(ctx context.Context, p cx.Principal) ([]Summary, error) {
	const op = "rule.Rules"
	if err := account.Check(p, account.ViewRules); err != nil {
		return nil, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	out := make([]Summary, len(m.Rules))
	at := map[string]*Summary{}
	for i, r := range m.Rules {
		out[i] = Summary{Rule: r, Not: map[Reason]int{}}
		at[r.Slug] = &out[i]
	}
	dead, err := s.dead(ctx)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT rule, '', what, SUM(n) FROM rule_counts WHERE day >= $1 GROUP BY rule, what`, s.since(m))
		if err != nil {
			return err
		}
		counts, err := sqldb.Collect(rows, scanCount)
		if err != nil {
			return err
		}
		for _, c := range counts {
			if sum := at[c.rule]; sum != nil {
				sum.add(c)
			}
		}
		if rows, err = tx.Query(ctx, `SELECT rule, '', 'going', COUNT(*) FROM rule_runs WHERE state = $1 GROUP BY rule`, string(Going)); err != nil {
			return err
		}
		going, err := sqldb.Collect(rows, scanCount)
		for _, c := range going {
			if sum := at[c.rule]; sum != nil {
				sum.Going = c.n
			}
		}
		return err
	})
	for _, r := range dead {
		if sum := at[r.Rule]; sum != nil {
			sum.Failed++
		}
	}
	return out, cx.Wrap(op, err)
}

// since is the first of the last 30 days of the company.
func (s *Service) since(m *model.Model) string {
	return s.c.Clock.Now().Std().In(m.Company.Zone()).AddDate(0, 0, -29).Format(time.DateOnly)
}

type counted struct {
	rule, day, what string
	n               int
}

func scanCount(rows *sql.Rows) (c counted, err error) {
	return c, rows.Scan(&c.rule, &c.day, &c.what, &c.n)
}

func (s *Summary) add(c counted) {
	switch c.what {
	case entering:
		s.Entered += c.n
	case acting:
		s.Acted += c.n
	case unmet:
		s.Unmet += c.n
	case tooCostly:
		s.Unmet, s.Costly = s.Unmet+c.n, s.Costly+c.n
	default:
		s.Not[Reason(c.what)] += c.n
	}
}

// Rule tells of one rule. Needs account.ViewRules; NotFound when the model has
// none of the slug.
func (s *Service) Rule(ctx context.Context, p cx.Principal, slug string) (d Detail, err error) {
	const op = "rule.Rule"
	all, err := s.Rules(ctx, p)
	if err != nil {
		return d, cx.Wrap(op, err)
	}
	i := slices.IndexFunc(all, func(r Summary) bool { return r.Rule.Slug == slug })
	if i < 0 {
		return d, cx.Errorf(cx.NotFound, op, "there is no such rule")
	}
	d.Summary = all[i]
	m := s.c.Models.Current().Model
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT rule, day, what, n FROM rule_counts WHERE rule = $1 AND day >= $2 ORDER BY day`, slug, s.since(m))
		if err != nil {
			return err
		}
		counts, err := sqldb.Collect(rows, scanCount)
		for _, c := range counts {
			if len(d.Days) == 0 || d.Days[len(d.Days)-1].Day != c.day {
				d.Days = append(d.Days, Day{Day: c.day})
			}
			switch day := &d.Days[len(d.Days)-1]; c.what {
			case entering:
				day.Entered += c.n
			case acting:
				day.Acted += c.n
			case unmet, tooCostly:
			default:
				day.Not += c.n
			}
		}
		return err
	})
	if err != nil {
		return d, cx.Wrap(op, err)
	}
	if d.With, err = s.keptOf(ctx, m, `rule = $1 AND lived_at <= $2 AND acted > 0`, slug); err == nil {
		d.Held, err = s.keptOf(ctx, m, `rule = $1 AND lived_at <= $2 AND state = 'held'`, slug)
	}
	return d, cx.Wrap(op, err)
}

// mostKept is how many customers are followed, those who entered last.
const mostKept = 20_000

// keptOf follows who entered, each from the first time.
func (s *Service) keptOf(ctx context.Context, m *model.Model, which, slug string) (k Kept, err error) {
	now := s.c.Clock.Now()
	type entry struct {
		id cx.CustomerID
		at cx.Time
	}
	var entries []entry
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT customer, MIN(lived_at) FROM rule_runs WHERE `+which+` GROUP BY customer ORDER BY 2 DESC LIMIT $3`, slug, int64(now.Add(-keptFor)), mostKept)
		if err != nil {
			return err
		}
		entries, err = sqldb.Collect(rows, func(rows *sql.Rows) (e entry, err error) { return e, rows.Scan(&e.id, &e.at) })
		return err
	})
	if err != nil || len(entries) == 0 || m.Company.Currency == "" {
		return k, err
	}
	from := map[cx.CustomerNo]cx.Time{}
	var nos []cx.CustomerNo
	for _, e := range entries {
		who, err := s.person(ctx, e.id)
		if err != nil {
			return k, err
		}
		if who == nil {
			continue
		}
		if at, twice := from[who.customer.No]; !twice {
			nos = append(nos, who.customer.No)
			from[who.customer.No] = e.at
		} else {
			from[who.customer.No] = min(at, e.at)
		}
	}
	bought := map[cx.CustomerNo]bool{}
	_, err = history.Tell(ctx, s.c.Facts, cx.System(), history.LivedQuery{All: true, Customers: nos, Currency: m.Company.Currency}, func(l *history.Lived) error {
		for i, no := range l.Customer {
			if at := from[no]; l.Revenue[i] > 0 && l.At[i] > at && l.At[i] <= at.Add(keptFor) {
				bought[no] = true
			}
		}
		return nil
	})
	if err != nil {
		return k, err
	}
	k.N, k.Bought = len(nos), len(bought)
	if k.N > 0 {
		share := stats.Wilson(k.Bought, k.N)
		k.Rate, k.Low, k.High = float64(k.Bought)/float64(k.N), share.Low, share.High
	}
	return k, nil
}

// Query asks for a page of runs.
type Query struct {
	Rule     string        // "": of all
	Customer cx.CustomerID // "": everybody's
	State    State         // "": any
	Cursor   string        // of the page before; "" for the first
	Limit    int           // 0: 50; at most 500
}

// Page is a stretch of the runs, those whose event was lived last first.
type Page struct {
	Runs []Run
	Next string // "" at the end
}

// Runs returns a page of the runs. Needs account.ContactCustomers.
func (s *Service) Runs(ctx context.Context, p cx.Principal, q Query) (page Page, err error) {
	const op = "rule.Runs"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return page, cx.Wrap(op, err)
	}
	q.Limit = cmp.Or(q.Limit, 50)
	if q.Limit < 1 || q.Limit > 500 {
		return page, cx.InvalidFaults(op, []cx.Fault{{Field: "limit", Message: "a page has 1 to 500 runs"}})
	}
	where, args := []string{"1 = 1"}, []any{}
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", "$"+strconv.Itoa(len(args))))
	}
	if q.Rule != "" {
		add("rule = ?", q.Rule)
	}
	if q.State != "" {
		add("state = ?", string(q.State))
	}
	if q.Customer != "" {
		aliases, err := s.c.Memory.Aliases(ctx, q.Customer)
		if err != nil {
			return page, cx.Wrap(op, err)
		}
		any := []string{"1 = 0"}
		for _, id := range aliases {
			args = append(args, string(id))
			any = append(any, "customer = $"+strconv.Itoa(len(args)))
		}
		where = append(where, "("+strings.Join(any, " OR ")+")")
	}
	if q.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
		at, id, ok := strings.Cut(string(raw), " ")
		n, bad := strconv.ParseInt(at, 10, 64)
		if err != nil || !ok || bad != nil {
			return page, cx.InvalidFaults(op, []cx.Fault{{Field: "cursor", Message: "is of no page: take the one that the page before gave"}})
		}
		args = append(args, n, id)
		where = append(where, fmt.Sprintf("(lived_at < $%d OR lived_at = $%d AND id > $%d)", len(args)-1, len(args)-1, len(args)))
	}
	args = append(args, q.Limit+1)
	found, err := s.runs(ctx, `WHERE `+strings.Join(where, " AND ")+` ORDER BY lived_at DESC, id LIMIT $`+strconv.Itoa(len(args)), args...)
	if err != nil {
		return page, cx.Wrap(op, err)
	}
	page.Runs = []Run{}
	for i := range found {
		if i == q.Limit {
			last := found[i-1]
			page.Next = base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(int64(last.at), 10) + " " + last.id))
			break
		}
		page.Runs = append(page.Runs, s.shown(&found[i]))
	}
	return page, nil
}

// Failed lists the runs whose step could not be done and that wait for a person,
// the last first. Needs account.ContactCustomers.
func (s *Service) Failed(ctx context.Context, p cx.Principal) ([]Run, error) {
	const op = "rule.Failed"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, err := s.dead(ctx)
	return all, cx.Wrap(op, err)
}

// mostDead is how many failed jobs are looked through.
const mostDead = 1000

func (s *Service) dead(ctx context.Context) ([]Run, error) {
	all, err := s.c.Jobs.Dead(ctx, cx.System(), mostDead)
	if err != nil {
		return nil, err
	}
	out := []Run{}
	for _, j := range all {
		if j.Kind != jobKind {
			continue
		}
		r, ok, err := s.run(ctx, j.Key)
		if err != nil {
			return nil, err
		}
		if ok && r.state == Going {
			shown := s.shown(&r)
			shown.Error = j.Error
			out = append(out, shown)
		}
	}
	return out, nil
}

// Replay goes on with a run that failed, at the step that could not be done. Needs
// account.ContactCustomers; NotFound when no such run failed.
func (s *Service) Replay(ctx context.Context, p cx.Principal, id string) error {
	const op = "rule.Replay"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.Jobs.Replay(ctx, cx.System(), jobKind, id))
}

// Discard ends a run that failed. Needs account.ContactCustomers; NotFound when no
// such run failed.
func (s *Service) Discard(ctx context.Context, p cx.Principal, id string) error {
	const op = "rule.Discard"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return cx.Wrap(op, err)
	}
	failed, err := s.dead(ctx)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if !slices.ContainsFunc(failed, func(r Run) bool { return r.ID == id }) {
		return cx.Errorf(cx.NotFound, op, "no run of this id failed")
	}
	r, ok, err := s.run(ctx, id)
	if err != nil || !ok {
		return cx.Wrap(op, err)
	}
	t := &turn{Service: s, p: s.ready(), r: r}
	if t.who, err = s.person(ctx, r.customer); err != nil {
		return cx.Wrap(op, err)
	}
	t.rule, _ = t.p.m.Rule(r.rule)
	done, err := t.ended(ctx, Discarded)
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := s.c.Jobs.Cancel(ctx, tx, jobKind, id); err != nil {
			return err
		}
		return done(ctx, tx)
	}))
}
