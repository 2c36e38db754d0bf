package duckdb

import (
	"context"
	"database/sql/driver"
	"strconv"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// erasures are those that wait. Who begins takes all that wait with it, so that
// many share one copy of the file.
type erasures struct {
	mu      sync.Mutex
	waiting []*erasure
}

type erasure struct {
	subject cx.Subject
	done    chan struct{} // closed at the end
	erased  int
	err     error
}

func (e *erasures) add(es ...*erasure) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting = append(e.waiting, es...)
}

func (e *erasures) take() []*erasure {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := e.waiting
	e.waiting = nil
	return all
}

// Erase removes the facts of the subject's profiles and seqs, and what others'
// answers say of it.
func (s *Store) Erase(ctx context.Context, subject cx.Subject) (int, error) {
	mine := &erasure{subject: subject, done: make(chan struct{})}
	s.erasures.add(mine)
	for {
		select {
		case <-mine.done:
			return mine.erased, tell("duckdb.Erase", mine.err)
		case <-ctx.Done():
			return 0, tell("duckdb.Erase", ctx.Err()) // another may do it nevertheless
		case s.rewriting <- struct{}{}:
			all := s.erasures.take()
			err := s.erase(ctx, all)
			if ctx.Err() != nil {
				s.erasures.add(without(all, mine)...) // they did not give up
			} else {
				for _, e := range all {
					e.err = err
					close(e.done)
				}
			}
			<-s.rewriting
		}
	}
}

func without(all []*erasure, one *erasure) []*erasure {
	var rest []*erasure
	for _, e := range all {
		if e != one {
			rest = append(rest, e)
		}
	}
	return rest
}

func (s *Store) erase(ctx context.Context, all []*erasure) error {
	if len(all) == 0 {
		return nil
	}
	owed, err := s.remove(ctx, all)
	if err != nil || !owed {
		return err
	}
	defer s.summariseWhenDue()
	return s.anew(ctx)
}

// remove deletes the rows of the subjects; their bytes stay. That they do is
// stored with it.
func (s *Store) remove(ctx context.Context, all []*erasure) (owed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.write(ctx, func(f *file, t *tables) (history.State, error) {
		owed = f.owed
		for _, e := range all {
			n, err := t.erase(ctx, e.subject)
			if err != nil {
				return f.state, err
			}
			changed, err := t.snapshots(ctx, e.subject.Snapshots)
			if err != nil {
				return f.state, err
			}
			e.erased += n
			owed = owed || n > 0 || changed > 0
		}
		if !owed {
			return f.state, nil
		}
		return f.state, t.exec(ctx, "UPDATE meta SET owed=true;"+dropSummaries)
	})
	if err != nil {
		return false, err
	}
	if owed {
		s.file.owed, s.file.summarised = true, 0
		s.rewritten.Add(1)
	}
	for _, e := range all {
		var alone []history.Cluster
		for _, profile := range e.subject.Profiles {
			alone = append(alone, history.Cluster{Profile: profile, Customer: profile})
		}
		s.file.merge(alone)
		for _, seq := range e.subject.Seqs {
			if seq > s.file.state.Position {
				s.coming[seq] = struct{}{}
			}
		}
		for _, snapshot := range e.subject.Snapshots {
			if snapshot.Seq > s.file.state.Position {
				s.snapshots[snapshot.Seq] = snapshot.Traits
			}
		}
	}
	return owed, nil
}

// erase deletes the rows of a subject and returns how many facts and
// circumstances they were.
func (t *tables) erase(ctx context.Context, subject cx.Subject) (int, error) {
	if err := t.exec(ctx, "DELETE FROM erased"); err != nil {
		return 0, err
	}
	for _, seq := range subject.Seqs {
		if err := t.row("erased", uint64(seq)); err != nil {
			return 0, err
		}
	}
	if len(subject.Profiles) > 0 {
		of := in("profile_no", numbers(subject.Profiles))
		if err := t.exec(ctx, "INSERT INTO erased SELECT seq FROM events WHERE "+of+"; DELETE FROM customers WHERE "+of); err != nil {
			return 0, err
		}
	} else if err := t.close(nil); err != nil {
		return 0, err
	}
	total := 0
	for _, table := range tablesBySeq() {
		n, err := t.affect(ctx, "DELETE FROM "+table+" WHERE seq IN (SELECT seq FROM erased)")
		if err != nil {
			return 0, err
		}
		if table == "events" || table == "circumstances" {
			total += n
		}
	}
	return total, t.exec(ctx, "DELETE FROM erased")
}

// snapshots gives answers other traits and returns of how many rows they were.
func (t *tables) snapshots(ctx context.Context, all []cx.Snapshot) (changed int, err error) {
	if len(all) == 0 {
		return 0, nil
	}
	for _, s := range all {
		if err := t.row("said_traits", uint64(s.Seq), text(history.Plain(s.Traits))); err != nil {
			return 0, err
		}
	}
	if err := t.close(nil); err != nil {
		return 0, err
	}
	changed, err = t.affect(ctx, "UPDATE answers SET traits=s.traits FROM said_traits s WHERE answers.seq=s.seq AND answers.traits IS DISTINCT FROM s.traits")
	if err != nil {
		return 0, err
	}
	return changed, t.exec(ctx, "DELETE FROM said_traits")
}

// affect runs a statement and returns how many rows it changed.
func (t *tables) affect(ctx context.Context, query string) (int, error) {
	result, err := t.conn.(driver.ExecerContext).ExecContext(ctx, query, nil)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

func numbers[T ~uint8 | ~uint32 | ~uint64](nos []T) []string {
	out := make([]string, len(nos))
	for i, no := range nos {
		out[i] = strconv.FormatUint(uint64(no), 10)
	}
	return out
}
