package cases

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	usualLimit = 50
	maxLimit   = 200
)

// where is the conditions of a question, and their arguments.
type where struct {
	parts []string
	args  []any
}

// add adds a condition; each ? in it is an argument.
func (w *where) add(condition string, args ...any) {
	for _, arg := range args {
		w.args = append(w.args, arg)
		condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(w.args)), 1)
	}
	w.parts = append(w.parts, condition)
}

func (w *where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}

// reach keeps to what somebody may see.
func (w *where) reach(p cx.Principal) {
	if p.Areas == nil {
		return
	}
	marks, args := []string{}, []any{}
	for _, area := range p.Areas {
		marks, args = append(marks, "?"), append(args, area)
	}
	condition := "owner = ? OR opened_by = ?"
	args = append(args, p.ID, p.ID)
	if len(marks) > 0 {
		condition = "area IN (" + strings.Join(marks, ", ") + ") OR " + condition
	}
	w.add("("+condition+")", args...)
}

// where narrows to what the query asks for, within p's reach.
func (s *Service) where(ctx context.Context, p cx.Principal, q Query) (w where, err error) {
	w.reach(p)
	switch q.State {
	case "":
		w.add("state IN ('open', 'solved')")
	case AnyState:
	default:
		w.add("state = ?", string(q.State))
	}
	for _, is := range []struct{ column, value string }{
		{"area", q.Area}, {"place", q.Place}, {"kind", q.Kind}, {"supplier", q.Supplier}, {"promise", q.Promise}, {"touchpoint", q.Touchpoint}, {"cause", q.Cause},
	} {
		if is.value != "" {
			w.add(is.column+" = ?", is.value)
		}
	}
	switch q.Owner {
	case "":
	case Mine:
		w.add("owner = ?", p.ID)
	case Nobody:
		w.add("owner = ''")
	default:
		w.add("owner = ?", q.Owner)
	}
	now := s.c.Clock.Now()
	midnight := s.midnight(now)
	if until, ok := map[DueIn]cx.Time{LateNow: now + 1, DueToday: midnight, DueWeek: midnight.Add(7 * 24 * time.Hour)}[q.Due]; ok {
		w.add("state = 'open' AND due_at < ?", int64(until))
	}
	if q.Heard {
		w.add("heard_at > 0")
	}
	if q.Customer != "" {
		aliases, err := s.aliases(ctx, q.Customer)
		if err != nil {
			return w, err
		}
		marks, args := []string{}, []any{}
		for _, id := range aliases {
			marks, args = append(marks, "?"), append(args, string(id))
		}
		w.add("customer IN ("+strings.Join(marks, ", ")+")", args...)
	}
	for _, word := range strings.Fields(folded(q.Text)) {
		w.add(`find LIKE ? ESCAPE '\'`, "%"+strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)+"%")
	}
	if q.Opened.From != 0 {
		w.add("opened_at >= ?", int64(q.Opened.From))
	}
	if q.Opened.To != 0 {
		w.add("opened_at < ?", int64(q.Opened.To))
	}
	return w, nil
}

// midnight is the end of the company's day.
func (s *Service) midnight(now cx.Time) cx.Time {
	local := now.Std().In(s.c.Models.Current().Model.Company.Zone())
	return cx.TimeOf(time.Date(local.Year(), local.Month(), local.Day()+1, 0, 0, 0, 0, local.Location()))
}

func (s *Service) aliases(ctx context.Context, id cx.CustomerID) ([]cx.CustomerID, error) {
	all, err := s.c.Memory.Aliases(ctx, id)
	if len(all) == 0 && cx.KindOf(err) == cx.NotFound { // of whom nothing is remembered any more
		all, err = []cx.CustomerID{id}, nil
	}
	return all, err
}

// List returns a page of cases. Needs account.ViewCases.
func (s *Service) List(ctx context.Context, p cx.Principal, q Query) (l List, err error) {
	const op = "cases.List"
	if err := account.Check(p, account.ViewCases); err != nil {
		return l, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = usualLimit
	}
	order, known := map[Sort]string{ByPriority: "rank, id", ByDue: "due_at, id", ByNewest: "opened_at DESC, id", ByChange: "changed_at DESC, id"}[q.Sort]
	if q.Limit < 0 || q.Limit > maxLimit || q.Page < 0 || !known {
		return l, cx.InvalidFaults(op, []cx.Fault{{Field: "limit", Message: "a page has 1 to 200 cases, from page 0 on, by priority, due, newest or changed"}})
	}
	w, err := s.where(ctx, p, q)
	if err != nil {
		return l, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM cases_cases`+w.String(), w.args...).Scan(&l.Total); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT body FROM cases_cases%s ORDER BY %s LIMIT %d OFFSET %d`, &w, order, q.Limit, q.Page*q.Limit), w.args...)
		if err != nil {
			return err
		}
		l.Cases, err = sqldb.Collect(rows, scanBody)
		return err
	})
	if err != nil {
		return l, cx.Wrap(op, err)
	}
	l.More = (q.Page+1)*q.Limit < l.Total
	people, err := s.people(ctx)
	for i := range l.Cases {
		s.name(ctx, &l.Cases[i], people, q.Language)
	}
	return l, cx.Wrap(op, err)
}

