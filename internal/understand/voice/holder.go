package voice

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

var _ cx.Holder = (*Service)(nil)

// Holds names the tables with personal data.
func (s *Service) Holds() []string {
	return []string{"contexts", "given", "guesses", "labels", "texts", "texts_fts", "texts_fts_data", "texts_fts_idx"}
}

// Said is a text as its customer takes it away.
type Said struct {
	Text     string `json:"text"` // its Ref
	At       string `json:"at"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Question string `json:"question"`
	Words    string `json:"words"`
	Language string `json:"language"`
	Polarity string `json:"polarity"`
	Emotion  string `json:"emotion"`
	Topics   any    `json:"topics"`
}

// Export returns every text of a customer and how it was read; nothing of a
// stretch of events.
func (s *Service) Export(ctx context.Context, subject cx.Subject) ([]cx.Section, error) {
	if !subject.Whole() {
		return nil, nil
	}
	mine := numbers{}
	for _, p := range subject.Profiles {
		mine.add(uint32(p))
	}
	texts, err := s.texts(ctx, cx.System(), Filter{Where: anyKind}, func(r row) bool { return r.profile != 0 && mine.has(uint32(r.profile)) })
	if err != nil {
		return nil, cx.Wrap("voice.Export", err)
	}
	said := make([]Said, len(texts))
	for i, t := range texts {
		said[i] = Said{t.Ref.String(), t.At.String(), string(t.Kind), t.Name, t.Question, t.Words, t.Language, t.Polarity, t.Emotion, t.Topics}
	}
	return []cx.Section{{Name: "voice", Items: said}}, nil
}

// Erase removes the subject's texts, what people said of them and their scores,
// and returns how many texts that were. On SQLite no byte stays in the file, its
// write-ahead log or the search index (of a stretch of events: after Scrub);
// PostgreSQL overwrites what it freed when it is vacuumed (VACUUM FULL).
func (s *Service) Erase(ctx context.Context, subject cx.Subject) (int, error) {
	const op = "voice.Erase"
	s.applying.Lock()
	defer s.applying.Unlock()
	if err := s.certain(ctx); err != nil {
		return 0, cx.Wrap(op, err)
	}
	s.gone.add(subject, s.state.position)
	w := writer{s: s, ctx: ctx}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		w.tx = tx
		return w.erase(subject)
	})
	if err != nil {
		s.doubt = true
		return 0, cx.Wrap(op, err)
	}
	s.mu.Lock()
	s.index.remove(w.removed)
	s.index.add(w.rows)
	for _, no := range w.unused {
		s.index.contexts.drop(no)
	}
	s.edition++
	s.tell()
	s.mu.Unlock()
	if !subject.Whole() {
		return len(w.removed), cx.Wrap(op, s.c.DB.Truncate(ctx))
	}
	return len(w.removed), cx.Wrap(op, s.c.DB.Scrub(ctx))
}

// Scrub leaves no byte in the files of what Erase erased of stretches of events:
// once after many, since it reads the whole file.
func (s *Service) Scrub(ctx context.Context) error {
	return cx.Wrap("voice.Scrub", s.c.DB.Scrub(ctx))
}

func (w *writer) erase(subject cx.Subject) error {
	responses := map[string]bool{}
	take := func(which string, arg any) error {
		found, err := readRows(w.ctx, w.tx, `WHERE `+which, arg)
		if err != nil {
			return err
		}
		for _, r := range found {
			if err := w.remove(r.id); err != nil {
				return err
			}
		}
		rows, err := w.tx.Query(w.ctx, `DELETE FROM given WHERE `+which+` RETURNING response`, arg)
		if err != nil {
			return err
		}
		of, err := sqldb.Collect(rows, sqldb.Scan[string])
		for _, r := range of {
			responses[r] = true
		}
		return err
	}
	for _, p := range subject.Profiles {
		for _, table := range []string{"labels", "guesses"} {
			if err := w.exec(`DELETE FROM `+table+` WHERE seq IN (SELECT seq FROM texts WHERE profile_no = $1)`, p); err != nil {
				return err
			}
		}
		if err := take(`profile_no = $1`, p); err != nil {
			return err
		}
	}
	for _, seq := range subject.Seqs {
		for _, table := range []string{"labels", "guesses"} {
			if err := w.exec(`DELETE FROM `+table+` WHERE seq = $1`, seq); err != nil {
				return err
			}
		}
		if err := take(`seq = $1`, seq); err != nil {
			return err
		}
	}
	b := newBatch(w.s.c.Models.Current().Model, w.s.readers.Current().Model)
	for response := range responses {
		if err := w.rescore(b, response); err != nil {
			return err
		}
	}
	return w.forgetUnused()
}

// forgetUnused removes the contexts that no text has any more: a place or an
// event's name may tell of somebody.
func (w *writer) forgetUnused() error {
	x := w.s.index
	removed := map[int64]bool{}
	for _, id := range w.removed {
		removed[id] = true
	}
	used := make([]bool, len(x.contexts.keys))
	for i := range x.rows {
		used[x.rows[i].context] = used[x.rows[i].context] || !removed[x.rows[i].id]
	}
	for no := 1; no < len(used); no++ {
		if _, there := x.contexts.no[x.contexts.keys[no]]; used[no] || !there {
			continue
		}
		w.unused = append(w.unused, uint32(no))
		if err := w.exec(`DELETE FROM contexts WHERE no = $1`, no); err != nil {
			return err
		}
	}
	return nil
}
