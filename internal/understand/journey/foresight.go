package journey

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// What is needed to learn from, and to mark a run.
const (
	leastLearned = 200 // runs; a tenth of them must have ended each way
	leastTested  = 100
	mostLearned  = 50_000 // the last ones
	firstTenth   = 4      // of the runs, of which chances are said to calibrate later ones
	testedTenth  = 7      // … of which they are told too
	markedAbove  = .2
	markedTimes  = 2 // the base rate
)

// foresight tells how likely running runs are to end badly: logistic regression
// with a ridge (le Cessie & van Houwelingen 1992) on what was known of runs that
// are over, each at an instant drawn evenly from the time in which it ran, as
// running runs are met. It is tested on runs that began after all it was learned
// from were over, a tenth of the runs at a time; what came of the chances that it
// said of the tenths before calibrates those of the next (Platt 1999).
type foresight struct {
	model *model.Model // that the runs were of
	at    cx.Time      // of learning

	columns  int
	activity map[eventlog.Activity]int     // columns of what the last event was
	usual    map[eventlog.Activity]float64 // logarithm of the hours until the next
	where    [len(wheres)]map[string]int   // columns of where it was
	weights  stats.Logistic
	base     float64
	skill    RiskSkill

	calibration stats.Logistic // of the logarithm of the odds
}

// wheres is what is known of where an event was.
var wheres = [...]func(eventlog.Context) string{
	func(c eventlog.Context) string { return c.Supplier },
	func(c eventlog.Context) string { return c.Place },
	func(c eventlog.Context) string { return c.Source },
}

// foresights keeps what was learned, by journey and areas: a running company
// has other runs each second, and what they teach changes in days.
type foresights struct {
	mu    sync.Mutex
	known map[string]*foresight
}

// learnAgain is after how long it is learned again.
const learnAgain = time.Hour

// foresight returns what the runs of a journey that p may see teach.
func (s *Service) foresight(p cx.Principal, x *lived) *foresight {
	key := fmt.Sprintf("%s %q", x.journey.Slug, p.Areas)
	s.foresights.mu.Lock()
	defer s.foresights.mu.Unlock()
	f := s.foresights.known[key]
	if f == nil || f.model != x.model || x.now.Sub(f.at) >= learnAgain {
		f = learn(x)
		if s.foresights.known == nil {
			s.foresights.known = map[string]*foresight{}
		}
		s.foresights.known[key] = f
	}
	return f
}

// lesson is a run that is over, at an instant when it was not.
type lesson struct {
	run         int
	began, over int64 // µs
	seen        int64 // the instant
	last        int   // event at it
	bad         bool
}

func learn(x *lived) *foresight {
	f := &foresight{model: x.model, at: x.now}
	runs := lessons(x)
	if len(runs) > mostLearned {
		runs = runs[len(runs)-mostLearned:]
	}
	if len(runs) < leastLearned {
		return f
	}
	lengths := make([]int64, len(runs))
	for i, r := range runs {
		lengths[i] = r.over - r.began
	}
	slices.Sort(lengths)
	length := lengths[len(lengths)*19/20]
	// Of what began just before an instant, only what is soon over is known at it:
	// such runs are left out, of the learned ones and of the tested.
	usable := slices.DeleteFunc(slices.Clone(runs), func(r lesson) bool { return r.began+length > int64(x.now) })
	var t trial
	for tenth := firstTenth; tenth < 10; tenth++ {
		cut, until := runs[len(runs)*tenth/10].began, int64(math.MaxInt64)
		if tenth < 9 {
			until = runs[len(runs)*(tenth+1)/10].began
		}
		var learned, tested []lesson
		for _, r := range usable {
			switch {
			case r.began+length <= cut && r.over <= cut:
				learned = append(learned, r)
			case r.began >= cut && r.began < until:
				tested = append(tested, r)
			}
		}
		if t.learned = len(learned); enough(learned, leastLearned) {
			f.learn(x, learned)
			f.calibration = t.calibration()
			t.add(f.look(x), tested, tenth >= testedTenth)
		}
	}
	if f.skill = t.skill(); f.skill.Known {
		f.learn(x, usable)
		f.calibration = t.calibration()
	}
	return f
}

