package promise

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// halfLife is after how long a promise counts half for trust.
const halfLife = 180 * day

// Lived is a promise that a customer lived.
type Lived struct {
	At   cx.Time
	Kept bool
}

// TrustOf returns how sure somebody can be that the next promise is kept, from
// those they lived: the mean of the posterior Beta(1 + kept, 1 + broken) with its
// central 95 %, where each counts by its age as of now, halved every 180 days
// (Jøsang & Ismail 2002, The Beta Reputation System, with their forgetting).
func TrustOf(lived []Lived, now cx.Time) Trust {
	t := Trust{N: len(lived)}
	last := -1
	for i, l := range lived {
		if last < 0 || l.At >= lived[last].At {
			last = i
		}
	}
	posterior := func(without int) distuv.Beta {
		b := distuv.Beta{Alpha: 1, Beta: 1}
		for i, l := range lived {
			if i == without {
				continue
			}
			weight := math.Exp2(-float64(max(0, now-l.At)) / float64(halfLife.Microseconds()))
			if l.Kept {
				b.Alpha += weight
			} else {
				b.Beta += weight
			}
		}
		return b
	}
	b := posterior(-1)
	t.Value, t.Low, t.High = b.Mean(), b.Quantile(.025), b.Quantile(.975)
	t.Before = t.Value
	if last >= 0 {
		t.Before, t.At = posterior(last).Mean(), lived[last].At
	}
	return t
}

// Trust tells how sure a customer can be. Who is limited to areas sees what comes
// of the promises that they may see. The error is as OfCustomer's.
func (s *Service) Trust(ctx context.Context, p cx.Principal, id cx.CustomerID) (Trust, error) {
	all, err := s.OfCustomer(ctx, p, id)
	if err != nil {
		return Trust{}, cx.Wrap("promise.Trust", err)
	}
	var lived []Lived
	for _, i := range all {
		if i.State.Decided() {
			lived = append(lived, Lived{i.Since, i.State == Kept})
		}
	}
	return TrustOf(lived, s.c.Clock.Now()), nil
}
