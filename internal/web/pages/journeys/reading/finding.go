package reading

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// Hurting says what a finding is, as a sentence goes on, with whom it hits most
// and since when: "se salta «Aviso de entrega», sobre todo con Azahar Envíos,
// desde el 12 sep".
func (r Reader) Hurting(j model.Journey, f journey.Finding) string {
	s := r.Deviation(j, f.ID)
	if len(f.ForWhom) > 0 {
		s += ", " + r.L.T("journeys.mostly", "whom", r.Whom(f.ForWhom[0]))
	}
	if f.Since.Known && f.Since.Until == 0 {
		s += ", " + r.L.T("journeys.since", "when", r.L.Date(f.Since.From))
	}
	return s
}

// Whom names a group of runs: "con Azahar Envíos y los sábados".
func (r Reader) Whom(w journey.Whom) string {
	var parts []string
	for _, p := range w.Parts {
		parts = append(parts, r.Part(p))
	}
	return strings.Join(parts, " "+r.L.T("journeys.and")+" ")
}

// Part says what the runs of a group have in common: "con Azahar Envíos".
func (r Reader) Part(p journey.Part) string {
	name := p.Value
	switch p.By {
	case "supplier":
		name = r.Supplier(p.Value)
	case "place":
		name = r.Place(p.Value)
	case "area":
		name = r.Area(p.Value)
	case "channel":
		name = r.Channel(p.Value)
	case "segment":
		name = r.Segment(p.Value)
	case "weekday":
		name = weekday(r, p.Value)
	case "hour", "hours":
		name = hours(r, p.Value)
	}
	return r.L.T("journeys.part."+string(p.By), "name", name)
}

// weekday writes a day of the week, 1 being Monday.
func weekday(r Reader, value string) string {
	if len(value) != 1 || value[0] < '1' || value[0] > '7' {
		return value
	}
	return r.L.T("journeys.weekday." + value)
}

// hours writes a stretch of the day: de 8 a 12 h.
func hours(r Reader, value string) string {
	from, to, ok := strings.Cut(value, "-")
	if !ok {
		return value
	}
	return r.L.T("journeys.hours", "from", strings.TrimPrefix(from, "0"), "to", strings.TrimPrefix(to, "0"))
}

// Told is a finding as pages tell it.
type Told struct {
	Finding       journey.Finding
	Anchor        string // its id on the page
	Title, Share  string
	Whom, WhomWhy string // whom it hits, and the figures of it
	When, WhenWhy string // since when
	Losses        []Loss
	Sure          Certainty // how sure it is that it hurts
	Behind        string    // address of the runs that have it
	Icon          string
}

// Loss is one thing that a finding costs, worse when the runs with it lose.
type Loss struct {
	Text, Figures string
	Sure          Certainty
	Worse         bool
}

// Tell tells a finding of the journey that is asked about.
func (r Reader) Tell(a Question, f journey.Finding) Told {
	t := Told{
		Finding: f, Anchor: Anchor(f.ID), Title: Capital(r.Deviation(a.Journey, f.ID)), Share: r.L.T("journeys.of-runs", "share", r.Share(f.Runs), "n", f.Runs.K),
		Behind: a.At("runs", "deviation", f.ID), Icon: r.IconAt(f.Touchpoint), Whom: r.L.T("journeys.whom.all"), Losses: r.losses(f), Sure: Unknown,
	}
	if len(f.ForWhom) > 0 {
		w := f.ForWhom[0]
		t.Whom = Capital(r.Whom(w))
		t.WhomWhy = r.L.T("journeys.whom.why", "share", r.Share(w.Runs), "others", r.Share(w.Others), "n", w.Runs.N)
	}
	t.When, t.WhenWhy = r.when(f.Since)
	switch {
	case f.Clear:
		t.Sure = Sure
	case slices.ContainsFunc(t.Losses, func(l Loss) bool { return l.Worse && l.Sure == Likely }):
		t.Sure = Likely
	}
	return t
}

