package reason

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

const parcels = `
company: {slug: parcels, name: Parcels, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: logistics, name: Logística}, {slug: tills, name: Cajas}, {slug: it, name: Sistemas}]
suppliers: [{slug: rayo, name: Rayo, area: logistics}, {slug: trueno, name: Trueno, area: logistics}]
objects: {order: order_id}
touchpoints:
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: it, events: [Ordered]}
  - {slug: courier, name: Repartidor, stage: during, channel: home, medium: physical, area: logistics, events: [{name: Delivered, valence: "properties.days > 0.0 ? -1.0 : 1.0"}], surveys: [csat]}
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: tills, events: [Paid], surveys: [csat-till]}
properties:
  - {slug: late, name: {es: Llegó tarde, en: Late, pt: Atrasado}, on: Delivered, expr: properties.days > 0.0, object: order}
segments: [{slug: half, name: Media, when: 'true'}]
topics: [{slug: wait, name: {es: Espera, en: Wait, pt: Espera}, area: tills}, {slug: weather, name: Tiempo}]
whys:
  - {slug: late-rayo, of: property.late, because: {supplier: rayo}}
  - {slug: rayo-routes, of: supplier.rayo, because: {policy: {es: Dos rutas en una, en: Two routes in one, pt: Duas rotas numa}}, area: it}
`

const day = 24 * time.Hour

// grown is a company of which it is known what moves the scores: a late parcel 30
// points, of what is 60 % on average; to speak of the wait 20. Rayo is late from the
// 60th of 120 days on; who carries and the colour of the box change nothing, and who
// drives is a person: the clumsy one costs 25 points. Of the late parcels three in ten
// complain, of the others one in fifty.
func grown(t *testing.T) (w *world, since cx.Time) {
	w = newWorld(t, parcels)
	b := w.batch()
	r := rand.New(rand.NewPCG(1, 7))
	begin := cxtest.Epoch
	since = begin.Add(60 * day)
	for c := cx.ProfileNo(1); c <= 1500; c++ {
		if c%2 == 0 {
			w.members["half"] = append(w.members["half"], c)
		}
		at := begin.Add(time.Duration(r.IntN(120*24)) * time.Hour)
		carrier, late := "trueno", r.Float64() < .05
		if r.Float64() < .5 {
			carrier, late = "rayo", r.Float64() < .05 || at >= since && r.Float64() < .5
		}
		clumsy := r.Float64() < .3
		score, days := 70+10*r.NormFloat64(), 0
		if late {
			score, days = score-30, 1+r.IntN(3)
		}
		driver := "ana"
		if clumsy {
			driver, score = "leo", score-25
		}
		topics := []string{""}
		if r.Float64() < .3 {
			topics, score = append(topics, "wait"), score-20
		}
		if r.Float64() < .3 {
			topics = append(topics, "weather")
		}
		colour, order := []string{"red", "blue", "green"}[r.IntN(3)], "o"+string(rune('0'+c%10))+time.Duration(c).String()
		b.event(c, at.Add(-day), "Ordered", facts{"order_id": order, "colour": colour})
		b.event(c, at, "Delivered", facts{"order_id": order, "supplier": carrier, "days": days, "driver_name": driver, "box": colour})
		seq := b.answer(c, at.Add(time.Hour), "csat", "csat", "0-100", math.Round(min(max(score, 0), 100)), facts{"order_id": order, "way": "mail"}, topics...)
		if r.Float64() < .02 || late && r.Float64() < .3 {
			w.words[seq] = append(w.words[seq], voice.Text{Ref: voice.Ref{Seq: seq, Item: 2}, Words: "my parcel", Reading: voice.Reading{Topics: []string{"parcel"}, Polarity: "negative", Alone: "negative"}})
		}
	}
	b.answer(1, begin.Add(day), "csat", "csat", "0-100", 0, facts{"suspect": true})
	b.live()
	return w, since
}

