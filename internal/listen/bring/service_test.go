package bring_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kept is a sink that holds messages by their ids, and may be told to wait.
type kept struct {
	mu    sync.Mutex
	ids   map[string]bool
	texts []string
	hold  chan struct{} // nil: no wait
	busy  chan struct{} // closed at the first write
	once  sync.Once
}

func (k *kept) Write(ctx context.Context, records []importer.Record) (res importer.Result, err error) {
	if k.hold != nil {
		k.once.Do(func() { close(k.busy) })
		select {
		case <-k.hold:
		case <-ctx.Done():
			return res, ctx.Err()
		}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ids == nil {
		k.ids = map[string]bool{}
	}
	for _, r := range records {
		switch {
		case r.Message == nil:
			res.Add(importer.Result{Quarantined: 1, Reasons: map[string]int{r.Reason: 1}})
		case k.ids[r.MessageID]:
			res.Duplicates++
		default:
			k.ids[r.MessageID] = true
			k.texts = append(k.texts, string(r.Message))
			res.Accepted++
		}
	}
	return res, nil
}

var (
	analyst = cx.Principal{ID: "person:1", Role: cx.Analyst}
	other   = cx.Principal{ID: "person:2", Role: cx.Analyst}
)

type world struct {
	*bring.Service
	dir   string
	clock *cxtest.Clock
	sink  *kept
}

func open(t *testing.T, sink *kept) world {
	t.Helper()
	w := world{dir: filepath.Join(t.TempDir(), "brought"), clock: cxtest.NewClock(), sink: sink}
	if err := os.MkdirAll(filepath.Join(w.dir, "left by a crash"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	w.Service, err = bring.New(bring.Config{
		Dir: w.dir, Sink: sink, Model: func() *model.Model { return &model.Model{Company: model.Company{Timezone: "Europe/Madrid"}} },
		Shown: func(context.Context, cx.Seq) error { return nil }, Clock: w.clock, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error("again:", err)
		}
	})
	return w
}

func (w world) waiting(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

func (w world) take(t *testing.T, name, text string) bring.File {
	t.Helper()
	f, err := w.Take(t.Context(), analyst, name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// ended waits for the end of an import.
func (w world) ended(t *testing.T, id string) bring.File {
	t.Helper()
	for {
		f, err := w.File(t.Context(), analyst, id)
		if err != nil {
			t.Fatal(err)
		}
		if f.Over() {
			return f
		}
		select {
		case <-time.After(time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("the import never ends")
		}
	}
}

// survey writes answers of whom those in the queue are less satisfied; the
// colour and who served them mean nothing.
func survey(rows int) string {
	random := rand.New(rand.NewPCG(3, 4))
	var b strings.Builder
	b.WriteString("id,cliente,fecha,nota,comentario,cola,color,empleado\n")
	for i := range rows {
		long := i%3 == 0
		score, said := 3+random.IntN(3), "Todo estuvo muy bien, gracias"
		if long {
			score, said = 1+random.IntN(3), "Esperé media hora; llamadme al 600 111 222 o a ana@x.es"
		}
		fmt.Fprintf(&b, "%d,c%d,2024-03-%02d,%d,\"%s\",%v,%s,%s\n", i, i%250, 1+i%28, score, said, map[bool]string{true: "larga", false: "corta"}[long],
			[]string{"rojo", "azul", "verde"}[random.IntN(3)], []string{"Ana", "Luis"}[i%2])
	}
	return b.String()
}

func TestAFileComesInOnceAndSaysItsReason(t *testing.T) {
	t.Parallel()
	w := open(t, &kept{})
	text := survey(300) + "300,c1,ayer,5,,corta,rojo,Ana\n300,c1,2024-03-01,9,,corta,rojo,Ana,too much\n"
	f := w.take(t, `C:\datos\Encuesta: 2024.csv`, text)
	if f.Name != "Encuesta- 2024.csv" || f.State != bring.Waiting {
		t.Errorf("taken as %q, %s", f.Name, f.State)
	}
	f, check, err := w.Check(t.Context(), analyst, f.ID)
	if err != nil || check.Read != 302 || check.Ready != 300 || check.Bad != 2 || !check.Whole || len(check.Lines) != 10 || len(w.sink.texts) != 0 {
		t.Fatalf("check: %+v, %v", check, err)
	}
	if l := check.Lines[0]; l.Who != "c0" || l.Line != 2 || *l.Score < 1 || l.Scale != "1-5" || !strings.HasPrefix(l.Text, "Esperé") {
		t.Errorf("the first line: %+v", l)
	}
	if _, err := w.File(t.Context(), other, f.ID); cx.KindOf(err) != cx.NotFound {
		t.Errorf("somebody else: %v", err)
	}
	if err := w.Start(t.Context(), analyst, f.ID); err != nil {
		t.Fatal(err)
	}
	f = w.ended(t, f.ID)
	if f.State != bring.Done || f.Report.Accepted != 300 || f.Report.Quarantined != 2 || w.waiting(t) != 0 {
		t.Errorf("%s, %+v, %v, %d files left", f.State, f.Report, f.Err, w.waiting(t))
	}
	g := f.Finding
	if g == nil || g.Column != "cola" || g.Value != "larga" || g.ValueN != 100 || g.RestN != 200 || g.ValueMean >= g.ValueHigh || g.ValueHigh >= g.RestLow || g.Points <= 0 || g.Customers != 250 {
		t.Fatalf("finding %+v", g)
	}
	if g.Compared != 5 { // two queues and three colours: nobody of the company
		t.Errorf("%d groups were compared", g.Compared)
	}
	if g.Quote != "Esperé media hora; llamadme al ••• o a •••" || g.QuoteScore != 1 {
		t.Errorf("quote %q %v", g.Quote, g.QuoteScore)
	}
	again := w.take(t, "Encuesta- 2024.csv", text)
	if err := w.Start(t.Context(), analyst, again.ID); err != nil {
		t.Fatal(err)
	}
	if f := w.ended(t, again.ID); f.Report.Accepted != 0 || f.Report.Duplicates != 300 {
		t.Errorf("again: %+v", f.Report)
	}
}

// TestNoReasonWhereThereIsNone shuffles: what means nothing is not told.
func TestNoReasonWhereThereIsNone(t *testing.T) {
	t.Parallel()
	w := open(t, &kept{})
	random := rand.New(rand.NewPCG(5, 6))
	var b strings.Builder
	b.WriteString("fecha,nota,color,tienda\n")
	for i := range 400 {
		fmt.Fprintf(&b, "2024-03-%02d,%d,%d a,%d b\n", 1+i%28, 1+random.IntN(5), random.IntN(8), random.IntN(8))
	}
	f := w.take(t, "a.csv", b.String())
	if err := w.Start(t.Context(), analyst, f.ID); err != nil {
		t.Fatal(err)
	}
	if g := w.ended(t, f.ID).Finding; g == nil || g.Column != "" || g.Compared != 16 || g.N != 400 || g.Low >= g.Mean || g.Mean >= g.High {
		t.Errorf("finding %+v", g)
	}
}

func TestAnImportIsCancelled(t *testing.T) {
	t.Parallel()
	sink := &kept{hold: make(chan struct{}), busy: make(chan struct{})}
	w := open(t, sink)
	f := w.take(t, "a.csv", survey(2000))
	if err := w.Start(t.Context(), analyst, f.ID); err != nil {
		t.Fatal(err)
	}
	<-sink.busy
	if err := w.Start(t.Context(), analyst, f.ID); cx.KindOf(err) != cx.Conflict {
		t.Errorf("started twice: %v", err)
	}
	if err := w.Cancel(t.Context(), analyst, f.ID); err != nil {
		t.Fatal(err)
	}
	if f := w.ended(t, f.ID); f.State != bring.Cancelled || w.waiting(t) != 0 {
		t.Errorf("%s, %d files left", f.State, w.waiting(t))
	}
}

func TestFilesDoNotStay(t *testing.T) {
	t.Parallel()
	w := open(t, &kept{})
	if w.waiting(t) != 0 {
		t.Error("what a crash left is still there")
	}
	member := cx.Principal{ID: "person:3", Role: cx.Member}
	if _, err := w.Take(t.Context(), member, "a.csv", strings.NewReader("a,b\n1,2\n")); cx.KindOf(err) != cx.Forbidden {
		t.Errorf("a member: %v", err)
	}
	for name, text := range map[string]string{"empty.csv": "", "header.csv": "cliente,fecha,nota\n", "old.xls": "\xd0\xcf\x11\xe0" + strings.Repeat("\x00", 600)} {
		if _, err := w.Take(t.Context(), analyst, name, strings.NewReader(text)); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Take(t.Context(), analyst, "large.csv", endless{}); cx.KindOf(err) != cx.TooLarge {
		t.Errorf("a large file: %v", err)
	}
	if n := w.waiting(t); n != 0 {
		t.Errorf("%d refused files stay", n)
	}
	f := w.take(t, "a.csv", survey(10))
	w.clock.Advance(2 * time.Hour)
	w.take(t, "b.csv", survey(10))
	if _, err := w.File(t.Context(), analyst, f.ID); cx.KindOf(err) != cx.NotFound || w.waiting(t) != 1 {
		t.Errorf("after an hour: %v, %d files", err, w.waiting(t))
	}
	if _, err := w.Erase(t.Context(), cx.Subject{}); err != nil || w.waiting(t) != 0 {
		t.Errorf("after somebody was forgotten: %v, %d files", err, w.waiting(t))
	}
	for range 20 {
		w.take(t, "a.csv", survey(2))
	}
	if _, err := w.Take(t.Context(), analyst, "a.csv", strings.NewReader(survey(2))); cx.KindOf(err) != cx.Busy {
		t.Errorf("one too many: %v", err)
	}
}

// slow is a file that comes when it is let.
type slow struct {
	came chan<- struct{}
	let  <-chan struct{}
	text io.Reader
}

func (s *slow) Read(p []byte) (int, error) {
	s.came <- struct{}{}
	<-s.let
	return s.text.Read(p)
}

// Many who bring files at once fill no disk: those on their way take their place.
func TestFilesOnTheirWayCount(t *testing.T) {
	t.Parallel()
	w := open(t, &kept{})
	came, let := make(chan struct{}, 100), make(chan struct{})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := w.Take(t.Context(), analyst, "a.csv", &slow{came, let, strings.NewReader(survey(2))}); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		<-came
	}
	if _, err := w.Take(t.Context(), other, "a.csv", strings.NewReader(survey(2))); cx.KindOf(err) != cx.Busy || w.waiting(t) != 20 {
		t.Errorf("one too many: %v, %d files", err, w.waiting(t))
	}
	close(let)
	all.Wait()
}

// However wide its rows, a file is held in memory by a few of them.
func TestWideRowsAreNotHeld(t *testing.T) {
	t.Parallel()
	w := open(t, &kept{})
	f := w.take(t, "ancho.csv", "cliente,fecha,comentario\n"+strings.Repeat("u1,2026-11-01,"+strings.Repeat("muy ancho ", 10_000)+"\n", 200))
	if n := len(f.Proposal.Head.Rows); n == 0 || n > 150 {
		t.Errorf("%d rows of 100 kB are held", n)
	}
}

// endless is a file of a gigabyte and more.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "a,b\n"[i%4]
	}
	return len(p), nil
}
