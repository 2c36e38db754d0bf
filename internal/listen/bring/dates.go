package bring

import (
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// candidates are the formats of times, days before months where both read.
func candidates() (out []string) {
	out = []string{""}
	for _, sep := range []string{"/", "-", "."} {
		for _, order := range []string{"%d?%m?%Y", "%m?%d?%Y", "%Y?%m?%d", "%d?%m?%y", "%m?%d?%y"} {
			day := strings.ReplaceAll(order, "?", sep)
			for _, hour := range []string{"", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p", ", %H:%M"} {
				out = append(out, day+hour)
			}
		}
	}
	return append(out, "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y", "%d-%b-%Y", "%d-%b-%y", "%m/%Y", "%Y-%m",
		"%a %b %d %H:%M:%S %z %Y", "%Y/%m/%d %H:%M:%S", "%Y%m%d")
}

// formatsOf returns the formats that read nearly all values, those that read
// the most first, and whether they read all. Numbers alone are times only where the header says so.
func formatsOf(values []string, numbers, named bool) (out []string, all bool) {
	if len(values) == 0 || numbers && !named {
		return nil, false
	}
	if len(values) > 500 { // spread over the file, so that days past the 12th come
		step, some := len(values)/500, values[:0:0]
		for i := 0; i < len(values); i += step {
			some = append(some, values[i])
		}
		values = some
	}
	type fit struct {
		format string
		n      int
	}
	var fits []fit
	for _, f := range candidates() {
		if numbers && f != "" && f != "%Y%m%d" {
			continue
		}
		read, _ := importer.TimeReader(f, time.UTC) // the formats above have no fault
		n := 0
		for i, v := range values {
			if at, ok := read(v); ok && at.Year() >= 1900 && at.Year() <= 2100 && (f != "" || !slashed(v)) {
				n++
			}
			if i >= 20 && n*2 < i {
				break
			}
		}
		if float64(n) >= nearly*float64(len(values)) {
			fits = append(fits, fit{f, n})
		}
	}
	slices.SortStableFunc(fits, func(a, b fit) int { return b.n - a.n })
	for _, f := range fits {
		if f.n == fits[0].n {
			out = append(out, f.format)
		}
	}
	return out, len(fits) > 0 && fits[0].n == len(values)
}

// slashed tells whether a time is written 04/03/2025, which the usual ways read
// day first without a look at the others.
func slashed(s string) bool { return len(s) > 2 && s[2] == '/' }

// daysAndMonths tells whether a format could be meant in another order.
func daysAndMonths(format string) bool {
	return strings.HasPrefix(format, "%d") && strings.Contains(format, "%m") || strings.HasPrefix(format, "%m") && strings.Contains(format, "%d")
}

// swap gives the format with day and month in each other's place.
func swap(format string) string {
	return strings.NewReplacer("%d", "%m", "%m", "%d").Replace(format)
}

func swapped(a, b string) bool { return daysAndMonths(a) && swap(a) == b }

// iso tells whether the times of a format sort as texts.
func iso(c *Column) bool { return c.Type == "time" && c.Format == "" }
