package discover

import "github.com/vivencia-cx/vivencia/internal/understand/journey/tree"

// split returns the log of each part. What does not fit the cut, as there may be
// when it was found in frequent edges only, is left out: as little as may be.
func (c cut) split(log []trace) [][]trace {
	of := map[uint16]int{}
	for i, part := range c.parts {
		for _, a := range part {
			of[a] = i
		}
	}
	out := make([][]trace, len(c.parts))
	for _, t := range log {
		switch c.op {
		case tree.Choice:
			best := c.most(t.activities, of)
			out[best] = append(out[best], trace{project(t.activities, of, best), t.cases})
		case tree.Parallel:
			for i := range c.parts {
				out[i] = append(out[i], trace{project(t.activities, of, i), t.cases})
			}
		case tree.Sequence:
			rest := t.activities
			for i := range c.parts {
				to := len(rest)
				if i < len(c.parts)-1 {
					to = boundary(rest, of, i)
				}
				out[i] = append(out[i], trace{project(rest[:to], of, i), t.cases})
				rest = rest[to:]
			}
		case tree.Loop:
			in, from := 0, 0
			for i, a := range t.activities {
				if of[a] != in {
					out[in] = append(out[in], trace{t.activities[from:i], t.cases})
					in, from = of[a], i
				}
			}
			out[in] = append(out[in], trace{t.activities[from:], t.cases})
			if in == 1 {
				out[0] = append(out[0], trace{nil, t.cases})
			}
		}
	}
	for i := range out {
		out[i] = gather(out[i])
	}
	return out
}

// most returns the part that has most of the events; of as many, the later.
func (c cut) most(activities []uint16, of map[uint16]int) int {
	counts := make([]int, len(c.parts))
	best := 0
	for _, a := range activities {
		counts[of[a]]++
	}
	for i, n := range counts {
		if n >= counts[best] {
			best = i
		}
	}
	return best
}

func project(activities []uint16, of map[uint16]int, part int) []uint16 {
	var out []uint16
	for _, a := range activities {
		if of[a] == part {
			out = append(out, a)
		}
	}
	return out
}

// boundary returns where a part of a sequence ends so that the fewest of its
// events come after and of later parts before.
func boundary(activities []uint16, of map[uint16]int, part int) int {
	at, cost, least := 0, 0, 0
	for i, a := range activities {
		switch {
		case of[a] == part:
			cost--
		case of[a] > part:
			cost++
		}
		if cost < least {
			at, least = i+1, cost
		}
	}
	return at
}
