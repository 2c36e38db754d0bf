package remember

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Holds names the tables with personal data.
func (m *Memory) Holds() []string {
	return []string{
		"answer_traits", "customers", "identifiers", "kept_apart", "merges", "organization_members", "organization_traits", "organizations",
		"profiles", "suggestions", "timeline", "traces", "traits", "words",
	}
}

// Erase removes what memory keeps of the subject, so that every answer is what
// the redacted log would give, and returns how many events and traces of them it
// erased. A customer must have been let go. On SQLite no byte stays in the file
// or its write-ahead log (of a stretch of events: after Scrub); PostgreSQL
// overwrites what it freed when it is vacuumed (VACUUM FULL).
func (m *Memory) Erase(ctx context.Context, s cx.Subject) (int, error) {
	const op = "remember.Erase"
	m.applying.Lock()
	defer m.applying.Unlock()
	if err := m.settle(ctx); err != nil {
		return 0, cx.Wrap(op, err)
	}
	before, _ := m.now()
	var e *eraser
	err := m.db.Write(ctx, func(tx *sqldb.Tx) error {
		e = &eraser{ctx: ctx, tx: tx, state: before, organizations: map[string]bool{}, customers: map[cx.CustomerNo]bool{}}
		if err := e.erase(s); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE memory_state SET events = $1, answers = $2`, e.state.events, e.state.answers)
		return err
	})
	if err != nil {
		m.doubt = true
		return 0, cx.Wrap(op, err)
	}
	m.mu.Lock()
	m.latest = latest{}
	m.mu.Unlock()
	m.publish(e.state)
	if !s.Whole() {
		return e.erased, cx.Wrap(op, m.db.Truncate(ctx))
	}
	return e.erased, cx.Wrap(op, m.db.Scrub(ctx))
}

// Scrub leaves no byte in the files of what Erase erased of stretches of
// events: once after many, since it reads the whole file.
func (m *Memory) Scrub(ctx context.Context) error {
	return cx.Wrap("remember.Scrub", m.db.Scrub(ctx))
}

// eraser erases a subject in one transaction.
type eraser struct {
	ctx           context.Context
	tx            *sqldb.Tx
	state         state
	erased        int
	organizations map[string]bool // touched; true: what is said of it, too
	customers     map[cx.CustomerNo]bool
}

func (e *eraser) erase(s cx.Subject) error {
	if !s.Whole() {
		return e.stretch(s.Seqs)
	}
	c, gone, err := anyCustomer(e.ctx, e.tx, s.Customer)
	if err != nil {
		return err
	}
	if gone == 0 {
		return cx.Errorf(cx.Conflict, "remember.Erase", "the customer is still there: let them go first")
	}
	if err := takeOut(e.ctx, e.tx, c); err != nil {
		return err
	}
	for _, p := range s.Profiles {
		if err := e.profile(p); err != nil {
			return err
		}
	}
	return e.recount()
}

// profile erases all of a profile but its number.
func (e *eraser) profile(p cx.ProfileNo) error {
	rows, err := e.tx.Query(e.ctx, `SELECT seq FROM traces WHERE profile_no = $1`, p)
	if err != nil {
		return err
	}
	traces, err := sqldb.Collect(rows, sqldb.Scan[cx.Seq])
	if err != nil {
		return err
	}
	for _, seq := range traces {
		if err := e.decision(seq); err != nil {
			return err
		}
	}
	rows, err = e.tx.Query(e.ctx, `DELETE FROM organization_members WHERE profile_no = $1 RETURNING org`, p)
	if err != nil {
		return err
	}
	of, err := sqldb.Collect(rows, sqldb.Scan[string])
	if err != nil {
		return err
	}
	for _, org := range of {
		e.organizations[org] = true
	}
	if _, err := e.tx.Exec(e.ctx, `DELETE FROM answer_traits WHERE seq IN (SELECT seq FROM timeline WHERE profile_no = $1)`, p); err != nil {
		return err
	}
	rows, err = e.tx.Query(e.ctx, `DELETE FROM timeline WHERE profile_no = $1 RETURNING kind`, p)
	if err != nil {
		return err
	}
	kinds, err := sqldb.Collect(rows, sqldb.Scan[cx.Kind])
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		e.uncount(kind)
	}
	for _, text := range [...]string{
		`DELETE FROM traces WHERE profile_no = $1`,
		`DELETE FROM traits WHERE profile_no = $1`,
		`DELETE FROM words WHERE profile_no = $1`,
		`DELETE FROM identifiers WHERE profile_no = $1`,
		`UPDATE profiles SET created_at = 0 WHERE profile_no = $1`,
	} {
		if _, err := e.tx.Exec(e.ctx, text, p); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) uncount(kind cx.Kind) {
	e.erased++
	switch kind {
	case cx.Answer:
		e.state.answers--
	case cx.Decision: // told, and not counted
	default:
		e.state.events--
	}
}

// decision erases what a person wrote about customers.
func (e *eraser) decision(seq cx.Seq) error {
	err := timeline.Rewrite(e.ctx, e.tx, seq, func(name string, properties []byte) ([]byte, error) {
		d, err := withoutWords(cx.Event{Name: name, Properties: properties})
		return d.Properties, err
	})
	if errors.Is(err, sql.ErrNoRows) { // what memory kept no line of
		e.erased++
		return nil
	}
	return err
}

// stretch erases what was lived in events, and keeps whose they were.
func (e *eraser) stretch(seqs []cx.Seq) error {
	for _, seq := range seqs {
		var p cx.ProfileNo
		var kind cx.Kind
		var org sql.NullString
		err := e.tx.QueryRow(e.ctx, `DELETE FROM timeline WHERE seq = $1 AND profile_no > 0 RETURNING profile_no, kind, org`, seq).Scan(&p, &kind, &org)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			if _, err := e.tx.Exec(e.ctx, `DELETE FROM traces WHERE profile_no = $1 AND seq = $2`, nobody, seq); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		e.uncount(kind)
		if _, err := e.tx.Exec(e.ctx, `DELETE FROM answer_traits WHERE seq = $1`, seq); err != nil {
			return err
		}
		if _, known := e.organizations[org.String]; org.Valid && !known {
			e.organizations[org.String] = false
		}
		if _, err := e.tx.Exec(e.ctx, `INSERT INTO traces (profile_no, seq) VALUES ($1, $2)`, p, seq); err != nil {
			return err
		}
		var c cx.CustomerNo
		if err := e.tx.QueryRow(e.ctx, `SELECT customer_no FROM profiles WHERE profile_no = $1`, p).Scan(&c); err != nil {
			return err
		}
		e.customers[c] = true
	}
	return e.recount()
}

// recount counts again what is left of the customers and organizations.
func (e *eraser) recount() error {
	for _, c := range slices.Sorted(maps.Keys(e.customers)) {
		profiles, err := identity.Profiles(e.ctx, e.tx, c)
		if err != nil {
			return err
		}
		n, err := timeline.CountOf(e.ctx, e.tx, profiles...)
		if err != nil {
			return err
		}
		if _, err := e.tx.Exec(e.ctx, `UPDATE customers SET first_at = $1, last_at = $2, events = $3, answers = $4 WHERE customer_no = $5`,
			n.First, n.Last, n.Events, n.Answers, c); err != nil {
			return err
		}
	}
	for _, org := range slices.Sorted(maps.Keys(e.organizations)) {
		if err := e.organization(org, e.organizations[org]); err != nil {
			return err
		}
	}
	return nil
}

func (e *eraser) organization(org string, traits bool) error {
	var members int
	if err := e.tx.QueryRow(e.ctx, `SELECT COUNT(*) FROM organization_members WHERE org = $1`, org).Scan(&members); err != nil {
		return err
	}
	if members == 0 {
		for _, text := range [...]string{`DELETE FROM organization_traits WHERE org = $1`, `DELETE FROM organizations WHERE org = $1`} {
			if _, err := e.tx.Exec(e.ctx, text, org); err != nil {
				return err
			}
		}
		return nil
	}
	n, err := timeline.CountOfOrganization(e.ctx, e.tx, org)
	if err != nil {
		return err
	}
	if _, err := e.tx.Exec(e.ctx, `UPDATE organizations SET first_at = $1, last_at = $2, events = $3, answers = $4 WHERE org = $5`,
		n.First, n.Last, n.Events, n.Answers, org); err != nil || !traits {
		return err
	}
	said, err := e.saidOf(org)
	if err != nil {
		return err
	}
	if _, err := e.tx.Exec(e.ctx, `DELETE FROM organization_traits WHERE org = $1`, org); err != nil {
		return err
	}
	var args []any
	for _, k := range slices.SortedFunc(maps.Keys(said), func(a, b traitKey) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.source, b.source)) }) {
		s := said[k]
		args = append(args, org, k.name, k.source, s.value, int64(s.at), int64(s.seq))
	}
	if err := identity.InsertRows(e.ctx, e.tx, `INSERT INTO organization_traits (org, name, source, value, at, seq)`, 6, "", args); err != nil {
		return err
	}
	return nameOrganization(e.ctx, e.tx, org)
}

// saidOf gathers again what the group calls that are left say of an
// organization.
func (e *eraser) saidOf(org string) (map[traitKey]said, error) {
	calls, err := timeline.GroupCalls(e.ctx, e.tx, org)
	if err != nil {
		return nil, err
	}
	out := map[traitKey]said{}
	for i := range calls {
		putTraits(out, calls[i].Traits, &calls[i], func(string, jsontext.Value) {})
	}
	return out, nil
}
