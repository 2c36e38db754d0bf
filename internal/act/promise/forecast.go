package promise

import (
	"context"
	"database/sql"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

const (
	day     = 24 * time.Hour
	ahead   = 365 // days that a forecast looks ahead
	recent  = 7   // days that tell how it goes lately; in a window of fewer, those
	fewDays = 10  // instances that must have ended in them
)

// ForecastOf tells when the error budget of a running window is spent, by days:
// the last days of the window (the newest last) leave it one by one, and as much
// ends and breaks each day as lately. Nil when too little ended to tell.
func ForecastOf(days []Ended, objective float64, now cx.Time) *Forecast {
	lately := days[max(0, len(days)-recent):]
	f := &Forecast{Days: len(lately)}
	for _, d := range lately {
		f.Broken, f.N = f.Broken+d.Broken, f.N+d.n()
	}
	if f.N < fewDays {
		return nil
	}
	i := stats.Wilson(f.Broken, f.N)
	perDay := float64(f.N) / float64(len(lately))
	at := func(share float64) cx.Time {
		n := spentIn(days, share*perDay, perDay, objective)
		if n < 0 {
			return 0
		}
		return now.Add(time.Duration(n) * day)
	}
	f.At, f.Earliest, f.Latest = at(float64(f.Broken)/float64(f.N)), at(i.High), at(i.Low)
	f.Spent = spentIn(days, 0, 0, objective) == 0
	return f
}

// spentIn returns after how many days the budget is spent; −1 for not within
// ahead.
func spentIn(days []Ended, brokenPerDay, perDay, objective float64) int {
	var broken, n float64
	for _, d := range days {
		broken, n = broken+float64(d.Broken), n+float64(d.n())
	}
	for i := 0; i <= ahead; i++ {
		if n > 0 && broken > (1-objective)*n {
			return i
		}
		if i < len(days) {
			broken, n = broken-float64(days[i].Broken), n-float64(days[i].n())
		} else {
			broken, n = broken-brokenPerDay, n-perDay
		}
		broken, n = broken+brokenPerDay, n+perDay
	}
	return -1
}

// forecast counts the days of a promise's running window.
func (v *view) forecast(ctx context.Context, tx *sqldb.Tx, d *reading) (*Forecast, error) {
	days := make([]Ended, max(1, int(d.promise.Window/day)))
	from := v.now.Add(-time.Duration(len(days)) * day)
	rows, err := tx.Query(ctx, `SELECT (since - $2) / $4, state, COUNT(*) FROM promise_instances
		WHERE promise_no = $1 AND since > $2 AND since <= $3 AND state BETWEEN 2 AND 3 GROUP BY 1, 2`, d.no, int64(from), int64(v.now), day.Microseconds())
	if err != nil {
		return nil, err
	}
	if _, err := sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
		var i, state, n int
		err := rows.Scan(&i, &state, &n)
		at := &days[min(i, len(days)-1)]
		if states[state] == Kept {
			at.Kept += n
		} else {
			at.Broken += n
		}
		return struct{}{}, err
	}); err != nil {
		return nil, err
	}
	return ForecastOf(days, d.promise.Objective, v.now), nil
}
