package reading

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// always is the period without a beginning.
const always = 0

// usual is the period that is shown unless another is asked for, in weeks: long
// enough to tell since when something hurts.
const usual = 26

// periods are the lengths to choose from, in weeks.
func periods() []int { return []int{4, 13, usual, 52, always} }

// Question is which runs of a journey an address asks for.
type Question struct {
	Journey  model.Journey
	Weeks    int           // since the midnight so many weeks ago; always: all there are
	Customer cx.CustomerID // whose runs, of a list of runs; "": everybody's
	Own      string        // the page that asks, as Path takes it
	Also     url.Values    // what Own asks besides the runs: its addresses keep it
	journey.Filter
}

// field is what an address calls something that is asked, and where it is kept.
type field struct {
	name string
	at   *string
}

func (a *Question) fields() []field {
	f := &a.Filter
	return []field{
		{"customer", (*string)(&a.Customer)},
		{"segment", &f.Segment},
		{"state", (*string)(&f.State)},
		{"channel", &f.Channel},
		{"area", &f.Area},
		{"supplier", &f.Supplier},
		{"place", &f.Place},
		{"touchpoint", &f.Touchpoint},
		{"step", &f.Step},
		{"variant", &f.Variant},
		{"deviation", &f.Deviation},
		{"after", &f.After},
		{"then", &f.Then},
	}
}

// QuestionOf reads the address of a request about the journey that its path
// names. The error is cx.NotFound when the model has no such journey, and
// cx.Invalid when what is asked for makes no sense: that is no guess.
func QuestionOf(q *web.Request, m *model.Model) (Question, error) {
	const op = "journeys"
	j, ok := m.Journey(q.PathValue("slug"))
	if !ok {
		return Question{}, cx.Errorf(cx.NotFound, op, "there is no such journey")
	}
	ask, v := Question{Journey: j, Weeks: usual}, q.URL.Query()
	if s := v.Get("weeks"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || !slices.Contains(periods(), n) {
			return Question{}, cx.Errorf(cx.Invalid, op, "there is no such period; choose one of the list")
		}
		ask.Weeks = n
	}
	for _, f := range ask.fields() {
		*f.at = v.Get(f.name)
	}
	if ask.State != "" && !slices.Contains(States(), ask.State) {
		return Question{}, cx.Errorf(cx.Invalid, op, "there is no such state; choose one of the list")
	}
	if _, ok := m.Area(ask.Area); ask.Area != "" && !ok {
		return Question{}, cx.Errorf(cx.Invalid, op, "there is no area %q; choose one of the list", ask.Area)
	}
	ask.Window = since(q, ask.Weeks)
	return ask, nil
}

// States lists the states in the order in which they are told.
func States() []journey.State {
	return []journey.State{journey.Running, journey.Stuck, journey.Completed, journey.Abandoned}
}

// Narrowed tells whether the question leaves runs out, besides by the period.
func (a Question) Narrowed() bool { return len(a.chosen()) > 0 }

// chosen are the filter's fields that are set.
func (a Question) chosen() (pairs [][2]string) {
	for _, f := range a.fields() {
		if *f.at != "" {
			pairs = append(pairs, [2]string{f.name, *f.at})
		}
	}
	return pairs
}

// Path is an address below the journey's page: Path("runs") of "/journeys/order".
func (a Question) Path(below string) string {
	p := "/journeys/" + url.PathEscape(a.Journey.Slug)
	if below != "" {
		p += "/" + below
	}
	return p
}

// At is an address below the journey's page that asks the same, but for pairs of
// name and value; an empty value takes the name out.
func (a Question) At(below string, pairs ...string) string {
	v := url.Values{}
	if a.Own != "" && (below == a.Own || strings.HasPrefix(below, a.Own+"/")) {
		maps.Copy(v, a.Also)
	}
	if a.Weeks != usual {
		v.Set("weeks", strconv.Itoa(a.Weeks))
	}
	for _, c := range a.chosen() {
		v.Set(c[0], c[1])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: a.Path(below), RawQuery: v.Encode()}
	return u.String()
}

// Whole is At for a view of the journey as a whole: what a link narrowed the runs
// to is let go, what the filters offer stays.
func (a Question) Whole(below string) string {
	var pairs []string
	for _, c := range a.chosen() {
		if !offered(c[0]) || c[0] == "state" {
			pairs = append(pairs, c[0], "")
		}
	}
	return a.At(below, pairs...)
}

// Usual is the question about a journey that its page asks unless another is
// asked for.
func Usual(q *web.Request, j model.Journey) Question {
	a := Question{Journey: j, Weeks: usual}
	a.Window = since(q, usual)
	return a
}

// since is the time from the midnight so many weeks ago, so that all who ask on
// one day ask the same.
func since(q *web.Request, weeks int) cx.Window {
	if weeks == always {
		return cx.Window{}
	}
	y, m, d := q.L.In(q.Now()).AddDate(0, 0, -7*weeks).Date()
	return cx.Window{From: cx.TimeOf(time.Date(y, m, d, 0, 0, 0, 0, q.L.Zone()))}
}
