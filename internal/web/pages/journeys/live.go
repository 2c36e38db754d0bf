package journeys

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// runsLive draws the first runs again when they change. What came between the
// page and the stream is drawn at once.
func (p page) runsLive(q *web.Request) error {
	if _, err := p.askedRuns(q); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	news, err := p.news.Watch(ctx, q.Principal)
	if err != nil {
		return err
	}
	var shown []journey.RunSummary
	anything := func(remember.Lived) bool { return true }
	return web.Stream(q, looks(ctx, news, anything), func(struct{}) []templ.Component {
		v, err := p.askedRuns(q)
		if err != nil || slices.EqualFunc(v.page.Runs, shown, sameRun) {
			return nil // the next look tells it
		}
		parts := []templ.Component{into("#runs tbody", ui.TableRows(v.table()))}
		if shown != nil {
			parts = append(parts, into("#runs-news", ui.Text(v.title)))
		}
		shown = v.page.Runs
		return parts
	})
}

// runLive draws one run again when its customer lives something.
func (p page) runLive(q *web.Request) error {
	v, err := p.askedRun(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	news, err := p.news.Watch(ctx, q.Principal)
	if err != nil {
		return err
	}
	var whose cx.CustomerID
	if v.run.Customer != nil {
		whose = v.run.Customer.ID
	}
	mine := func(l remember.Lived) bool { return l.Customer == whose }
	shown := 0
	return web.Stream(q, looks(ctx, news, mine), func(struct{}) []templ.Component {
		v, err := p.askedRun(q)
		if err != nil || len(v.run.Facts) == shown {
			return nil
		}
		shown = len(v.run.Facts)
		return []templ.Component{into("#run", runBody(v))}
	})
}

func sameRun(a, b journey.RunSummary) bool {
	return a.Case == b.Case && a.Last == b.Last && a.State == b.State && a.Steps == b.Steps
}

// looks tells when to look: at first, at news that matter, at most once a second,
// and a few times more in the seconds after them, for what is told of runs may be
// some seconds old.
func looks(ctx context.Context, news <-chan []remember.Lived, matters func(remember.Lived) bool) <-chan struct{} {
	again := []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	out := make(chan struct{})
	go func() {
		defer close(out)
		look, last := time.NewTimer(0), time.Time{}
		defer look.Stop()
		for times := len(again); ; {
			select {
			case <-ctx.Done():
				return
			case n, open := <-news:
				if !open {
					return
				}
				if slices.ContainsFunc(n, matters) {
					look.Reset(max(0, time.Second-time.Since(last)))
					times = 0
				}
			case <-look.C:
				select {
				case out <- struct{}{}:
				case <-ctx.Done():
					return
				}
				last = time.Now()
				if times < len(again) {
					look.Reset(again[times])
					times++
				}
			}
		}
	}()
	return out
}

// into puts a component in a place of the page.
func into(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}
