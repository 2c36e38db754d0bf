package reading

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Reader is how one person reads: in which language, with the company's names,
// and whether figures come first or on a tap.
type Reader struct {
	customer.Teller
	Plain bool // the front line's reading: how sure first, figures on a tap
	Areas []model.Area
	may   map[account.Action]bool
}

// NewReader returns how the person who asks reads.
func NewReader(q *web.Request, m *model.Model) Reader {
	r := Reader{
		Teller: customer.NewTeller(q.L, m),
		Plain:  q.Principal.Role == cx.Lead || q.Principal.Role == cx.Member,
		may:    map[account.Action]bool{},
	}
	for _, a := range m.Areas {
		if q.Principal.Areas == nil || slices.Contains(q.Principal.Areas, a.Slug) {
			r.Areas = append(r.Areas, a)
		}
	}
	for _, a := range account.Actions() {
		r.may[a] = account.Check(q.Principal, a) == nil
	}
	return r
}

// May tells whether the person may do the action.
func (r Reader) May(a account.Action) bool { return r.may[a] }

// RunOf is the address of a run; "" for who may not see customers, and of none.
func (r Reader) RunOf(a Question, id string) string {
	if id == "" || !r.May(account.ViewCustomers) {
		return ""
	}
	return a.Path("runs/" + id)
}

// Say writes a text of the model in the reader's language.
func (r Reader) Say(t model.Text) string { return t.In(r.L.Lang) }

// Journey is a journey's name.
func (r Reader) Journey(j model.Journey) string { return r.Say(j.Name) }

// Step is what a step is called: its own name, else its touchpoint's, else its
// slug.
func (r Reader) Step(s model.Step) string {
	if name := r.Say(s.Name); name != "" {
		return name
	}
	if name := r.Touchpoint(s.Touchpoint); name != "" {
		return name
	}
	return s.Slug
}

// StepOf is what the step of that slug is called; a step that the journey lacks
// keeps its slug.
func (r Reader) StepOf(j model.Journey, slug string) string {
	for _, s := range j.Steps() {
		if s.Slug == slug {
			return r.Step(s)
		}
	}
	return slug
}

// Happened is what an event is called: "Recogió su pedido".
func (r Reader) Happened(event string) string {
	return r.Event(remember.Item{Kind: cx.Track, Name: event})
}

// Area is an area's name.
func (r Reader) Area(slug string) string {
	if a, ok := r.Model.Area(slug); ok {
		return r.Say(a.Name)
	}
	return slug
}

// Segment is a segment's name.
func (r Reader) Segment(slug string) string {
	if s, ok := r.Model.Segment(slug); ok {
		return r.Say(s.Name)
	}
	return slug
}

// State is how far a run is, in a word.
func (r Reader) State(s journey.State) string { return r.L.T("journeys.state." + string(s)) }

// StateTone is the colour of a state.
func StateTone(s journey.State) ui.Tone {
	switch s {
	case journey.Completed:
		return ui.Positive
	case journey.Stuck, journey.Abandoned:
		return ui.Negative
	}
	return ui.Accent
}

// Share writes a share: 34 %.
func (r Reader) Share(s journey.Share) string {
	if s.N == 0 {
		return "–"
	}
	return r.L.Percent(s.Value(), decimals(s.Value()))
}

// decimals keeps what is seldom from being written as never.
func decimals(share float64) int {
	if share > 0 && share < .01 {
		return 1
	}
	return 0
}

// ShareHalf writes half of a share's interval: ±3.
func (r Reader) ShareHalf(s journey.Share) string {
	if s.N == 0 {
		return ""
	}
	return r.L.Half(100*s.Low, 100*s.High, decimals((s.High-s.Low)/2))
}

// Between writes a share with its interval and n: 34 % (entre 30 % y 38 %; n = 812).
func (r Reader) Between(s journey.Share) string {
	return r.L.T("journeys.between", "value", r.Share(s), "low", r.L.Percent(s.Low, 0), "high", r.L.Percent(s.High, 0), "count", r.L.Int(int64(s.N)))
}

// Felt writes a valence with its interval and n: +0,4 (entre +0,2 y +0,6; n = 812).
func (r Reader) Felt(e outcome.Estimate) string {
	return r.L.T("journeys.between", "value", r.L.Signed(e.Value, 1), "low", r.L.Signed(e.Low, 1), "high", r.L.Signed(e.High, 1), "count", r.L.Int(int64(e.N)))
}

// Signed writes a valence, or how much one differs from another: +0,4.
func (r Reader) Signed(v float64) string { return r.L.Signed(v, 1) }

// Took writes how long something took: the median with its interval and n.
func (r Reader) Took(t journey.Times) string {
	return r.L.T("journeys.between", "value", r.L.Lasting(t.Median), "low", r.L.Lasting(t.Low), "high", r.L.Lasting(t.High), "count", r.L.Int(int64(t.N)))
}

// Money writes minor units of the company's currency; what has four figures or
// more is written without cents.
func (r Reader) Money(minor float64, currency string) string {
	if math.Abs(minor) < 1e5 {
		return r.L.Money(cx.Money{Minor: int64(math.Round(minor)), Currency: currency})
	}
	s := r.L.Money(cx.Money{Minor: 100 * int64(math.Round(minor/100)), Currency: currency})
	return strings.Replace(s, r.L.Number(0, 2)[1:], "", 1)
}

// Quote writes what somebody said, in quotation marks; their own become inner
// ones.
func Quote(text string) string {
	return "«" + strings.NewReplacer("«", "“", "»", "”").Replace(strings.TrimSpace(text)) + "»"
}

// Seconds writes a stretch of time that is given in seconds, without its sign.
func (r Reader) Seconds(s float64) string {
	return r.L.Lasting(time.Duration(math.Abs(s) * float64(time.Second)))
}

// lasting writes a stretch of time that is given in seconds, with its sign.
func (r Reader) lasting(s float64) string {
	if s < 0 {
		return i18n.Minus + r.Seconds(s)
	}
	return r.Seconds(s)
}

// Period says which runs are asked for: 26 semanas, todo lo vivido.
func (r Reader) Period(weeks int) string {
	if weeks == always {
		return r.L.T("journeys.period.always")
	}
	return r.L.T("journeys.weeks", "n", weeks)
}

// Certainty is how sure something is, in the front line's words.
type Certainty string

// How sure something is.
const (
	Sure    Certainty = "sure"
	Likely  Certainty = "likely"
	Unknown Certainty = "unknown"
)

// Few is how many it takes at least to know something.
const Few = 10

// OfDifference tells how sure a difference is: sure when it is clear among all
// that was tested, likely when its own interval leaves zero out.
func OfDifference(clear bool, low, high float64) Certainty {
	switch {
	case clear:
		return Sure
	case low > 0 || high < 0:
		return Likely
	}
	return Unknown
}

// OfFeeling tells how sure it is that something was lived well, badly or
// neither: sure when the whole interval says so.
func OfFeeling(e outcome.Estimate) Certainty {
	tone := ui.ValenceTone(e.Value)
	switch {
	case e.N < Few:
		return Unknown
	case ui.ValenceTone(e.Low) == tone && ui.ValenceTone(e.High) == tone:
		return Sure
	}
	return Likely
}

// Tone is how a certainty is coloured: it is no feeling.
func (c Certainty) Tone() ui.Tone {
	if c == Sure {
		return ui.Accent
	}
	return ui.Neutral
}

// Word says it: seguro, probable, aún no se sabe.
func (c Certainty) Word(l *i18n.Locale) string { return l.T("journeys.certainty." + string(c)) }
