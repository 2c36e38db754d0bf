package journey

import (
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/history/historytest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// shop is a company whose facts historytest makes up.
const shop = `
company: {slug: acme, name: Acme, timezone: Europe/Madrid, currency: EUR, languages: [es]}
areas: [{slug: sales, name: Ventas}, {slug: care, name: Ayuda}]
objects: {order: order_id, ticket: ticket_id}
touchpoints:
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: sales, events: [plain, "7"]}
  - {slug: web, name: Web, stage: before, channel: web, medium: digital, area: sales, events: [two words, ñandú]}
  - {slug: phone, name: Teléfono, stage: after, channel: phone, medium: digital, area: care, events: ["true", "%_"]}
journeys:
  - slug: keyed
    name: Pedido
    case: {key: order_id}
  - slug: wide
    name: Pedido entero
    case: {key: order_id, before: 2d, after: 3d}
    start: [two words, plain]
    end: [{event: "7", when: properties.late == true}, {event: "%_", abandoned: true}]
    script:
      - {slug: look, touchpoint: web, optional: true, repeatable: true}
      - {slug: pay, touchpoint: till, events: [plain, "7"], repeatable: true}
      - {slug: call, touchpoint: phone, optional: true, repeatable: true}
  - slug: visit
    name: Visita
    case: {gap: 36h}
    end: [plain]
    script:
      - {slug: look, touchpoint: web, optional: true, repeatable: true}
      - {slug: pay, touchpoint: till, repeatable: true}
      - {slug: call, touchpoint: phone, optional: true, repeatable: true}
  - slug: all
    name: Todo
    case: {gap: 12h}
`

// version is a model in force.
type version struct {
	mu  sync.Mutex
	now model.Version
}

func (v *version) Current() model.Version {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

func (v *version) apply(t testing.TB, yaml string) {
	t.Helper()
	m, err := model.Parse([]byte(yaml))
	must(t, err)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = model.Version{Number: v.now.Number + 1, Model: m}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is the journeys of a company on a store of facts.
type house struct {
	store  history.Store
	models *version
	clock  *cxtest.Clock
	*Service
}

func newHouse(t testing.TB, yaml string) *house {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Memory: 256 << 20, Threads: 2})
	must(t, err)
	h := &house{store: store, models: &version{}, clock: cxtest.NewClock()}
	h.models.apply(t, yaml)
	h.Service = h.anew(0)
	t.Cleanup(func() {
		must(t, h.Service.Close())
		must(t, store.Close())
	})
	return h
}

// anew returns another service on the same facts, which knows nothing yet.
func (h *house) anew(bytes int64) *Service {
	s := New(Config{Facts: h.store, Models: h.models, Clock: h.clock, Logger: slog.New(slog.DiscardHandler), Bytes: bytes})
	s.patient = time.Hour // however busy the machine is, nothing is told twice
	return s
}

func (h *house) append(t testing.TB, b history.Batch) {
	t.Helper()
	must(t, h.store.Append(t.Context(), b))
}

// toldRun is a run with its words, so that logs with other numbers compare.
type toldRun struct {
	Key      uint64
	Customer uint32
	State    State
	Ending   eventlog.Ending
	Events   []string
	Answers  []string
	Later    eventlog.Afterwards
}

func runsTold(t testing.TB, s *Service, p cx.Principal, slug string) []toldRun {
	t.Helper()
	x, err := s.lived(t.Context(), p, slug, Filter{})
	must(t, err)
	return wordsOf(x)
}

func wordsOf(x *lived) (out []toldRun) {
	l := x.log
	for c := range l.Cases() {
		r := toldRun{Key: l.Key[c], Customer: l.Customer[c], State: x.states[c], Ending: l.Ending[c], Later: l.Later[c]}
		from, to := l.Span(c)
		for e := from; e < to; e++ {
			r.Events = append(r.Events, fmt.Sprint(l.Activities[l.Activity[e]], l.Where(e), l.At[e], l.Valence[e], x.stepOf[l.Activity[e]]))
		}
		out = append(out, r)
	}
	for _, a := range l.Answers {
		out[a.Case].Answers = append(out[a.Case].Answers, fmt.Sprint(l.Contexts[a.Context], a.At, a.Seq, a.Metric, a.Score, a.Felt, l.Scales[a.Scale]))
	}
	for i := range out {
		slices.Sort(out[i].Answers)
	}
	return out
}

var (
	everybody = cx.System()
	careOnly  = cx.Principal{ID: "person:1", Role: cx.Lead, Areas: []string{"care"}}
)

// Whatever happens, runs that were kept are those that are read anew.
func TestKeptRunsAreThoseReadAnew(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			h, facts := newHouse(t, shop), historytest.NewFacts(seed)
			same := func(step string) {
				t.Helper()
				fresh := h.anew(0)
				defer fresh.Close()
				for _, slug := range []string{"keyed", "wide", "visit", "all"} {
					for _, p := range []cx.Principal{everybody, careOnly} {
						want, got := runsTold(t, fresh, p, slug), runsTold(t, h.Service, p, slug)
						if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
							t.Fatalf("%s of %s after %s (-read anew +kept):\n%s", slug, p.ID, step, diff)
						}
					}
				}
			}
			same("nothing")
			h.append(t, facts.Batch(1, 150))
			same("a batch")
			for i := range 6 {
				h.append(t, facts.Batch(1, 1+i%4)) // with merges and their undoing
				h.clock.Advance(5 * 24 * time.Hour)
				same(fmt.Sprint("batch ", i))
			}
			_, err := h.store.Erase(t.Context(), cx.Subject{Profiles: []cx.ProfileNo{3, 4}})
			must(t, err)
			same("an erasure")
			state, err := h.store.State(t.Context())
			must(t, err)
			must(t, h.store.Reclassify(t.Context(), facts.Chunk(2, 0, state.Position)))
			h.models.apply(t, shop)
			same("another model")
		})
	}
}

