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
	case "hours":
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

// Loss is one thing that a finding costs, Worse when the runs with it lose. The
// front line's Text has no figures; Figures are the whole of it.
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
	money := func(v float64) string { return r.Money(v, f.Currency) }
	for _, c := range []struct {
		name string
		journey.Cost
		worse bool
		size  string               // the difference without its sign, as the sentence says it
		write func(float64) string // an end of its interval
	}{
		{"score", f.Score, f.Score.Delta < 0, r.L.Number(math.Abs(f.Score.Delta), 1), r.Signed},
		{"felt", f.Felt, f.Felt.Delta < 0, r.L.Number(math.Abs(f.Felt.Delta), 1), r.Signed},
		{"returned", f.Returned, f.Returned.Delta < 0, r.L.Number(100*math.Abs(f.Returned.Delta), 0), func(v float64) string { return r.L.Signed(100*v, 0) }},
		{"spent", f.Spent, f.Spent.Delta < 0, money(math.Abs(f.Spent.Total)), money},
		{"time", f.Time, f.Time.Delta > 0, r.Seconds(f.Time.Delta), r.lasting},
	} {
		if c.With == 0 || c.Without == 0 {
			continue
		}
		key := "journeys.cost." + c.name + ".more"
		if c.Delta < 0 {
			key = "journeys.cost." + c.name + ".less"
		}
		l := Loss{Text: r.L.T(key, "delta", c.size), Sure: OfDifference(c.Clear, c.Low, c.High), Worse: c.worse}
		l.Figures = l.Text + ": "
		if c.name == "spent" {
			l.Figures += r.L.T("journeys.cost.each", "each", money(c.Delta)) + " "
		}
		l.Figures += r.L.T("journeys.interval", "low", c.write(c.Low), "high", c.write(c.High)) + " · " + r.L.T("journeys.cost.basis", "with", c.With, "without", c.Without)
		if r.Plain {
			l.Text = r.L.T(key + "-plain")
		}
		out = append(out, l)
	}
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

// Costs are the losses of which something is known, the surest few.
func (t Told) Costs() (out []Loss) {
	const most = 3
	for _, l := range t.Losses {
		if l.Worse && l.Sure != Unknown && len(out) < most {
			out = append(out, l)
		}
	}
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
