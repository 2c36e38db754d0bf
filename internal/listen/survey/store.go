package survey

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// link is a row of survey_links.
type link struct {
	id, survey        string
	way               Way
	customer          cx.CustomerID
	about             map[string]string
	at                cx.Time
	event             string
	touchpoint, place string
	language          string
	madeAt            cx.Time
	expiresAt         cx.Time
	revokedAt         cx.Time
	openedAt          cx.Time
	completedAt       cx.Time
}

const linkColumns = `id, survey, way, customer, about, at, event, touchpoint, place, language, made_at, expires_at, revoked_at, opened_at, completed_at`

type scanner interface{ Scan(...any) error }

func (l *link) scan(row scanner) error {
	var about string
	err := row.Scan(&l.id, &l.survey, &l.way, &l.customer, &about, &l.at, &l.event, &l.touchpoint, &l.place, &l.language,
		&l.madeAt, &l.expiresAt, &l.revokedAt, &l.openedAt, &l.completedAt)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(about), &l.about)
}

// insert writes the link, unless it is there.
func (l *link) insert(ctx context.Context, tx *sqldb.Tx) error {
	about, err := json.Marshal(l.about, json.Deterministic(true))
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO survey_links (`+linkColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0)
		ON CONFLICT (id) DO NOTHING`,
		l.id, l.survey, string(l.way), string(l.customer), string(about), int64(l.at), l.event, l.touchpoint, l.place, l.language, int64(l.madeAt), int64(l.expiresAt))
	return err
}

// response is a row of survey_responses.
type response struct {
	id, survey        string
	way               Way
	touchpoint, place string
	customer          cx.CustomerID
	begunAt           cx.Time // 0: nothing was answered yet
	completedAt       cx.Time
	suspect           bool
	revision          int
	given             given
	sent              map[string]cx.Seq // the answer in the log that each question's stands in
}

const responseColumns = `id, survey, way, touchpoint, place, customer, begun_at, completed_at, suspect, revision, given, sent`

func (r *response) scan(row scanner) error {
	var given, sent string
	var suspect int
	err := row.Scan(&r.id, &r.survey, &r.way, &r.touchpoint, &r.place, &r.customer, &r.begunAt, &r.completedAt, &suspect, &r.revision, &given, &sent)
	if err != nil {
		return err
	}
	r.suspect = suspect != 0
	return errors.Join(json.Unmarshal([]byte(given), &r.given), json.Unmarshal([]byte(sent), &r.sent))
}

func (r *response) store(ctx context.Context, tx *sqldb.Tx) error {
	given, err1 := json.Marshal(r.given, json.Deterministic(true))
	sent, err2 := json.Marshal(r.sent, json.Deterministic(true))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	suspect := 0
	if r.suspect {
		suspect = 1
	}
	_, err := tx.Exec(ctx, `INSERT INTO survey_responses (`+responseColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (id) DO UPDATE SET completed_at = excluded.completed_at, suspect = excluded.suspect, revision = excluded.revision,
			given = excluded.given, sent = excluded.sent`,
		r.id, r.survey, string(r.way), r.touchpoint, r.place, string(r.customer), int64(r.begunAt), int64(r.completedAt), suspect, r.revision, string(given), string(sent))
	return err
}

// found reads one row; ok is false when there is none.
func found(err error) (ok bool, _ error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func readLink(ctx context.Context, tx *sqldb.Tx, id string) (l link, ok bool, err error) {
	ok, err = found(l.scan(tx.QueryRow(ctx, `SELECT `+linkColumns+` FROM survey_links WHERE id = $1`, id)))
	return l, ok, err
}

func readResponse(ctx context.Context, tx *sqldb.Tx, id string) (r response, ok bool, err error) {
	ok, err = found(r.scan(tx.QueryRow(ctx, `SELECT `+responseColumns+` FROM survey_responses WHERE id = $1`, id)))
	return r, ok, err
}
