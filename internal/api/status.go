package api

import (
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
)

// status is how the product itself is.
type status struct {
	At      *string       `json:"at"`
	Started *string       `json:"started_at"`
	Version string        `json:"version"`
	Level   health.Level  `json:"level"`
	Checks  []statusCheck `json:"checks"`
}

type statusCheck struct {
	Part    string         `json:"part"`
	Level   health.Level   `json:"level"`
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Todo    *string        `json:"todo"`
	Figures []statusFigure `json:"figures"`
}

// statusFigure has a number, a time or a text, as its unit says.
type statusFigure struct {
	Name  string      `json:"name"`
	Unit  health.Unit `json:"unit"`
	Value any         `json:"value"`
}

func statusFigureOf(f health.Figure) statusFigure {
	out := statusFigure{f.Name, f.Unit, f.Value}
	switch f.Unit {
	case health.Instant:
		out.Value = instant(cx.Time(f.Value))
	case health.Text:
		out.Value = f.Text
	}
	return out
}

func (s *server) status(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	r, err := s.Health.Report(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return status{instant(r.At), instant(r.Started), r.Version, r.Level(), each(r.Checks, func(c health.Check) statusCheck {
		said, todo := c.Sentence()
		return statusCheck{c.Part, c.Level, c.Code, said, word(todo), each(c.Figures, statusFigureOf)}
	})}, nil
}

// oneBackup is a whole backup.
type oneBackup struct {
	ID      string  `json:"id"`
	At      *string `json:"at"`
	Version string  `json:"version"`
	LastSeq cx.Seq  `json:"last_seq"`
	Bytes   int64   `json:"bytes"`
}

func oneBackupOf(m backup.Manifest) oneBackup {
	return oneBackup{m.ID, instant(cx.TimeOf(m.At)), m.Version, m.LastSeq, m.Bytes()}
}

// listBackups lists what the target of the schedule holds, newest first.
func (s *server) listBackups(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Backups.List(q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(all, oneBackupOf), nil
}

// makeBackup makes one and answers when it is whole. Who goes away ends it.
func (s *server) makeBackup(q *request) (any, error) {
	var in struct {
		Target string `json:"target,omitempty"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	_ = http.NewResponseController(q.w).SetWriteDeadline(time.Time{}) // it takes as long as it takes
	m, err := s.Backups.Run(q.Context(), q.principal, in.Target)
	if err != nil {
		return nil, err
	}
	s.record(q, "backup.made", "backup:"+m.ID)
	return reply{http.StatusCreated, "", oneBackupOf(m)}, nil
}
