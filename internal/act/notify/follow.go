package notify

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

const (
	// news is how long after it was lived something is still told.
	news = 24 * time.Hour
	// keepEvery is how often the position is kept when nothing else is written:
	// what is read again after a crash is told nobody twice.
	keepEvery = time.Second
)

// The records of others that are followed.
const (
	promiseChanged = "vivencia.promise.changed"
	caseChanged    = "vivencia.case.changed"
)

var _ stream.View = (*Service)(nil)

// Name returns "notify".
func (s *Service) Name() string { return "notify" }

// Position returns the seq up to which the log is read.
func (s *Service) Position(context.Context) (cx.Seq, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position, nil
}

// found is what a batch holds that somebody may have to be told of. It lives
// longer than the batch's memory.
type found struct {
	promises  map[string]bool // slugs of those broken or at risk
	escalated []escalation
	said      cx.Seq // the last of what may hold words; 0: nothing does
}

type escalation struct {
	seq      cx.Seq
	id, area string
	customer cx.CustomerID
}

func find(b stream.Batch, after, effects cx.Seq, now cx.Time) found {
	f := found{promises: map[string]bool{}}
	for i := range b.Events {
		e := &b.Events[i]
		if e.Seq <= after || e.Seq <= effects || now.Sub(e.At) > news {
			continue
		}
		switch {
		case e.Kind == cx.Answer, e.Kind == cx.Mention, e.Kind == cx.Track && e.Name == "Message Received":
			f.said = e.Seq
		case e.Kind != cx.Decision:
		case e.Name == promiseChanged:
			var p struct {
				Promise string `json:"promise"`
				State   string `json:"state"`
			}
			if json.Unmarshal(e.Properties, &p) == nil && p.Promise != "" && (p.State == "broken" || p.State == "at-risk") {
				f.promises[p.Promise] = true
			}
		case e.Name == caseChanged:
			var c struct {
				Case     string        `json:"case"`
				Customer cx.CustomerID `json:"customer"`
				What     string        `json:"what"`
				Area     string        `json:"area"`
			}
			if json.Unmarshal(e.Properties, &c) == nil && c.Case != "" && c.What == "escalated" {
				f.escalated = append(f.escalated, escalation{e.Seq, c.Case, c.Area, c.Customer})
			}
		}
	}
	return f
}

// Apply reads a batch: of an escalated case it tells at once; that a promise or a
// topic must be looked at becomes a job, one for all that happens within a second.
func (s *Service) Apply(ctx context.Context, b stream.Batch) error {
	const op = "notify.Apply"
	s.mu.Lock()
	position, effects, keptTo, keptAt := s.position, s.effects, s.kept, s.keptAt
	s.mu.Unlock()
	if b.Last <= position {
		return nil
	}
	now := s.c.Clock.Now()
	f := find(b, position, effects, now)
	nothing := len(f.promises)+len(f.escalated) == 0 && f.said == 0
	if nothing && now.Sub(keptAt) < keepEvery {
		s.reached(b.Last, keptTo, keptAt)
		return nil
	}
	for _, e := range f.escalated {
		if err := s.Tell(ctx, Notice{
			Key: "escalated:" + strconv.FormatUint(uint64(e.seq), 10), To: To{Area: e.area}, Kind: Case, Subject: "escalated:" + e.area, Urgent: true, Customer: e.customer,
			Title: words.escalated.with(), Text: words.escalatedMore.with(), Href: "/cases/" + e.id,
		}); err != nil {
			return cx.Wrap(op, err)
		}
	}
	if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for slug := range f.promises {
			if err := s.look(ctx, tx, burnKind, slug, "", now); err != nil {
				return err
			}
		}
		if f.said != 0 {
			if err := s.look(ctx, tx, spreadKind, spreadKey, strconv.FormatUint(uint64(f.said), 10), now); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `UPDATE notify_state SET position = $1`, int64(b.Last))
		return err
	}); err != nil {
		return cx.Wrap(op, err)
	}
	if !nothing {
		s.c.Jobs.Wake()
	}
	s.reached(b.Last, b.Last, now)
	return nil
}

// lookEvery is how often something is looked at, at most.
const lookEvery = time.Second

// look has something looked at soon; one look serves all that happens before it.
func (s *Service) look(ctx context.Context, tx *sqldb.Tx, kind, key, payload string, now cx.Time) error {
	return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: kind, Key: key, Due: now - now%cx.Time(lookEvery.Microseconds()) + cx.Time(lookEvery.Microseconds()), Payload: payload})
}

func (s *Service) reached(position, keptTo cx.Seq, at cx.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position, s.kept, s.keptAt = position, keptTo, at
}
