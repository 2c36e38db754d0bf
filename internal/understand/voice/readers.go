package voice

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

// AppliedEvent is the decision that a text model reads from now on.
const AppliedEvent = "vivencia.text-model.applied"

// Reader is a version of the text model.
type Reader struct {
	Number    int // from 1; 0 is the one that is shipped
	Hash      string
	Model     *text.Model
	Quality   Quality
	TrainedAt cx.Time
	Pairs     int    // texts with a score that it learned from
	Labels    int    // corrected texts
	Topics    string // a digest of the topics and examples that it learned
	Seq       cx.Seq // of the decision that put it in force; 0: none did
}

type appliedModel struct {
	Number int    `json:"version"`
	Hash   string `json:"hash"`
	By     string `json:"by"`
	seq    cx.Seq
}

func appliedOf(e cx.Event) (a appliedModel, err error) {
	err = json.Unmarshal(bytes.Clone(e.Properties), &a)
	a.seq = e.Seq
	return a, err
}

// readers keeps the versions of the text model. They are weights of hashed
// features: no text can be read out of them.
type readers struct {
	db      *sqldb.DB
	logger  *slog.Logger
	shipped *Reader
	current atomic.Pointer[Reader]
}

func openReaders(ctx context.Context, db *sqldb.DB, logger *slog.Logger) (*readers, error) {
	shipped := text.Shipped()
	r := &readers{db: db, logger: logger, shipped: &Reader{Hash: shipped.Hash(), Model: shipped}}
	r.current.Store(r.shipped)
	return r, r.refresh(ctx)
}

// Current returns the version in force.
func (r *readers) Current() *Reader { return r.current.Load() }

// refresh puts in force what was decided last, as far as it can be read.
func (r *readers) refresh(ctx context.Context) error {
	all, err := r.list(ctx, `WHERE seq > 0 ORDER BY seq DESC`)
	if err != nil {
		return err
	}
	for i := range all {
		v := &all[i]
		if now := r.Current(); now.Number == v.Number && now.Hash == v.Hash {
			return nil
		}
		var raw []byte
		err := r.db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(ctx, `SELECT bytes FROM text_models WHERE number = $1`, v.Number).Scan(&raw)
		})
		if err == nil {
			v.Model, err = text.Unmarshal(raw)
		}
		switch cx.KindOf(err) {
		case cx.Invalid:
			r.logger.WarnContext(ctx, "a text model cannot be read by this release: an older one is used", slog.Int("version", v.Number), slog.Any("error", err))
			continue
		default:
			if err != nil {
				return err
			}
		}
		r.current.Store(v)
		return nil
	}
	r.current.Store(r.shipped)
	return nil
}

// list returns versions without their models.
func (r *readers) list(ctx context.Context, which string) (all []Reader, err error) {
	err = r.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT number, hash, quality, trained_at, pairs, labels, topics, seq FROM text_models `+which)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (v Reader, err error) {
			var quality string
			if err = rows.Scan(&v.Number, &v.Hash, &quality, &v.TrainedAt, &v.Pairs, &v.Labels, &v.Topics, &v.Seq); err == nil {
				err = json.Unmarshal([]byte(quality), &v.Quality)
			}
			return v, err
		})
		return err
	})
	return all, err
}

// keep stores a version that was learned and gives it its number.
func (r *readers) keep(ctx context.Context, v *Reader) error {
	raw, err := v.Model.MarshalBinary()
	if err != nil {
		return err
	}
	quality, err := json.Marshal(v.Quality)
	if err != nil {
		return err
	}
	return r.db.Write(ctx, func(tx *sqldb.Tx) error {
		// Of those that no decision put in force the last one is enough.
		if _, err := tx.Exec(ctx, `DELETE FROM text_models WHERE seq = 0`); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `INSERT INTO text_models (number, hash, bytes, quality, trained_at, pairs, labels, topics, seq)
			SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, 0 FROM text_models RETURNING number`,
			v.Hash, raw, string(quality), v.TrainedAt, v.Pairs, v.Labels, v.Topics).Scan(&v.Number)
	})
}

// applied notes that the log says which version reads, and puts it in force.
func (r *readers) applied(ctx context.Context, a appliedModel) error {
	var number int
	err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `UPDATE text_models SET seq = $1 WHERE number = $2 AND hash = $3 AND seq IN (0, $1) RETURNING number`, a.seq, a.Number, a.Hash).Scan(&number)
	})
	if errors.Is(err, sql.ErrNoRows) {
		r.logger.WarnContext(ctx, "the log names a text model that state.db does not have: the last one it has reads", slog.Int("version", a.Number))
		return nil
	}
	if err != nil {
		return err
	}
	return r.refresh(ctx)
}

func (s *Service) appliedEvent(v *Reader, by string) (cx.Event, error) {
	e, err := s.decision(AppliedEvent, appliedModel{Number: v.Number, Hash: v.Hash, By: by})
	e.MessageID = "text-model:" + strconv.Itoa(v.Number) + ":" + v.Hash
	return e, err
}
