package app

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/collect"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/bring"
	"github.com/vivencia-cx/vivencia/internal/web/pages/card"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases"
	"github.com/vivencia-cx/vivencia/internal/web/pages/choices"
	"github.com/vivencia-cx/vivencia/internal/web/pages/contradictions"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customers"
	"github.com/vivencia-cx/vivencia/internal/web/pages/day"
	"github.com/vivencia-cx/vivencia/internal/web/pages/developers"
	"github.com/vivencia-cx/vivencia/internal/web/pages/improve"
	"github.com/vivencia-cx/vivencia/internal/web/pages/journeys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/links"
	"github.com/vivencia-cx/vivencia/internal/web/pages/me"
	"github.com/vivencia-cx/vivencia/internal/web/pages/modelview"
	"github.com/vivencia-cx/vivencia/internal/web/pages/notices"
	"github.com/vivencia-cx/vivencia/internal/web/pages/organizations"
	"github.com/vivencia-cx/vivencia/internal/web/pages/outcomes"
	"github.com/vivencia-cx/vivencia/internal/web/pages/palette"
	"github.com/vivencia-cx/vivencia/internal/web/pages/paths"
	"github.com/vivencia-cx/vivencia/internal/web/pages/personal"
	"github.com/vivencia-cx/vivencia/internal/web/pages/posters"
	"github.com/vivencia-cx/vivencia/internal/web/pages/programme"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises"
	"github.com/vivencia-cx/vivencia/internal/web/pages/quarantine"
	"github.com/vivencia-cx/vivencia/internal/web/pages/reasons"
	"github.com/vivencia-cx/vivencia/internal/web/pages/referrals"
	"github.com/vivencia-cx/vivencia/internal/web/pages/relation"
	"github.com/vivencia-cx/vivencia/internal/web/pages/report"
	"github.com/vivencia-cx/vivencia/internal/web/pages/rules"
	"github.com/vivencia-cx/vivencia/internal/web/pages/segments"
	"github.com/vivencia-cx/vivencia/internal/web/pages/serving"
	"github.com/vivencia-cx/vivencia/internal/web/pages/settings"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/pages/status"
	"github.com/vivencia-cx/vivencia/internal/web/pages/surveys"
	"github.com/vivencia-cx/vivencia/internal/web/pages/team"
	"github.com/vivencia-cx/vivencia/internal/web/pages/today"
	"github.com/vivencia-cx/vivencia/internal/web/pages/voices"
	"github.com/vivencia-cx/vivencia/internal/web/pages/walk"
	"github.com/vivencia-cx/vivencia/internal/web/pages/wall"
)

