package today

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	shown    = 7   // what is being lived, at once
	looked   = 100 // of the last
	calmness = time.Second
)

// happening is what is being lived now.
type happening struct {
	lived  []visit // one for each customer, newest first
	events int64   // today, answers included
	people int64
}

// happening returns what was lived last, and how much today.
func (p page) happening(q *web.Request, r reader, ask question) (happening, error) {
	lived, err := p.memory.Recent(q.Context(), q.Principal, looked)
	if err != nil {
		return happening{}, err
	}
	lived, err = p.ofSegment(q, visible(lived, q.Principal, ask.area), ask)
	if err != nil {
		return happening{}, err
	}
	h := happening{lived: visits(lived)}
	return h, p.count(q.Context(), q, r, ask, &h)
}

// count counts what was lived since midnight in the company's zone.
func (p page) count(ctx context.Context, q *web.Request, r reader, ask question, h *happening) error {
	now := q.Now()
	today := history.Cuts(cx.Window{From: now, To: now + 1}, history.Day, r.l.Zone())
	t, err := p.facts.Totals(ctx, q.Principal, ask.filter(cx.Window{From: today[0], To: today[1]}))
	h.events, h.people = t.Events+t.Answers, t.Customers
	return err
}

// visit is what one customer lives now: the newest of it, and since when.
type visit struct {
	remember.Lived
	since cx.Time
}

// visits gathers what was lived, newest first, by customer; a pause longer than
// an episode's ends a visit.
func visits(lived []remember.Lived) (out []visit) {
	for _, l := range lived {
		i := slices.IndexFunc(out, func(v visit) bool { return v.Customer == l.Customer })
		switch {
		case i >= 0:
			if v := &out[i]; l.At < v.since && v.since.Sub(l.At) <= timeline.EpisodeGap {
				v.since = l.At
			}
		case len(out) < shown:
			out = append(out, visit{l, l.At})
		}
	}
	return out
}

// visible leaves what a person may see, of the area asked for.
func visible(lived []remember.Lived, p cx.Principal, area string) []remember.Lived {
	return slices.DeleteFunc(slices.Clone(lived), func(l remember.Lived) bool {
		return l.Customer == "" || l.Kind == cx.Identify || l.Kind == cx.Group || l.Kind == cx.Alias || area != "" && l.Class.Area != area || p.Areas != nil && !slices.Contains(p.Areas, l.Class.Area)
	})
}

// live streams the same list again whenever something is lived, at most once a
// second: as many lines as before, so that nothing jumps.
func (p page) live(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	news, err := p.memory.Watch(ctx, q.Principal)
	if err != nil {
		return err
	}
	r := p.reader(q)
	return web.Stream(q, calm(ctx, news), func([]remember.Lived) []templ.Component {
		h, err := p.happening(q, r, ask)
		if err != nil {
			return nil // the next news tells it
		}
		return []templ.Component{replace("#now-list", nowList(r, h)), replace("#now-count", nowCount(r, h))}
	})
}

// ofSegment leaves what customers of the segment lived, that is asked for.
func (p page) ofSegment(q *web.Request, lived []remember.Lived, ask question) ([]remember.Lived, error) {
	if ask.customers == nil {
		return lived, nil
	}
	in := map[cx.CustomerID]bool{}
	var out []remember.Lived
	for _, l := range lived {
		is, known := in[l.Customer]
		if !known {
			c, err := p.memory.Customer(q.Context(), q.Principal, l.Customer)
			if err != nil && cx.KindOf(err) != cx.NotFound { // forgotten meanwhile
				return nil, err
			}
			_, is = slices.BinarySearch(ask.customers, c.No)
			in[l.Customer] = is
		}
		if is {
			out = append(out, l)
		}
	}
	return out, nil
}

// replace puts a component in a place of the page.
func replace(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}

// calm lets news through at most once a second; the last always comes.
func calm(ctx context.Context, news <-chan []remember.Lived) <-chan []remember.Lived {
	out := make(chan []remember.Lived)
	go func() {
		defer close(out)
		for {
			select {
			case n, open := <-news:
				if !open {
					return
				}
				select {
				case out <- n:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
			select {
			case <-time.After(calmness):
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
