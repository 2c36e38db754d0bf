package export

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// Case is what is told of a case besides its events.
type Case struct {
	ID       string // unique in the log
	Customer string // id; "" when nobody's
	State    string // how far it is; "" when not told
}

// Cases returns the cases from, from+1, … to−1 of a log. They are asked for in
// order, perhaps more than once.
type Cases func(from, to int) ([]Case, error)

// atOnce is how many cases are asked for at once.
const atOnce = 1000

// each calls fn for every case of the log.
func (cases Cases) each(l *eventlog.Log, fn func(c int, of Case) error) error {
	for from := 0; from < l.Cases(); from += atOnce {
		some, err := cases(from, min(from+atOnce, l.Cases()))
		if err != nil {
			return err
		}
		for i, of := range some {
			if err := fn(from+i, of); err != nil {
				return err
			}
		}
	}
	return nil
}

// labels names the activities so that no two that differ are called alike, for
// readers tell them by name: by the event, and its touchpoint where another
// activity has the same event.
func labels(l *eventlog.Log) []string {
	same := map[string]int{}
	for _, a := range l.Activities {
		same[a.Name]++
	}
	out := make([]string, len(l.Activities))
	for i, a := range l.Activities {
		out[i] = a.Name
		if same[a.Name] > 1 {
			out[i] += " @ " + a.Touchpoint
		}
	}
	return out
}

// detail is one more thing that is told of an event.
type detail struct{ key, value string }

// details appends what is known of where and with whom an event happened.
func details(to []detail, l *eventlog.Log, e int) []detail {
	a, c := l.Activities[l.Activity[e]], l.Where(e)
	for _, d := range [...]detail{
		{"event", a.Name},
		{"touchpoint", a.Touchpoint},
		{"stage", c.Stage},
		{"channel", c.Channel},
		{"medium", c.Medium},
		{"area", c.Area},
		{"supplier", c.Supplier},
		{"place", c.Place},
		{"source", c.Source},
	} {
		if d.value != "" {
			to = append(to, d)
		}
	}
	return to
}

// detailKeys are the keys of details.
var detailKeys = []string{"event", "touchpoint", "stage", "channel", "medium", "area", "supplier", "place", "source"}

// felt returns how an event was lived, −2..+2; false when it is not known.
func felt(l *eventlog.Log, e int) (float64, bool) {
	if l.Valence == nil || l.Valence[e] == eventlog.NoValence {
		return 0, false
	}
	return float64(l.Valence[e]) / 1000, true
}

// instant writes a time with microseconds, in UTC.
func instant(at int64) string {
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000000+00:00")
}
