package walk

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// tale is a story that can be lived again and again, by one of the hand-written
// customers.
type tale struct {
	key     string
	user    string // userId
	promise string // that it is about
	steps   []step // in their order
}

// step is one thing that is made to happen by a button.
type step struct {
	key  string
	done func(*state) bool
	// may tells whether the step can be taken; nil: once the one before is done.
	may func(*state) bool
	do  func(page, *web.Request, *state) error
}

func tales() []tale {
	return []tale{
		{key: "late", user: "cl-marta-llorente", promise: "delivery-on-date", steps: []step{
			{key: "risk", done: func(s *state) bool { return s.Promise != nil }, do: page.late},
			{key: "choose", done: func(s *state) bool { return s.Offer != nil && s.Offer.Option != "" }, may: func(s *state) bool { return s.Offer != nil }, do: page.choose},
			{key: "reserve", done: (*state).solved, may: func(s *state) bool { return s.Case != nil }, do: page.reserve},
			{key: "right", done: (*state).right, may: (*state).solved, do: page.right},
		}},
		{key: "gift", user: "cl-lucia-barrientos", promise: "gift-exchange", steps: []step{
			{key: "brings", done: func(s *state) bool { return s.Promise != nil }, do: page.brings},
			{key: "refused", done: func(s *state) bool { return s.Case != nil }, may: func(s *state) bool { return s.Promise != nil }, do: page.refused},
			{key: "suspend", done: func(s *state) bool { return s.suspended() && s.Case != nil }, may: func(s *state) bool { return s.Case != nil && s.Against != nil }, do: page.suspend},
			{key: "exchange", done: (*state).solved, may: func(s *state) bool { return s.Case != nil && s.suspended() }, do: page.exchange},
		}},
	}
}

// run is one time that a tale is lived, and how things were before it.
type run struct {
	tale tale
	id   string // "" before it begins; else when it began, Unix ms in base 36

	memory, trust float64 // of the customer; NaN: unknown
	kept, ended   int     // of the supplier's promises
}

// runOf reads a run from an address. The error is NotFound when it is of no tale.
func runOf(v url.Values) (r run, err error) {
	all := tales()
	i := slices.IndexFunc(all, func(t tale) bool { return t.key == cmp.Or(v.Get("tale"), all[0].key) })
	if i < 0 {
		return r, cx.Errorf(cx.NotFound, "walk", "there is no such story")
	}
	r = run{tale: all[i], id: v.Get("run"), memory: number(v, "memory"), trust: number(v, "trust")}
	if _, ok := r.began(); r.id != "" && !ok {
		return r, cx.Errorf(cx.NotFound, "walk", "this story was not told from here: begin it again")
	}
	r.kept, r.ended = int(zero(number(v, "kept"))), int(zero(number(v, "ended")))
	return r, nil
}

// began tells when the run began.
func (r run) began() (cx.Time, bool) {
	ms, err := strconv.ParseInt(r.id, 36, 64)
	if err != nil || ms < 1e12 || ms > 1e14 {
		return 0, false
	}
	return cx.TimeOf(time.UnixMilli(ms)), true
}

// object is the number of the order or return that the run is about.
func (r run) object() string {
	prefix := "P-"
	if r.tale.key == "gift" {
		prefix = "D-"
	}
	return prefix + strings.ToUpper(r.id)
}

// values writes the run as an address has it.
func (r run) values() url.Values {
	v := url.Values{"tale": {r.tale.key}}
	if r.id == "" {
		return v
	}
	v.Set("run", r.id)
	for name, x := range map[string]float64{"memory": r.memory, "trust": r.trust} {
		if !math.IsNaN(x) {
			v.Set(name, strconv.FormatFloat(x, 'f', 4, 64))
		}
	}
	if r.ended > 0 {
		v.Set("kept", strconv.Itoa(r.kept))
		v.Set("ended", strconv.Itoa(r.ended))
	}
	return v
}

func number(v url.Values, name string) float64 {
	x, err := strconv.ParseFloat(v.Get(name), 64)
	if err != nil || math.IsInf(x, 0) || math.Abs(x) > 1e9 {
		return math.NaN()
	}
	return x
}

func zero(x float64) float64 {
	if math.IsNaN(x) {
		return 0
	}
	return x
}

// event is a thing that a system of Candil's says of the customer.
type event struct {
	source, name string
	at           cx.Time
	properties   map[string]any
}

// says sends what the systems say, in order.
func (p page) says(ctx context.Context, r run, events ...event) error {
	for i, e := range events {
		body, err := message(r, i, e)
		if err != nil {
			return err
		}
		if err := p.c.Send(ctx, e.source, body); err != nil {
			return err
		}
	}
	return nil
}

// runID names a run by when it begins.
func runID(now cx.Time) string { return strconv.FormatInt(now.Std().UnixMilli(), 36) }
