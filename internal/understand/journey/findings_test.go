package journey

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// bookshop is a journey of orders: pay, ship, notice, gift, deliver.
func bookshop() model.Journey {
	j := model.Journey{Slug: "order"}
	for _, s := range []model.Step{
		{Slug: "pay", Touchpoint: "checkout", Events: []string{"Paid"}, Truth: true, Within: 48 * time.Hour, Stage: model.Before},
		{Slug: "ship", Touchpoint: "store", Events: []string{"Shipped"}, Stage: model.During},
		{Slug: "notice", Touchpoint: "notice", Stage: model.During},
		{Slug: "gift", Touchpoint: "gift", Stage: model.During},
		{Slug: "deliver", Touchpoint: "door", Events: []string{"Delivered"}, Truth: true, Stage: model.After, Valence: 1, HasValence: true},
	} {
		j.Script = append(j.Script, model.Node{Step: &s})
	}
	return j
}

// planted makes runs of a bookshop with faults, or without any, and what a
// conformance check would say of them.
type planted struct {
	r      *rand.Rand
	runs   []madeRun
	hasIt  map[string][]bool
	from   time.Time
	until  time.Time
	faulty bool
}

var bookshopIDs = []string{"skipped:notice", "late:pay", "repeated:pay", "unexpected:Reminded@bills", "skipped:gift"}

func plant(seed uint64, days, each int, faulty bool) planted {
	p := planted{r: rand.New(rand.NewPCG(seed, 11)), hasIt: map[string][]bool{}, faulty: faulty, from: monday, until: monday.AddDate(0, 0, days)}
	for day := range days {
		for range each {
			p.order(day)
		}
	}
	return p
}

func (p *planted) order(day int) {
	r := p.r
	chance := func(share float64) bool { return r.Float64() < share }
	shop, carrier, source := fmt.Sprint("shop-", r.IntN(6)), []string{"azahar", "veloz"}[r.IntN(2)], []string{"web", "app"}[r.IntN(2)]
	began := p.from.AddDate(0, 0, day).Add(time.Duration(r.IntN(10)) * time.Hour)
	has := map[string]bool{"skipped:gift": day >= 60 && chance(.5)}
	if p.faulty {
		has["skipped:notice"] = carrier == "azahar" && day >= 220 && chance(.9)
		has["late:pay"] = shop == "shop-3" && day >= 170 && chance(.6)
		has["repeated:pay"] = source == "app" && day >= 180 && day < 250 && chance(.6)
		has["unexpected:Reminded@bills"] = began.Weekday() == time.Sunday && day >= 190 && chance(.35)
	} else {
		for i, id := range bookshopIDs {
			has[id] = chance([]float64{.3, .05, .1, .02, .5}[i])
		}
	}
	feel := func(mean float64) float64 { return min(2, max(-2, mean+.6*r.NormFloat64())) }
	worse := func(id string, by float64) float64 {
		if p.faulty && has[id] {
			return by
		}
		return 0
	}
	var felt []float64
	run := madeRun{began: began, state: Completed}
	live := func(name, touchpoint string, hours int, valence float64) {
		run.events = append(run.events, made{name, time.Duration(hours) * time.Hour, eventlog.Context{Touchpoint: touchpoint, Place: shop, Supplier: carrier, Source: source, Channel: "web"}, valence})
		if valence != unfelt {
			felt = append(felt, valence)
		}
	}
	live("Paid", "checkout", 0, feel(.5))
	if has["repeated:pay"] {
		live("Paid", "checkout", 1, feel(.5+worse("repeated:pay", -1.2)))
	}
	hours := 20
	if has["late:pay"] {
		hours = 80
	}
	live("Shipped", "store", hours, feel(.2+worse("late:pay", -1.5)))
	if has["unexpected:Reminded@bills"] {
		live("Reminded", "bills", hours+3, feel(worse("unexpected:Reminded@bills", -1.8)))
	}
	if !has["skipped:notice"] {
		live("Noticed", "notice", hours+10, feel(.3))
	}
	if !has["skipped:gift"] {
		live("Wrapped", "gift", hours+11, unfelt)
	}
	live("Delivered", "door", hours+20, feel(1+worse("skipped:notice", -.9)))
	if chance(.4) {
		mean := 0.0
		for _, f := range felt {
			mean += f / float64(len(felt))
		}
		run.answers = append(run.answers, eventlog.Answer{Metric: eventlog.CSAT, Felt: int16(1000 * feel(mean)), At: began.UnixMicro()})
	}
	for _, id := range bookshopIDs {
		p.hasIt[id] = append(p.hasIt[id], has[id])
	}
	p.runs = append(p.runs, run)
}

// lived lays the runs out, and says which have what.
func (p *planted) lived() (*lived, *incidence) {
	x := livedOf(bookshop(), p.until, p.runs)
	x.model = &model.Model{Company: model.Company{Currency: "EUR"}}
	x.log.Scales = []string{"1-5"}
	x.log.Later = make([]eventlog.Afterwards, x.log.Cases())
	for c := range x.log.Later {
		if p.runs[c].began.Before(p.until.AddDate(0, 0, -eventlog.HorizonDays)) {
			came := p.r.Float64() < .5
			x.log.Later[c] = eventlog.Afterwards{Known: true, Returned: came}
			if came {
				x.log.Later[c].Spent = int64(1000 + p.r.IntN(4000))
			}
		}
	}
	known := &incidence{}
	step := map[string]*model.Step{}
	for i := range x.steps {
		step[x.steps[i].Slug] = &x.steps[i]
	}
	for i, id := range bookshopIDs {
		d := Deviation{ID: id, Kind: []DeviationKind{Skipped, Delayed, Repeated, Unexpected, Skipped}[i], Step: step[[]string{"notice", "pay", "pay", "", "gift"}[i]]}
		if d.Step == nil {
			d.Event, d.Touchpoint = "Reminded", "bills"
		}
		known.deviations = append(known.deviations, d)
		known.cases = append(known.cases, eventlog.MaskOf(len(p.runs), func(c int) bool { return p.hasIt[id][c] }))
	}
	return x, known
}

