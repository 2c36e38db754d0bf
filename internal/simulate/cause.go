package simulate

import (
	"math/rand/v2"
	"time"
)

// cause is something planted, one file each: when, where and for whom it
// holds, what it does to the facts and to how they feel, and what the company
// knows of it as circumstances. A factor without effect is a cause that
// changes nothing but itself.
type cause struct {
	truth   TruthCause   // of a cause that journeys are not needed to see
	journey TruthJourney // of a fault in how a journey is lived
	// verbs are the facts that it can change; change is called for each as it
	// is planned, in the order of the causes. A fact whose verb it makes none
	// does not come to be.
	verbs  []verb
	change func(w *world, p *person, f *fact, r *rand.Rand)
	// circumstances returns what begins on the nth day, in time order; may be nil.
	circumstances func(w *world, n int) []circumstance
}

// circumstance is what was so at a place for a time.
type circumstance struct {
	source                               string
	kind                                 string
	place, touchpoint, product, supplier string
	from, until                          int64
	value                                string
}

func utc(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func pointer(t time.Time) *time.Time { return &t }

// chance draws a chance that is the same for a day, whoever asks and however
// often: circumstances happen or not, for everybody.
func (w *world) chance(salt uint64, day int) float64 {
	return float64(mix(w.cfg.Seed^salt<<32^uint64(day))>>11) / (1 << 53)
}

// lot draws a chance that is the same for an object, at each of its facts.
func (w *world) lot(salt, object uint64) float64 {
	return float64(mix(w.cfg.Seed^salt<<32^mix(object))>>11) / (1 << 53)
}

// worsen moves how a fact feels.
func (f *fact) worsen(by float32) {
	if f.feel != indifferent {
		f.feel = max(-2, f.feel+by)
	}
}
