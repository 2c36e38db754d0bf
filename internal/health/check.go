package health

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// When figures become a verdict.
const (
	quiet        = 24 * time.Hour // without any event
	refusedMany  = 20             // in an hour, and …
	refusedShare = 20             // … one in so many
	lagWatch     = 10 * time.Second
	lagWrong     = 5 * time.Minute
	fullWatch    = 14 * 24 * time.Hour
	fullWrong    = 3 * 24 * time.Hour
)

func count(name string, n int64) Figure { return Figure{Name: name, Unit: Count, Value: n} }
func bytes(name string, n int64) Figure { return Figure{Name: name, Unit: Bytes, Value: n} }
func text(name, s string) Figure        { return Figure{Name: name, Unit: Text, Text: s} }
func instant(name string, t cx.Time) Figure {
	return Figure{Name: name, Unit: Instant, Value: int64(t)}
}

func seconds(name string, d time.Duration) Figure {
	return Figure{Name: name, Unit: Seconds, Value: int64(d.Round(time.Second).Seconds())}
}

// listening says whether events come in.
func (s *Service) listening(ctx context.Context, now cx.Time) (Check, error) {
	c := Check{Part: "listening", Level: Well, Code: "listening.flowing"}
	lastAt, err := s.LastAt(ctx)
	if err != nil {
		return c, err
	}
	last := s.LastSeq()
	if last == 0 {
		c.Code = "listening.nothing-yet"
		return c, nil
	}
	then, at, _ := s.samples.since(now.Add(-5 * time.Minute))
	minutes := max(at.at.Sub(then.at).Minutes(), 1./60)
	rate := Figure{Name: "rate", Unit: PerMinute, Value: int64(float64(at.last-then.last) / minutes)}
	hour, at, _ := s.samples.since(now.Add(-time.Hour))
	refused, accepted := at.refused-hour.refused, int64(at.last-hour.last)
	c.Figures = []Figure{rate, instant("last", lastAt), count("events", int64(last)), count("refused", refused)}
	switch {
	case refused >= refusedMany && refused*refusedShare > accepted:
		c.Level, c.Code = Watch, "listening.refusing"
	case now.Sub(lastAt) > quiet:
		c.Level, c.Code = Watch, "listening.quiet"
	}
	return c, nil
}

// remembering says how far the views are.
func (s *Service) remembering(ctx context.Context, _ cx.Time) (Check, error) {
	c := Check{Part: "remembering", Level: Well, Code: "remembering.current"}
	var left, most int64
	var lag time.Duration
	for _, v := range s.Views {
		events, behind, err := s.Lag(ctx, v)
		if err != nil {
			return c, err
		}
		at, err := v.Position(ctx)
		if err != nil {
			return c, err
		}
		most = max(most, events)
		lag = max(lag, time.Duration(behind*float64(time.Second)))
		if at < s.first {
			left = max(left, int64(s.first-at))
		}
		if s.Stopped(v.Name()) {
			c.Level, c.Code = Wrong, "remembering.stopped"
			c.Figures = append(c.Figures, text("view", v.Name()))
		}
	}
	c.Figures = append(c.Figures, seconds("lag", lag), count("events", most), count("left", left))
	switch {
	case c.Level == Wrong:
	case left > 0:
		c.Level, c.Code = Watch, "remembering.catching"
	case lag > lagWrong:
		c.Level, c.Code = Wrong, "remembering.behind"
	case lag > lagWatch:
		c.Level, c.Code = Watch, "remembering.behind"
	}
	return c, nil
}

