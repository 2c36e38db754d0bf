package model

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Draft is the model as one person is changing it. It may hold any text of a
// model's size, faults and all. Everybody has one: until something is changed
// it is the version in force, and its Revision is 0.
type Draft struct {
	YAML     []byte
	Base     int // the version that it was begun from
	Revision int // one more with each change
	SavedAt  cx.Time
}

// AnyRevision changes a draft whatever was changed since it was looked at.
const AnyRevision = -1

// Draft returns the person's draft.
func (s *Service) Draft(ctx context.Context, p cx.Principal) (d Draft, err error) {
	const op = "model.Draft"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return d, cx.Wrap(op, err)
	}
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		d, err = s.draft(ctx, tx, p)
		return err
	})
	return d, cx.Wrap(op, err)
}

// EditDraft changes the person's draft, begun from the version base. The error
// is Conflict when the draft was begun from another one, or is not at the
// revision; whatever change returns is returned, and then nothing is kept.
func (s *Service) EditDraft(ctx context.Context, p cx.Principal, base, revision int, change func(yaml []byte) ([]byte, error)) (d Draft, err error) {
	const op = "model.EditDraft"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return d, cx.Wrap(op, err)
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if d, err = s.draft(ctx, tx, p); err != nil {
			return err
		}
		if d.Revision == 0 && d.Base != base { // looked at under a version that is no longer in force
			if d, err = s.begin(ctx, tx, base); err != nil {
				return err
			}
		}
		if d.Base != base || revision != AnyRevision && d.Revision != revision {
			return cx.Errorf(cx.Conflict, op, "your draft has changed since you opened this; open it again")
		}
		was := d.YAML
		if d.YAML, err = change(d.YAML); err != nil {
			return err
		}
		switch {
		case len(d.YAML) > MaxSource:
			return cx.Errorf(cx.TooLarge, op, "the model has %d bytes and %d is the most: split off what it does not need", len(d.YAML), MaxSource)
		case bytes.Equal(was, d.YAML):
			return nil
		}
		return s.keep(ctx, tx, p, &d)
	})
	return d, cx.Wrap(op, err)
}

// DropDraft lets the person's draft go.
func (s *Service) DropDraft(ctx context.Context, p cx.Principal) error {
	const op = "model.DropDraft"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.db.Write(ctx, func(tx *sqldb.Tx) error { return drop(ctx, tx, p) }))
}

// MergeDraft brings into the person's draft what was applied since it was
// begun. The error is Conflict when both change the same thing; its message
// says which.
func (s *Service) MergeDraft(ctx context.Context, p cx.Principal) (d Draft, err error) {
	const op = "model.MergeDraft"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return d, cx.Wrap(op, err)
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if d, err = s.draft(ctx, tx, p); err != nil {
			return err
		}
		now := s.Current()
		if d.Base == now.Number {
			return nil
		}
		base, err := s.begin(ctx, tx, d.Base)
		if err != nil {
			return err
		}
		if d.YAML, err = Merge(base.YAML, d.YAML, now.YAML); err != nil {
			return err
		}
		d.Base = now.Number
		return s.keep(ctx, tx, p, &d)
	})
	return d, cx.Wrap(op, err)
}

// ApplyDraft is Apply of the person's draft at the revision, and lets it go. The
// error is Conflict too when the draft is at another one, or another version
// than its base is in force.
func (s *Service) ApplyDraft(ctx context.Context, p cx.Principal, revision int, note string) (Version, error) {
	const op = "model.ApplyDraft"
	if err := account.Check(p, account.ApplyModel); err != nil {
		return Version{}, cx.Wrap(op, err)
	}
	s.apply.Lock()
	defer s.apply.Unlock()
	if err := s.settle(ctx); err != nil {
		return Version{}, cx.Wrap(op, err)
	}
	d, err := s.Draft(ctx, p)
	now := s.Current()
	switch {
	case err != nil:
		return Version{}, cx.Wrap(op, err)
	case d.Revision != revision:
		return Version{}, cx.Errorf(cx.Conflict, op, "your draft has changed since you opened this; open it again")
	case d.Base != now.Number && !bytes.Equal(d.YAML, now.YAML): // equal when its own record was late
		return Version{}, cx.Errorf(cx.Conflict, op, "somebody applied another version meanwhile; look at the changes again")
	}
	v, err := s.applyHeld(ctx, p, d.YAML, note)
	if err != nil {
		return Version{}, cx.Wrap(op, err)
	}
	return v, cx.Wrap(op, s.DropDraft(ctx, p))
}

// draft returns the kept draft, else the version in force.
func (s *Service) draft(ctx context.Context, tx *sqldb.Tx, p cx.Principal) (d Draft, err error) {
	var yaml string
	err = tx.QueryRow(ctx, `SELECT yaml, base, revision, saved_at FROM model_drafts WHERE person = $1`, p.ID).
		Scan(&yaml, &d.Base, &d.Revision, &d.SavedAt)
	if errors.Is(err, sql.ErrNoRows) {
		now := s.Current()
		return Draft{YAML: now.YAML, Base: now.Number}, nil
	}
	d.YAML = []byte(yaml)
	return d, err
}

// begin is a draft of a version in which nothing is changed yet.
func (s *Service) begin(ctx context.Context, tx *sqldb.Tx, number int) (Draft, error) {
	if number == 0 {
		return Draft{}, nil
	}
	var yaml string
	err := tx.QueryRow(ctx, `SELECT yaml FROM model_versions WHERE number = $1`, number).Scan(&yaml)
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, cx.Errorf(cx.NotFound, "model.begin", "there is no version %d", number)
	}
	return Draft{YAML: []byte(yaml), Base: number}, err
}

func (s *Service) keep(ctx context.Context, tx *sqldb.Tx, p cx.Principal, d *Draft) error {
	d.Revision++
	d.SavedAt = s.clock.Now()
	_, err := tx.Exec(ctx, `INSERT INTO model_drafts (person, yaml, base, revision, saved_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person) DO UPDATE SET yaml = excluded.yaml, base = excluded.base, revision = excluded.revision, saved_at = excluded.saved_at`,
		p.ID, string(d.YAML), d.Base, d.Revision, int64(d.SavedAt))
	return err
}

func drop(ctx context.Context, tx *sqldb.Tx, p cx.Principal) error {
	_, err := tx.Exec(ctx, `DELETE FROM model_drafts WHERE person = $1`, p.ID)
	return err
}
