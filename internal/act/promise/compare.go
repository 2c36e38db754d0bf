package promise

import (
	"cmp"
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// stratum is where all else that is known of an instance is alike.
type stratum struct {
	promise, region string
	weekday         int
}

// line is the instances of a stratum that are of one group.
type line struct {
	stratum
	group        string
	kept, broken int
}

// fair compares each group with all others: the difference of the shares of kept
// promises within strata of the same promise, region and weekday, weighed by how
// much each tells (Mantel & Haenszel 1959; see stats.Stratified). Of many groups
// the differences are clear that Benjamini & Hochberg (1995) keep at 5 %.
func fair(lines []line) map[string]*Fair {
	groups := map[string]bool{}
	total := map[stratum]stats.Moments{}
	own := map[string]map[stratum]stats.Moments{}
	for _, l := range lines {
		m := stats.Moments{N: l.kept + l.broken, Sum: float64(l.kept), Squares: float64(l.kept), Cubes: float64(l.kept)}
		if m.N == 0 {
			continue
		}
		groups[l.group] = true
		all := total[l.stratum]
		all.Join(m)
		total[l.stratum] = all
		if own[l.group] == nil {
			own[l.group] = map[stratum]stats.Moments{}
		}
		mine := own[l.group][l.stratum]
		mine.Join(m)
		own[l.group][l.stratum] = mine
	}
	out := map[string]*Fair{}
	var names []string
	var ps []float64
	for g := range groups {
		var strata []stats.Stratum
		for s, mine := range own[g] {
			strata = append(strata, stats.Stratum{Without: total[s].Less(mine), With: mine})
		}
		slices.SortFunc(strata, func(a, b stats.Stratum) int { // for the last digit
			return cmp.Or(cmp.Compare(a.With.N, b.With.N), cmp.Compare(a.With.Sum, b.With.Sum), cmp.Compare(a.Without.N, b.Without.N), cmp.Compare(a.Without.Sum, b.Without.Sum))
		})
		c := stats.Stratified(strata)
		if c.With == 0 || c.Without == 0 || c.Interval.Low != c.Interval.Low {
			continue
		}
		out[g] = &Fair{Difference: c.Delta, Low: c.Interval.Low, High: c.Interval.High, P: c.P, N: c.With, Others: c.Without}
		names, ps = append(names, g), append(ps, c.P)
	}
	for i, clear := range stats.BenjaminiHochberg(ps, .05) {
		out[names[i]].Clear = clear
	}
	return out
}

// By groups the instances of a promise, the most that ended first. The error is
// NotFound when there is no such promise.
func (s *Service) By(ctx context.Context, p cx.Principal, slug string, by Dimension, q Query) (out []Group, err error) {
	const op = "promise.By"
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	d, err := v.one(slug)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		cells, err := v.cells(ctx, tx, d, v.window(d, q), q.Where)
		if err == nil {
			out = v.groups(d, cells, by)
		}
		return err
	})
	return out, cx.Wrap(op, err)
}

func (v *view) groups(d *reading, cells []cell, by Dimension) []Group {
	tallies := map[string]*Tally{}
	for _, c := range cells {
		key := v.value(d, c.context, c.weekday, by)
		if tallies[key] == nil {
			tallies[key] = &Tally{}
		}
		tallies[key].add(c)
	}
	than := fair(v.lines(d, cells, func(c cell) string { return v.value(d, c.context, c.weekday, by) }, by))
	out := make([]Group, 0, len(tallies))
	for key, t := range tallies {
		g := Group{Key: key, Tally: *t, Share: ShareOf(t.Kept, t.Broken), Fair: than[key]}
		g.Verdict = g.Share.verdict(d.promise.Objective)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Tally.Decided(), a.Tally.Decided()), cmp.Compare(a.Key, b.Key))
	})
	return out
}

// lines lays cells out for a comparison. By the dimension that is compared, or one
// that it decides, nothing is made alike.
func (v *view) lines(d *reading, cells []cell, group func(cell) string, by Dimension) (out []line) {
	for _, c := range cells {
		if !c.state.Decided() {
			continue
		}
		l := line{stratum: stratum{d.promise.Slug, v.where[c.context].region, c.weekday}, group: group(c)}
		switch by {
		case ByRegion, ByPlace:
			l.region = ""
		case ByWeekday:
			l.weekday = 0
		}
		if c.state == Kept {
			l.kept = c.n
		} else {
			l.broken = c.n
		}
		out = append(out, l)
	}
	return out
}

// Scorecards tells how each area or supplier keeps its promises, the most that
// ended first. Who has none is not told of.
func (s *Service) Scorecards(ctx context.Context, p cx.Principal, of Dimension, q Query) (out []Scorecard, err error) {
	const op = "promise.Scorecards"
	if of != ByArea && of != BySupplier {
		return nil, cx.Errorf(cx.Invalid, op, "scorecards are of an area or a supplier")
	}
	v, err := s.see(p, account.ViewPromises)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	cards := map[string]*Scorecard{}
	var lines []line
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		if err := v.contexts(ctx, tx); err != nil {
			return err
		}
		for _, d := range v.all {
			cells, err := v.cells(ctx, tx, d, v.window(d, q), q.Where)
			if err != nil {
				return err
			}
			for _, g := range v.groups(d, cells, of) {
				if g.Key == "" {
					continue
				}
				if cards[g.Key] == nil {
					cards[g.Key] = &Scorecard{Of: of, Slug: g.Key}
				}
				c := cards[g.Key]
				c.Tally.join(g.Tally)
				g.Key = d.promise.Slug
				c.Promises = append(c.Promises, g)
			}
			lines = append(lines, v.lines(d, cells, func(c cell) string { return v.value(d, c.context, c.weekday, of) }, of)...)
		}
		return nil
	})
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	than := fair(lines)
	for _, c := range cards {
		c.Share, c.Fair = ShareOf(c.Kept, c.Broken), than[c.Slug]
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Scorecard) int {
		return cmp.Or(cmp.Compare(b.Tally.Decided(), a.Tally.Decided()), cmp.Compare(a.Slug, b.Slug))
	})
	return out, nil
}

func (t *Tally) join(o Tally) {
	t.Open, t.AtRisk = t.Open+o.Open, t.AtRisk+o.AtRisk
	t.Kept, t.Broken, t.Void = t.Kept+o.Kept, t.Broken+o.Broken, t.Void+o.Void
}
