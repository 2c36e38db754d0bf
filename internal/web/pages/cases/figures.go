package cases

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
)

// figure is one number of how cases go, with how sure it is.
type figure struct{ name, value, interval string }

// told are the figures of the last four weeks that rest on something.
func (v listView) told() (out []figure) {
	f, t := v.figures, v.L.T
	span := func(key string, s cases.Span) {
		if s.N > 0 {
			out = append(out, figure{t(key), v.seconds(s.Median), t("cases.figures.between", "low", v.seconds(s.Low), "high", v.seconds(s.High), "n", s.N)})
		}
	}
	share := func(key string, s cases.Share) {
		if s.N > 0 {
			out = append(out, figure{t(key), v.L.Percent(s.Value, 0), t("cases.figures.between", "low", v.L.Percent(s.Low, 0), "high", v.L.Percent(s.High, 0), "n", s.N)})
		}
	}
	span("cases.figures.first", f.FirstResponse)
	span("cases.figures.right", f.MadeRight)
	share("cases.figures.in-time", f.InTime)
	share("cases.figures.confirmed", f.Right)
	share("cases.figures.reopened", f.Reopened)
	if c := f.Recovered; c.N > 1 {
		out = append(out, figure{
			t("cases.figures.recovered"), t("cases.figures.recovered.value", "before", v.L.Number(c.Before, 1), "after", v.L.Number(c.After, 1)),
			t("cases.figures.between", "low", v.L.Signed(c.Low, 1), "high", v.L.Signed(c.High, 1), "n", c.N),
		})
	}
	if f.Given > 0 {
		out = append(out, figure{t("cases.figures.given"), v.Money(f.Given), ""})
	}
	return out
}

func (v listView) seconds(s float64) string {
	return v.L.Lasting(time.Duration(s * float64(time.Second)))
}
