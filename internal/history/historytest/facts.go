package historytest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// odd are keys that an engine may stumble over.
var odd = []string{"", "plain", "two words", "ñandú", `it's "quoted"`, "{brace", "[bracket", "a/b~c", "true", "7", "null", "back\\slash", "%_"}

// Facts makes random facts, the same for the same seed.
type Facts struct {
	r        *rand.Rand
	seq      cx.Seq
	answered map[cx.ProfileNo]cx.Seq // the newest answer
}

// NewFacts returns a source of facts.
func NewFacts(seed uint64) *Facts {
	return &Facts{r: rand.New(rand.NewPCG(seed, 1)), answered: map[cx.ProfileNo]cx.Seq{}}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func (g *Facts) chance(p float64) bool { return g.r.Float64() < p }

// Batch returns the next batch of up to n records, with gaps in the seqs where
// duplicates and decisions were.
func (g *Facts) Batch(version, n int) history.Batch {
	b := history.Batch{Model: version}
	for range n {
		g.seq++
		switch {
		case g.chance(.1):
		case g.chance(.03):
			b.Circumstances = append(b.Circumstances, g.circumstance())
		default:
			b.Facts = append(b.Facts, g.fact())
		}
	}
	b.Last = g.seq
	for range g.r.IntN(4) {
		profile := g.profile()
		customer := g.profile() // merges, moves on, and undoes
		if g.chance(.3) {
			customer = profile
		}
		b.Clusters = append(b.Clusters, history.Cluster{Profile: profile, Customer: customer})
	}
	return b
}

// Chunk returns what another model says of all the facts in (after, through],
// and of some seqs that are no facts.
func (g *Facts) Chunk(version int, after, through cx.Seq) history.Chunk {
	c := history.Chunk{Model: version, After: after, Through: through}
	for seq := after + 1; seq <= through; seq++ {
		c.Facts = append(c.Facts, history.Reclassified{Seq: seq, Said: g.said()})
	}
	return c
}

func (g *Facts) profile() cx.ProfileNo { return cx.ProfileNo(1 + g.r.IntN(25)) }

func (g *Facts) at() cx.Time {
	return cxtest.Epoch.Add(time.Duration(g.r.IntN(40*24)) * time.Hour).Add(time.Duration(g.r.IntN(3)) * time.Microsecond)
}

func (g *Facts) fact() history.Fact {
	f := history.Fact{
		Seq: g.seq, Profile: g.profile(), Kind: pick(g.r, []cx.Kind{cx.Track, cx.Page, cx.Identify, cx.Answer}),
		Name: pick(g.r, odd[1:]), Source: pick(g.r, []string{"web", "shop"}), At: g.at(), ReceivedAt: cxtest.Epoch + cx.Time(g.seq),
		Properties: g.object(), Said: g.said(),
	}
	for _, name := range []string{"city", "plan", `it's "quoted"`} {
		if g.chance(.2) {
			f.Says = append(f.Says, history.Trait{Name: name, Value: pick(g.r, []string{`"Quito"`, `"ñandú \"x\""`, "7", "true", `{"a":[1]}`, "null", "null"})})
		}
	}
	if f.Kind == cx.Answer {
		f.Traits = g.object()
		f.Answer = &fact.Answer{Survey: f.Name}
		for i := range 1 + g.r.IntN(3) {
			f.Answer.Items = append(f.Answer.Items, g.item(i))
		}
		if before := g.answered[f.Profile]; before != 0 && g.chance(.3) {
			f.Corrects = []cx.Seq{before, f.Seq + 1} // what comes later cannot be corrected
		}
		g.answered[f.Profile] = f.Seq
	}
	return f
}

func (g *Facts) item(i int) fact.AnswerItem {
	it := fact.AnswerItem{Question: fmt.Sprint("q", i)}
	switch g.r.IntN(5) {
	case 0:
		it.Text = "words"
	case 1:
		it.Metric, it.Scale = "csat", "1-5" // skipped
	case 2:
		it.Metric, it.Scale, it.Value, it.HasValue = "nps", "0-10", float64(g.r.IntN(11)), true
	case 3:
		it.Metric, it.Value, it.HasValue = "rating", g.r.Float64()*2e6-1e6, true
	default:
		it.Metric, it.Scale, it.Value, it.HasValue = "csat", "1-5", float64(1+g.r.IntN(5)), true
	}
	return it
}

func (g *Facts) said() history.Said {
	c := model.Class{
		Touchpoint: pick(g.r, []string{"", "till", "web", "phone"}), Stage: pick(g.r, []string{"", "before", "during", "after"}),
		Channel: pick(g.r, []string{"", "store", "app"}), Medium: pick(g.r, []string{"", "physical", "digital"}), Area: pick(g.r, []string{"", "sales", "care"}),
		Supplier: pick(g.r, []string{"", "rayo"}), Place: pick(g.r, odd),
	}
	if g.chance(.6) {
		c.Valence, c.HasValence = g.r.Float64()*4-2, true
	}
	if g.chance(.4) {
		c.Revenue, c.HasRevenue = cx.Money{Minor: g.r.Int64N(1_000_000) - 100_000, Currency: pick(g.r, []string{"EUR", "BRL"})}, true
	}
	for range g.r.IntN(3) {
		if o := g.ref(); !slices.Contains(c.Objects, o) {
			c.Objects = append(c.Objects, o)
		}
	}
	s := history.Said{Class: c}
	for _, property := range []string{"late", "plain"} {
		if g.chance(.2) {
			d := history.Derived{Property: property, Value: pick(g.r, []string{"true", "false"})}
			if len(c.Objects) > 0 && g.chance(.7) {
				d.Object = c.Objects[0]
			}
			s.Derived = append(s.Derived, d)
		}
	}
	return s
}

func (g *Facts) ref() model.ObjectRef {
	return model.ObjectRef{Type: pick(g.r, []string{"order", "ticket"}), ID: fmt.Sprint(g.r.IntN(30))}
}

func (g *Facts) object() []byte {
	if g.chance(.2) {
		return nil
	}
	o := map[string]any{}
	for _, name := range []string{"late", "plain", "a/b~c", `it's "quoted"`, "two words"} {
		switch g.r.IntN(8) {
		case 0:
			o[name] = g.chance(.5)
		case 1:
			o[name] = g.r.IntN(5)
		case 2:
			o[name] = 1.5
		case 3:
			o[name] = pick(g.r, odd)
		case 4:
			o[name] = nil
		case 5:
			o[name] = pick(g.r, []any{[]int{1}, map[string]int{"x": 1}})
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return b
}

func (g *Facts) circumstance() history.Circumstance {
	from := g.at()
	c := history.Circumstance{Seq: g.seq, Circumstance: fact.Circumstance{Kind: "till-closed", Place: pick(g.r, odd[1:]), From: from, Value: "3"}}
	if g.chance(.5) {
		c.Until = from.Add(48 * time.Hour)
	}
	return c
}
