package outcome_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// bookshop makes the facts of a year of a company as they come: 26 events a
// customer, an answer in 20, properties as of an event of 1 KB.
type bookshop struct {
	total     int
	seq       cx.Seq
	customers uint64
}

func newBookshop(total int) *bookshop {
	return &bookshop{total: total, customers: uint64(max(1, total/25))}
}

// random is the same for the same seq and salt.
func random(seq cx.Seq, salt uint64) uint64 {
	x := (uint64(seq) + salt<<40) * 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (c *bookshop) batch(n int) history.Batch {
	b := history.Batch{Model: 1, Facts: make([]history.Fact, n)}
	for i := range b.Facts {
		c.seq++
		c.fact(&b.Facts[i])
	}
	b.Last = c.seq
	// One customer in 20 was two profiles.
	if profile := random(c.seq, 1) % c.customers; profile%20 == 1 {
		b.Clusters = []history.Cluster{{Profile: cx.ProfileNo(1 + profile), Customer: cx.ProfileNo(profile)}}
	}
	return b
}

func (c *bookshop) fact(f *history.Fact) {
	x, y := random(c.seq, 2), random(c.seq, 3)
	touchpoint := int(x % 20)
	*f = history.Fact{
		Seq: c.seq, Profile: cx.ProfileNo(1 + y%c.customers), Kind: cx.Track, Name: "Event " + strconv.FormatUint(x%40, 10), Source: "web",
		At: cxtest.Epoch.Add(time.Duration(float64(c.seq) / float64(c.total) * 365 * 24 * float64(time.Hour))),
		Said: history.Said{Class: model.Class{
			Touchpoint: "touchpoint-" + strconv.Itoa(touchpoint), Stage: []string{"before", "during", "after"}[touchpoint%3], Channel: "web", Medium: "digital",
			Area: "area-" + strconv.Itoa(touchpoint%5), Place: []string{"", "goya", "gracia", "triana"}[y%4],
			Valence: float64(y%9)/2 - 2, HasValence: y%3 == 0,
		}},
	}
	f.ReceivedAt = f.At + cx.Time(y%2_000_000)
	order := "ord_" + strconv.FormatUint(random(c.seq/8, 4)%1e12, 36)
	switch {
	case x%100 < 55: // a page
		slug := strconv.FormatUint(random(cx.Seq(y%50_000), 5), 36)
		f.Properties = fmt.Appendf(nil, `{"path":"/libros/%s","url":"https://www.candil.example/libros/%[1]s?utm_source=boletin&utm_campaign=otono","referrer":"https://www.candil.example/buscar?q=%d","title":"Libro %[1]s | Librerías Candil","search":"?q=%[2]d","session_id":"%x","load_ms":%d}`,
			slug, x%3_000, random(c.seq/6, 6), 200+y%1_700)
	case x%100 < 80: // a step of an order
		f.Properties = fmt.Appendf(nil, `{"order_id":"%s","sku":"9788%09d","quantity":%d,"price":%d.%02d,"currency":"EUR","shop":"goya","late":%t,"days":%d,"carrier":"rayo","tracking":"RY%d","method":"card","coupon":""}`,
			order, y%40_000, 1+x%3, x%60, y%100, y%7 == 0, x%9, random(c.seq, 7)%1e10)
		f.Said.Class.Objects = []model.ObjectRef{{Type: "order", ID: order}}
		if x%5 == 0 {
			f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: int64(x % 10_000), Currency: "EUR"}, true
		}
		if x%10 == 3 {
			f.Said.Derived = []history.Derived{{Property: "late", Value: strconv.FormatBool(y%7 == 0), Object: f.Said.Class.Objects[0]}}
		}
	case x%100 < 95: // something else
		f.Properties = fmt.Appendf(nil, `{"category":"c%d","position":%d,"list":"novedades","session_id":"%x","agent":"a%d","duration_s":%d}`, x%300, x%12, random(c.seq/6, 6), y%200, x%900)
	default:
		f.Kind, f.Name = cx.Answer, "csat"
		f.Properties = fmt.Appendf(nil, `{"order_id":"%s","channel":"mail","sent_at":"2026-03-%02dT10:00:00Z"}`, order, 1+y%28)
		f.Traits = fmt.Appendf(nil, `{"city":"%s","age":%d,"segment":"%s","member":%t}`, []string{"Madrid", "Sevilla", "Lima"}[y%3], 18+y%60, []string{"new", "loyal"}[x%2], y%2 == 0)
		f.Said.Class.Objects = []model.ObjectRef{{Type: "order", ID: order}}
		f.Answer = &fact.Answer{Survey: "csat", Items: []fact.AnswerItem{
			{Question: "score", Metric: []string{"csat", "nps", "ces"}[y%3], Scale: []string{"1-5", "0-10", "1-7"}[y%3], Value: float64(1 + x%5), HasValue: true},
			{Question: "text", Text: "…"},
		}}
	}
}

// resident returns what the process holds in memory, and the most it ever held.
func resident(b *testing.B) (now, most float64) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) > 1 {
			kib, _ := strconv.ParseFloat(f[1], 64)
			switch f[0] {
			case "VmRSS:":
				now = kib / 1024
			case "VmHWM:":
				most = kib / 1024
			}
		}
	}
	return now, most
}

