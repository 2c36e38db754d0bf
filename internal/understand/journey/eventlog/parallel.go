package eventlog

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// leastShare is how many events a goroutine is worth starting for.
const leastShare = 1 << 14

// Shares cuts the cases into ranges of about as many events, one for each
// processor, and calls work for each range at once. Part is the number of the
// range; there are as many as Parts returns.
func (l *Log) Shares(work func(part, from, to int)) {
	n := l.Parts()
	var all sync.WaitGroup
	from := 0
	for part := range n {
		to := l.Cases()
		if part < n-1 {
			to = max(from, l.caseFrom(l.Events()/n*(part+1)))
		}
		start := from
		all.Go(func() { work(part, start, to) })
		from = to
	}
	all.Wait()
}

// Parts returns into how many ranges Shares cuts the cases, at least one.
func (l *Log) Parts() int {
	return max(1, min(runtime.GOMAXPROCS(0), l.Events()/leastShare))
}

// Each calls work for each number below n, as many at once as there are
// processors.
func Each(n int, work func(i int)) {
	var all sync.WaitGroup
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				work(i)
			}
		})
	}
	all.Wait()
}
