package notify

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// A complaint spreads when a cumulative sum of log likelihood ratios (Page 1954;
// for counts, Lucas 1985) between "three times as many as usual" and "as usual"
// passes a bound, over the hours of the last day. Usual is the mean of the four
// weeks before, at this hour of the day. The sum begins anew whenever it falls
// to zero, which is where the complaint began.
const (
	hour      = cx.Time(3600 * 1e6)
	lookBack  = 24      // hours in which a complaint may have begun
	usualDays = 28      // before these
	ratio     = 3       // how many times as many are many
	bound     = 7       // of the sum: by chance, one that begins passes it once in e⁷ = 1,100 times at most (Wald)
	atLeast   = 5       // texts: fewer are no complaint that spreads
	smooth    = 0.5 / 7 // texts a day that are expected where there were none
	stale     = hour    // how long what is usual is kept
)

// subjectKey is what a complaint is about: a topic or a touchpoint.
type subjectKey struct {
	by  voice.Dimension
	key string
}

// baseline is what is usual: negative texts a day of each subject, and the share
// of each hour of the day.
type baseline struct {
	at    cx.Time
	daily map[subjectKey]float64
	share [24]float64 // sums to 1
}

// complaint is one that spreads.
type complaint struct {
	subjectKey
	n     int     // texts since it began
	since cx.Time // the hour in which it began
	usual float64 // how many there are in that time as a rule
}

// spreads returns the complaints that spread now, the most texts first; of a
// topic and a touchpoint with the same texts, the topic.
func (s *Service) spreads(ctx context.Context) ([]complaint, error) {
	s.spreading.Lock()
	defer s.spreading.Unlock()
	now := s.c.Clock.Now()
	zone := s.zone()
	hourOf := func(t cx.Time) int { return t.Std().In(zone).Hour() }
	begin := now - now%hour - (lookBack-1)*hour
	if now-s.baseline.at > stale {
		b := baseline{at: now, daily: map[subjectKey]float64{}}
		err := s.negative(ctx, cx.Window{From: begin - usualDays*24*hour, To: begin}, func(t *voice.Text) {
			b.share[hourOf(t.At)]++
			for _, k := range subjects(t) {
				b.daily[k] += 1. / usualDays
			}
		})
		if err != nil {
			return nil, err
		}
		b.settle()
		s.baseline = b
	}
	recent := map[subjectKey]*[lookBack]int{}
	if err := s.negative(ctx, cx.Window{From: begin, To: now + 1}, func(t *voice.Text) {
		for _, k := range subjects(t) {
			if recent[k] == nil {
				recent[k] = &[lookBack]int{}
			}
			recent[k][min(int((t.At-begin)/hour), lookBack-1)]++
		}
	}); err != nil {
		return nil, err
	}
	var usual [lookBack]float64 // of a subject with one text a day
	for i := range usual {
		usual[i] = s.baseline.share[hourOf(begin+cx.Time(i)*hour)]
	}
	usual[lookBack-1] *= float64(now%hour) / float64(hour)
	var found []complaint
	for k, counts := range recent {
		if c, spreads := cusum(*counts, usual, s.baseline.daily[k]+smooth); spreads {
			c.subjectKey, c.since = k, begin+c.since*hour
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b complaint) int {
		return cmp.Or(cmp.Compare(b.n, a.n), cmp.Compare(b.by, a.by), cmp.Compare(a.key, b.key)) // touchpoint < topic
	})
	return slices.CompactFunc(found, func(a, b complaint) bool { return a.by != b.by && a.n == b.n && a.since == b.since }), nil
}

// settle makes counts by hour shares; an hour without any has a little.
func (b *baseline) settle() {
	all := 0.
	for i := range b.share {
		b.share[i]++
		all += b.share[i]
	}
	for i := range b.share {
		b.share[i] /= all
	}
}

// cusum tells whether counts by hour have become many, where daily·usual are
// expected, and since which of the hours.
func cusum(counts [lookBack]int, usual [lookBack]float64, daily float64) (c complaint, spreads bool) {
	sum := 0.
	for i, n := range counts {
		expected := daily * usual[i]
		if sum == 0 {
			c = complaint{since: cx.Time(i)}
		}
		c.n += n
		c.usual += expected
		sum = max(0, sum+float64(n)*math.Log(ratio)-(ratio-1)*expected)
	}
	return c, sum > bound && c.n >= atLeast
}

// negative tells of the negative texts of customers and the public in a window.
func (s *Service) negative(ctx context.Context, w cx.Window, fn func(*voice.Text)) error {
	f := voice.Filter{Window: w, Where: []voice.Condition{{By: voice.ByPolarity, In: []string{string(text.Negative)}}}}
	return s.c.Voices.Tell(ctx, cx.System(), f, func(t *voice.Text) error {
		fn(t)
		return nil
	})
}

// subjects are what a text may be a complaint about.
func subjects(t *voice.Text) []subjectKey {
	all := make([]subjectKey, 0, len(t.Topics)+1)
	for _, topic := range t.Topics {
		all = append(all, subjectKey{voice.ByTopic, topic})
	}
	if t.Touchpoint != "" {
		all = append(all, subjectKey{voice.ByTouchpoint, t.Touchpoint})
	}
	return all
}

// subject returns what a complaint is about, and the area that answers for it.
func (s *Service) subject(by voice.Dimension, key string) (name model.Text, area string) {
	m := s.c.Models.Current().Model
	if by == voice.ByTopic {
		if i := slices.IndexFunc(m.Topics, func(t model.Topic) bool { return t.Slug == key }); i >= 0 {
			return m.Topics[i].Name, m.Topics[i].Area
		}
	}
	if i := slices.IndexFunc(m.Touchpoints, func(t model.Touchpoint) bool { return t.Slug == key }); by == voice.ByTouchpoint && i >= 0 {
		return m.Touchpoints[i].Name, m.Touchpoints[i].Area
	}
	return model.Text{ES: key, EN: key, PT: key}, ""
}
