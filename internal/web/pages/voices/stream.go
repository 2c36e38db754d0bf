package voices

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// perPage is how many texts a stretch of the stream shows; keysShown how many keys
// of a facet stand before the rest, and keysMost how many there are at all.
const (
	perPage   = 30
	keysShown = 5
	keysMost  = 30
)

// view is the stream as the page shows it.
type view struct {
	reader
	ask      question
	found    voice.Page
	counts   voice.Counts
	standing voice.Standing
	title    string
}

func (p page) stream(q *web.Request) error {
	v := view{reader: p.reader(q)}
	var err error
	if v.ask, err = p.question(q); err != nil {
		return err
	}
	ctx, who := q.Context(), q.Principal
	if v.found, err = p.voice.Search(ctx, who, voice.Query{Filter: v.ask.Filter, Limit: perPage}); err != nil {
		return err
	}
	if v.counts, err = p.voice.Count(ctx, who, v.ask.Filter, dimensions()...); err != nil {
		return err
	}
	if v.standing, err = p.voice.Quality(ctx, who); err != nil {
		return err
	}
	v.title = v.finding()
	return q.Render(v.title, streamView(v))
}

// finding is the page's title: how most of what is asked for sounds.
func (v view) finding() string {
	n := v.counts.N
	if n == 0 {
		if v.ask.narrowed() {
			return v.L.T("voices.nothing.title")
		}
		return v.L.T("voices.first.title")
	}
	switch bad, good := v.counts.Negative, v.counts.Positive; {
	case n < 10:
		return v.L.T("voices.finding.few", "n", n)
	case 2*bad > n:
		return v.L.T("voices.finding.bad", "ten", often(bad, n))
	case 2*good > n:
		return v.L.T("voices.finding.good", "ten", often(good, n))
	}
	return v.L.T("voices.finding.mixed", "bad", often(v.counts.Negative, n), "good", often(v.counts.Positive, n))
}

func (v view) kicker() string {
	parts := []string{v.period(v.ask.weeks), v.L.T("voices.n", "n", v.counts.N)}
	if v.counts.N > 0 {
		parts = append(parts, v.L.T("voices.bad", "share", v.part(v.counts.Negative, v.counts.N)))
	}
	return strings.Join(parts, " · ")
}

func (r reader) period(weeks int) string {
	if weeks == always {
		return r.L.T("voices.period.always")
	}
	return r.L.T("voices.weeks", "n", weeks)
}

func (r reader) periodOptions() (out []ui.Option) {
	for _, n := range periods() {
		out = append(out, ui.Option{Value: strconv.Itoa(n), Text: r.period(n)})
	}
	return out
}

func (r reader) segmentOptions() []ui.Option {
	out := []ui.Option{{Text: r.L.T("voices.segment.all")}}
	for _, s := range r.Model.Segments {
		out = append(out, ui.Option{Value: s.Slug, Text: r.Say(s.Name)})
	}
	return out
}

// pick is one thing that is chosen, with the address without it.
type pick struct{ text, href string }

func (v view) picks() (out []pick) {
	if v.ask.Words != "" {
		out = append(out, pick{"«" + v.ask.Words + "»", v.ask.with("/voice", "q", "")})
	}
	if v.ask.Segment != "" {
		out = append(out, pick{v.Segment(v.ask.Segment), v.ask.with("/voice", "segment", "")})
	}
	if v.ask.Customer != "" {
		out = append(out, pick{v.L.T("voices.customer"), v.ask.with("/voice", "customer", "")})
	}
	if v.ask.weeks != always {
		out = append(out, pick{v.period(v.ask.weeks), v.ask.with("/voice", "weeks", "")})
	}
	for _, c := range v.ask.Where {
		for _, key := range c.In {
			out = append(out, pick{v.L.T("voices.by."+string(c.By)) + ": " + v.key(c.By, key), v.ask.without(c.By, key)})
		}
	}
	return out
}

