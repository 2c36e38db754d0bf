package reason

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// whys follows what the company declared to be behind a reason, link by link, each
// once, and returns who answers for it: the area of the last link that names one,
// else that of the supplier or touchpoint or topic.
func (s *study) whys(r Reason) (links []Link, owner string) {
	links, owner = []Link{}, r.Area
	ask := []string{r.Driver}
	if supplier, ok := strings.CutPrefix(r.Driver, "supplier."); ok {
		if declared, ok := s.m.Supplier(supplier); ok {
			owner = cmp.Or(declared.Area, owner)
		}
	}
	for i := 0; i < len(ask); i++ {
		for _, w := range s.m.Whys {
			if w.Of != ask[i] || slices.ContainsFunc(links, func(l Link) bool { return l.Slug == w.Slug }) {
				continue
			}
			area := w.Area
			if declared, ok := s.m.Supplier(w.Ref); ok && w.Kind == model.WhySupplier {
				area = cmp.Or(area, declared.Area)
			}
			links = append(links, Link{Slug: w.Slug, Of: w.Of, Kind: w.Kind, Ref: w.Ref, Name: w.Name, Area: area})
			owner = cmp.Or(area, owner)
			ask = append(ask, w.Is(), "why."+w.Slug)
		}
	}
	return links, owner
}

// The rules by which the data propose whys and tell for whom.
const (
	timesAsOften = 1.5 // how often a reason must be lived there, of elsewhere
	partOfAll    = .1  // of all who lived it, how many there at least
	mostWhom     = 12
)

// values are what a row's fact was by one dimension: where, by whom, when it was.
type values func(row uint32) []string

// where returns the dimensions by which those who lived a reason are told from those
// who could have.
func (s *study) where(g group) map[string]values {
	at := s.table.drivers[g.parts[0].driver].touchpoint
	placed := s.placing(g)
	of := func(r uint32, get func(e event) string) []string {
		f, ok := placed(r)
		if !ok {
			return nil
		}
		return []string{get(s.events[f])}
	}
	out := map[string]values{
		"supplier": func(r uint32) []string { return of(r, func(e event) string { return s.contexts[e.context].Supplier }) },
		"place":    func(r uint32) []string { return of(r, func(e event) string { return s.contexts[e.context].Place }) },
		"source":   func(r uint32) []string { return of(r, func(e event) string { return s.contexts[e.context].Source }) },
		"weekday": func(r uint32) []string {
			return of(r, func(e event) string { return strings.ToLower(s.zoned(e).Weekday().String()) })
		},
		"survey": func(r uint32) []string { return []string{s.surveys[s.answers[r].survey]} },
	}
	for no := range s.table.drivers {
		d := &s.table.drivers[no]
		name := ""
		switch {
		case d.open || at != "" && d.touchpoint != at || uint32(no) == g.parts[0].driver:
		case d.kind == "circumstance":
			name = "circumstance." + d.name
		case d.kind == "property" && d.rank == rankProperty && d.texts:
			name = "property." + d.name
		}
		if name == "" {
			continue
		}
		out[name] = func(r uint32) (list []string) {
			for _, o := range s.table.seen[s.table.rows[r].from:s.table.rows[r].to] {
				if o.driver == uint32(no) && !slices.Contains(list, d.values[o.value]) {
					list = append(list, d.values[o.value])
				}
			}
			return list
		}
	}
	return out
}

func (s *study) zoned(e event) time.Time {
	zone := s.zone
	if place, ok := s.m.Place(s.contexts[e.context].Place); ok {
		if own, err := time.LoadLocation(place.Timezone); err == nil {
			zone = own
		}
	}
	return e.at.Std().In(zone)
}

// whom tells in which groups a reason is lived more often than among the others who
// could have lived it, clear among all (Benjamini & Hochberg), the greatest part
// first.
func (s *study) whom(g group, segments map[string]map[uint32]bool) []Whom {
	has, _ := s.lived(g)
	var all []Whom
	var p []float64
	compare := func(by, value string, k, n, allK, allN int) {
		rest, of := allK-k, allN-n
		if k < fewest/2 || of < fewest || float64(k) < partOfAll*float64(allK) || float64(k)*float64(of) < timesAsOften*float64(rest)*float64(n) {
			return
		}
		test := stats.ProportionChange(rest, of, k, n)
		p = append(p, test.P)
		all = append(all, Whom{By: by, Value: value, Within: Within{Share: share(k, n), Others: share(rest, of), Of: share(k, allK), P: test.P}})
	}
	for by, get := range s.where(g) {
		k, n, allK, allN := map[string]int{}, map[string]int{}, 0, 0
		for _, r := range g.parts[0].rows {
			values := get(r)
			if values == nil && !strings.HasPrefix(by, "circumstance.") {
				continue
			}
			allN++
			if has[r] {
				allK++
			}
			for _, v := range values {
				n[v]++
				if has[r] {
					k[v]++
				}
			}
		}
		for v := range n {
			if v != "" || strings.HasPrefix(by, "circumstance.") {
				compare(by, v, k[v], n[v], allK, allN)
			}
		}
	}
	for slug, members := range segments {
		k, n := 0, 0
		for _, r := range g.parts[0].rows {
			if members[s.table.rows[r].customer] {
				n++
				if has[r] {
					k++
				}
			}
		}
		compare("segment", slug, k, n, len(has), len(g.parts[0].rows))
	}
	clear := []Whom{}
	for i, found := range stats.BenjaminiHochberg(p, falseRate) {
		if found {
			clear = append(clear, all[i])
		}
	}
	slices.SortFunc(clear, func(a, b Whom) int {
		return cmp.Or(cmp.Compare(b.excess(), a.excess()), strings.Compare(a.By, b.By), strings.Compare(a.Value, b.Value))
	})
	return clear[:min(len(clear), mostWhom)]
}