// disk says how much room there is, and until when.
func (s *Service) disk(_ context.Context, now cx.Time) (Check, error) {
	c := Check{Part: "disk", Level: Well, Code: "disk.ample"}
	sizes, free := s.Disk()
	s.mu.Lock()
	full := s.growth.full(now, free, s.Reserve)
	s.mu.Unlock()
	c.Figures = []Figure{bytes("free", free), bytes("reserve", s.Reserve)}
	if full != 0 {
		c.Figures = append(c.Figures, instant("full", full))
	}
	for _, name := range []string{"log", "memory", "history", "voice", "promises", "state", "quarantine"} {
		c.Figures = append(c.Figures, bytes(name, sizes[name]))
	}
	switch {
	case free <= s.Reserve:
		c.Level, c.Code = Wrong, "disk.full"
	case full != 0 && full.Sub(now) < fullWrong:
		c.Level, c.Code = Wrong, "disk.fills"
	case full != 0 && full.Sub(now) < fullWatch:
		c.Level, c.Code = Watch, "disk.fills"
	}
	return c, nil
}

// backup says how old the last copy is.
func (s *Service) backup(_ context.Context, now cx.Time) (Check, error) {
	st := s.Backups()
	c := Check{Part: "backup", Level: Well, Code: "backup.fresh"}
	at := cx.TimeOf(st.Last.At)
	if st.Last.ID != "" {
		c.Figures = []Figure{
			instant("at", at), seconds("age", now.Sub(at)), bytes("size", st.Last.Bytes()), count("events", int64(st.Last.LastSeq)),
		}
	}
	switch {
	case st.Target == "":
		c.Level, c.Code = Watch, "backup.none"
	case st.Running:
		c.Code = "backup.running"
	case st.Failed != nil:
		why := cx.MessageOf(st.Failed)
		if why == "" {
			why = cx.KindOf(st.Failed).String()
		}
		c.Level, c.Code = Wrong, "backup.failing"
		c.Figures = append(c.Figures, text("why", why), text("kind", cx.KindOf(st.Failed).String()))
	case st.Last.ID == "":
		c.Code = "backup.first"
	case st.Every > 0 && now.Sub(at) > 2*st.Every:
		c.Level, c.Code = Wrong, "backup.late"
	}
	return c, nil
}

// review says whether data waits for somebody.
func (s *Service) review(ctx context.Context, _ cx.Time) (Check, error) {
	c := Check{Part: "review", Level: Well, Code: "review.none"}
	n, err := s.Review(ctx)
	if n > 0 {
		c.Level, c.Code = Watch, "review.waiting"
	}
	c.Figures = []Figure{count("waiting", int64(n))}
	return c, err
}

// forgetting says whether somebody still waits to be forgotten.
func (s *Service) forgetting(ctx context.Context, _ cx.Time) (Check, error) {
	c := Check{Part: "forgetting", Level: Well, Code: "forgetting.done"}
	n, failing, err := s.Forgetting(ctx)
	c.Figures = []Figure{count("waiting", int64(n))}
	switch {
	case failing != "":
		c.Level, c.Code = Wrong, "forgetting.failing"
		c.Figures = append(c.Figures, text("why", failing), text("kind", failing))
	case n > 0:
		c.Level, c.Code = Watch, "forgetting.waiting"
	}
	return c, err
}

// sending says whether mail goes out; nothing where none is meant to.
func (s *Service) sending(ctx context.Context, _ cx.Time) (Check, error) {
	if s.Sending == nil {
		return Check{}, nil
	}
	is, err := s.Sending(ctx)
	if err != nil || !is.Ready && is.Waiting == 0 && is.Dead == 0 {
		return Check{}, err
	}
	c := Check{Part: "sending", Level: Well, Code: "sending.well"}
	c.Figures = []Figure{count("waiting", int64(is.Waiting)), count("sent", int64(is.Sent))}
	switch {
	case is.Dead > 0:
		c.Level, c.Code = Watch, "sending.dead"
		c.Figures = append(c.Figures, count("dead", int64(is.Dead)))
	case !is.Ready:
		c.Level, c.Code = Watch, "sending.unset"
	case is.Down != 0:
		c.Level, c.Code = Watch, "sending.down"
		c.Figures = append(c.Figures, instant("until", is.Down))
	}
	return c, nil
}
