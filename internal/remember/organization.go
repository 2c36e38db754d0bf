package remember

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Organization is a school or a company that several customers belong to.
type Organization struct {
	ID              string // the groupId
	Name            string // its trait "name", else the id
	Traits          []Trait
	Members         []CustomerSummary // most recently active first, at most MaxMembers
	MemberCount     int
	Events, Answers int
	FirstAt, LastAt cx.Time
}

// MaxMembers is how many members Organization lists.
const MaxMembers = 500

// OrganizationSummary is a line of a list of organizations.
type OrganizationSummary struct {
	ID, Name        string
	MemberCount     int
	Events, Answers int
	LastAt          cx.Time
}

// OrganizationPage is a stretch of a list; Next is "" at its end.
type OrganizationPage struct {
	Organizations []OrganizationSummary
	Next          string
}

// organization is what a batch brings to one.
type organization struct {
	tally
	members map[cx.ProfileNo]struct{}
	traits  map[traitKey]said
}

// organization remembers that the event was lived for an organization, which
// makes its profile a member, and what a group call says of it.
func (w *writer) organization(e *cx.Event, p cx.ProfileNo) {
	o := w.membership(e.GroupID, p)
	o.add(e)
	if e.Kind == cx.Group {
		putTraits(o.traits, e.Traits, e, func(string, jsontext.Value) {})
	}
}

// membership makes a profile a member.
func (w *writer) membership(id string, p cx.ProfileNo) *organization {
	o := w.organizations[id]
	if o == nil {
		o = &organization{*newTally(), map[cx.ProfileNo]struct{}{}, map[traitKey]said{}}
		w.organizations[id] = o
	}
	o.members[p] = struct{}{}
	return o
}

func (w *writer) flushOrganizations() error {
	var members, traits, rows []any
	for id, o := range w.organizations {
		for p := range o.members {
			members = append(members, id, int64(p))
		}
		for k, s := range o.traits {
			traits = append(traits, id, k.name, k.source, s.value, int64(s.at), int64(s.seq))
		}
		rows = append(rows, id, id, fold(id), int64(o.first), int64(o.last), o.events, o.answers)
	}
	if err := identity.InsertRows(w.ctx, w.tx, `INSERT INTO organization_members (org, profile_no)`, 2, `ON CONFLICT DO NOTHING`, members); err != nil {
		return err
	}
	if err := identity.InsertRows(w.ctx, w.tx, `INSERT INTO organization_traits (org, name, source, value, at, seq)`, 6,
		`ON CONFLICT (org, name, source) DO UPDATE SET value = excluded.value, at = excluded.at, seq = excluded.seq WHERE excluded.at >= organization_traits.at`, traits); err != nil {
		return err
	}
	if err := identity.InsertRows(w.ctx, w.tx, `INSERT INTO organizations (org, name, folded, first_at, last_at, events, answers)`, 7,
		`ON CONFLICT (org) DO UPDATE SET events = organizations.events + excluded.events, answers = organizations.answers + excluded.answers,
		first_at = CASE WHEN excluded.first_at < organizations.first_at THEN excluded.first_at ELSE organizations.first_at END,
		last_at = CASE WHEN excluded.last_at > organizations.last_at THEN excluded.last_at ELSE organizations.last_at END`, rows); err != nil {
		return err
	}
	for id, o := range w.organizations {
		if len(o.traits) == 0 {
			continue
		}
		if err := nameOrganization(w.ctx, w.tx, id); err != nil {
			return err
		}
	}
	return nil
}

// nameOrganization gives an organization the name that its traits say.
func nameOrganization(ctx context.Context, tx *sqldb.Tx, id string) error {
	name, err := organizationName(ctx, tx, id)
	if err != nil {
		return err
	}
	folded := fold(id)
	if name != id {
		folded = fold(name + " " + id)
	}
	_, err = tx.Exec(ctx, `UPDATE organizations SET name = $1, folded = $2 WHERE org = $3`, name, folded, id)
	return err
}

func organizationTraits(ctx context.Context, tx *sqldb.Tx, id string) ([]Trait, error) {
	rows, err := tx.Query(ctx, `SELECT name, source, value, at, seq FROM organization_traits WHERE org = $1`, id)
	if err != nil {
		return nil, err
	}
	all, err := sqldb.Collect(rows, scanTrait)
	return traitsOf(all), err
}

func organizationName(ctx context.Context, tx *sqldb.Tx, id string) (string, error) {
	traits, err := organizationTraits(ctx, tx, id)
	if err != nil {
		return "", err
	}
	for _, t := range traits {
		if name := textOf(t.Value); t.Name == "name" && name != "" {
			return name, nil
		}
	}
	return id, nil
}

const memberCount = `(SELECT COUNT(DISTINCT p.customer_no) FROM organization_members om JOIN profiles p ON p.profile_no = om.profile_no WHERE om.org = o.org)`

// Organization returns the organization with the groupId. The error is NotFound
// when there is none.
func (m *Memory) Organization(ctx context.Context, p cx.Principal, id string) (Organization, error) {
	const op = "remember.Organization"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return Organization{}, cx.Wrap(op, err)
	}
	o := Organization{ID: id}
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		err = tx.QueryRow(ctx, `SELECT o.name, o.first_at, o.last_at, o.events, o.answers, `+memberCount+` FROM organizations o WHERE o.org = $1`, id).
			Scan(&o.Name, &o.FirstAt, &o.LastAt, &o.Events, &o.Answers, &o.MemberCount)
		if o.Events+o.Answers == 0 { // all of it grew too old
			o.FirstAt, o.LastAt = 0, 0
		}
		if errors.Is(err, sql.ErrNoRows) {
			return noOrganization(op)
		}
		if err != nil {
			return err
		}
		if o.Members, err = members(ctx, tx, id); err != nil {
			return err
		}
		if r := m.reach(ctx, tx, p); !r.everybody() {
			if o.Members, err = r.summaries(o.Members); err != nil {
				return err
			}
			if o.MemberCount = len(o.Members); o.MemberCount == 0 {
				return noOrganization(op)
			}
		}
		o.Traits, err = organizationTraits(ctx, tx, id)
		return err
	})
	return o, cx.Wrap(op, err)
}

