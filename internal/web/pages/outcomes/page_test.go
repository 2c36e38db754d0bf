package outcomes_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/outcomes"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const company = `
company: {slug: acme, name: Acme, timezone: UTC, currency: EUR, languages: [es, en, pt]}
outcomes: {margin: 0.4, contract: {start: Joined, end: Left}}
areas: [{slug: sales, name: {es: Ventas}}, {slug: web, name: {es: Web}}]
touchpoints:
  - {slug: till, name: {es: Caja <b>uno</b>}, stage: during, channel: store, medium: physical, area: sales}
  - {slug: site, name: {es: Sitio}, stage: during, channel: web, medium: digital, area: web}
`

type models struct{ version model.Version }

func (m models) Current() model.Version { return m.version }

// people knows every customer by the number that their id is made of.
type people struct{}

func (people) CustomersByNo(_ context.Context, _ cx.Principal, nos []cx.CustomerNo) (out []remember.CustomerSummary, err error) {
	for _, no := range nos {
		out = append(out, remember.CustomerSummary{No: no, ID: cx.CustomerIDOf(cx.Seq(no)), Name: fmt.Sprintf("Ana <b>%d</b>", no)})
	}
	return out, nil
}

func (people) Customer(_ context.Context, _ cx.Principal, id cx.CustomerID) (c remember.Customer, err error) {
	seq, _ := id.Seq()
	c.No = cx.CustomerNo(seq)
	return c, nil
}

const until = 540 // days after the epoch on which questions are asked

// lives are customers who buy at random until they leave: at the till a purchase is
// dear, and an hour that was bad makes them leave; a campaign brings some who buy once.
func lives(customers int) (b history.Batch) {
	r := rand.New(rand.NewPCG(5, 5))
	add := func(who cx.CustomerNo, name string, day float64, at string, valence float64, minor int64, properties string) {
		b.Last++
		f := history.Fact{Seq: b.Last, Profile: who, Kind: cx.Track, Name: name, Source: "web", At: cxtest.Epoch.Add(time.Duration(day * 24 * float64(time.Hour)))}
		f.Said.Class = model.Class{Touchpoint: at, Channel: map[string]string{"till": "store", "site": "web"}[at], Area: map[string]string{"till": "sales", "site": "web"}[at], Valence: valence, HasValence: valence != 0}
		if minor != 0 {
			f.Said.Class.Revenue, f.Said.Class.HasRevenue = cx.Money{Minor: minor, Currency: "EUR"}, true
		}
		if properties != "" {
			f.Properties = []byte(properties)
		}
		b.Facts = append(b.Facts, f)
	}
	for c := range customers {
		who, rate, bad := cx.CustomerNo(c+1), 1/(8+25*r.ExpFloat64()), -1000.
		day, at, price := r.Float64()*300, []string{"till", "site"}[c%2], 2_000
		if at == "till" {
			price = 6_000
		}
		if c%10 == 0 {
			add(who, "Bought", day, at, 0, 900, `{"campaign":"bargain"}`)
			continue
		}
		if c%3 == 0 {
			add(who, "Joined", day, "", 0, 0, "")
			if ends := day + r.ExpFloat64()*300; ends < until {
				add(who, "Left", ends, "", 0, 0, "")
			}
		}
		for day < until {
			add(who, "Bought", day, at, []float64{1, -1, .5}[r.IntN(3)], int64(price/2+r.IntN(price)), "")
			if r.Float64() < .15 {
				add(who, "Queued", day, "till", -2, 0, "")
				bad = day
			}
			if r.Float64() < .05 || bad == day && r.Float64() < .45 {
				break
			}
			day += r.ExpFloat64() / rate
		}
	}
	return b
}

type world struct {
	*webtest.Site
	retention *retention.Service
	worth     *worth.Service
}

func open(t *testing.T, b history.Batch) world {
	t.Helper()
	store, err := duckdb.Open(t.Context(), duckdb.Config{Path: filepath.Join(t.TempDir(), "history.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Model = 1
	if err := store.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	m, err := model.Parse([]byte(company))
	if err != nil {
		t.Fatal(err)
	}
	in, clock, logger := models{model.Version{Number: 1, Model: m}}, cxtest.NewClock(), slog.New(slog.DiscardHandler)
	clock.Advance(until * 24 * time.Hour)
	bought := purchases.New(purchases.Config{Facts: store, Models: in, Clock: clock, Logger: logger})
	stay := retention.New(retention.Config{Purchases: bought, Facts: store, Models: in, Memory: people{}, Clock: clock, Logger: logger})
	value := worth.New(worth.Config{Purchases: bought, Retention: stay, Memory: people{}, Clock: clock, Logger: logger})
	links := chain.New(chain.Config{Facts: store, Purchases: bought, Memories: outcome.New(store, in, clock), Models: in, Clock: clock})
	return world{webtest.New(t, outcomes.New(stay, value, links, in), journeys.New(nil, nil, in, nil)), stay, value}
}

func (w world) learn(t *testing.T) world {
	t.Helper()
	if err := w.retention.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if err := w.worth.Learn(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	return w
}

func lines(t *testing.T, r webtest.Response) [][]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.Body, "\ufeff"))).ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("the file: %v, %d lines, status %d", err, len(all), r.Status)
	}
	return all
}

func TestWhoStays(t *testing.T) {
	t.Parallel()
	w := open(t, lives(1_500))
	v := w.As(cx.Analyst)
	r := v.Get("/outcomes?by=channel")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Al cabo de 3 meses de su primera compra vuelve a comprar, en ese mes, el ") || !strings.Contains(got, "(entre ") {
		t.Errorf("the finding is %q", got)
	}
	if rows := r.All(".outcomes-heat tbody tr"); len(rows) != 14 {
		t.Errorf("%d cohorts: %q", len(rows), rows)
	}
	if cell := r.Attr(".outcomes-heat td[class^=heat]", "title"); !strings.Contains(cell, "1 mes después: ") || !strings.Contains(cell, "; n = ") {
		t.Errorf("a cell is %q", cell)
	}
	curves := r.All(".outcomes-curves > li")
	if len(curves) != 2 || !strings.Contains(curves[0], "La mitad vuelve antes de ") || !strings.Contains(curves[0], "A los 90 días") || !strings.Contains(curves[0], "n = 7") {
		t.Errorf("the curves: %q", curves)
	}
	if got := r.Attr(".outcomes-curves h3 a", "href"); got != "/outcomes?channel=store" && got != "/outcomes?channel=web" {
		t.Errorf("a group leads to %q", got)
	}
	// Of one group: what it is narrowed to is said, and can be taken away.
	r = v.Get("/outcomes?channel=web")
	if got := r.Attr(".chosen a", "href"); got != "/outcomes" || len(r.All(".outcomes-curves > li")) != 1 {
		t.Errorf("taking it away leads to %q", got)
	}
	// Contracts, by quarters of one's own.
	r = v.Get("/outcomes?of=contract&every=quarter&age=own")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Al cabo de 3 trimestres sigue con contrato el ") {
		t.Errorf("of contracts the finding is %q", got)
	}
	if got := r.Text(".outcomes-curves > li"); !strings.Contains(got, "La mitad dura más de ") {
		t.Errorf("the curve of contracts: %q", got)
	}
	file := lines(t, v.Get("/outcomes/cohorts.csv?every=quarter"))
	if first := file[1]; len(file[0]) != 8 || first[2] != "0" || first[3] != "1.0000" {
		t.Errorf("the first line of cohorts is %q", first)
	}
	file = lines(t, v.Get("/outcomes/curves.csv?by=campaign"))
	if seen := map[string]bool{}; true {
		for _, l := range file[1:] {
			seen[l[0]] = true
		}
		if len(seen) != 2 || !seen["bargain"] || !seen["Sin campaña"] {
			t.Errorf("groups of the file: %v", seen)
		}
	}
}

func TestWhatTheyBring(t *testing.T) {
	t.Parallel()
	w := open(t, lives(1_500))
	v := w.As(cx.Analyst)
	if got := v.Get("/outcomes/worth").Text("h1"); got != "Lo estamos calculando por primera vez" {
		t.Errorf("before it is found: %q", got)
	}
	w.learn(t)
	r := v.Get("/outcomes/worth?by=campaign")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Uno de cada diez clientes traerá el ") {
		t.Errorf("the finding is %q", got)
	}
	groups := r.All("#groups tbody tr")
	if len(groups) != 2 || !strings.Contains(groups[1], "bargain") || !strings.Contains(groups[1], "Seguro: traen menos") || !strings.Contains(groups[0], "Sin campaña") {
		t.Errorf("by campaign: %q", groups)
	}
	if got := r.Attr("#groups tbody a", "href"); got != "/outcomes/worth?campaign=bargain" {
		t.Errorf("it leads to %q", got)
	}
	if cards := r.All(".stat"); len(cards) != 2 || !strings.Contains(cards[0], "margen") || !strings.Contains(cards[0], "entre ") {
		t.Errorf("the figures: %q", cards)
	}
	if !strings.Contains(r.Body, "BG/NBD") || strings.Contains(r.Text("h1")+r.Text("h2"), "BG/NBD") {
		t.Error("the model is not behind the door")
	}
	if got := v.Get("/outcomes/worth?campaign=bargain").All(".stat"); len(got) != 1 {
		t.Errorf("of a part, the whole's total is shown: %q", got)
	}
	file := lines(t, v.Get("/outcomes/worth.csv?by=campaign"))
	if len(file) != 3 || file[2][0] != "bargain" || file[2][10] != "EUR" {
		t.Errorf("the file: %q", file)
	}
}

func TestWhoMayLeave(t *testing.T) {
	t.Parallel()
	w := open(t, lives(6_000))
	v := w.As(cx.Analyst)
	if got := v.Get("/outcomes/leaving").Text(".empty h2"); got != "Lo estamos calculando por primera vez" {
		t.Errorf("before it is found: %q", got)
	}
	w.learn(t)
	r := v.Get("/outcomes/leaving")
	if got := r.Text("h1"); !strings.HasPrefix(got, "Se espera que ") || !strings.HasSuffix(got, " clientes no compren nada en los próximos 90 días") {
		t.Errorf("the finding is %q", got)
	}
	reasons := r.All("main ul.lines > li")
	at := -1
	for i, reason := range reasons {
		if strings.Contains(reason, "Algo se vivió mal en Caja <b>uno</b>") {
			at = i
		}
	}
	if at < 0 || !strings.Contains(reasons[at], "Seguro") || !strings.Contains(reasons[at], "veces más (entre ") {
		t.Errorf("the reasons: %q", reasons)
	}
	rows := r.All("#leavers tbody tr")
	if len(rows) != 26 || !strings.Contains(rows[0], "Ana <b>") || !strings.Contains(rows[0], "; n = ") || !strings.HasPrefix(r.Attr("#leavers a", "href"), "/customers/") {
		t.Errorf("%d rows with the one that brings more: %q", len(rows), rows[:1])
	}
	if more := v.Get(r.Attr("#leavers [hx-get]", "hx-get")); more.Status != http.StatusOK || strings.Count(more.Body, "<tr") < 25 {
		t.Errorf("the next rows: %d", more.Status)
	}
	if !strings.Contains(r.Text("#calibration"), "Se fueron") || !strings.Contains(r.Body, "Brier") {
		t.Error("how well it is known is not told")
	}
	narrowed := v.Get("/outcomes/leaving?reason=bad:till")
	if got := narrowed.Attr("main p > a", "href"); len(narrowed.All("#leavers tbody tr")) == 0 || got != "/outcomes/leaving" {
		t.Errorf("of one reason, all are at %q", got)
	}
	file := lines(t, v.Get("/outcomes/leaving.csv?reason=bad:till"))
	for _, l := range file[1:] {
		if !strings.Contains(l[6], "Caja") {
			t.Fatalf("another reason: %q", l)
		}
	}
	// Who serves reads how sure it is, figures on a tap; nobody exports customers unasked.
	lead := w.As(cx.Lead).Get("/outcomes/leaving")
	if lead.Text("h1") != "Estos clientes podrían irse" || len(lead.All("#leavers details")) == 0 {
		t.Errorf("a lead reads %q", lead.Text("h1"))
	}
	if got := w.As(cx.Member).Get("/outcomes/leaving.csv").Status; got != http.StatusForbidden {
		t.Errorf("whoever serves takes the file: %d", got)
	}
}

func TestChain(t *testing.T) {
	t.Parallel()
	v := open(t, lives(800)).As(cx.Analyst)
	r := v.Get("/outcomes/chain")
	if got := r.Text("h1"); got != "Aún no se sabe si la satisfacción va con el dinero" {
		t.Errorf("without an answer the finding is %q", got)
	}
	if steps := r.All(".outcomes-step"); strings.Join(steps, " ") != "Lo vivido Recuerdo Satisfacción Vuelve a comprar Ingresos" {
		t.Errorf("the steps: %q", steps)
	}
	links := r.All(".outcomes-link")
	if len(links) != 5 || !strings.Contains(links[0], "Un punto mejor vivido") || !strings.Contains(links[0], "entre +") || !strings.Contains(links[1], "Aún no se sabe: son pocos") || !strings.Contains(links[2], "en 1 mes.") || !strings.Contains(links[4], "€ por cliente en 5 meses") {
		t.Errorf("the links: %q", links)
	}
	file := lines(t, v.Get("/outcomes/chain.csv"))
	if len(file) < 6 || file[1][0] != "Lo vivido" || file[1][1] != "Recuerdo" || len(file[1]) != 12 {
		t.Errorf("the file: %q", file)
	}
}

// A company of nobody, and questions that are none.
func TestNothingToTell(t *testing.T) {
	t.Parallel()
	w := open(t, history.Batch{}).learn(t)
	v := w.As(cx.Analyst)
	for path, title := range map[string]string{
		"/outcomes":         "Aún no ha pasado bastante tiempo para saber quién se queda",
		"/outcomes/worth":   "Aún no se sabe cuánto traerán",
		"/outcomes/leaving": "Aún no se sabe quién puede irse",
		"/outcomes/chain":   "Aún no hay bastante para seguir lo vivido hasta el dinero",
	} {
		if got := v.Get(path).Text("h1"); got != title {
			t.Errorf("%s: %q", path, got)
		}
	}
	for path, status := range map[string]int{
		"/outcomes?by=x&every=x&age=x&of=x&channel=%00": http.StatusOK,
		"/outcomes/worth?by=x":                          http.StatusOK,
		"/outcomes/leaving/rows?cursor=x":               http.StatusUnprocessableEntity,
		"/outcomes/chain?area=nothing":                  http.StatusNotFound,
	} {
		if got := v.Get(path).Status; got != status {
			t.Errorf("%s: %d, want %d", path, got, status)
		}
	}
	if w.Anonymous().Get("/outcomes").Status == http.StatusOK {
		t.Error("anybody reads the outcomes")
	}
}
