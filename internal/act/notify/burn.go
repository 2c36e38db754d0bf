package notify

import (
	"context"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// burn tells the area of a promise that it burns, once a day.
func (s *Service) burn(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	if s.c.Promises == nil {
		return nil, nil
	}
	b, burns, err := s.c.Promises.Burning(ctx, j.Key)
	if err != nil || !burns {
		return nil, err
	}
	now := s.c.Clock.Now().Std().In(s.zone())
	text := words.burnsMore.with("rate", strconv.FormatFloat(b.Rate, 'f', 1, 64))
	if b.SpentBy != 0 {
		day := dayNames(b.SpentBy.Std().In(s.zone()))
		more := words.spent.with("day", day)
		text = model.Text{ES: text.ES + more.ES, EN: text.EN + more.EN, PT: text.PT + more.PT}
	}
	hours := strconv.Itoa(b.Hours) + " h"
	return nil, s.Tell(ctx, Notice{
		Key: "burn:" + j.Key + ":" + now.Format(time.DateOnly), To: To{Area: b.Area}, Kind: Promise, Subject: "promise:" + j.Key, Urgent: true, Href: "/promises/" + j.Key,
		Title: words.burns.with("promise", b.Name, "broken", strconv.Itoa(b.Broken), "n", strconv.Itoa(b.N), "hours", hours), Text: text,
	})
}

// dayNames names the day of a date.
func dayNames(t time.Time) model.Text {
	names := [...]model.Text{
		{ES: "domingo", EN: "Sunday", PT: "domingo"}, {ES: "lunes", EN: "Monday", PT: "segunda"}, {ES: "martes", EN: "Tuesday", PT: "terça"},
		{ES: "miércoles", EN: "Wednesday", PT: "quarta"}, {ES: "jueves", EN: "Thursday", PT: "quinta"}, {ES: "viernes", EN: "Friday", PT: "sexta"}, {ES: "sábado", EN: "Saturday", PT: "sábado"},
	}
	day, name := " "+strconv.Itoa(t.Day()), names[t.Weekday()]
	return model.Text{ES: name.ES + day, EN: name.EN + day, PT: name.PT + day}
}

// spreadKey is of the one job that looks at complaints.
const spreadKey = "complaints"

// spread looks whether a complaint spreads, and tells its area of each, once a
// day.
func (s *Service) spread(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	seq, err := strconv.ParseUint(j.Payload, 10, 64)
	if err != nil {
		return nil, jobs.Dead(err)
	}
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := s.c.Voices.WaitFor(waiting, cx.Seq(seq)); err != nil {
		return nil, err
	}
	found, err := s.spreads(ctx)
	if err != nil {
		return nil, err
	}
	day := s.c.Clock.Now().Std().In(s.zone()).Format(time.DateOnly)
	for _, c := range found {
		name, area := s.subject(c.by, c.key)
		if err := s.Tell(ctx, Notice{
			Key: "spread:" + string(c.by) + ":" + c.key + ":" + day, To: To{Area: area}, Kind: Voice, Subject: "voice:" + string(c.by) + ":" + c.key, Urgent: true,
			Href:  "/voice?" + string(c.by) + "=" + c.key + "&polarity=negative",
			Title: words.spreads.with("topic", name),
			Text: words.spreadsMore.with("n", strconv.Itoa(c.n), "since", c.since.Std().In(s.zone()).Format("15:04"),
				"usual", strconv.FormatFloat(c.usual, 'f', 1, 64)),
		}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