// routes makes what is served over TCP (events, the API, pages) and over the
// socket (the API, as the system itself).
func (a *App) routes() error {
	a.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a.observeStores()
	a.observeIntake()
	reports, err := report.New(report.Config{Board: a.Indicators, Cycle: a.Cycle, Models: a.Models, Clock: a.clock})
	if err != nil {
		return err
	}
	a.Reports = reports
	apiHandler := api.Handler(api.Config{
		Accounts: a.Accounts, Models: a.Models, Memory: a.Memory, Outcomes: a.Outcomes, Retention: a.Retention, Worth: a.Worth, Chain: a.Chain, Risk: a.Risk, Board: a.Indicators, Segments: a.Segments, Journeys: a.Journeys, Voice: a.Voice, Reasons: a.Reasons, Policies: a.Policies, Promises: a.Promises, Team: a.Team, Expectations: a.Expectations, Intake: a.Intake,
		Quarantine: a.Quarantine, Imports: a.Imports, Brought: a.Brought, Mentions: a.Mentions, Surveys: a.Surveys, Jobs: a.Jobs, Deliver: a.Deliver, Asks: a.Asks, Cases: a.Cases, Referrals: a.Referrals, Dialogue: a.Dialogue, Rules: a.Rules, Cycle: a.Cycle, Programme: a.Programme, Impact: a.Impact, Told: a.Told, Forget: a.Forget, Backups: a.Backups, Health: a.Health, Clock: a.clock, Logger: a.logger, Metrics: a.metrics,
		MayScrape: func(r *http.Request) bool { return a.Config.MetricsOpen || a.fromHere(r) },
		Applied:   a.Applied,
		Ready: func(ctx context.Context) (bool, error) {
			applied, _, err := a.Applied(ctx)
			return applied >= a.started, err
		},
	})
	pages, err := web.New(web.Config{
		Accounts: a.Accounts,
		Pages:    a.pages(),
		Company:  a.company,
		Clock:    a.clock,
		Logger:   a.logger,
		Secure:   a.overTLS(),
		Address:  a.caller,
		Done:     a.done,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", a.collector())
	for _, path := range []string{"/api/", "/openapi.yaml", "/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, apiHandler)
	}
	if err := a.openCustomersPages(); err != nil {
		return err
	}
	for prefix, alone := range a.alone() {
		mux.Handle(prefix, alone)
	}
	mux.Handle("/", pages)
	mux.Handle("/debug/", a.debugging())
	a.handler = a.guard(a.observed(mux))
	a.socket = a.withProfiles(api.WithPrincipal(apiHandler, cx.System()))
	return nil
}

// pages are all there are.
func (a *App) pages() []web.Page {
	return []web.Page{
		palette.New(a.findCustomers),
		settings.New(a.Accounts, a.Models, a.customerName, a.Config.URL),
		signin.New(a.Accounts, a.provider),
		me.New(a.Accounts),
		walk.New(a.walk()),
		day.New(a.Cases, a.Promises, a.Voice, a.Reasons, a.Memory, a.Models),
		cases.New(a.Cases, a.Memory, a.Promises, a.Voice, a.Models, a.Cycle),
		card.New(a.Cases, a.Dialogue, a.Promises, a.Memory, a.Voice, a.Models),
		today.New(a.Outcomes, a.History, a.Memory, a.Segments, a.Models, today.Led{Board: a.Indicators, Promises: a.Promises, Cycle: a.Cycle}),
		modelview.New(a.Models, a.Journeys, a.personName),
		customers.New(a.Memory, a.Models),
		segments.New(a.Segments, a.Models),
		journeys.New(a.Journeys, a.Memory, a.Models, a.Cycle),
		paths.New(a.Journeys, a.Models),
		voices.New(a.Voice, a.Models),
		reasons.New(a.Reasons, a.Outcomes, a.Segments, a.Models),
		customer.New(watched{a.Memory, a.Accounts, a.logger}, a.Models, a.nameOf, a.forgotten),
		relation.New(a.Worth, a.Retention),
		a.Reports.Page(),
		personal.New(a.Forget, a.Memory, a.Models, a.nameOf),
		organizations.New(a.Memory, a.Models),
		surveys.New(surveys.Config{
			Surveys: a.Surveys, Asks: a.Asks, Outcomes: a.Outcomes, Facts: a.History, Expectations: a.Expectations, Voice: a.Voice, Segments: a.Segments, Memory: a.Memory, Models: a.Models,
			Mail:    a.Deliver.Ready,
			Preview: func(w http.ResponseWriter, r *http.Request, f listen.Form) { a.public.Preview(w, r, f) },
			Base:    a.Config.PublicURL(a.Config.Addr),
		}),
		team.New(a.Team, a.Models),
		notices.New(a.Notices, a.Deliver),
		wall.New(a.Notices, a, a.Models, func() string { return a.Config.PublicURL(a.Config.Addr) }),
		posters.New(a.Surveys, a.Models),
		links.New(a.Dialogue, a.Models),
		promises.New(a.Promises, a.Expectations, a.Memory, a.Models),
		contradictions.New(a.Policies, a.Models),
		outcomes.New(a.Retention, a.Worth, a.Chain, a.Models),
		improve.New(a.Cycle, a.Cycle, a.Impact, a.Told, a.Cases, a.Models),
		programme.New(a.Programme, a.Models),
		rules.New(a.Rules, a.Deliver, a.Memory, a.Models),
		choices.New(a.Models),
		serving.New(a.Models),
		referrals.New(a.Referrals, a.Memory, a.Models),
		quarantine.New(a.Quarantine, a.Intake),
		bring.New(a.Brought),
		status.New(a.Health, a.Backups),
		developers.New(a.Accounts, a.Memory, a.Quarantine, a.Intake, a.Config.URL),
	}
}

// fromHere tells whether a request was made on this machine, and not passed on
// by a proxy on it.
func (a *App) fromHere(r *http.Request) bool {
	for _, passedOn := range [...]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(passedOn) != "" {
			return false
		}
	}
	_, local := network(a.caller(r))
	return local
}

// collector serves /v1 and counts what comes in.
func (a *App) collector() http.Handler {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vivencia_collect_requests_total", Help: "Requests to /v1, by way and status.",
	}, []string{"way", "status"})
	messages := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vivencia_collect_messages_total", Help: "Messages to /v1, accepted or refused.",
	}, []string{"outcome"})
	a.metrics.MustRegister(requests, messages)
	return collect.Handler(collect.Config{
		Intake:   a.Intake,
		Mentions: a.Mentions,
		Source: func(ctx context.Context, key string) (string, error) {
			s, err := a.Accounts.SourceByKey(ctx, key)
			return s.Slug, err
		},
		Clock:  a.clock,
		Logger: a.logger,
		Observe: func(way string, status, accepted, refused int) {
			requests.WithLabelValues(way, strconv.Itoa(status)).Inc()
			messages.WithLabelValues("accepted").Add(float64(accepted))
			messages.WithLabelValues("refused").Add(float64(refused))
		},
	})
}

