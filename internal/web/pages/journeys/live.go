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

// runsLive draws the first runs again when they change.
func (p page) runsLive(q *web.Request) error {
	v, err := p.askedRuns(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	news, err := p.news.Watch(ctx, q.Principal)
	if err != nil {
		return err
	}
	shown := v.page
	return web.Stream(q, echoed(ctx, news), func([]remember.Lived) []templ.Component {
		v, err := p.askedRuns(q)
		if err != nil || slices.EqualFunc(v.page.Runs, shown.Runs, sameRun) {
			return nil // the next news tells it
		}
		shown = v.page
		return []templ.Component{into("#runs tbody", ui.TableRows(v.table())), into("#runs-news", ui.Text(v.title))}
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
	shown := len(v.run.Facts)
	var whose cx.CustomerID
	if v.run.Customer != nil {
		whose = v.run.Customer.ID
	}
	mine := func(l remember.Lived) bool { return l.Customer == whose }
	return web.Stream(q, echoed(ctx, news), func(all []remember.Lived) []templ.Component {
		if !slices.ContainsFunc(all, mine) {
			return nil
		}
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

// echoed lets news through at most once a second, and once more a second later:
// runs are made of history, which may follow memory by a moment.
func echoed(ctx context.Context, news <-chan []remember.Lived) <-chan []remember.Lived {
	out := make(chan []remember.Lived)
	send := func(n []remember.Lived) bool {
		select {
		case out <- n:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(out)
		for n := range news {
			if !send(n) {
				return
			}
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
				return
			}
			if !send(n) {
				return
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