func TestReasons(t *testing.T) {
	t.Parallel()
	w, since := grown(t)
	a, err := w.Reasons(t.Context(), cx.System(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	if a.N != 1500 || a.Of != 1500 || a.Customers != 1500 || a.Method != "lmg" || a.R2 < .2 || a.R2Low >= a.R2 || a.R2High <= a.R2 {
		t.Errorf("%+v", a)
	}
	var ids []string
	for _, r := range a.Reasons {
		ids = append(ids, r.ID)
	}
	if !slices.Equal(ids, []string{"late@courier", "topic.wait"}) {
		t.Fatalf("told %v", ids)
	}
	late, wait := a.Reasons[0], a.Reasons[1]
	for _, c := range []struct {
		r    Reason
		each float64
	}{{late, -30}, {wait, -20}} {
		if c.r.Each.Low > c.each || c.r.Each.High < c.each || c.r.Each.High-c.r.Each.Low > 8 || math.Abs(c.r.Effect.Value-c.r.Each.Value*c.r.Share.Value) > 1e-9 || c.r.Good || c.r.Top3 != 1 {
			t.Errorf("planted %v: %+v", c.each, c.r)
		}
	}
	if sum := late.Weight.Part + wait.Weight.Part; math.Abs(sum-1) > 1e-9 || math.Abs(late.Weight.Share+wait.Weight.Share-a.R2) > 1e-9 || late.Importance != 100 || math.Abs(late.Performance-(100-100*late.Among.Value)) > 1e-9 {
		t.Errorf("the parts make %v: %+v", sum, a)
	}
	if late.Name.EN != "Late" || late.Driver != "property.late" || late.Owner != "it" || len(late.Whys) != 2 || late.Whys[0].Area != "logistics" || wait.Owner != "tills" || wait.Kind != Topic || len(late.Quotes) != 3 {
		t.Errorf("%+v\n%+v", late, wait)
	}
	if s := late.Since; s == nil || s.Low > since || s.High < since || s.Until != 0 || s.Now < 2*s.Then {
		t.Errorf("since %v, told %+v", since, s)
	}
	asked := w.asked[0]
	if len(asked.Seqs) != late.N || !slices.Equal(asked.Where[0].In, []string{"parcel"}) || !slices.Equal(asked.Where[1].In, []string{"negative"}) {
		t.Errorf("of %d who lived it words are asked for of %d: %+v", late.N, len(asked.Seqs), asked.Where)
	}
	if asked = w.asked[1]; !slices.Equal(asked.Where[0].In, []string{"wait"}) || len(asked.Where) != 1 {
		t.Errorf("words on the topic: %+v", asked.Where)
	}
	if wait.Since != nil {
		t.Errorf("it was always so: %+v", wait.Since)
	}

	d, err := w.Reason(t.Context(), cx.System(), Query{}, late.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d.Lived.N+d.Others.N != 1500 || d.Lived.High >= d.Others.Low || !d.Clear {
		t.Errorf("%+v against %+v", d.Lived, d.Others)
	}
	of := slices.IndexFunc(d.ForWhom, func(w Whom) bool { return w.By == "supplier" })
	if of < 0 || d.ForWhom[of].Value != "rayo" || d.ForWhom[of].Share.Value < 2*d.ForWhom[of].Others.Value {
		t.Errorf("for whom: %+v", d.ForWhom)
	}
	if slices.ContainsFunc(d.ForWhom, func(w Whom) bool { return w.By == "segment" }) {
		t.Errorf("the segment is drawn by lot: %+v", d.ForWhom)
	}
	if d.Whys[0].Within == nil || d.Whys[1].Within != nil || len(d.Proposals) != 0 {
		t.Errorf("whys %+v, proposals %+v", d.Whys, d.Proposals)
	}
	if len(d.Facts) != mostBehind || d.Facts[0].Name == "" || len(d.Facts[0].Facts) == 0 || d.Facts[0].At < d.Facts[99].At {
		t.Errorf("behind it: %+v", d.Facts[0])
	}
	n := 0
	for i, week := range d.Weeks {
		n += week.Share.N
		if i > 0 && week.From != d.Weeks[i-1].To {
			t.Errorf("weeks with a gap: %+v", week)
		}
	}
	if n != 1500 {
		t.Errorf("the weeks have %d", n)
	}
	if _, err := w.Reason(t.Context(), cx.System(), Query{}, "colour.red@web"); cx.KindOf(err) != cx.NotFound {
		t.Errorf("of none: %v", err)
	}
}

// What moved the score from the time before Rayo was late to the time since.
func TestChanged(t *testing.T) {
	t.Parallel()
	w, since := grown(t)
	q := ChangedQuery{Query: Query{Window: cx.Window{From: since, To: since.Add(60 * day)}}}
	c, err := w.Changed(t.Context(), cx.System(), q)
	if err != nil {
		t.Fatal(err)
	}
	if c.Score.N+c.Was.N < 1490 || c.Delta.High >= 0 || math.Abs(c.Delta.Value-(c.Score.Value-c.Was.Value)) > 1e-9 {
		t.Errorf("%+v", c)
	}
	late := c.Moves[0]
	if late.ID != "late@courier" || !late.Clear || late.Points.High >= 0 || late.Mix >= 0 || math.Abs(late.Mix) < 4*math.Abs(late.Rate) || math.Abs(late.Mix+late.Rate-late.Points.Value) > 1e-9 {
		t.Errorf("%+v", late)
	}
	if wait := c.Moves[1]; wait.Clear || wait.ID != "topic.wait" {
		t.Errorf("%+v", wait)
	}
	for _, bad := range []ChangedQuery{
		{Query: Query{Window: cx.Window{From: since}}},
		{Query: q.Query, Before: cx.Window{From: since, To: since.Add(day)}},
	} {
		if _, err := w.Changed(t.Context(), cx.System(), bad); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestPicture(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	p, err := w.Picture(t.Context(), cx.System(), Query{})
	if err != nil || len(p.Points) != 2 || p.Points[0].Importance != 100 {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, point := range p.Points {
		much, well := point.Importance >= p.Importance, point.Performance >= p.Performance
		if want := map[[2]bool]string{{true, false}: Act, {true, true}: Keep, {false, false}: Watch, {false, true}: Relax}[[2]bool{much, well}]; point.Quadrant != want {
			t.Errorf("%+v, want %s", point, want)
		}
	}
}

func TestQueries(t *testing.T) {
	t.Parallel()
	w, since := grown(t)
	ask := func(p cx.Principal, q Query) (Answer, error) { return w.Reasons(t.Context(), p, q) }
	if _, err := ask(cx.Principal{}, Query{}); cx.KindOf(err) != cx.Unauthorized {
		t.Errorf("to nobody: %v", err)
	}
	for name, q := range map[string]Query{
		"metric":    {Metric: "joy"},
		"window":    {Window: cx.Window{From: 7, To: 3}},
		"dimension": {Where: []outcome.Condition{{By: "trait.city", In: []string{"Madrid"}}}},
	} {
		if _, err := ask(cx.System(), q); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	n := func(q Query) int {
		a, err := ask(cx.System(), q)
		if err != nil {
			t.Fatal(err)
		}
		return a.N
	}
	if got := n(Query{Segment: "half"}); got != 750 {
		t.Errorf("of a segment: %d", got)
	}
	if got := n(Query{Where: []outcome.Condition{{By: "touchpoint", In: []string{"till"}}}}); got != 0 {
		t.Errorf("at the till: %d", got)
	}
	if got := n(Query{Metric: NPS}); got != 0 {
		t.Errorf("of NPS: %d", got)
	}
	if before, after := n(Query{Window: cx.Window{To: since}}), n(Query{Window: cx.Window{From: since}}); before+after != 1500 || before < 600 {
		t.Errorf("%d before, %d after", before, after)
	}
	csat, err := ask(cx.System(), Query{Metric: CSAT, Survey: "csat"})
	if err != nil || csat.N != 1500 || csat.Score.High > 1 || csat.Reasons[0].ID != "late@courier" { // nobody gives the best box of 0–100
		t.Errorf("%+v, %v", csat, err)
	}
	limited := cx.Principal{ID: "person:9", Role: cx.Lead, Areas: []string{"tills"}}
	if a, err := ask(limited, Query{}); err != nil || a.N != 0 {
		t.Errorf("who sees the tills: %d, %v", a.N, err)
	}
}

// What people declare to be behind a reason is told with it; what nobody can answer
// for is refused.
func TestWhys(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	late := func() Reason {
		a, err := w.Reasons(t.Context(), cx.System(), Query{})
		if err != nil {
			t.Fatal(err)
		}
		return a.Reasons[0]
	}
	why := model.Why{Slug: "routes-goal", Of: "why.rayo-routes", Kind: model.WhyGoal, Name: model.Text{ES: "Ahorrar en reparto", EN: "Save on delivery"}, Area: "tills"}
	if err := w.SetWhy(t.Context(), cx.System(), why); err != nil {
		t.Fatal(err)
	}
	if r := late(); len(r.Whys) != 3 || r.Whys[2].Name.EN != "Save on delivery" || r.Owner != "tills" {
		t.Errorf("%+v", r.Whys)
	}
	why.Kind, why.Ref, why.Area = model.WhySupplier, "trueno", ""
	if err := w.SetWhy(t.Context(), cx.System(), why); err != nil {
		t.Fatal(err)
	}
	if r := late(); len(r.Whys) != 3 || r.Whys[2].Ref != "trueno" || r.Owner != "logistics" {
		t.Errorf("said otherwise: %+v", r.Whys)
	}
	if err := w.RemoveWhy(t.Context(), cx.System(), "routes-goal"); err != nil {
		t.Fatal(err)
	}
	if r := late(); len(r.Whys) != 2 || r.Owner != "it" {
		t.Errorf("taken back: %+v", r.Whys)
	}
	why.Kind, why.Ref = model.WhyGoal, ""
	if err := w.SetWhy(t.Context(), cx.System(), why); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		err  error
		kind cx.ErrorKind
	}{
		"a supplier that is none":  {w.SetWhy(t.Context(), cx.System(), model.Why{Slug: "x", Of: "property.late", Kind: model.WhySupplier, Ref: "nobody"}), cx.Invalid},
		"behind nothing":           {w.SetWhy(t.Context(), cx.System(), model.Why{Slug: "x", Of: "late", Kind: model.WhyTool, Name: model.Text{ES: "App"}}), cx.Invalid},
		"one that another is of":   {w.RemoveWhy(t.Context(), cx.System(), "rayo-routes"), cx.Invalid},
		"one that is not declared": {w.RemoveWhy(t.Context(), cx.System(), "unheard-of"), cx.NotFound},
		"by who may not":           {w.SetWhy(t.Context(), cx.Principal{ID: "person:1", Role: cx.Lead}, why), cx.Forbidden},
	} {
		if cx.KindOf(c.err) != c.kind {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

// A study is told again while the facts are the same, and at once made anew when
// some were erased or another model holds.
func TestKept(t *testing.T) {
	t.Parallel()
	w, _ := grown(t)
	get := func() *study {
		x, err := w.study(t.Context(), cx.System(), Query{})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	first := get()
	if get() != first {
		t.Error("the facts are the same, and it was made again")
	}
	b := w.batch()
	b.answer(3, cxtest.Epoch.Add(day), "csat", "csat", "0-100", 50, nil)
	b.live()
	if get() != first {
		t.Error("patience is over too soon")
	}
	w.clock.Advance(time.Hour)
	second := get()
	if second == first || len(second.answers) != 1501 {
		t.Errorf("an hour later %d answers are known", len(second.answers))
	}
	if _, err := w.store.Erase(t.Context(), cx.Subject{Profiles: []cx.ProfileNo{3}}); err != nil {
		t.Fatal(err)
	}
	third := get()
	if third == second || slices.ContainsFunc(third.answers, func(a answer) bool { return a.customer == 3 }) {
		t.Error("who was erased is still known")
	}
	w.version.Number++
	if get() == third {
		t.Error("another model holds, and the study is of the one before")
	}
}