// excess is of all who lived a reason, the part that would not have elsewhere.
func (w Within) excess() float64 {
	return w.Of.Value * math.Max(0, 1-w.Others.Value/w.Share.Value)
}

// proposals are whys that the data propose and nobody declared: the circumstances,
// suppliers and places where a reason is lived more often.
func (s *study) proposals(r Reason, whom []Whom) []Link {
	links := []Link{}
	for _, w := range whom {
		link := Link{Of: r.Driver, Within: &w.Within, Proposed: true}
		kind, name, _ := strings.Cut(w.By, ".")
		var ok bool
		switch kind {
		case model.WhyCircumstance:
			link.Kind, link.Ref = kind, name
			if link.Name, ok = s.m.NameOf(w.By, "", ""); !ok {
				link.Name = model.Text{ES: spaced(name), EN: spaced(name), PT: spaced(name)}
			}
		case model.WhySupplier:
			var declared model.Supplier
			if declared, ok = s.m.Supplier(w.Value); !ok {
				continue
			}
			link.Kind, link.Ref, link.Name, link.Area = kind, w.Value, declared.Name, declared.Area
		case model.WhyPlace:
			var declared model.Place
			if declared, ok = s.m.Place(w.Value); !ok {
				continue
			}
			link.Kind, link.Ref, link.Name = kind, w.Value, declared.Name
		default:
			continue
		}
		if r.Driver != link.Kind+"."+link.Ref && !slices.ContainsFunc(r.Whys, func(l Link) bool { return l.Kind == link.Kind && l.Ref == link.Ref }) {
			links = append(links, link)
		}
	}
	return links
}

// measure adds to declared links what the data say of them.
func measure(links []Link, whom []Whom) {
	for i := range links {
		for _, w := range whom {
			if w.By == links[i].Kind && w.Value == links[i].Ref || w.By == links[i].Kind+"."+links[i].Ref {
				links[i].Within = &w.Within
			}
		}
	}
}

// weeks tells how often a reason was lived by week.
func (s *study) weeks(g group) []Week {
	has, _ := s.lived(g)
	k, n := map[int64]int{}, map[int64]int{}
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for r, at := range s.when(g) {
		week := (s.day(at) + 3) / 7 // Thursday was day 0
		n[week]++
		if has[r] {
			k[week]++
		}
		first, last = min(first, week), max(last, week)
	}
	weeks := []Week{}
	for w := first; w <= last && w-first < 600; w++ {
		weeks = append(weeks, Week{From: s.dayBegins(7*w - 3), To: s.dayBegins(7*w + 4), Share: share(k[w], n[w])})
	}
	return weeks
}

// newest returns what is behind a reason, the newest first, at most so many.
func (s *study) newest(g group, most int) []Behind {
	has, _ := s.lived(g)
	rows := make([]uint32, 0, len(has))
	for r := range has {
		rows = append(rows, r)
	}
	slices.SortFunc(rows, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.answers[b].at, s.answers[a].at), cmp.Compare(s.answers[b].seq, s.answers[a].seq))
	})
	out := []Behind{}
	for _, r := range rows[:min(len(rows), most)] {
		a := s.answers[r]
		out = append(out, Behind{Answer: a.seq, Facts: s.facts(g, r), At: a.at, Survey: s.surveys[a.survey], Metric: a.metric, Value: a.value, no: a.customer})
	}
	return out
}

// scores are of those who lived a reason, and of the others who could have.
func (s *study) scores(g group) (lived, others outcome.Estimate) {
	has, _ := s.lived(g)
	could := map[uint32]bool{}
	for _, r := range g.parts[0].rows {
		could[r] = !has[r]
	}
	return s.score(func(r int) bool { return has[uint32(r)] }), s.score(func(r int) bool { return could[uint32(r)] })
}
