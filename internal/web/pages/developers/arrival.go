package developers

import (
	"context"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	review "github.com/vivencia-cx/vivencia/internal/web/pages/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	shown  = 30  // arrivals, at once
	looked = 100 // of the last
	pace   = time.Second
)

// arrival is one message that came: accepted, or refused with its reason.
type arrival struct {
	id        string // of its line in the page
	at        cx.Time
	source    string // its name
	kind      string // track, answer … ; "" when not known
	name      string
	messageID string
	customer  string // its name; "" for a circumstance
	href      string // to the customer, or to what waits for review
	reason    string // "" when accepted
}

func (a arrival) refused() bool { return a.reason != "" }

// arrivals returns what came last, of one source or of all (""), newest first.
// sources gives the names by slug.
func (p page) arrivals(q *web.Request, from string, sources map[string]string) ([]arrival, error) {
	ctx := q.Context()
	named := func(slug string) string {
		if name := sources[slug]; name != "" {
			return name
		}
		return slug
	}
	var out []arrival
	seen := map[cx.Seq]bool{}
	accepted := func(l remember.Lived) {
		if seen[l.Seq] || from != "" && l.Source != from {
			return
		}
		seen[l.Seq] = true
		a := arrival{
			id: "seq-" + strconv.FormatUint(uint64(l.Seq), 10), at: l.ReceivedAt, source: named(l.Source),
			kind: l.Kind.String(), name: l.Name, messageID: l.MessageID, customer: l.CustomerName,
		}
		if l.Customer != "" {
			a.href = "/customers/" + string(l.Customer)
			if a.customer == "" {
				a.customer = string(l.Customer)
			}
		}
		out = append(out, a)
	}
	lived, err := p.memory.Recent(ctx, q.Principal, looked)
	if err != nil {
		return nil, err
	}
	for _, l := range lived {
		accepted(l)
	}
	if from != "" && len(out) < shown { // a quiet source: its events lie further back
		found, err := p.memory.Events(ctx, q.Principal, remember.EventQuery{Source: from, Limit: shown})
		if err != nil {
			return nil, err
		}
		for _, e := range found.Events {
			accepted(remember.Lived{
				Seq: e.Seq, Kind: e.Kind, Name: e.Name, Source: e.Source, MessageID: e.MessageID,
				ReceivedAt: e.ReceivedAt, Customer: e.Customer, CustomerName: e.CustomerName,
			})
		}
	}
	refused, err := p.queue.List(ctx, q.Principal, 0, looked)
	if err != nil && cx.KindOf(err) != cx.Forbidden { // who reaches only their own customers sees no refused ones
		return nil, err
	}
	for _, i := range refused {
		if from != "" && i.Source != from {
			continue
		}
		id := strconv.FormatUint(i.ID, 10)
		a := arrival{id: "refused-" + id, at: i.ReceivedAt, source: named(i.Source), messageID: i.MessageID, href: "/quarantine/" + id, reason: review.Said(q, i.Reason)}
		if i.Kind != 0 {
			a.kind = i.Kind.String()
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b arrival) int { return int(min(1, max(-1, b.at-a.at))) })
	return out[:min(shown, len(out))], nil
}

// live streams the list again when something arrived, at most once a second:
// as many lines as before, so that nothing jumps.
func (p page) live(q *web.Request) error {
	a := read(q)
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	news, err := p.memory.Watch(ctx, q.Principal)
	if err != nil {
		return err
	}
	before := ""
	return web.Stream(q, pulse(ctx, news), func(struct{}) []templ.Component {
		sources, err := p.sources(q)
		if err != nil {
			return nil // the next beat tells it
		}
		all, err := p.arrivals(q, a.from, names(sources))
		if err != nil || len(all) == 0 || all[0].id == before {
			return nil
		}
		before = all[0].id
		return []templ.Component{partial("#arrivals", lines(all))}
	})
}

// pulse beats once a second, and at once when something is remembered after a
// quiet second: what is refused is told by nobody, so it is looked for.
func pulse(ctx context.Context, news <-chan []remember.Lived) <-chan struct{} {
	out := make(chan struct{})
	go func() {
		defer close(out)
		tick := time.NewTicker(pace)
		defer tick.Stop()
		last := time.Time{}
		for {
			select {
			case _, open := <-news:
				if !open {
					return
				}
				if time.Since(last) < pace {
					continue // the next tick tells it
				}
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			last = time.Now()
			select {
			case out <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func partial(target string, c templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Partial(target, "innerMorph").Render(templ.WithChildren(ctx, c), w)
	})
}

// clock writes the second at which something came, and the day when it is not
// today's.
func clock(l *i18n.Locale, t cx.Time) string {
	at := l.In(t)
	text := at.Format("15:04:05")
	if at.Format(time.DateOnly) != l.Now().Format(time.DateOnly) {
		text = l.Date(t) + ", " + text
	}
	return text
}

func kilobytes(n int) string { return strconv.Itoa(n>>10) + " KB" }
