package remember

import (
	"cmp"
	"context"
	"log/slog"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Totals counts what is remembered, of everybody: for who reaches only their
// own customers there is nothing but Applied.
type Totals struct {
	Events     int64 // without answers, circumstances, decisions and duplicates
	Customers  int64 // as they are now: merged ones count once
	Answers    int64
	Duplicates int64 // dropped
	Applied    cx.Seq
}

// Lived is something that was just remembered.
type Lived struct {
	Seq          cx.Seq
	Kind         cx.Kind
	Name         string
	Source       string
	MessageID    string
	At           cx.Time
	ReceivedAt   cx.Time
	Customer     cx.CustomerID // "" for a circumstance
	CustomerName string
	Class        model.Class
	Answer       *fact.Answer
}

// EventQuery asks for events of all customers, newest by seq first.
type EventQuery struct {
	Cursor   string
	Limit    int // 0: 50; at most 500
	Name     string
	Source   string
	Kind     cx.Kind // 0: every kind of a customer's
	Customer cx.CustomerID
}

// EventPage is a stretch of the events; Next is "" at its end.
type EventPage struct {
	Events []EventLine
	Next   string
}

// EventLine is an item that names its customer.
type EventLine struct{ Item }

// Totals answers from counters, in constant time.
func (m *Memory) Totals(_ context.Context, p cx.Principal) (Totals, error) {
	if err := account.Check(p, account.ViewScores); err != nil {
		return Totals{}, cx.Wrap("remember.Totals", err)
	}
	s, _ := m.now()
	if m.config.Models.Current().Model.OwnOnly(p.Areas) {
		return Totals{Applied: s.position}, nil
	}
	return Totals{s.events, s.customers, s.answers, s.duplicates, s.position}, nil
}

// maxLived is how many are told at once.
const maxLived = 100

// latest is what was told last to those who watch: whoever asks for the same
// stretch gets it without reading it again.
type latest struct {
	after, last cx.Seq
	lived       []Lived
}

// Recent returns what was remembered last, newest first; at most 100.
func (m *Memory) Recent(ctx context.Context, p cx.Principal, limit int) ([]Lived, error) {
	const op = "remember.Recent"
	if err := account.Check(p, account.ViewEvents); err != nil {
		return nil, cx.Wrap(op, err)
	}
	lived, err := m.lived(ctx, 0, min(max(limit, 1), maxLived))
	if err == nil {
		lived, err = m.reached(ctx, p, lived)
	}
	return lived, cx.Wrap(op, err)
}

// reached leaves what customers in somebody's reach lived.
func (m *Memory) reached(ctx context.Context, p cx.Principal, lived []Lived) ([]Lived, error) {
	if !m.config.Models.Current().Model.OwnOnly(p.Areas) {
		return lived, nil
	}
	var out []Lived
	err := m.db.Read(ctx, func(tx *sqldb.Tx) error {
		r := m.reach(ctx, tx, p)
		for _, l := range lived {
			if l.Customer != "" {
				switch _, err := r.byID(l.Customer); {
				case cx.KindOf(err) == cx.NotFound:
					continue
				case err != nil:
					return err
				}
			}
			out = append(out, l)
		}
		return nil
	})
	return out, err
}

// lived returns what was remembered after a seq, newest first.
func (m *Memory) lived(ctx context.Context, after cx.Seq, limit int) ([]Lived, error) {
	var items []Item
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		items, err = timeline.List(ctx, tx, m.config.Models.Current().Model, timeline.Filter{After: after, Limit: limit, All: true})
		if err != nil {
			return err
		}
		return nameItems(ctx, tx, items)
	})
	out := make([]Lived, len(items))
	for i, it := range items {
		out[i] = Lived{
			it.Seq, it.Kind, it.Name, it.Source, it.MessageID, it.At, it.ReceivedAt, it.Customer, it.CustomerName, it.Class, it.Answer,
		}
	}
	return out, err
}