// Each planted fault leads, with whom it hits, since when, and what it costs; what
// changes nothing is not clear.
func TestFindingsTellWhatWasPlanted(t *testing.T) {
	t.Parallel()
	p := plant(5, 300, 20, true)
	x, known := p.lived()
	all := x.findings(known, nil)
	of := map[string]Finding{}
	for i, f := range all {
		t.Logf("%d %s %d/%d clear %v loss %.3f felt %.2f (p %.2g) score %.2f p %.1g whom %v since %v (%v..%v) until %v", i, f.ID, f.Runs.K, f.Runs.N, f.Clear, f.Loss, f.Felt.Delta, f.Felt.P, f.Score.Delta, f.Score.P, whoms(f), f.Since.From, f.Since.Low, f.Since.High, f.Since.Until)
		of[f.ID] = f
		if i < 4 == (f.Kind == Painful || f.ID == "skipped:gift") {
			t.Errorf("%s is number %d", f.ID, i+1)
		}
	}
	for _, want := range []struct {
		id, by, value string
		since, until  int     // days
		felt          float64 // what was planted, over the events of the run that are felt
		share         float64
	}{
		{"skipped:notice", "supplier", "azahar", 220, 0, -.9 / 3, .9},
		{"late:pay", "place", "shop-3", 170, 0, -1.5 / 4, .6},
		{"repeated:pay", "source", "app", 180, 250, -1.2 / 5, .6},
		{"unexpected:Reminded@bills", "weekday", "7", 190, 0, -1.8 / 5, .35},
	} {
		f, ok := of[want.id]
		if !ok || !f.Clear || !f.Felt.Clear || f.Loss <= 0 {
			t.Errorf("%s is not clear: %+v", want.id, f)
			continue
		}
		if len(f.ForWhom) == 0 || len(f.ForWhom[0].Parts) != 1 || f.ForWhom[0].Parts[0] != (Part{By(want.by), want.value}) {
			t.Errorf("%s hits %v", want.id, whoms(f))
		} else if w := f.ForWhom[0]; w.Runs.Low > want.share || w.Runs.High < want.share {
			t.Errorf("%s hits %v of them, want %v", want.id, w.Runs, want.share)
		}
		since := p.from.AddDate(0, 0, want.since)
		if !f.Since.Known || f.Since.Low.Std().After(since) || f.Since.High.Std().Before(since) {
			t.Errorf("%s since %v (%v..%v), want %v", want.id, f.Since.From, f.Since.Low, f.Since.High, since)
		}
		if want.until == 0 && f.Since.Until != 0 || want.until != 0 && f.Since.Until.Std().Sub(p.from.AddDate(0, 0, want.until)).Abs() > 72*time.Hour {
			t.Errorf("%s until %v", want.id, f.Since.Until)
		}
		if f.Felt.Low > want.felt+.03 || f.Felt.High < want.felt-.03 {
			t.Errorf("%s costs %v (%v..%v) in how it is lived, want %v", want.id, f.Felt.Delta, f.Felt.Low, f.Felt.High, want.felt)
		}
	}
	if f := of["skipped:gift"]; f.Clear || f.Runs.K < 100 || len(f.ForWhom) > 0 {
		t.Errorf("what changes nothing is clear, or hits some: %+v", f)
	}
	if f := of["skipped:notice"]; f.Lately < 100 || f.Hurts <= 0 || f.Lately > f.Runs.K {
		t.Errorf("lately %d, which hurts %v", f.Lately, f.Hurts)
	}
	if f := of["late:pay"]; !f.Time.Clear || f.Time.Delta < 40*3600 {
		t.Errorf("being late takes %+v", f.Time)
	}
}

func whoms(f Finding) (out []Part) {
	for _, w := range f.ForWhom {
		out = append(out, w.Parts...)
	}
	return out
}

// Where nothing was planted, something is marked as clear no more often than
// false discoveries may be.
func TestFindingsKeepTheRateOfFalseDiscoveries(t *testing.T) {
	t.Parallel()
	const rounds = 200
	costs, groups, breaks := 0, 0, 0
	for seed := range uint64(rounds) {
		p := plant(seed, 120, 6, false)
		x, known := p.lived()
		all := x.findings(known, nil)
		if slices.ContainsFunc(all, func(f Finding) bool { return f.Clear }) {
			costs++
		}
		for _, f := range all {
			if len(f.ForWhom) > 0 {
				groups++
				break
			}
		}
		for _, f := range all {
			if f.Since.Known && f.ID != "skipped:gift" {
				breaks++
			}
		}
	}
	t.Logf("%d with a cost, %d with a group, %d breaks in %d", costs, groups, breaks, rounds)
	// 5 % of the rounds, and two and a half standard errors; breaks are of 1 %.
	if most := rounds * 9 / 100; costs > most || groups > most || breaks > 8*rounds*2/100 {
		t.Errorf("%d with a cost, %d with a group, %d breaks in %d rounds", costs, groups, breaks, rounds)
	}
}
