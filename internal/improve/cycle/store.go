package cycle

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var errNone = cx.Errorf(cx.NotFound, "cycle.read", "there is no such initiative, or it is not of your areas")

// scan reads what a row's one column keeps as JSON.
func scan[T any](rows *sql.Rows) (v T, err error) {
	var body string
	if err = rows.Scan(&body); err == nil {
		err = json.Unmarshal([]byte(body), &v)
	}
	return v, err
}

// read returns an initiative as it is kept: without the names of people, without
// the customers and words of its evidence.
func read(ctx context.Context, tx *sqldb.Tx, slug string) (i Initiative, err error) {
	var body string
	err = tx.QueryRow(ctx, `SELECT body FROM cycle_initiatives WHERE slug = $1`, slug).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return i, errNone
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &i)
	}
	return i, err
}

// all returns every initiative as it is kept, what changed last first.
func (s *Service) all(ctx context.Context) (all []Initiative, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT body FROM cycle_initiatives`)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, scan[Initiative])
		return err
	})
	slices.SortFunc(all, func(a, b Initiative) int {
		return cmp.Or(cmp.Compare(b.ChangedAt, a.ChangedAt), strings.Compare(a.Slug, b.Slug))
	})
	return all, err
}

// write keeps an initiative with what happened to it, now where an entry does not say
// when, and what follows from that.
func (s *Service) write(ctx context.Context, tx *sqldb.Tx, i *Initiative, entries ...Entry) error {
	now := s.c.Clock.Now()
	kept := *i
	kept.OwnerName, kept.Evidence = "", Evidence{Links: i.Evidence.Links}
	kept.ChangedAt = now
	for _, e := range entries {
		kept.Revision++
		if _, err := tx.Exec(ctx, `INSERT INTO cycle_entries (slug, n, at, by_id, by_name, what, text, to_id, amount) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			i.Slug, kept.Revision, int64(cmp.Or(e.At, now)), e.By, e.ByName, string(e.What), e.Text, e.To, e.Amount); err != nil {
			return err
		}
		if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: afterKind, Key: i.Slug + ":" + strconv.FormatInt(kept.Revision, 10), Due: now}); err != nil {
			return err
		}
	}
	body, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO cycle_initiatives (slug, stage, body) VALUES ($1, $2, $3) ON CONFLICT (slug) DO UPDATE SET stage = excluded.stage, body = excluded.body`,
		i.Slug, string(i.Stage), string(body))
	i.ChangedAt, i.Revision = kept.ChangedAt, kept.Revision
	return err
}

// change changes an initiative of a revision (0: whatever it is) within p's reach:
// fn, in the transaction, says what happened to it. No entries change nothing.
func (s *Service) change(ctx context.Context, p cx.Principal, slug string, revision int64, fn func(tx *sqldb.Tx, i *Initiative) ([]Entry, error)) (i Initiative, err error) {
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if i, err = read(ctx, tx, slug); err != nil {
			return err
		}
		if !reaches(p, &i) {
			return errNone
		}
		if revision != 0 && revision != i.Revision {
			return cx.Errorf(cx.Conflict, "cycle.change", "somebody changed this initiative meanwhile: look at it again")
		}
		entries, err := fn(tx, &i)
		if err != nil || len(entries) == 0 {
			return err
		}
		for n := range entries {
			if entries[n].By == "" {
				entries[n].By, entries[n].ByName = p.ID, p.Name
			}
		}
		return s.write(ctx, tx, &i, entries...)
	})
	if err != nil {
		return Initiative{}, err
	}
	s.c.Jobs.Wake()
	return i, nil
}

func story(ctx context.Context, tx *sqldb.Tx, slug string) ([]Entry, error) {
	rows, err := tx.Query(ctx, `SELECT `+entryColumns+` FROM cycle_entries WHERE slug = $1 ORDER BY n`, slug)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, func(rows *sql.Rows) (Entry, error) { return scanEntry(rows) })
}

const entryColumns = `n, at, by_id, by_name, what, text, to_id, amount`

func scanEntry(row interface{ Scan(...any) error }) (e Entry, err error) {
	err = row.Scan(&e.N, &e.At, &e.By, &e.ByName, &e.What, &e.Text, &e.To, &e.Amount)
	return e, err
}

// folded is a text as it is searched: small letters without accents.
func folded(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x300 && r < 0x370 {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(text)))
}

// finds tells whether every word of a question stands in one of the texts, in
// whatever language.
func finds(question string, texts ...model.Text) bool {
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(t.ES + "\n" + t.EN + "\n" + t.PT + "\n")
	}
	in := folded(b.String())
	for _, word := range strings.Fields(folded(question)) {
		if !strings.Contains(in, word) {
			return false
		}
	}
	return true
}
