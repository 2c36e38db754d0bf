package health

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A disk that loses a steady amount an hour is full when it has lost the rest,
// whatever the amount, and one that does not never is.
func TestForecastOfAFullDisk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		hours := rapid.IntRange(7, 300).Draw(r, "hours")
		loss := rapid.Int64Range(-1<<30, 1<<30).Draw(r, "loss")
		reserve := int64(1 << 30)
		g := &growth{}
		at, free := cxtest.Epoch, int64(2<<40)
		for range hours {
			g.hours = append(g.hours, room{at, free})
			at, free = at.Add(time.Hour), free-loss
		}
		full := g.full(at, free, reserve)
		left := float64(free-reserve) / float64(max(loss, 1)) // hours
		if loss <= 0 || left > 10*365*24 {
			if full != 0 {
				r.Fatalf("a disk that loses %d an hour is said to be full on %v", loss, full)
			}
			return
		}
		want := time.Duration(left * float64(time.Hour))
		if off := full.Sub(at) - want; off.Abs() > want/100+time.Minute {
			r.Fatalf("full in %v, want %v", full.Sub(at), want)
		}
	})
}

func TestForecastNeedsHours(t *testing.T) {
	t.Parallel()
	g := &growth{hours: []room{{cxtest.Epoch, 100 << 30}, {cxtest.Epoch.Add(time.Hour), 50 << 30}}}
	if full := g.full(cxtest.Epoch.Add(2*time.Hour), 1<<30, 0); full != 0 {
		t.Errorf("two hours tell that it is full on %v", full)
	}
}

func TestGrowthOutlivesARestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "growth.json")
	g := openGrowth(path)
	for i := range 20 * 24 * 4 { // four an hour
		if err := g.note(cxtest.Epoch.Add(time.Duration(i)*15*time.Minute), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	again := openGrowth(path)
	if n := len(again.hours); n != growthKept {
		t.Errorf("%d hours kept, want %d", n, growthKept)
	}
	if last := again.hours[growthKept-1]; last.Free != 20*24*4-4 {
		t.Errorf("the last hour has %d", last.Free)
	}
}

func TestLagIsTheAgeOfTheOldestThatWaits(t *testing.T) {
	t.Parallel()
	var s samples
	for i := range 3 * window {
		s.add(moment{at: cxtest.Epoch.Add(time.Duration(i) * time.Second), last: cx.Seq(10 * i)})
	}
	now := cxtest.Epoch.Add(3 * window * time.Second)
	for position, want := range map[cx.Seq]float64{
		10 * (3*window - 1):  0, // all of it
		10*(3*window-1) - 1:  1,
		10*(3*window-60) - 1: 60,
		10*(3*window-60) + 1: 59,
		0:                    2 * window, // older than what is kept: at least so much
	} {
		if got := s.lag(position, now); got != want {
			t.Errorf("lag after %d: %v s, want %v", position, got, want)
		}
	}
}

func TestEveryCodeHasItsSentence(t *testing.T) {
	t.Parallel()
	for _, code := range Codes() {
		said, _ := Check{Code: code}.Sentence()
		if said == "" || !strings.HasSuffix(said, ".") {
			t.Errorf("%s says %q", code, said)
		}
	}
	c := Check{Code: "disk.fills", Figures: []Figure{
		{Name: "full", Unit: Instant, Value: int64(cxtest.Epoch)}, {Name: "reserve", Unit: Bytes, Value: 1 << 30},
	}}
	said, todo := c.Sentence()
	if said != "The disk will be full on Monday 2 March 2026 09:00 UTC." || !strings.Contains(todo, "at 1.0 GB free") {
		t.Errorf("%q %q", said, todo)
	}
}

// A service observes until it is closed, which can be done twice.
func TestServiceObserves(t *testing.T) {
	t.Parallel()
	var last atomic.Uint64
	clock := cxtest.NewClock()
	s := New(Config{
		Dir: t.TempDir(), Version: "1", Clock: clock, Logger: slog.New(slog.DiscardHandler),
		LastSeq:    func() cx.Seq { return cx.Seq(last.Load()) },
		LastAt:     func(context.Context) (cx.Time, error) { return clock.Now(), nil },
		Review:     func(context.Context) (int, error) { return 0, nil },
		Backups:    func() backup.State { return backup.State{} },
		Forgetting: func(context.Context) (int, string, error) { return 0, "", nil },
		Stopped:    func(string) bool { return false },
		Damaged:    func() []Damage { return nil },
	})
	s.Start()
	last.Store(600)
	clock.Advance(time.Minute)
	for {
		r, err := s.Report(t.Context(), cx.System())
		if err != nil {
			t.Fatal(err)
		}
		if r.Checks[0].Figure("rate").Value == 600 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.Refused(100)
	clock.Advance(time.Second)
	s.observe()
	r, err := s.Report(t.Context(), cx.System())
	if err != nil || r.Checks[0].Code != "listening.refusing" || r.Level() != Watch {
		t.Errorf("%+v, %v", r.Checks[0], err)
	}
	if _, err := s.Report(t.Context(), cx.Principal{ID: "person:1", Role: cx.Member}); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member: %v", err)
	}
	if err := s.Close(); err != nil || s.Close() != nil {
		t.Error(err)
	}
}
