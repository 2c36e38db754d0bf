package bench

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"
)

// asking is how many pages of a survey are asked for in a second.
const asking = 500

// survey measures how long a survey's page takes while many are asked for: at
// even distances, whether or not the ones before have come.
func (r *runner) survey(ctx context.Context) error {
	return r.with(ctx, "survey", func(s *server) error {
		c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: asking}}
		defer c.CloseIdleConnections()
		written := r.profile(ctx, s, "survey", r.Duration)
		var (
			mu   sync.Mutex
			took latencies
			errs []error
			all  sync.WaitGroup
		)
		started := time.Now()
		for i := 0; time.Since(started) < r.Duration; i++ {
			if err := wait(ctx, time.Until(started.Add(time.Duration(i)*time.Second/asking))); err != nil {
				errs = append(errs, err)
				break
			}
			all.Go(func() {
				d, err := timed(ctx, c, "http://"+s.addr+"/s/csat-till")
				mu.Lock()
				defer mu.Unlock()
				if took = append(took, d); err != nil {
					errs = append(errs, err)
				}
			})
		}
		all.Wait()
		if err := errors.Join(append(errs, written())...); err != nil {
			return err
		}
		r.found("survey.rate", float64(len(took))/time.Since(started).Seconds())
		r.found("survey.page.p50", took.at(.50))
		r.found("survey.page.p99", took.at(.99))
		return nil
	})
}