// Those who ask at the same time share what is read, and all are answered while
// facts come.
func TestManyAsk(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(9)
	h.append(t, facts.Batch(1, 300))
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				if _, err := h.lived(t.Context(), everybody, []string{"keyed", "wide", "visit"}[(i+n)%3], Filter{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 30 {
		h.append(t, facts.Batch(1, 5))
	}
	all.Wait()
	fresh := h.anew(0)
	defer fresh.Close()
	if diff := gocmp.Diff(runsTold(t, fresh, everybody, "wide"), runsTold(t, h.Service, everybody, "wide"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-read anew +kept):\n%s", diff)
	}
}

// Runs of one event, of very many, of thousands of names, all at the same time or
// backwards, are runs like others.
func TestOddRuns(t *testing.T) {
	t.Parallel()
	h := newHouse(t, shop)
	const long, names = 100_000, 5_000
	at := func(i int) cx.Time {
		if i < long/2 {
			return cxtest.Epoch
		}
		return cxtest.Epoch.Add(time.Duration(long-i) * time.Second)
	}
	add := func(i int, order string) (f history.Fact) {
		return history.Fact{
			Seq: cx.Seq(i + 1), Profile: 1, Kind: cx.Track, Name: fmt.Sprint("Event ", i%names), Source: "web", At: at(i),
			Said: history.Said{Class: model.Class{Touchpoint: "web", Objects: []model.ObjectRef{{Type: "order", ID: order}}}},
		}
	}
	b := history.Batch{Model: 1, Last: long}
	for i := range long {
		b.Facts = append(b.Facts, add(i, "long"))
	}
	b.Facts[long-1].Said.Class.Objects[0].ID = "short"
	h.append(t, b)
	for _, slug := range []string{"keyed", "all"} {
		x, err := h.lived(t.Context(), everybody, slug, Filter{})
		must(t, err)
		if want := map[string]int{"keyed": 2, "all": 1}[slug]; x.log.Cases() != want || x.log.Events() != long || len(x.log.Activities) != names {
			t.Errorf("%s: %d runs, want %d; %d events of %d names", slug, x.log.Cases(), want, x.log.Events(), len(x.log.Activities))
		}
		for c := range x.log.Cases() {
			from, to := x.log.Span(c)
			if !slices.IsSorted(x.log.At[from:to]) || from == 0 && to > 1 && x.log.Activity[from] != 0 {
				t.Errorf("%s: run %d is out of order", slug, c)
			}
		}
	}
	h.append(t, history.Batch{Model: 1, Last: long + 1, Facts: []history.Fact{add(long, "long")}})
	if got := runsTold(t, h.Service, everybody, "all"); len(got) != 1 || len(got[0].Events) != long+1 {
		t.Errorf("after one more: %d runs", len(got))
	}
}

// The journeys that were asked for least lately make room for others.
func TestMemory(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(6)
	h.append(t, facts.Batch(1, 500))
	ask := func(s *Service, slug string) int64 {
		t.Helper()
		_, err := s.lived(t.Context(), everybody, slug, Filter{})
		must(t, err)
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.kept[slug].edition.runs.Bytes()
	}
	room := ask(h.Service, "visit") + ask(h.Service, "all")
	small := h.anew(room)
	defer small.Close()
	for _, step := range []struct{ slug, kept string }{
		{"all", "all"}, {"visit", "all visit"}, {"all", "all visit"}, {"keyed", "all keyed"}, {"keyed", "all keyed"}, {"visit", "keyed visit"},
	} {
		ask(small, step.slug)
		if got := strings.Join(slices.Sorted(maps.Keys(small.kept)), " "); got != step.kept {
			t.Errorf("after %s: %s, want %s", step.slug, got, step.kept)
		}
	}
	h.models.apply(t, strings.Replace(shop, "slug: all", "slug: everything", 1))
	ask(small, "keyed")
	if e := small.kept["visit"].edition; e != nil {
		t.Error("runs under another model are kept")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h, facts := newHouse(t, shop), historytest.NewFacts(5)
	h.append(t, facts.Batch(1, 400))
	for name, ask := range map[string]struct {
		slug string
		p    cx.Principal
		f    Filter
		want any
	}{
		"no journey":     {"unheard-of", everybody, Filter{}, cx.NotFound},
		"no state":       {"keyed", everybody, Filter{State: "odd"}, cx.Invalid},
		"no variant":     {"keyed", everybody, Filter{Variant: "00"}, cx.NotFound},
		"no step":        {"keyed", everybody, Filter{Step: "pay"}, cx.NotFound},
		"no deviation":   {"wide", everybody, Filter{Deviation: "skipped:odd"}, cx.NotFound},
		"parts of a run": {"wide", careOnly, Filter{Deviation: "skipped:pay"}, cx.Forbidden},
	} {
		if _, err := h.lived(t.Context(), ask.p, ask.slug, ask.f); cx.KindOf(err) != ask.want {
			t.Errorf("%s gives %v", name, err)
		}
	}
	small := h.anew(1_000)
	defer small.Close()
	for range 2 {
		if _, err := small.lived(t.Context(), everybody, "all", Filter{}); cx.KindOf(err) != cx.TooLarge {
			t.Errorf("runs that do not fit give %v", err)
		}
	}
	list, err := small.List(t.Context(), everybody)
	if err != nil || len(list) != 4 || !strings.Contains(list[3].Refused, "journey-memory") {
		t.Errorf("the list of what does not fit is %+v, %v", list, err)
	}
	must(t, h.Service.Close())
	must(t, h.Service.Close())
	if _, err := h.lived(t.Context(), everybody, "all", Filter{}); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("a closed service gives %v", err)
	}
}
