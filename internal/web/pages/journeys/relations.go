package journeys

import (
	"math"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys/reading"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

const (
	shown  = 5   // lines of each of the simple sections
	seldom = .05 // a share that is hardly anybody
)

// relations is what the simple sections below the map tell.
type relations struct {
	reading.Reader
	ask       reading.Question
	moments   journey.Moments
	handoffs  journey.Handoffs
	passages  journey.Passages
	variation journey.Variation
}

func (p page) askedRelations(q *web.Request) (v relations, err error) {
	v.Reader = p.reader(q)
	if v.ask, err = reading.QuestionOf(q, v.Model); err != nil {
		return v, err
	}
	slug, ctx, who, f := v.ask.Journey.Slug, q.Context(), q.Principal, v.ask.Filter
	if v.moments, err = p.journeys.Moments(ctx, who, slug, journey.MomentsQuery{Filter: f, Limit: shown}); err != nil {
		return v, err
	}
	if v.handoffs, err = p.journeys.Handoffs(ctx, who, slug, journey.HandoffsQuery{Filter: f}); err != nil {
		return v, err
	}
	if v.passages, err = p.journeys.Passages(ctx, who, slug, journey.PassagesQuery{Filter: f}); err != nil {
		return v, err
	}
	v.variation, err = p.journeys.Variation(ctx, who, slug, journey.VariationQuery{Filter: f})
	return v, err
}

// relations answers the sections that come after the map, so that nobody waits
// for them to see it; without script they are a page of their own.
func (p page) relations(q *web.Request) error {
	v, err := p.askedRelations(q)
	if err != nil {
		return err
	}
	if q.HTMX() {
		return q.Fragment(sections(v))
	}
	return q.Render(q.T("journeys.relations", "journey", v.Journey(v.ask.Journey)), relationsView(v))
}

// passing is one line of where runs go from one to another.
type passing struct {
	from, to string
	facts    string // how often, and how long it takes
	chips    []chip
	figures  string
}

// chip is a word with its tone, and how sure it is.
type chip struct {
	tone ui.Tone
	text string
}

// areas tells the hand-offs between areas, then those between suppliers that
// cost something.
func (v relations) areas() (out []passing) {
	company := v.Model.Company.Name
	name := func(slug string) string {
		if slug == "" {
			return company
		}
		return v.Supplier(slug)
	}
	for _, h := range often(v.handoffs.Areas, func(h journey.Handoff) int { return h.N }) {
		out = append(out, v.handoff(h, v.Area(h.From), v.Area(h.To)))
	}
	for _, h := range often(v.handoffs.Suppliers, func(h journey.Handoff) int { return h.N }) {
		if x := v.handoff(h, name(h.From), name(h.To)); len(x.chips) > 0 {
			out = append(out, x)
		}
	}
	return worstFirst(out)
}

func (v relations) handoff(h journey.Handoff, from, to string) passing {
	x := passing{from: from, to: to, facts: v.howOften(h.Runs, h.Times), figures: v.howOften(h.Runs, h.Times)}
	if c := v.worse(h.Felt, v.L.T("journeys.after")); c != nil {
		x.chips = append(x.chips, *c)
		x.figures += " · " + v.contrasted(h.Felt, v.Signed)
	}
	if c := v.worse(h.Cost, v.L.T("journeys.whole")); c != nil {
		x.chips = append(x.chips, *c)
		x.figures += " · " + v.contrasted(h.Cost, v.Signed)
	}
	return x
}

// channels tells the passages between channels, those that lose the thread first.
func (v relations) channels() (out []passing) {
	for _, c := range often(slices.Concat(v.passages.Media, v.passages.Channels), func(c journey.Passage) int { return c.N }) {
		name := v.Channel
		if slices.ContainsFunc(v.passages.Media, func(m journey.Passage) bool { return m.From == c.From && m.To == c.To }) {
			name = func(slug string) string { return v.L.T("ui.medium." + slug) }
		}
		x := passing{from: name(c.From), to: name(c.To), facts: v.howOften(c.Runs, c.Times), figures: v.Between(c.Lost)}
		switch {
		case c.Lost.Low >= seldom:
			x.chips = append(x.chips, chip{ui.Negative, v.L.T("journeys.lost", "share", v.Share(c.Lost))})
		case c.Lost.High < seldom:
			x.facts += " · " + v.L.T("journeys.lost.seldom")
		}
		if c := v.worse(c.Felt, v.L.T("journeys.lost.felt")); c != nil {
			x.chips = append(x.chips, *c)
		}
		out = append(out, x)
	}
	return worstFirst(out)
}

// worstFirst keeps the first few, those that cost something before the others.
func worstFirst(all []passing) []passing {
	slices.SortStableFunc(all, func(a, b passing) int { return len(b.chips) - len(a.chips) })
	return all[:min(len(all), shown)]
}

// often leaves those of which there are too few to know anything.
func often[T any](all []T, n func(T) int) []T {
	return slices.DeleteFunc(slices.Clone(all), func(x T) bool { return n(x) < reading.Few })
}

// howOften says how many runs go that way, and how long it takes.
func (v relations) howOften(runs journey.Share, t journey.Times) string {
	s := v.L.T("journeys.of-runs", "share", v.Share(runs), "n", runs.K)
	if t.N > 0 {
		s += " · " + v.L.T("journeys.takes", "time", v.L.Lasting(t.Median))
	}
	return s
}

// worse says that something is clearly worse, with the figure for who reads
// figures; nil when it is not.
func (v relations) worse(c journey.Contrast, text string) *chip {
	if !c.Clear || c.Delta >= 0 {
		return nil
	}
	if !v.Plain {
		text += " " + v.Signed(c.Delta)
	}
	return &chip{ui.Negative, text}
}

// contrasted writes a contrast's interval and what it stands on.
func (v relations) contrasted(c journey.Contrast, write func(float64) string) string {
	return v.L.T("journeys.interval", "low", write(c.Low), "high", write(c.High)) + " · " + v.L.T("journeys.cost.basis", "with", c.With, "without", c.Without)
}

// depends is one line of "does it depend on who serves you?".
type depends struct {
	where, text, figures string
	sure                 reading.Certainty
}

// dependences tells what surely depends on something, the most first: of one
// touchpoint and one thing, one measure.
func (v relations) dependences() (out []depends) {
	type about struct {
		touchpoint string
		by         journey.By
	}
	told := map[about]bool{}
	for _, d := range v.variation.Of {
		of := about{d.Touchpoint, d.By}
		if !d.Clear || len(d.Groups) < 2 || told[of] {
			continue
		}
		told[of] = true
		worst, best := d.Groups[0], d.Groups[len(d.Groups)-1]
		x := depends{where: v.Touchpoint(d.Touchpoint), sure: reading.Sure}
		x.text = v.L.T("journeys.depends."+string(d.Measured), "by", v.L.T("journeys.depends.by."+string(d.By)),
			"worst", v.group(d, worst), "best", v.group(d, best))
		x.figures = v.L.T("journeys.depends.share", "share", v.L.Percent(d.Share.Value, decimalsOf(d.Share.Value)), "low", v.L.Percent(d.Share.Low, 0), "high", v.L.Percent(d.Share.High, 0), "n", d.Share.N)
		if out = append(out, x); len(out) == shown {
			break
		}
	}
	return out
}

func decimalsOf(share float64) int {
	if math.Abs(share) < .01 {
		return 1
	}
	return 0
}

// group writes how it is lived in one group: Candil Triana −0,8.
func (v relations) group(d journey.Dependence, g journey.Group) string {
	name := v.Part(journey.Part{By: d.By, Value: g.Name})
	if v.Plain {
		return name
	}
	if d.Measured == journey.MeasuredWait {
		return name + " (" + v.Seconds(3600*g.Value.Value) + ")"
	}
	return name + " (" + v.Signed(g.Value.Value) + ")"
}

// wowWhere says where unusually good moments come from.
func (v relations) wowWhere() string {
	var parts []string
	for _, w := range v.moments.Where[:min(len(v.moments.Where), 3)] {
		at := v.Touchpoint(w.Touchpoint)
		if w.Place != "" {
			at += " · " + v.Place(w.Place)
		}
		parts = append(parts, at+" ("+v.Share(w.Share)+")")
	}
	return strings.Join(parts, ", ")
}

// wowAt says where a good moment was lived, and who stands behind it.
func (v relations) wowAt(w journey.Wow) string {
	var parts []string
	for _, s := range []string{v.Touchpoint(w.Touchpoint), v.Place(w.Place), v.Area(w.Area)} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}
