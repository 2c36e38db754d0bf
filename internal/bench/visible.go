package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// arriving is how many events come a second while it is measured how soon one
// is seen.
const arriving = 5000

// visible measures the time from an answer until what was sent is on the
// timeline and in a question's answer, while others send.
func (r *runner) visible(ctx context.Context) error {
	return r.with(ctx, "visible", func(s *server) error {
		l := newLoad(r.Seed, r.Events, time.Now())
		loaded, stop := context.WithCancel(ctx)
		defer stop()
		var ended sync.WaitGroup
		var sent int
		var sending error
		started := time.Now()
		ended.Go(func() { sent, sending = l.send(loaded, s, 2, paced(loaded, arriving/2)) })

		written := r.profile(ctx, s, "visible", r.Duration)
		var mu sync.Mutex
		var timeline, question latencies
		errs := make([]error, 2)
		var probing sync.WaitGroup
		for i := range errs {
			probing.Go(func() {
				for n := 0; n == 0 || time.Since(started) < 2*r.Duration && errs[i] == nil; n++ {
					var onTimeline, inQuestion time.Duration
					if onTimeline, inQuestion, errs[i] = s.probe(ctx, fmt.Sprintf("probe-%d-%d", i, n)); errs[i] != nil {
						return
					}
					mu.Lock()
					timeline, question = append(timeline, onTimeline), append(question, inQuestion)
					mu.Unlock()
				}
			})
		}
		probing.Wait()
		took := time.Since(started)
		stop()
		ended.Wait()
		if err := errors.Join(append(errs, sending, written())...); err != nil {
			return err
		}
		r.found("visible.rate", float64(sent)/took.Seconds())
		r.found("visible.timeline.p50", timeline.at(.50))
		r.found("visible.timeline.p99", timeline.at(.99))
		r.found("visible.question.p50", question.at(.50))
		r.found("visible.question.p99", question.at(.99))
		return nil
	})
}

// paced sends chunks as batches so that rate events go a second, until ctx ends.
func paced(ctx context.Context, rate int) func(*sender, func() []event) error {
	return func(c *sender, next func() []event) error {
		tick := time.NewTicker(time.Second * chunkSize / time.Duration(rate))
		defer tick.Stop()
		for {
			if err := c.batch(next()); err != nil {
				return err
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return nil
			}
		}
	}
}

// probe sends an event and an answer of a customer called name and returns how
// long after the server's answer the event is on the timeline, and the answer
// in a score. Polling makes both up to 10 ms too long.
func (s *server) probe(ctx context.Context, name string) (timeline, question time.Duration, err error) {
	c, err := newSender(ctx, s.addr, s.key)
	if err != nil {
		return 0, 0, err
	}
	defer c.close()
	err = c.batch([]event{
		{body: fmt.Appendf(nil, `{"type":"track","event":"Product Viewed","userId":"%s","messageId":"%[1]s"}`, name)},
		{body: fmt.Appendf(nil, `{"type":"answer","survey":"%s","userId":"%[1]s","messageId":"%[1]s-answer","answers":[{"question":"score","metric":"csat","scale":"1-5","value":5}]}`, name)},
	})
	if err != nil {
		return 0, 0, err
	}
	sent := time.Now()
	for timeline == 0 || question == 0 {
		if timeline == 0 {
			seen, err := s.onTimeline(ctx, name)
			if err != nil {
				return 0, 0, err
			}
			if seen {
				timeline = time.Since(sent)
			}
		}
		if question == 0 {
			var score struct{ N int }
			if err := s.call(ctx, "/api/v1/scores?metric=csat&survey="+name, nil, &score); err != nil {
				return 0, 0, err
			}
			if score.N > 0 {
				question = time.Since(sent)
			}
		}
		if err := wait(ctx, pollEvery); err != nil {
			return 0, 0, err
		}
	}
	return timeline, question, nil
}

// onTimeline tells whether the probe's event is on its customer's timeline.
func (s *server) onTimeline(ctx context.Context, name string) (bool, error) {
	id, err := s.customer(ctx, name)
	if err != nil || id == "" {
		return false, err
	}
	var page struct {
		Items []struct {
			MessageID string `json:"messageId"`
		} `json:"items"`
	}
	if err := s.call(ctx, "/api/v1/customers/"+id+"/timeline", nil, &page); err != nil {
		return false, err
	}
	for _, i := range page.Items {
		if i.MessageID == name {
			return true, nil
		}
	}
	return false, nil
}

// customer returns the id of who has that userId; "" while nobody is known.
func (s *server) customer(ctx context.Context, user string) (string, error) {
	var found struct{ ID string }
	err := s.call(ctx, "/api/v1/customers/lookup?userId="+user, nil, &found)
	var answer statusError
	if errors.As(err, &answer) && answer.status == http.StatusNotFound {
		return "", nil
	}
	return found.ID, err
}