// Watch sends what is remembered from now on, oldest first, at most 100 at
// once, until ctx ends; then it closes the channel. A slow reader never delays
// anybody: it gets the newest of what happened meanwhile and loses the rest.
func (m *Memory) Watch(ctx context.Context, p cx.Principal) (<-chan []Lived, error) {
	if err := account.Check(p, account.ViewEvents); err != nil {
		return nil, cx.Wrap("remember.Watch", err)
	}
	out := make(chan []Lived)
	s, changed := m.now()
	go func() {
		defer close(out)
		seen := s.position
		for {
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
			s, changed = m.now()
			lived, err := m.since(ctx, seen, s.position)
			if err == nil {
				lived, err = m.reached(ctx, p, lived)
			}
			if err != nil {
				if ctx.Err() == nil {
					m.config.Logger.ErrorContext(ctx, "what is being lived cannot be read", slog.Any("error", err))
				}
				continue
			}
			seen = s.position
			if len(lived) == 0 {
				continue
			}
			select {
			case out <- lived:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}

// since returns what was remembered in (after, last], oldest first. The slice
// is shared: nobody changes it.
func (m *Memory) since(ctx context.Context, after, last cx.Seq) ([]Lived, error) {
	m.mu.Lock()
	l := m.latest
	m.mu.Unlock()
	if l.after == after && l.last == last {
		return l.lived, nil
	}
	lived, err := m.lived(ctx, after, maxLived)
	if err != nil {
		return nil, err
	}
	slices.Reverse(lived)
	// What came after last will be told next.
	lived = slices.DeleteFunc(lived, func(l Lived) bool { return l.Seq > last })
	m.mu.Lock()
	m.latest = latest{after, last, lived}
	m.mu.Unlock()
	return lived, nil
}

// scanned is how many seqs of the log one page of a filtered list looks at.
const scanned = 50_000

// Events lists the events of all customers. A filtered page may hold fewer
// than asked for, even none, and still have a Next: the search is bounded.
func (m *Memory) Events(ctx context.Context, p cx.Principal, q EventQuery) (EventPage, error) {
	const op = "remember.Events"
	if err := account.Check(p, account.ViewEvents); err != nil {
		return EventPage{}, cx.Wrap(op, err)
	}
	limit, err := timeline.Limit(q.Limit)
	if err != nil {
		return EventPage{}, cx.Wrap(op, err)
	}
	c, resumed, err := timeline.ParseCursor(q.Cursor)
	if err != nil {
		return EventPage{}, cx.Wrap(op, err)
	}
	s, _ := m.now()
	f := timeline.Filter{Before: s.position + 1, Limit: limit + 1, Name: q.Name, Source: q.Source, Kind: q.Kind}
	if resumed {
		f.Before = cx.Seq(max(c[0], 1))
	}
	if f.Before > scanned && q.Customer == "" {
		f.After = f.Before - scanned
	}
	var page EventPage
	err = m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		r := m.reach(ctx, tx, p)
		if f.Customer, err = customerNo(r, q.Customer); err != nil {
			return err
		}
		items, err := timeline.List(ctx, tx, m.config.Models.Current().Model, f)
		if err != nil {
			return err
		}
		switch {
		case len(items) > limit:
			items = items[:limit]
			page.Next = timeline.Cursor{int64(items[limit-1].Seq)}.String()
		case f.After > 0:
			page.Next = timeline.Cursor{int64(f.After) + 1}.String()
		}
		if items, err = r.items(items); err != nil {
			return err
		}
		if err := nameItems(ctx, tx, items); err != nil {
			return err
		}
		for _, i := range items {
			page.Events = append(page.Events, EventLine{i})
		}
		return nil
	})
	return page, cx.Wrap(op, err)
}

// EventsBySeq returns those of the events that there are and that are in reach,
// newest by seq first; the customers are not named.
func (m *Memory) EventsBySeq(ctx context.Context, p cx.Principal, seqs []cx.Seq) ([]Item, error) {
	const op = "remember.EventsBySeq"
	if err := account.Check(p, account.ViewEvents); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var items []Item
	err := m.db.Read(ctx, func(tx *sqldb.Tx) (err error) {
		for some := range slices.Chunk(seqs, atOnce) {
			f := timeline.Filter{Seqs: some, Limit: len(some), All: true}
			more, err := timeline.List(ctx, tx, m.config.Models.Current().Model, f)
			if err != nil {
				return err
			}
			items = append(items, more...)
		}
		items, err = m.reach(ctx, tx, p).items(items)
		return err
	})
	slices.SortFunc(items, func(x, y Item) int { return cmp.Compare(y.Seq, x.Seq) })
	return items, cx.Wrap(op, err)
}

// atOnce is how many events are read by one statement.
const atOnce = 500
