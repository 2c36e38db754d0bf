package promise

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// Pair is two windows of which both must burn too fast before it is told: the
// long one, that it is no accident, and the short one, that it goes on.
type Pair struct {
	Long, Short time.Duration
	Rate        float64 // burn rate
}

// Pairs are those of Beyer et al., The Site Reliability Workbook, 2018, chapter
// 5, table 5-8: of a window of 30 days they spend 2 % of the budget in an hour, 5 %
// in six, 10 % in three days.
func Pairs() []Pair {
	return []Pair{{time.Hour, 5 * time.Minute, 14.4}, {6 * time.Hour, 30 * time.Minute, 6}, {72 * time.Hour, 6 * time.Hour, 1}}
}

// stretches are over which a burn rate is shown, the shortest first.
var stretches = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 72 * time.Hour}

// BurnOf returns the burn rate of broken instances of n, with the limits of
// Wilson's interval.
func BurnOf(stretch time.Duration, broken, n int, objective float64) Burn {
	b := Burn{Stretch: stretch, Rate: math.NaN(), Low: math.NaN(), High: math.NaN(), N: n, Broken: broken}
	if n > 0 {
		i := stats.Wilson(broken, n)
		b.Rate, b.Low, b.High = float64(broken)/float64(n)/(1-objective), i.Low/(1-objective), i.High/(1-objective)
	}
	return b
}

// SpendOf returns which share of a window's error budget a burn rate spends in a
// stretch, when as much ends at all times.
func SpendOf(rate float64, stretch, window time.Duration) float64 {
	return rate * float64(stretch) / float64(window)
}

// BudgetOf returns the error budget of n instances that ended, of which some were
// broken.
func BudgetOf(broken, n int, objective float64) Budget {
	b := Budget{Allowed: (1 - objective) * float64(n), Spent: broken, Left: math.NaN(), Low: math.NaN(), High: math.NaN()}
	if n > 0 {
		i := stats.Wilson(broken, n)
		left := func(share float64) float64 { return 1 - share/(1-objective) }
		b.Left, b.Low, b.High = left(float64(broken)/float64(n)), left(i.High), left(i.Low)
	}
	return b
}

// Ended counts instances that ended in a stretch.
type Ended struct{ Kept, Broken int }

func (e Ended) n() int { return e.Kept + e.Broken }

// blaze returns the pair that says that the budget surely goes too fast: of the
// long window the whole interval lies above the rate, and the short one goes on
// above it. Ok is false when none does.
func blaze(in func(time.Duration) Ended, objective float64) (b Burn, ok bool) {
	for _, p := range Pairs() {
		long, short := in(p.Long), in(p.Short)
		l, s := BurnOf(p.Long, long.Broken, long.n(), objective), BurnOf(p.Short, short.Broken, short.n(), objective)
		if l.Low > p.Rate && s.Rate > p.Rate {
			return l, true
		}
	}
	return Burn{}, false
}

// calm tells whether no long window burns above its rate any more, not even as a
// point.
func calm(in func(time.Duration) Ended, objective float64) bool {
	for _, p := range Pairs() {
		long, short := in(p.Long), in(p.Short)
		if BurnOf(p.Long, long.Broken, long.n(), objective).Rate > p.Rate && BurnOf(p.Short, short.Broken, short.n(), objective).Rate > p.Rate {
			return false
		}
	}
	return true
}

// look is how often burn rates are looked at, at most: where that takes long, less
// often.
const look = time.Second

// smoulder tells which promises began to burn too fast, or ceased to. The caller
// holds applying.
func (s *Service) smoulder(ctx context.Context) error {
	now := s.c.Clock.Now()
	if now < s.look {
		return nil
	}
	began := time.Now()
	defer func() { s.look = now.Add(max(look, 20*time.Since(began))) }()
	var records []cx.Event
	var asked []string
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		burning := map[string]burningOf{}
		rows, err := tx.Query(ctx, `SELECT slug, burning, at FROM promise_burning`)
		if err != nil {
			return err
		}
		if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			var b burningOf
			is := 0
			err := rows.Scan(&b.promise, &is, &b.at)
			b.burning = is == 1
			burning[b.promise] = b
			return struct{}{}, err
		}); err != nil {
			return err
		}
		for _, d := range s.reads.promises {
			was := burning[d.promise.Slug]
			if s.smoke[d.promise.Slug] > was.at || d.done < s.position { // its record is not read back yet, or its events are read again
				continue
			}
			counts, err := lately(ctx, tx, d.no, now)
			if err != nil {
				return err
			}
			in := func(stretch time.Duration) Ended { return counts[stretch] }
			r := Burning{Promise: d.promise.Slug, Area: d.promise.Area, At: now.Std()}
			switch b, hot := blaze(in, d.promise.Objective); {
			case !was.burning && hot:
				r.Burning, r.Broken, r.Of, r.Hours, r.Rate = true, b.Broken, b.N, int(b.Stretch/time.Hour), b.Rate
			case was.burning && calm(in, d.promise.Objective):
			default:
				continue
			}
			raw, err := json.Marshal(r)
			if err != nil {
				return err
			}
			asked = append(asked, d.promise.Slug)
			records = append(records, cx.NewDecision(BurningEvent, "promise-burning:"+d.promise.Slug+":"+strconv.FormatInt(int64(now), 10), now, raw))
		}
		return nil
	})
	if err == nil && len(records) > 0 {
		_, err = s.c.Log.Append(ctx, records)
	}
	if err == nil {
		for _, slug := range asked {
			s.smoke[slug] = now
		}
	}
	return err
}

// lately counts what ended of a promise in each window of Pairs and stretches.
func lately(ctx context.Context, tx *sqldb.Tx, no int, now cx.Time) (map[time.Duration]Ended, error) {
	out := map[time.Duration]Ended{}
	windows := append([]time.Duration{}, stretches...)
	for _, p := range Pairs() {
		windows = append(windows, p.Long, p.Short)
	}
	for _, w := range windows {
		if _, done := out[w]; done {
			continue
		}
		var e Ended
		if err := tx.QueryRow(ctx, `SELECT COALESCE(SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN state = 3 THEN 1 ELSE 0 END), 0)
			FROM promise_instances WHERE promise_no = $1 AND since > $2 AND since <= $3`, no, int64(now.Add(-w)), int64(now)).Scan(&e.Kept, &e.Broken); err != nil {
			return nil, err
		}
		out[w] = e
	}
	return out, nil
}
