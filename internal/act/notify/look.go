package notify

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// burning returns what the area of a promise is told when its error budget begins
// to go too fast.
func (s *Service) burning(e *cx.Event) (n Notice, ok bool) {
	var b struct {
		Promise, Area string
		Burning       bool
		Broken, Of    int
		Hours         int
		Rate          float64
	}
	if json.Unmarshal(e.Properties, &b) != nil || !b.Burning || b.Promise == "" {
		return n, false
	}
	name := model.Text{ES: b.Promise, EN: b.Promise, PT: b.Promise}
	if p, declared := s.c.Models.Current().Model.Promise(b.Promise); declared {
		name = p.Name
	}
	return Notice{
		Key: "burning:" + strconv.FormatUint(uint64(e.Seq), 10), To: To{Area: b.Area}, Kind: Promise, Subject: "promise:" + b.Promise, Urgent: true, Href: "/promises/" + b.Promise,
		Title: words.burns.with("promise", name, "broken", strconv.Itoa(b.Broken), "n", strconv.Itoa(b.Of), "hours", strconv.Itoa(b.Hours)+" h"),
		Text:  words.burnsMore.with("rate", decimal(b.Rate)),
	}, true
}

// escalated returns what an area is told of a case that was escalated to it.
func escalated(e *cx.Event) (n Notice, ok bool) {
	var c struct {
		Case, What, Area string
		Customer         cx.CustomerID
	}
	if json.Unmarshal(e.Properties, &c) != nil || c.Case == "" || c.What != "escalated" {
		return n, false
	}
	return Notice{
		Key: "escalated:" + strconv.FormatUint(uint64(e.Seq), 10), To: To{Area: c.Area}, Kind: Case, Subject: "escalated:" + c.Area, Urgent: true, Customer: c.Customer,
		Title: words.escalated.with(), Text: words.escalatedMore.with(), Href: "/cases/" + c.Case,
	}, true
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
				"usual", decimal(c.usual)),
		}); err != nil {
			return nil, err
		}
	}
	return nil, nil
}
