package stats

// Prevalence is the stretch of bins in which a share is greatest.
type Prevalence struct {
	From, Until int     // the first bin of it, and the one after its last
	Low, High   int     // where From lies with 95 % confidence; of From = 0, 0
	Then, Now   float64 // the share before From (of From = 0, from Until on), and within
	P           float64 // of so strong a change when there is none
}

// Prevalent tells when the share of k in n a bin became greater: from the beginning
// of the stretch, between its breaks (ShareBreaks), that has most beyond the least
// level, with the neighbours that are nearer to it than to that level. Ok is false
// when the share has no breaks, or is no less anywhere.
func Prevalent(k, n []int, rate float64) (p Prevalence, ok bool) {
	breaks := ShareBreaks(k, n, rate)
	if len(breaks) == 0 {
		return p, false
	}
	type stretch struct{ from, to, k, n int }
	var all []stretch
	from := 0
	for i := range len(breaks) + 1 {
		s := stretch{from: from, to: len(k)}
		if i < len(breaks) {
			s.to = breaks[i].At
		}
		for d := s.from; d < s.to; d++ {
			s.k, s.n = s.k+k[d], s.n+n[d]
		}
		all, from = append(all, s), s.to
	}
	level := func(s stretch) float64 { return float64(s.k) / float64(max(1, s.n)) }
	least, most := level(all[0]), 0
	for _, s := range all {
		least = min(least, level(s))
	}
	beyond := func(s stretch) float64 { return float64(s.k) - least*float64(s.n) }
	for i, s := range all {
		if beyond(s) > beyond(all[most]) {
			most = i
		}
	}
	first, last, near := most, most, (level(all[most])+least)/2
	for first > 0 && level(all[first-1]) >= near {
		first--
	}
	for last < len(all)-1 && level(all[last+1]) >= near {
		last++
	}
	if first == 0 && last == len(all)-1 {
		return p, false
	}
	var now stretch
	for _, s := range all[first : last+1] {
		now.k, now.n = now.k+s.k, now.n+s.n
	}
	p = Prevalence{From: all[first].from, Until: all[last].to, Now: level(now)}
	if last < len(all)-1 {
		p.Then, p.P = level(all[last+1]), breaks[last].P
	}
	if first > 0 {
		b := breaks[first-1]
		p.Then, p.P, p.Low, p.High = level(all[first-1]), b.P, b.Low, b.High
	}
	return p, true
}
