package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
)

// product is the whole product with a small simulated company, shared by every
// test here.
type product struct {
	URL, SignIn string
	stop        func()
}

var (
	started sync.Once
	candil  product
)

// open starts the product at the first call.
func openProduct(t *testing.T) product {
	t.Helper()
	started.Do(func() { candil = begin(t) })
	if candil.URL == "" {
		t.Fatal("the product did not start")
	}
	return candil
}

// begin starts a product of its own, for who changes the company under the feet of
// the others.
func begin(t *testing.T) product {
	t.Helper()
	dir, err := os.MkdirTemp("", "vivencia-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	cfg := app.Defaults()
	cfg.Data, cfg.Addr, cfg.Reserve = dir, "127.0.0.1:0", 0
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	demo, err := a.FoundDemo(ctx, app.DemoConfig{Customers: 600, Seed: 1, Until: time.Now().Truncate(time.Minute)}, func(int64, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(at string) { address <- at }) }()
	return product{
		URL: "http://" + <-address, SignIn: signin.LinkPath(demo.SignIn),
		stop: func() {
			cancel()
			<-ended
			_ = a.Close()
			_ = os.RemoveAll(dir)
		},
	}
}

// enter signs the demo's administrator in by the printed link.
func (c product) enter(t *testing.T, width int, theme e2e.Theme) *e2e.Page {
	t.Helper()
	p := chrome.Open(t, c.URL+c.SignIn, width, theme)
	p.Submit("main button")
	p.WaitFor(`!location.pathname.startsWith("/sign-in")`)
	return p
}

// ask reads a JSON answer of the API.
func (c product) ask(t *testing.T, path string, out any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer demo")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}

// send posts a track event with the demo's write key.
func (c product) send(t *testing.T, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/v1/track", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("demo", "")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusBadRequest {
		t.Fatalf("POST /v1/track: %s", res.Status)
	}
}

// TestEveryPage looks at every page of the product as people see it: axe says
// nothing, nothing scrolls sideways, the console is clean.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	// Something waits to be reviewed, so that the page has something to show.
	c.send(t, `{"userId":"nobody","properties":{"why":"it has no name"}}`)
	var marta struct{ ID string }
	c.ask(t, "/api/v1/customers/lookup?email=marta.llorente@example.com", &marta)
	var reasons struct{ Reasons, Unclear []struct{ ID string } }
	c.ask(t, "/api/v1/reasons", &reasons)
	if reasons.Reasons = append(reasons.Reasons, reasons.Unclear...); len(reasons.Reasons) == 0 {
		t.Fatal("the company has no reason, not even an unclear one")
	}
	var accounts struct{ Items []struct{ ID string } }
	c.ask(t, "/api/v1/organizations?limit=1", &accounts)
	pages := map[string]string{
		"today":           "/today",
		"today-stages":    "/today?view=stage&weeks=26",
		"walk":            "/demo/recorrido",
		"walk-gift":       "/demo/recorrido?tale=gift",
		"today-lived":     "/today/lived?touchpoint=till&weeks=13",
		"day":             "/day",
		"cases":           "/cases",
		"cases-late":      "/cases?queue=late&sort=due",
		"case-new":        "/cases/new?customer=" + marta.ID,
		"card":            "/card?customer=" + marta.ID,
		"card-find":       "/card?q=ana",
		"voice":           "/voice",
		"voice-found":     "/voice?q=espera&polarity=negative",
		"voice-words":     "/voice/words",
		"voice-topics":    "/voice/topics",
		"voice-quality":   "/voice/quality",
		"reasons":         "/reasons",
		"reason":          "/reasons/of/" + url.PathEscape(reasons.Reasons[0].ID),
		"reasons-changed": "/reasons/changed",
		"reasons-memory":  "/reasons/memory",
		"customers":       "/customers",
		"customers-find":  "/customers?q=mar",
		"customer":        "/customers/" + marta.ID,
		"identities":      "/customers/" + marta.ID + "/identities",
		"everything":      "/customers/" + marta.ID + "/everything",
		"forget":          "/customers/" + marta.ID + "/forget",
		"forgotten":       "/customers/forgotten",
		"organizations":   "/organizations",
		"segments":        "/segments",
		"promises":        "/promises",
		"promises-area":   "/promises/kept-by?of=area",
		"promises-by":     "/promises/kept-by?of=supplier",
		"promise":         "/promises/of/delivery-on-date",
		"promise-broken":  "/promises/of/till-under-5?by=place&state=broken",
		"contradictions":  "/contradictions",
		"referrals":       "/referrals",
		"referral-claims": "/referrals/claims?state=refused",
		"referral-ledger": "/referrals/ledger",
		"choices":         "/rules/choices",
		"choice-edit":     "/rules/choices/of/late-options",
		"rules":           "/rules",
		"rule":            "/rules/of/late-and-silent",
		"rule-edit":       "/rules/of/late-delivery-made-right/edit",
		"rule-tested":     "/rules/of/stock-was-wrong/edit?test=1",
		"rules-failed":    "/rules/failed",
		"programme":       "/programme",
		"maturity":        "/programme/maturity",
		"five-minutes":    "/programme/five",
		"rules-programs":  "/rules/programs",
		"serving":         "/serving",
		"frame":           "/serving/frames/till",
		"segment":         "/segments/of/regulars",
		"segment-new":     "/segments/new",
		"segment-edit":    "/segments/new?slug=fading",
		"surveys":         "/surveys",
		"survey":          "/surveys/csat-delivery",
		"survey-expected": "/surveys/expect-delivery?weeks=52",
		"survey-team":     "/surveys/team-obstacles",
		"survey-ways":     "/surveys/csat-till/ways?segment=regulars&q=marta",
		"survey-edit":     "/surveys/csat-delivery/edit?part=q&id=score",
		"survey-ask":      "/surveys/csat-delivery/edit?part=ask",
		"survey-page":     "/surveys/nps/edit?part=page&id=1",
		"survey-about":    "/surveys/nps/edit",
		"survey-versions": "/surveys/nps/versions",
		"asking":          "/asking",
		"quarantine":      "/quarantine",
		"status":          "/status",
		"bring":           "/bring",
		"team":            "/team",
		"model":           "/model",
		"model-versions":  "/model/versions",
		"model-company":   "/model/edit/company",
		"model-parts":     "/model/edit/touchpoints",
		"model-part":      "/model/edit/touchpoints/till",
		"model-part-text": "/model/edit/touchpoints/till?view=text",
		"model-new":       "/model/new/touchpoints",
		"model-journeys":  "/model/edit/journeys",
		"journey-new":     "/model/new/journeys",
		"model-text":      "/model/draft/text",
		"model-draft":     "/model/draft",
		"people":          "/settings/people",
		"person":          "/settings/people/1",
		"sources":         "/settings/sources",
		"tokens":          "/settings/tokens",
		"audit":           "/settings/audit",
		"audit-check":     "/settings/audit?check=1",
		"developers":      "/developers",
		"links":           "/links",
		"outcomes":        "/outcomes?by=channel",
		"outcomes-club":   "/outcomes?of=contract&every=quarter&age=own",
		"outcomes-worth":  "/outcomes/worth?by=campaign",
		"outcomes-leave":  "/outcomes/leaving",
		"outcomes-chain":  "/outcomes/chain",
		"report":          "/report",
	}
	if len(accounts.Items) > 0 {
		pages["organization"] = "/organizations/" + accounts.Items[0].ID
	}
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := c.enter(t, width, theme)
		for name, path := range pages {
			p.Go(c.URL + path)
			p.Check()
			p.Picture(name)
		}
	})
}

// TestEventsShowLive sends an event while its customer's page is open.
func TestEventsShowLive(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	var marta struct{ ID string }
	c.ask(t, "/api/v1/customers/lookup?email=marta.llorente@example.com", &marta)
	p := c.enter(t, e2e.Desktop, e2e.Light)
	p.Go(c.URL + "/customers/" + marta.ID)
	var known struct {
		Identifiers []struct{ Kind, Value string }
	}
	c.ask(t, "/api/v1/customers/"+marta.ID, &known)
	userID := ""
	for _, i := range known.Identifiers {
		if i.Kind == "userId" {
			userID = i.Value
		}
	}
	c.send(t, fmt.Sprintf(`{"userId":%q,"event":"Umbrella Found","properties":{"where":"cloakroom"}}`, userID))
	p.WaitFor(`document.querySelector("main").innerText.includes("Umbrella Found")`)
}
