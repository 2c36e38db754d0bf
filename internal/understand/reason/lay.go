package reason

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// noFact is the fact of what was said, and not lived.
const noFact = 1<<32 - 1

// lay makes the table's rows: what each answer is about, and what came with it.
func (g *gathering) lay(said map[cx.Seq]spoken) {
	t := g.table
	strata := map[[3]string]uint32{}
	var list [][3]string
	ends := 0
	for i := range g.answers {
		a := &g.answers[i]
		if i == 0 || a.customer != g.answers[i-1].customer {
			for ends < len(g.events) && g.events[ends].customer < a.customer {
				ends++
			}
			a.from = uint32(ends)
			for ends < len(g.events) && g.events[ends].customer == a.customer {
				ends++
			}
			a.to = uint32(ends)
		} else {
			a.from, a.to = g.answers[i-1].from, g.answers[i-1].to
		}
		r := row{stratum: numbered(strata, &list, [3]string{g.surveys[a.survey], a.metric, a.scale}), customer: uint32(a.customer)}
		r.score, r.points = scored(g.q.Metric, a)
		t.begin(r)
		for _, p := range a.seen {
			t.see(observation{p.driver, p.value, noFact})
		}
		g.about(a)
		g.spoke(said[a.seq])
	}
	g.objects, g.seen = nil, nil
}

// scored moves an answer to 0–100, and tells what it counts for the metric.
func scored(m Metric, a *answer) (score, points float64) {
	scale, _ := fact.ParseScale(a.scale)
	score = 100 * (a.value - scale.Min) / (scale.Max - scale.Min)
	switch {
	case m == NPS && a.value >= 9:
		return score, 100
	case m == NPS && a.value <= 6:
		return score, -100
	case m == NPS:
		return score, 0
	case m == CSAT && a.value >= scale.TopBox():
		return score, 100
	case m == CSAT:
		return score, 0
	}
	return score, score
}

// about adds what was lived of that which an answer is about.
func (g *gathering) about(a *answer) {
	lived := g.events[a.from:a.to]
	last, _ := slices.BinarySearchFunc(lived, a.at+1, func(e event, at cx.Time) int { return int(e.at - at) })
	g.derived(a, lived[last:], a.from+uint32(last))
	lived = lived[:last]
	from, _ := slices.BinarySearchFunc(lived, a.at.Add(-lately), func(e event, at cx.Time) int { return int(e.at - at) })
	lived = lived[from:]
	shares := func(e event) bool {
		return slices.ContainsFunc(g.objects[e.objects:e.objEnd], func(o uint64) bool { return slices.Contains(a.objects, o) })
	}
	at, place := g.contexts[a.context].Touchpoint, g.contexts[a.context].Place
	newest := -1
	for i, e := range lived {
		if shares(e) {
			newest = i
		}
	}
	if newest < 0 && !a.about && at != "" {
		for i, e := range lived {
			c := g.contexts[e.context]
			if c.Touchpoint == at && (place == "" || c.Place == place) && a.at.Sub(e.at) <= toVisit {
				newest = i
			}
		}
	}
	if newest < 0 && !a.about && (at != "" || len(a.objects) > 0) {
		return // nothing is known of what it is about
	}
	var objects []uint64
	repeated := map[string]int{}
	for i, e := range lived {
		if newest >= 0 && !shares(e) && lived[newest].at.Sub(e.at).Abs() > visit {
			continue
		}
		fact := a.from + uint32(from+i)
		if shares(e) {
			a.shared = append(a.shared, fact)
		}
		for _, p := range g.seen[e.seen:e.seenEnd] {
			g.table.see(observation{p.driver, p.value, fact})
		}
		for _, o := range g.objects[e.objects:e.objEnd] {
			if !slices.Contains(objects, o) {
				objects = append(objects, o)
				g.once(driverKey{"object", g.kinds[o], ""}, fact)
			}
		}
		c := g.contexts[e.context]
		if repeated[c.Touchpoint]++; repeated[c.Touchpoint] == 1 {
			g.once(driverKey{"visitor", "", c.Touchpoint}, fact)
		} else if repeated[c.Touchpoint] == 2 && c.Stage == model.After {
			among := g.table.silent(driverKey{"visitor", "", c.Touchpoint})
			g.see(g.table.driver(driverKey{"again", "", c.Touchpoint}, rankEvent, int(among)), fact)
		}
	}
}

// derived adds what the model derives of the objects that an answer is about, and
// that came to be known after it.
func (g *gathering) derived(a *answer, later []event, first uint32) {
	for i, e := range later {
		if e.at.Sub(a.at) > lately {
			return
		}
		for _, o := range g.objects[e.objects:e.objEnd] {
			if !slices.Contains(a.objects, o) {
				continue
			}
			a.shared = append(a.shared, first+uint32(i))
			for _, p := range g.seen[e.seen:e.seenEnd] {
				if d := &g.table.drivers[p.driver]; d.rank == rankProperty && d.among >= 0 {
					g.table.see(observation{p.driver, p.value, first + uint32(i)})
				}
			}
			break
		}
	}
}

// once sees a silent driver.
func (g *gathering) once(k driverKey, fact uint32) { g.see(g.table.silent(k), fact) }

func (g *gathering) see(driver, fact uint32) {
	if value, ok := g.table.value(driver, nil); ok {
		g.table.see(observation{driver, value, fact})
	}
}

// mention says that the words of the row begun last are about a topic, and how they
// feel: what is complained of and what is praised are two.
func (t *table) mention(topic, polarity string) {
	no := t.driver(driverKey{"topic", topic, ""}, rankTopic, int(t.silent(driverKey{"words", "", ""})))
	if value, ok := t.value(no, []byte(polarity)); ok {
		t.see(observation{no, value, noFact})
	}
}

// spoke adds what an answer's words are about.
func (g *gathering) spoke(s spoken) {
	if !s.words {
		return
	}
	g.once(driverKey{"words", "", ""}, noFact)
	for _, m := range s.topics {
		g.table.mention(m.topic, m.polarity)
	}
}