func noOrganization(op string) error {
	return cx.Errorf(cx.NotFound, op, "there is no organization with this id")
}

// members returns those of an organization, most recently active first.
func members(ctx context.Context, tx *sqldb.Tx, id string) ([]CustomerSummary, error) {
	rows, err := tx.Query(ctx, summaryColumns+` WHERE c.customer_no IN (SELECT p.customer_no FROM organization_members om JOIN profiles p ON p.profile_no = om.profile_no WHERE om.org = $1)
		ORDER BY c.last_at DESC, c.customer_no DESC LIMIT $2`, id, MaxMembers)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, scanSummary)
}

// organizations leaves those with members in reach, and counts only these. It
// looks at no more customers than one page may, and tells how many
// organizations it looked at.
func (r *reach) organizations(all []OrganizationSummary) (left []OrganizationSummary, looked int, err error) {
	if r.everybody() {
		return all, len(all), nil
	}
	for _, o := range all {
		if looked > 0 && r.full() {
			break
		}
		looked++
		some, err := members(r.ctx, r.tx, o.ID)
		if err == nil {
			some, err = r.summaries(some)
		}
		if err != nil {
			return nil, 0, err
		}
		if o.MemberCount = len(some); len(some) > 0 {
			left = append(left, o)
		}
	}
	return left, looked, nil
}

// Organizations lists those whose name or id contains the query, most recently
// active first.
func (m *Memory) Organizations(ctx context.Context, p cx.Principal, query, cursor string, limit int) (OrganizationPage, error) {
	const op = "remember.Organizations"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return OrganizationPage{}, cx.Wrap(op, err)
	}
	limit, err := timeline.Limit(limit)
	if err != nil {
		return OrganizationPage{}, cx.Wrap(op, err)
	}
	at, skip, err := organizationCursor(cursor)
	if err != nil {
		return OrganizationPage{}, cx.Wrap(op, err)
	}
	var page OrganizationPage
	err = m.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT o.org, o.name, `+memberCount+`, o.events, o.answers, o.last_at FROM organizations o
			WHERE o.folded LIKE $1 ESCAPE '\' AND o.last_at <= $2 ORDER BY o.last_at DESC, o.org LIMIT $3 OFFSET $4`, contains(query), at, limit+1, skip)
		if err != nil {
			return err
		}
		all, err := sqldb.Collect(rows, func(rows *sql.Rows) (o OrganizationSummary, err error) {
			return o, rows.Scan(&o.ID, &o.Name, &o.MemberCount, &o.Events, &o.Answers, &o.LastAt)
		})
		if err != nil {
			return err
		}
		some := all[:min(len(all), limit)]
		left, looked, err := m.reach(ctx, tx, p).organizations(some)
		if err != nil {
			return err
		}
		page.Organizations = left
		if looked < len(all) {
			last := all[looked-1].LastAt
			// Those of the same instant that were looked at already are skipped.
			shown := int64(0)
			if last == at {
				shown = skip
			}
			for _, o := range all[:looked] {
				if o.LastAt == last {
					shown++
				}
			}
			page.Next = timeline.Cursor{int64(last), shown}.String()
		}
		for i := range left {
			if left[i].Events+left[i].Answers == 0 { // all of it grew too old
				left[i].LastAt = 0
			}
		}
		return nil
	})
	return page, cx.Wrap(op, err)
}

// organizationCursor is the instant to go on from and how many of that instant
// were shown.
func organizationCursor(s string) (at cx.Time, skip int64, err error) {
	c, ok, err := timeline.ParseCursor(s)
	if !ok {
		c[0] = 1<<63 - 1
	}
	return cx.Time(c[0]), max(c[1], 0), err
}

// contains is the LIKE pattern for a folded text with the query in it.
func contains(query string) string {
	escape := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
	return "%" + escape.Replace(fold(strings.TrimSpace(query))) + "%"
}

// OrganizationTimeline returns a page of what its members lived for it, newest
// first; each item names its customer. It has no episodes.
func (m *Memory) OrganizationTimeline(ctx context.Context, p cx.Principal, id string, q TimelineQuery) (TimelinePage, error) {
	const op = "remember.OrganizationTimeline"
	if err := account.Check(p, account.ViewCustomers); err != nil {
		return TimelinePage{}, cx.Wrap(op, err)
	}
	var page TimelinePage
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		var there int
		err = tx.QueryRow(ctx, `SELECT COUNT(*) FROM organizations WHERE org = $1`, id).Scan(&there)
		if err == nil && there == 0 {
			return noOrganization(op)
		}
		if err != nil {
			return err
		}
		r := m.reach(ctx, tx, p)
		if !r.everybody() {
			some, err := members(ctx, tx, id)
			if err == nil {
				some, err = r.summaries(some)
			}
			if err != nil {
				return err
			}
			if len(some) == 0 {
				return noOrganization(op)
			}
		}
		if page, err = timeline.Read(ctx, tx, m.config.Models.Current().Model, timeline.OfOrganization(id), q); err != nil {
			return err
		}
		if page.Items, err = r.items(page.Items); err != nil {
			return err
		}
		return nameItems(ctx, tx, page.Items)
	})
	return page, cx.Wrap(op, err)
}