// company is what every page shows of the company.
func (a *App) company() web.Company {
	m := a.Models.Current().Model
	return web.Company{Name: m.Company.Name, Zone: m.Company.Zone(), Currency: m.Company.Currency}
}

// caller returns the address of who calls: the connection's, or what a trusted
// proxy says it is.
func (a *App) caller(r *http.Request) string {
	if h := a.Config.ProxyHeader; h != "" {
		parts := strings.Split(r.Header.Get(h), ",")
		if ip := strings.TrimSpace(parts[len(parts)-1]); net.ParseIP(ip) != nil {
			return ip
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// findCustomers serves the palette.
func (a *App) findCustomers(ctx context.Context, p cx.Principal, query string, limit int) ([]palette.Hit, error) {
	found, err := a.Memory.Search(ctx, p, query, "", limit)
	if err != nil {
		if cx.KindOf(err) == cx.Forbidden {
			return nil, nil
		}
		return nil, err
	}
	hits := make([]palette.Hit, len(found.Customers))
	for i, c := range found.Customers {
		hits[i] = palette.Hit{Icon: "user", Text: c.Name, Note: c.Email, Href: "/customers/" + string(c.ID)}
	}
	return hits, nil
}

// nameOf names the person behind a principal's id; "" when there is none.
func (a *App) nameOf(ctx context.Context, principalID string) string {
	people, err := a.Accounts.People(ctx, cx.System())
	if err != nil {
		return ""
	}
	for _, person := range people {
		if person.Principal().ID == principalID {
			return person.Name
		}
	}
	return ""
}

// personName is what the person behind a principal's id ("person:3") is called;
// "" when it is nobody's.
func (a *App) personName(ctx context.Context, principalID string) string {
	people, err := a.Accounts.People(ctx, cx.System())
	if err != nil {
		return ""
	}
	for _, person := range people {
		if "person:"+strconv.FormatInt(person.ID, 10) == principalID {
			return person.Name
		}
	}
	return ""
}
