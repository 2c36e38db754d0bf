package simulate

import (
	"math"
	"math/rand/v2"
)

// kind is what a customer comes for.
type kind uint8

const (
	shopVisit kind = iota
	webVisit
	appVisit
	newsletterRead
	authorEvent
	specialOrder
	phoneCall
	accountOrder
	kinds
)

// customer is what changes in a customer. A million are kept at once, so it is
// small.
type customer struct {
	pcg      rand.PCG // everything random about them comes from here
	number   uint32   // who they are: see person
	referrer uint32   // number + 1 of who brought them; 0: nobody
	objects  uint16
	lived    uint16 // how many episodes were felt
	peak     float32
	end      float32
	mean     float32
	kept     float32 // promises kept and broken, older ones discounted
	broken   float32
	asked    int16 // the day of the last nps, −1: never
	flags    flags
	friends  uint8 // how many they brought
	about    theme // what their strongest memory is about
	bought   uint8 // how often
	enrolled uint8 // the initiatives they take part in, a bit each
}

type flags uint16

const (
	known        flags = 1 << iota // the company has their userId
	hasCard                        // and a card of the club
	onFirst                        // signed in on the first device
	onSecond                       // … the second
	onApp                          // … the app
	buyer                          // has bought at least once
	left                           // they do not come back
	subscribed                     // to the newsletter
	inAccount                      // the group was told
	complaining                    // has complained once
	wasRecruited                   // comes only if somebody speaks of Candil
	served                         // has bought while the simulation lasts
	regular                        // bought before
	inClub                         // pays for the club
	leftClub                       // does no more
	passedOn                       // their code is known
)

func (c *customer) is(f flags) bool { return c.flags&f != 0 }

// The memory that drives what customers do: peak, end and mean of how their
// episodes felt (Kahneman's peak–end with a rest of the mean), and trust, the
// mean of a Beta posterior on the promises made to them.
const (
	weightPeak  = .35
	weightEnd   = .35
	weightMean  = .30
	weightTrust = 2.7 // of trust above or below the usual
	usualTrust  = .85
	priorKept   = 8.5
	priorBroken = 1.5
	discount    = .96 // of each older promise
	forgetting  = .97 // of the peak, an episode
)

// feel lays an episode down in memory.
func (c *customer) feel(valence float32) {
	c.peak *= forgetting
	if abs(valence) >= abs(c.peak) || valence < 0 && -valence >= abs(c.peak)*.85 {
		c.peak = valence // what hurts is kept over what pleases as much
	}
	c.end = valence
	c.lived++
	c.mean += (valence - c.mean) / float32(min(c.lived, 12))
}

func (c *customer) promised(kept bool) {
	c.kept *= discount
	c.broken *= discount
	if kept {
		c.kept++
	} else {
		c.broken++
	}
}

func (c *customer) trust() float64 {
	return float64((priorKept + c.kept) / (priorKept + priorBroken + c.kept + c.broken))
}

// memory is how the relationship is remembered now, about −2..+2.
func (c *customer) memory() float64 {
	if c.lived == 0 {
		return .3
	}
	return float64(float64(weightPeak*float64(c.peak))+float64(weightEnd*float64(c.end))+float64(weightMean*float64(c.mean))) +
		float64(weightTrust*(c.trust()-usualTrust))
}

// What memory moves: the log of how often they come, for each point of it, and
// the log-odds of staying.
const (
	visitsSlope  = .38
	leavingSlope = -2.4
	usualMemory  = .4
)

// hazard is how much more or less often they come than they used to, if they
// remembered so much better than they do.
func (c *customer) hazard(better float64) float64 {
	return math.Exp(visitsSlope * (c.memory() + better - usualMemory))
}

// leaving is the chance that this was the last time, after an episode that was
// felt, if they remembered so much better than they do.
func (c *customer) leaving(better float64) float64 {
	return .5 / (1 + math.Exp(1.9-leavingSlope*(c.memory()+better)))
}

func abs(x float32) float32 { return max(x, -x) }