// enough tells whether there are so many runs, and a tenth of so many of each end.
func enough(runs []lesson, least int) bool {
	bad := badOf(runs)
	return len(runs) >= least && bad >= least/10 && len(runs)-bad >= least/10
}

func badOf(runs []lesson) (n int) {
	for _, r := range runs {
		if r.bad {
			n++
		}
	}
	return n
}

// lessons returns the runs that are over, in the order of their beginnings.
func lessons(x *lived) []lesson {
	l := x.log
	var runs []lesson
	answer := 0
	for c := range l.Cases() {
		from, to := l.Span(c)
		r := lesson{run: c, began: l.At[from], over: l.At[to-1]}
		for ; answer < len(l.Answers) && int(l.Answers[answer].Case) <= c; answer++ {
			r.bad = r.bad || int(l.Answers[answer].Case) == c && l.Answers[answer].Felt <= badFelt
		}
		if !x.over(c) {
			continue
		}
		if x.states[c] == Abandoned {
			r.bad = true
			if l.Ending == nil || l.Ending[c] == eventlog.Open {
				r.over += x.journey.Silence.Microseconds()
			}
		}
		for e := to - 1; e >= from; e-- {
			if v := valenceOf(l, e); v != eventlog.NoValence {
				r.bad = r.bad || v <= badFelt
				break
			}
		}
		r.seen = r.began + int64(even(x, c)*float64(r.over-r.began))
		r.last = from
		for r.last+1 < to && l.At[r.last+1] <= r.seen {
			r.last++
		}
		runs = append(runs, r)
	}
	slices.SortFunc(runs, func(a, b lesson) int { return int(min(max(a.began-b.began, -1), 1)) })
	return runs
}

// badFelt is how a bad end feels, at best, in thousandths.
const badFelt = -1000

// even draws from [0, 1), for a run always the same.
func even(x *lived, c int) float64 {
	k := uint64(c)
	if x.log.Key != nil {
		k = x.log.Key[c]
	}
	k ^= k >> 33 // the finalizer of MurmurHash3
	k *= 0xff51afd7ed558ccd
	k ^= k >> 33
	k *= 0xc4ceb9fe1a85ec53
	k ^= k >> 33
	return float64(k>>11) / (1 << 53)
}

func (f *foresight) learn(x *lived, runs []lesson) {
	f.base = float64(badOf(runs)) / float64(len(runs))
	f.know(x, runs)
	seen := f.look(x)
	rows, bad := make([][]stats.Term, len(runs)), make([]bool, len(runs))
	for i, r := range runs {
		rows[i], bad[i] = seen.features(r.run, r.last, r.seen), r.bad
	}
	f.weights = stats.FitLogistic(f.columns, rows, bad)
}

// chance is calibrated.
func (f *foresight) chance(row []stats.Term) float64 {
	return f.calibration.Chance(oddsRow(f.weights.LogOdds(row)))
}

func (f *foresight) marks(chance float64) bool {
	return chance >= markedAbove && chance >= markedTimes*f.base
}

// Features of a run at an instant: these, then what its last event was, and
// where it was last.
const (
	constant = iota
	overdue  // how much longer than usual nothing has come, in logarithms
	late     // the script's expected time is over
	meanFelt
	worstFelt
	repeated // share of the events that were lived again
	howMany  // events, in logarithms
	howLong  // days, in logarithms
	ownFeatures
)

// Values have a column when they are seen so often, and at most so many have.
const (
	leastValue  = 20
	mostColumns = 30
)

// know lays out the features.
func (f *foresight) know(x *lived, runs []lesson) {
	l := x.log
	f.columns = ownFeatures
	activities := map[eventlog.Activity]int{}
	waits := map[eventlog.Activity]*stats.Moments{}
	for _, r := range runs {
		a := l.Activities[l.Activity[r.last]]
		activities[a]++
		if _, to := l.Span(r.run); r.last+1 < to {
			if waits[a] == nil {
				waits[a] = &stats.Moments{}
			}
			waits[a].Add(logHours(l.At[r.last+1] - l.At[r.last]))
		}
	}
	f.activity = columnsOf(activities, &f.columns, func(a, b eventlog.Activity) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Touchpoint, b.Touchpoint))
	})
	f.usual = map[eventlog.Activity]float64{}
	for a, m := range waits {
		f.usual[a] = m.Sum / float64(m.N)
	}
	for i, where := range wheres {
		counts := map[string]int{}
		for _, r := range runs {
			if e := latest(l, r.run, r.last, where); e >= 0 {
				counts[where(l.Where(e))]++
			}
		}
		f.where[i] = columnsOf(counts, &f.columns, strings.Compare)
	}
}