// processor returns the processor time that the process took.
func processor(b *testing.B) time.Duration {
	var used syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkSize stores VIVENCIA_FACTS facts (100,000 without it) and asks what
// the page Hoy asks. It tells of the memory of the whole process. With
// VIVENCIA_FACTS_IN, a directory, the facts stay there for the next time.
func BenchmarkSize(b *testing.B) {
	total, err := strconv.Atoi(os.Getenv("VIVENCIA_FACTS"))
	if err != nil {
		total = 100_000
	}
	dir := os.Getenv("VIVENCIA_FACTS_IN")
	if dir == "" {
		dir = b.TempDir()
	}
	config := duckdb.Config{Path: filepath.Join(dir, "history.duckdb"), Memory: 512 << 20}
	if _, err := os.Stat(config.Path); err != nil {
		load(b, config, total)
	}
	s, err := duckdb.Open(b.Context(), config)
	must(b, err)
	defer s.Close()
	end := cxtest.Epoch.Add(365 * 24 * time.Hour)
	service := outcome.New(s, noModel{}, cxtest.NewClock())
	for _, days := range []int{28, 364} {
		b.Run(fmt.Sprint("Hoy of ", days, " days"), func(b *testing.B) {
			before := processor(b)
			for b.Loop() {
				_, err := service.Pulse(b.Context(), cx.System(), outcome.PulseQuery{Until: end, Days: days, Weeks: min(max(2*days/7, 26), 104)})
				must(b, err)
				_, err = s.Totals(b.Context(), cx.System(), history.Filter{Window: cx.Window{From: end.Add(-9 * time.Hour), To: end}})
				must(b, err)
			}
			b.ReportMetric(float64((processor(b)-before).Microseconds())/1e3/float64(b.N), "cpu-ms/op")
			memory(b)
		})
	}
	b.Run("newest of a year", func(b *testing.B) {
		year := history.Filter{Window: cx.Window{From: cxtest.Epoch, To: end}}
		for b.Loop() {
			_, err := s.Newest(b.Context(), cx.System(), history.Page{Filter: year, Limit: 40})
			must(b, err)
			_, err = s.Totals(b.Context(), cx.System(), year)
			must(b, err)
		}
	})
	b.Run("all lived", func(b *testing.B) {
		before := processor(b)
		for b.Loop() {
			_, err := history.Tell(b.Context(), s, cx.System(), history.LivedQuery{All: true, Object: "order"}, func(*history.Lived) error { return nil })
			must(b, err)
		}
		b.ReportMetric(float64((processor(b)-before).Microseconds())/1e3/float64(b.N), "cpu-ms/op")
		memory(b)
	})
	b.Run("erase one", func(b *testing.B) {
		for profile := cx.ProfileNo(1); b.Loop(); profile += 1_000 {
			_, err := s.Erase(b.Context(), cx.Subject{Customer: "c", Profiles: []cx.ProfileNo{profile}})
			must(b, err)
		}
		memory(b)
	})
}

// load stores a year of total facts.
func load(b *testing.B, config duckdb.Config, total int) {
	s, err := duckdb.Open(b.Context(), config)
	must(b, err)
	var worst, all time.Duration
	for c := newBookshop(total); int(c.seq) < total; {
		batch := c.batch(min(5_000, total-int(c.seq)))
		started := time.Now()
		must(b, s.Append(b.Context(), batch))
		took := time.Since(started)
		all, worst = all+took, max(worst, took)
	}
	now, most := resident(b)
	must(b, s.Close())
	info, err := os.Stat(config.Path)
	must(b, err)
	b.Logf("%d facts: %.0f facts/s, the worst batch of 5,000 %v; %.0f bytes a fact; %.0f MiB, at most %.0f MiB", total, float64(total)/all.Seconds(), worst, float64(info.Size())/float64(total), now, most)
}

// BenchmarkLag stores what comes at 5,000 facts a second for 20 seconds, while
// the pulse is asked without a pause, and tells how long after its coming a fact
// can be seen.
func BenchmarkLag(b *testing.B) {
	s, err := duckdb.Open(b.Context(), duckdb.Config{Path: filepath.Join(b.TempDir(), "history.duckdb")})
	must(b, err)
	defer s.Close()
	c := newBookshop(1_000_000)
	for range 60 {
		must(b, s.Append(b.Context(), c.batch(5_000)))
	}
	ctx, stop := context.WithCancel(b.Context())
	var asking sync.WaitGroup
	asking.Go(func() {
		service := outcome.New(s, noModel{}, cxtest.NewClock())
		for ctx.Err() == nil {
			_, _ = service.Pulse(ctx, cx.System(), outcome.PulseQuery{Until: cxtest.Epoch.Add(120 * 24 * time.Hour)})
		}
	})
	var lags []time.Duration
	began, came := time.Now(), 0
	for came < 100_000 {
		due := min(int(5_000*time.Since(began).Seconds()), 100_000) - came
		if due < 50 {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		oldest := began.Add(time.Duration(came) * time.Second / 5_000)
		must(b, s.Append(b.Context(), c.batch(due)))
		for i := range due {
			lags = append(lags, time.Since(oldest.Add(time.Duration(i)*time.Second/5_000)))
		}
		came += due
	}
	stop()
	asking.Wait()
	slices.Sort(lags)
	b.ReportMetric(float64(lags[len(lags)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(lags[len(lags)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(lags[len(lags)-1].Milliseconds()), "worst-ms")
}

func memory(b *testing.B) {
	now, most := resident(b)
	b.ReportMetric(now, "MiB")
	b.ReportMetric(most, "MiB-at-most")
}

type noModel struct{}

func (noModel) Current() model.Version { return model.Version{} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