// when says since when something is so, and the figures of it.
func (r Reader) when(s journey.Since) (text, why string) {
	if !s.Known {
		return r.L.T("journeys.since.always"), ""
	}
	switch {
	case s.From == 0:
		text = r.L.T("journeys.since.until", "when", r.L.Date(s.Until))
	case s.Until != 0:
		text = r.L.Dates(cx.Window{From: s.From, To: s.Until})
	default:
		text = r.L.T("journeys.since.day", "when", r.L.Date(s.From))
	}
	if s.Low != 0 {
		why = r.L.T("journeys.since.why", "from", r.L.Date(s.Low), "to", r.L.Date(s.High))
	}
	return text, why
}

// losses are what a finding costs, the surest losses first; what is not known is
// left out.
func (r Reader) losses(f journey.Finding) (out []Loss) {
	add := func(c journey.Cost, worse bool, text, figures string) {
		if c.With == 0 || c.Without == 0 {
			return
		}
		out = append(out, Loss{Text: text, Figures: figures + " · " + r.L.T("journeys.cost.basis", "with", c.With, "without", c.Without), Sure: OfDifference(c.Clear, c.Low, c.High), Worse: worse})
	}
	key := func(name string, delta float64) string {
		if delta < 0 {
			return "journeys.cost." + name + ".less"
		}
		return "journeys.cost." + name + ".more"
	}
	between := func(c journey.Cost, write func(float64) string) string {
		return r.L.T("journeys.interval", "low", write(c.Low), "high", write(c.High))
	}
	points := func(x float64) string { return r.L.Signed(x, 1) }
	add(f.Score, f.Score.Delta < 0, r.L.T(key("score", f.Score.Delta), "delta", r.L.Number(math.Abs(f.Score.Delta), 1)), between(f.Score, points))
	add(f.Felt, f.Felt.Delta < 0, r.L.T(key("felt", f.Felt.Delta), "delta", r.L.Number(math.Abs(f.Felt.Delta), 1)), between(f.Felt, points))
	hundred := func(x float64) string { return r.L.Signed(100*x, 0) }
	add(f.Returned, f.Returned.Delta < 0, r.L.T(key("returned", f.Returned.Delta), "delta", r.L.Number(math.Abs(100*f.Returned.Delta), 0)), between(f.Returned, hundred))
	money := func(x float64) string { return r.Money(x, f.Currency) }
	add(f.Spent, f.Spent.Delta < 0, r.L.T(key("spent", f.Spent.Delta), "total", money(math.Abs(f.Spent.Total))), r.L.T("journeys.cost.each", "each", money(f.Spent.Delta))+" "+between(f.Spent, money))
	lasting := func(x float64) string {
		if x < 0 {
			return "−" + r.Seconds(x)
		}
		return r.Seconds(x)
	}
	add(f.Time, f.Time.Delta > 0, r.L.T(key("time", f.Time.Delta), "delta", r.Seconds(f.Time.Delta)), between(f.Time, lasting))
	rank := func(l Loss) int {
		n := map[Certainty]int{Sure: 0, Likely: 2, Unknown: 4}[l.Sure]
		if !l.Worse {
			n++
		}
		return n
	}
	slices.SortStableFunc(out, func(a, b Loss) int { return rank(a) - rank(b) })
	return out
}

// Anchor names a finding on the page.
func Anchor(id string) string {
	return "f-" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' {
			return c
		}
		return '-'
	}, strings.ToLower(id))
}

// Capital writes a sentence with its capital letter.
func Capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + s[n:]
}

// IconAt is a touchpoint's, as the sprite holds it.
func (r Reader) IconAt(touchpoint string) string {
	if t, ok := r.Model.Touchpoint(touchpoint); ok && slices.Contains(dist.Icons(), t.Icon) {
		return t.Icon
	}
	return "waypoints"
}
