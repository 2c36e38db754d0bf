package cases

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Thank keeps that a customer thanks those who looked after their case, once a
// case, and tells them. Errors as dialogue.Follow; Invalid for an empty text.
func (s *Service) Thank(ctx context.Context, token, text string) error {
	const op = "cases.Thank"
	l, err := s.link(ctx, token, dialogue.CaseLink)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if text, err = words(op, "text", text, 1000); err != nil {
		return err
	}
	var c Case
	var thanked int
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if c, err = read(ctx, tx, l.Case); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM cases_thanks WHERE case_id = $1`, c.ID).Scan(&thanked)
	})
	if err != nil || thanked > 0 {
		return cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	seq, err := s.c.Dialogue.Live(ctx, dialogue.Lived{
		ID: "thanks:" + c.ID, Customer: l.Customer, Name: dialogue.ThankedEvent, Touchpoint: c.Touchpoint, At: now,
		Properties: map[string]any{"case": c.ID, "touchpoint": c.Touchpoint, "place": c.Place, "text": text},
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO cases_thanks (case_id, customer, area, place, touchpoint, owner, text, at, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (case_id) DO NOTHING`,
			c.ID, string(l.Customer), c.Area, c.Place, c.Touchpoint, c.Owner, text, int64(now), int64(seq))
		return err
	}); err != nil {
		return cx.Wrap(op, err)
	}
	to := notify.To{Person: c.Owner}
	if c.Owner == "" {
		to = notify.To{Area: c.Area}
	}
	if c.Owner == "" && c.Area == "" {
		return nil
	}
	return cx.Wrap(op, s.c.Notices.Tell(ctx, notify.Notice{
		Key: "thanks:" + c.ID, To: to, Kind: notify.Case, Title: model.Text{ES: "Un cliente da las gracias", EN: "A customer says thanks", PT: "Um cliente agradece"},
		Text: model.Text{ES: plainText(text), EN: plainText(text), PT: plainText(text)}, Href: "/cases/" + c.ID, Customer: l.Customer,
	}))
}

// thanks lists what customers thanked for since a time, to somebody or to where
// they work, newest first.
func (s *Service) thanks(ctx context.Context, p cx.Principal, since cx.Time) (all []Thanks, err error) {
	var w where
	w.add("at >= ?", int64(since))
	if p.Areas != nil {
		marks, args := []string{"owner = ?"}, []any{p.ID}
		for _, area := range p.Areas {
			marks, args = append(marks, "area = ?"), append(args, area)
		}
		w.add("("+strings.Join(marks, " OR ")+")", args...)
	}
	people, err := s.people(ctx)
	if err != nil {
		return nil, err
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT case_id, customer, area, place, touchpoint, owner, text, at FROM cases_thanks%s ORDER BY at DESC, case_id LIMIT 50`, &w), w.args...)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (t Thanks, err error) {
			err = rows.Scan(&t.Case, &t.Customer, &t.Area, &t.Place, &t.Touchpoint, &t.Owner, &t.Text, &t.At)
			t.OwnerName = people[t.Owner].Name
			return t, err
		})
		return err
	})
	return all, err
}
