package notify

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Wall is a screen on a wall: what it shows, and the link that it shows it by,
// without anybody being signed in there.
type Wall struct {
	ID        string
	Name      string // "Televisor de la sala"
	Area      string // slug; "" for the whole company
	Place     string // slug of the model's places; "" for all
	Language  string
	By        string // a principal's id
	MadeAt    cx.Time
	RevokedAt cx.Time // it shows nothing since; 0: it does
	Token     string  // what follows /wall/ in its address
}

// Principal is who looks through the wall's link: somebody who serves, of its
// area, who reaches nothing but what Walls show.
func (w Wall) Principal() cx.Principal {
	p := cx.Principal{ID: "wall:" + w.ID, Name: w.Name, Role: cx.Member}
	if w.Area != "" {
		p.Areas = []string{w.Area}
	}
	return p
}

// MakeWall makes a wall's link. Needs account.ManageWalls; who is limited to
// areas names one of theirs. The error is Invalid with every fault.
func (s *Service) MakeWall(ctx context.Context, p cx.Principal, w Wall) (Wall, error) {
	const op = "notify.MakeWall"
	if err := account.Check(p, account.ManageWalls); err != nil {
		return w, cx.Wrap(op, err)
	}
	m := s.c.Models.Current().Model
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	if w.Name = strings.TrimSpace(w.Name); w.Name == "" || len(w.Name) > 100 {
		fault("name", "say where it hangs, in up to 100 letters")
	}
	if w.Area != "" && !slices.ContainsFunc(m.Areas, func(a model.Area) bool { return a.Slug == w.Area }) {
		fault("area", "choose one of the areas")
	}
	if p.Areas != nil && !slices.Contains(p.Areas, w.Area) {
		fault("area", "choose one of your areas")
	}
	if w.Place != "" && !slices.ContainsFunc(m.Places, func(a model.Place) bool { return a.Slug == w.Place }) {
		fault("place", "choose one of the places")
	}
	if !slices.Contains([]string{"es", "en", "pt"}, w.Language) {
		fault("language", "is es, en or pt")
	}
	if len(faults) > 0 {
		return w, cx.Wrap(op, cx.InvalidFaults("", faults))
	}
	w.ID, w.By, w.MadeAt, w.RevokedAt = strings.ToLower(rand.Text()[:16]), p.ID, s.c.Clock.Now(), 0
	w.Token = s.wallToken(w.ID)
	return w, cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO notify_walls (id, name, area, place, language, made_by, made_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
			w.ID, w.Name, w.Area, w.Place, w.Language, w.By, int64(w.MadeAt))
		return err
	}))
}

func (s *Service) wallToken(id string) string { return id + "." + s.name("wall", id) }

// Walls lists the links of walls that show something, the newest first; who is
// limited to areas sees theirs. Needs account.ManageWalls.
func (s *Service) Walls(ctx context.Context, p cx.Principal) (all []Wall, err error) {
	const op = "notify.Walls"
	if err := account.Check(p, account.ManageWalls); err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, name, area, place, language, made_by, made_at, revoked_at FROM notify_walls WHERE revoked_at = 0 ORDER BY made_at DESC, id`)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (Wall, error) { return s.scanWall(rows) })
		return err
	})
	return slices.DeleteFunc(all, func(w Wall) bool { return p.Areas != nil && !slices.Contains(p.Areas, w.Area) }), cx.Wrap(op, err)
}

func (s *Service) scanWall(row interface{ Scan(...any) error }) (w Wall, err error) {
	err = row.Scan(&w.ID, &w.Name, &w.Area, &w.Place, &w.Language, &w.By, &w.MadeAt, &w.RevokedAt)
	w.Token = s.wallToken(w.ID)
	return w, err
}

// RevokeWall ends a wall's link: its screen shows nothing within ten minutes,
// and nobody gets in with it from now on. Needs account.ManageWalls.
func (s *Service) RevokeWall(ctx context.Context, p cx.Principal, id string) error {
	const op = "notify.RevokeWall"
	walls, err := s.Walls(ctx, p)
	if err != nil {
		return cx.Wrap(op, err)
	}
	if !slices.ContainsFunc(walls, func(w Wall) bool { return w.ID == id }) {
		return cx.Errorf(cx.NotFound, op, "there is no such screen, or not any more")
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE notify_walls SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, int64(s.c.Clock.Now()), id)
		return err
	}))
}

// WallByToken returns the wall of a link. The error is NotFound for one that is
// not ours, or not any more.
func (s *Service) WallByToken(ctx context.Context, token string) (w Wall, err error) {
	const op = "notify.WallByToken"
	id, _, _ := strings.Cut(token, ".")
	unknown := cx.Errorf(cx.NotFound, op, "this link is not ours, or not any more: ask for a new one")
	if !hmac.Equal([]byte(token), []byte(s.wallToken(id))) {
		return w, unknown
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		w, err = s.scanWall(tx.QueryRow(ctx, `SELECT id, name, area, place, language, made_by, made_at, revoked_at FROM notify_walls WHERE id = $1`, id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) || err == nil && w.RevokedAt != 0 {
		return Wall{}, unknown
	}
	return w, cx.Wrap(op, err)
}