// Case returns all of one case. Needs account.ViewCases; NotFound when there is
// none within p's reach.
func (s *Service) Case(ctx context.Context, p cx.Principal, id, lang string) (f Full, err error) {
	const op = "cases.Case"
	if err := account.Check(p, account.ViewCases); err != nil {
		return f, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if f.Case, err = read(ctx, tx, id); err != nil {
			return err
		}
		if !reaches(p, &f.Case) {
			return errNone
		}
		if f.Story, err = s.story(ctx, tx, id); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT id FROM cases_cases WHERE merged = $1 ORDER BY opened_at`, id)
		if err != nil {
			return err
		}
		if f.Merged, err = sqldb.Collect(rows, sqldb.Scan[string]); err != nil || f.Cause == "" {
			return err
		}
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM cases_cases WHERE cause = $1 AND opened_at > $2 AND id <> $3 AND state <> 'merged'`,
			f.Cause, int64(s.c.Clock.Now().Add(-siblingDays)), id).Scan(&f.Siblings)
	})
	if err != nil {
		return f, cx.Wrap(op, err)
	}
	people, err := s.people(ctx)
	if err != nil {
		return f, cx.Wrap(op, err)
	}
	s.name(ctx, &f.Case, people, lang)
	m := s.c.Models.Current().Model
	kind, _ := m.Cases.Kind(f.Kind)
	for _, item := range kind.Checklist {
		shown := f.Checks[item.Slug]
		shown.ID, shown.Text = item.Slug, item.Text.In(lang)
		f.Checklist = append(f.Checklist, shown)
	}
	if f.Customer != "" && f.State != StateMerged {
		link, err := s.c.Dialogue.CaseLink(ctx, id, f.Customer)
		if err != nil {
			return f, cx.Wrap(op, err)
		}
		f.Link = link.URL
	}
	f.Allowance, err = s.allowance(ctx, p, &f.Case)
	return f, cx.Wrap(op, err)
}

// siblingDays is how far back cases of the same cause are counted.
const siblingDays = 90 * 24 * time.Hour

// Conversation returns what was said with the customer about a case. Needs
// account.ViewCases; NotFound when there is none within p's reach.
func (s *Service) Conversation(ctx context.Context, p cx.Principal, id, lang string) (c dialogue.Conversation, err error) {
	const op = "cases.Conversation"
	if err := account.Check(p, account.ViewCases); err != nil {
		return c, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		of, err := read(ctx, tx, id)
		if err == nil && !reaches(p, &of) {
			err = errNone
		}
		return err
	})
	if err == nil {
		c, err = s.c.Dialogue.OfCase(ctx, id, lang)
	}
	return c, cx.Wrap(op, err)
}

// Queues counts what is not over, by area, the most late first. Needs
// account.ViewCases.
func (s *Service) Queues(ctx context.Context, p cx.Principal) (all []Queue, err error) {
	const op = "cases.Queues"
	if err := account.Check(p, account.ViewCases); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var w where
	w.add("state IN ('open', 'solved')")
	w.reach(p)
	w.args = append(w.args, int64(s.c.Clock.Now()))
	late := fmt.Sprintf("$%d", len(w.args))
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT area, COUNT(CASE WHEN state = 'open' THEN 1 END), COUNT(CASE WHEN state = 'open' AND due_at <= `+late+` THEN 1 END),
			COUNT(CASE WHEN state = 'open' AND owner = '' THEN 1 END), COUNT(CASE WHEN state = 'solved' THEN 1 END), COUNT(CASE WHEN heard_at > 0 THEN 1 END)
			FROM cases_cases`+w.String()+` GROUP BY area ORDER BY 3 DESC, 2 DESC, area`, w.args...)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (q Queue, err error) {
			return q, rows.Scan(&q.Area, &q.Open, &q.Late, &q.Unowned, &q.Waiting, &q.Heard)
		})
		return err
	})
	return all, cx.Wrap(op, err)
}

// Mine returns somebody's day. Needs account.ViewCases.
func (s *Service) Mine(ctx context.Context, p cx.Principal, lang string) (d Day, err error) {
	const op = "cases.Mine"
	mine, err := s.List(ctx, p, Query{Owner: Mine, State: StateOpen, Language: lang, Limit: maxLimit})
	if err != nil {
		return d, cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	midnight := s.midnight(now)
	for i := range mine.Cases {
		c := &mine.Cases[i]
		if c.Late(now) {
			d.Late++
		}
		if c.Due < midnight {
			d.Today++
		}
		if c.HeardAt != 0 {
			d.Heard++
		}
	}
	free, err := s.List(ctx, p, Query{Owner: Nobody, State: StateOpen, Language: lang})
	if err != nil {
		return d, cx.Wrap(op, err)
	}
	d.Cases = append(mine.Cases, free.Cases...)
	if d.Queues, err = s.Queues(ctx, p); err != nil {
		return d, cx.Wrap(op, err)
	}
	d.Thanks, err = s.thanks(ctx, p, now.Add(-7*24*time.Hour))
	return d, cx.Wrap(op, err)
}