// facets are those that there is something to choose of.
func (v view) facets() (out []voice.Facet) {
	for _, f := range v.counts.Facets {
		f.Keys = slices.DeleteFunc(slices.Clone(f.Keys), func(k voice.KeyCount) bool { return k.Key == "" && f.By != voice.ByTopic })
		if len(f.Keys) > 1 || len(f.Keys) == 1 && v.ask.chosen(f.By, f.Keys[0].Key) {
			f.Keys = f.Keys[:min(len(f.Keys), keysMost)]
			out = append(out, f)
		}
	}
	return out
}

// more is where the lines after these come from.
func (v view) more() string { return next(v.ask, v.found.Next) }

func next(a question, cursor string) string {
	if cursor == "" {
		return ""
	}
	values := a.values()
	values.Set("cursor", cursor)
	return (&url.URL{Path: "/voice/lines", RawQuery: values.Encode()}).String()
}

// lines answers with the stretch that follows.
func (p page) lines(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: ask.Filter, Cursor: q.URL.Query().Get("cursor"), Limit: perPage})
	if err != nil {
		return err
	}
	r := p.reader(q)
	if q.HTMX() {
		return q.Fragment(lineItems(r, found.Lines, next(ask, found.Next)))
	}
	return q.Render(r.L.T("voices.menu"), moreView(r, ask, found.Lines, next(ask, found.Next)))
}

// live tells what is said from now on.
func (p page) live(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	r := p.reader(q)
	newest := func() ([]voice.Line, error) {
		found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: ask.Filter, Limit: 10})
		return found.Lines, err
	}
	came, err := p.voice.Watch(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	known, err := newest()
	if err != nil {
		return err
	}
	last := cx.Seq(0)
	for _, l := range known {
		last = max(last, l.Seq)
	}
	return web.Stream(q, came, func(struct{}) []templ.Component {
		lines, err := newest()
		if err != nil {
			return nil // who may not ask any more, or is gone
		}
		seen := last
		lines = slices.DeleteFunc(lines, func(l voice.Line) bool { return l.Seq <= seen })
		for _, l := range lines {
			last = max(last, l.Seq)
		}
		if len(lines) == 0 {
			return nil
		}
		return []templ.Component{arrived(r, lines)}
	})
}

// byCustomer answers with what one customer said last, for their page.
func (p page) byCustomer(q *web.Request) error {
	ask := question{Filter: voice.Filter{Customer: cx.CustomerID(q.PathValue("customer"))}}
	if !q.HTMX() {
		return q.Redirect(ask.at("/voice"))
	}
	found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: ask.Filter, Limit: 4})
	if err != nil {
		return err
	}
	return q.Fragment(ofCustomer(p.reader(q), ask, found))
}

func (v view) mayExport() bool { return v.May(account.ExportCustomers) }

func (p page) streamCSV(q *web.Request) error {
	ask, err := p.question(q)
	if err != nil {
		return err
	}
	r := p.reader(q)
	header := []string{"id", "at", "customer", "name", "words", "language", "polarity", "emotion", "topics", "metric", "score", "touchpoint", "stage", "channel", "area", "supplier", "place", "kind", "from", "corrected"}
	return q.CSV("voz", header, func(yield func([]string, error) bool) {
		for cursor := ""; ; {
			found, err := p.voice.Search(q.Context(), q.Principal, voice.Query{Filter: ask.Filter, Cursor: cursor, Limit: voice.MaxPage})
			if err != nil {
				yield(nil, err)
				return
			}
			for _, l := range found.Lines {
				if !yield(row(r, l), nil) {
					return
				}
			}
			if cursor = found.Next; cursor == "" {
				return
			}
		}
	})
}

func row(r reader, l voice.Line) []string {
	id, at, metric, score := "", "", "", ""
	if l.Seq != 0 {
		id, at = l.Ref.String(), l.At.Std().In(r.L.Zone()).Format("2006-01-02 15:04")
	}
	if l.Score != nil {
		metric, score = l.Score.Metric, strconv.FormatFloat(l.Score.Value, 'g', -1, 64)
	}
	return []string{
		id, at, string(l.CustomerID), l.CustomerName, l.Words, l.Language, l.Polarity, l.Emotion, strings.Join(l.Topics, " "), metric, score,
		l.Touchpoint, l.Stage, l.Channel, l.Area, l.Supplier, l.Place, string(l.Kind), l.Name, strconv.FormatBool(l.Corrected),
	}
}