// columnsOf gives the values that are counted often the next columns, the most
// frequent first.
func columnsOf[V comparable](counts map[V]int, next *int, order func(a, b V) int) map[V]int {
	var values []V
	for v, n := range counts {
		if n >= leastValue {
			values = append(values, v)
		}
	}
	slices.SortFunc(values, func(a, b V) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), order(a, b)) })
	columns := map[V]int{}
	for _, v := range values[:min(len(values), mostColumns)] {
		columns[v] = *next
		*next++
	}
	return columns
}

// latest returns the last event of a run, up to one, of which it is known where
// it was; −1: none.
func latest(l *eventlog.Log, run, last int, where func(eventlog.Context) string) int {
	from, _ := l.Span(run)
	for e := last; e >= from; e-- {
		if where(l.Where(e)) != "" {
			return e
		}
	}
	return -1
}

// looking reads the features of a log's runs.
type looking struct {
	*foresight
	x *lived
}

func (f *foresight) look(x *lived) looking { return looking{f, x} }

// of tells how likely a run that is not over is to end badly.
func (f looking) of(c int) Risk {
	if !f.skill.Known || f.x.over(c) {
		return Risk{}
	}
	_, end := f.x.log.Span(c)
	chance := f.chance(f.features(c, end-1, int64(f.x.now)))
	return Risk{Known: true, Chance: chance, Marked: f.marks(chance)}
}

// features returns what is known of a run at an instant, after its event last.
func (f looking) features(run, last int, at int64) []stats.Term {
	l := f.x.log
	from, _ := l.Span(run)
	row := make([]stats.Term, 0, ownFeatures+1+len(wheres))
	add := func(column int, value float64) {
		if value != 0 {
			row = append(row, stats.Term{Column: column, Value: value})
		}
	}
	add(constant, 1)
	a := l.Activities[l.Activity[last]]
	waited := at - l.At[last]
	if usual, ok := f.usual[a]; ok {
		add(overdue, max(0, logHours(waited)-usual))
	}
	if step := f.x.stepOf[l.Activity[last]]; step >= 0 && f.x.steps[step].Within > 0 && waited > f.x.steps[step].Within.Microseconds() {
		add(late, 1)
	}
	var v mood
	worst, again := 0.0, 0
	for e := from; e <= last; e++ {
		if one := valenceOf(l, e); one != eventlog.NoValence {
			v.add(one)
			worst = min(worst, float64(one)/1000)
		}
		if slices.Contains(l.Activity[max(from, e-repeatedWithin):e], l.Activity[e]) {
			again++
		}
	}
	if v.n > 0 {
		add(meanFelt, v.mean())
		add(worstFelt, worst)
	}
	n := float64(last - from + 1)
	add(repeated, float64(again)/n)
	add(howMany, math.Log(n))
	add(howLong, math.Log1p(float64(at-l.At[from])/float64(24*time.Hour/time.Microsecond)))
	if column, ok := f.activity[a]; ok {
		add(column, 1)
	}
	for i, where := range wheres {
		if e := latest(l, run, last, where); e >= 0 {
			if column, ok := f.where[i][where(l.Where(e))]; ok {
				add(column, 1)
			}
		}
	}
	return row
}

// repeatedWithin is among how many events before an event it is looked for.
const repeatedWithin = 50

func logHours(us int64) float64 {
	return math.Log(max(time.Duration(us)*time.Microsecond, time.Minute).Hours())
}

// over tells whether a run is over.
func (x *lived) over(c int) bool { return x.states[c] == Completed || x.states[c] == Abandoned }

// customer returns whose run it is; 0: nobody's.
func (x *lived) customer(c int) cx.CustomerNo {
	if x.log.Customer == nil {
		return 0
	}
	return cx.CustomerNo(x.log.Customer[c])
}
