package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/health"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/history/duckdb"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/improve/impact"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/mention"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/purchases"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// instance is a whole product in a folder, as app wires it, and who asks.
type instance struct {
	*testing.T
	config  api.Config
	handler http.Handler
	tokens  map[cx.Role]string
}

const companyYAML = `
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR, languages: [es], address: tu}
areas: [{slug: tiendas, name: Tiendas}, {slug: web, name: Web}]
places: [{slug: goya, name: Goya, kind: shop, city: Madrid, country: ES}]
touchpoints:
  - {slug: till, name: Caja, stage: during, channel: store, medium: physical, area: tiendas, events: [{name: Queue Waited, valence: -1.5}], surveys: [csat]}
  - {slug: shop-web, name: Web, stage: before, channel: web, medium: digital, area: web, events: [Product Viewed]}
identifiers: [{slug: card, name: Tarjeta, from: traits.card, merges: false}]
segments: [{slug: waited, name: {es: Esperaron, en: Waited}, when: 'count("Queue Waited") > 0'}, {slug: madrid, name: De Madrid, when: traits.city == "Madrid"}]
journeys: [{slug: order, name: Pedido, case: {key: order_id}, script: [{slug: browse, touchpoint: shop-web, events: [Product Viewed], optional: true}, {slug: queue, touchpoint: till, events: [Queue Waited], within: 1h, valence: 1}]}]
`

// quiet tells nobody anything.
type quiet struct{}

func (quiet) Tell(context.Context, notify.Notice) error { return nil }

// readers are the customers whom conversations know by memory.
type readers struct{ *remember.Memory }

func (r readers) Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (dialogue.Person, error) {
	c, err := r.Customer(ctx, p, id)
	if err != nil {
		return dialogue.Person{}, err
	}
	return dialogue.Person{ID: c.ID, UserID: c.Identifiers[0].Value, Name: c.Name, Email: c.Email}, nil
}

// known are the customers whom surveys know by memory.
type known struct{ *remember.Memory }

func (k known) Person(ctx context.Context, p cx.Principal, id cx.CustomerID) (survey.Person, error) {
	c, err := k.Customer(ctx, p, id)
	if err != nil {
		return survey.Person{}, err
	}
	return survey.Person{UserID: c.Identifiers[0].Value, Name: c.Name}, nil
}

func newInstance(t *testing.T) *instance {
	t.Helper()
	ctx, clock, dir := t.Context(), cxtest.NewClock(), t.TempDir()
	logger := slog.New(slog.DiscardHandler)
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	closed := func(c io.Closer) {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	state, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(dir, "state.db"), Synchronous: "NORMAL"})
	ok(err)
	closed(state)
	accounts, err := account.Open(ctx, state, clock)
	ok(err)
	log, err := stream.Open(ctx, stream.Config{Dir: filepath.Join(dir, "log"), Logger: logger})
	ok(err)
	closed(log)
	models, err := model.OpenService(ctx, state, log, clock)
	ok(err)
	aside, err := quarantine.Open(ctx, log, quarantine.Config{})
	ok(err)
	gate := intake.New(log, aside, clock, logger)
	views, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(dir, "views.db"), Synchronous: "NORMAL"})
	ok(err)
	closed(views)
	who, err := accounts.Instance(ctx)
	ok(err)
	memory, err := remember.Open(ctx, remember.Config{DB: views, Clock: clock, Salt: who.Salt, Models: models, Log: log, Logger: logger})
	ok(err)
	store, err := duckdb.Open(ctx, duckdb.Config{Path: filepath.Join(dir, "history.duckdb")})
	ok(err)
	closed(store)
	facts := history.NewView(history.Config{Store: store, Resolver: memory, Models: models, Log: log, Logger: logger})
	facts.Start()
	closed(facts)

	words, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(dir, "voice.db"), Synchronous: "NORMAL"})
	ok(err)
	closed(words)
	said, err := voice.Open(ctx, voice.Config{
		DB: words, State: state, Resolver: memory, Memory: memory, Models: models, Log: log, Salt: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	said.Start()
	closed(said)

	crew, err := team.Open(ctx, team.Config{DB: words, State: state, Models: models, Facts: store, Log: log, Key: who.Salt, Salt: who.Salt, Clock: clock})
	ok(err)

	brought, err := bring.New(bring.Config{
		Dir: filepath.Join(dir, "brought"), Model: func() *model.Model { return models.Current().Model }, Clock: clock, Logger: logger,
	})
	ok(err)
	closed(brought)

	surveys, err := survey.Open(ctx, survey.Config{
		DB: state, Log: log, Models: models, Customers: known{memory}, Secret: who.Salt, BaseURL: "https://cx.example", Clock: clock, Logger: logger,
	})
	ok(err)
	closed(surveys)
	queue, err := jobs.Open(ctx, jobs.Config{DB: state, Clock: clock, Logger: logger, Holder: "test"})
	ok(err)
	deliveries, err := deliver.Open(ctx, deliver.Config{
		DB: state, Jobs: queue, Log: log, People: memory, Endpoints: endpoints, Base: "https://cx.example", Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	ok(state.Write(ctx, func(tx *sqldb.Tx) error {
		return deliveries.PutHook(ctx, tx, deliver.Hook{ID: "run-1", Endpoint: "erp", Type: "promise.broken", At: clock.Now(), Customer: "c_none"})
	}))
	closed(deliveries)

	talks, err := dialogue.Open(ctx, dialogue.Config{
		DB: state, Jobs: queue, Deliver: deliveries, Log: log, Models: models, People: readers{memory}, Base: "https://cx.example", Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	worked, err := cases.Open(ctx, cases.Config{
		DB: state, Jobs: queue, Dialogue: talks, Log: log, Models: models, Memory: memory, Facts: store, Accounts: accounts, Notices: quiet{}, Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)

	kept, err := sqldb.Open(ctx, sqldb.Config{DSN: filepath.Join(dir, "promises.db"), Synchronous: "NORMAL"})
	ok(err)
	closed(kept)
	promises, err := promise.Open(ctx, promise.Config{DB: kept, State: state, Log: log, Models: models, Memory: memory, Clock: clock, Logger: logger})
	ok(err)
	promises.Start()
	closed(promises)

	following, stop := context.WithCancel(context.Background())
	referrals, err := referral.Open(ctx, referral.Config{
		DB: state, Jobs: queue, Log: log, Models: models, Memory: memory, Facts: store, Dialogue: talks, Outbox: deliveries, Promises: promises, Cases: noCases{},
		Base: "https://cx.example", Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	ended := make(chan error, 6)
	for _, v := range []stream.View{memory, facts, said, crew, promises, referrals} {
		go func() { ended <- log.Follow(following, v) }()
	}
	t.Cleanup(func() {
		stop()
		for range cap(ended) {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})

	forgetting, err := forget.Open(ctx, forget.Config{
		DB: state, Log: log, Memory: memory, History: store, Quarantine: aside, Models: models, Audit: accounts, Clock: clock, Logger: logger,
	})
	ok(err)
	forgetting.Start()
	closed(forgetting)

	backups := backup.New(backup.Source{
		Dir: dir, Instance: who.ID, Version: "test", Log: log, State: state, Shelf: aside.Shelf(), Clock: clock,
	}, backup.Schedule{Target: filepath.Join(t.TempDir(), "backups")}, logger)
	closed(backups)
	observed := health.New(health.Config{
		Dir: dir, Version: "test", Clock: clock, Logger: logger, LastSeq: log.LastSeq, Views: []health.View{memory, facts},
		LastAt:     func(context.Context) (cx.Time, error) { return clock.Now(), nil },
		Review:     aside.Len,
		Backups:    backups.State,
		Forgetting: func(context.Context) (int, string, error) { return 0, "", nil },
		Stopped:    func(string) bool { return false },
		Damaged:    func() []health.Damage { return nil },
	})
	closed(observed)

	segments := segment.New(store, models, memory, clock)
	asks, err := ask.Open(ctx, ask.Config{
		DB: state, Jobs: queue, Deliver: deliveries, Surveys: surveys, Log: log, Models: models, Memory: memory, Facts: store, Segments: segments,
		LinkURL: func(token string) string { return "https://cx.example/r/" + token }, Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	lived := journey.New(journey.Config{Facts: store, Models: models, Segments: segments, Memory: memory, Clock: clock, Logger: logger})
	closed(lived)
	rules, err := rule.Open(ctx, rule.Config{
		DB: state, Jobs: queue, Log: log, Models: models, Memory: memory, Facts: store, Segments: segments, Journeys: lived, Voices: said,
		Asks: asks, Outbox: deliveries, Key: who.Salt, Clock: clock, Logger: logger,
	})
	ok(err)
	judges, err := impact.Open(ctx, impact.Config{
		DB: state, Jobs: queue, Facts: store, Promises: promises, Models: models, Memory: memory, Segments: segments, Lives: talks, Clock: clock, Logger: logger,
	})
	ok(err)
	improved, err := cycle.Open(ctx, cycle.Config{
		DB: state, Jobs: queue, Log: log, Models: models, Memory: memory, Accounts: accounts, Notices: quiet{}, Impact: judges, Clock: clock, Logger: logger,
	})
	ok(err)
	judges.Serve(improved.Judged())
	changes, err := told.Open(ctx, told.Config{DB: state, Jobs: queue, Initiatives: improved, Models: models, Memory: memory, Dialogue: talks, Outbox: deliveries, Clock: clock})
	ok(err)
	alive, err := programme.Open(ctx, programme.Config{
		DB: state, Models: models, Accounts: accounts, Cycle: improved, Cases: worked, Facts: store, Voices: said, Memory: nowhere{}, Deeds: nowhere{}, Salt: who.Salt, Clock: clock,
	})
	ok(err)
	ok(failing(ctx, queue, state, clock))
	closed(queue)
	said.SetSegments(segments)
	reasons := reason.New(reason.Config{Facts: store, Models: models, Voices: said, Segments: segments, Memory: memory, Clock: clock})
	scores := outcome.New(store, models, clock)
	bought := purchases.New(purchases.Config{Facts: store, Models: models, Segments: segments, Clock: clock, Logger: logger})
	staying := retention.New(retention.Config{Purchases: bought, Facts: store, Models: models, Memory: memory, Promises: promises, Cases: worked, Clock: clock, Logger: logger})
	valued := worth.New(worth.Config{Purchases: bought, Retention: staying, Memory: memory, Clock: clock, Logger: logger})
	chained := chain.New(chain.Config{Facts: store, Purchases: bought, Memories: scores, Models: models, Clock: clock})
	risks := risk.New(risk.Config{Facts: store, Worth: valued, Promises: promises, Reasons: reasons, Models: models, Clock: clock})
	led := board.New(board.Config{
		Facts: store, Scores: scores, Purchases: bought, Chains: chained, Risks: risks, Reasons: reasons, Segments: segments, Models: models, Clock: clock, Logger: logger,
	})
	policies := policy.New(policy.Config{Facts: store, Models: models, Team: crew, Voices: said, Memory: memory, Clock: clock})
	i := &instance{T: t, tokens: map[cx.Role]string{}, config: api.Config{
		Accounts: accounts, Models: models, Memory: memory, Outcomes: scores, Retention: staying, Worth: valued, Chain: chained, Risk: risks, Board: led, Segments: segments, Journeys: lived, Voice: said, Reasons: reasons, Policies: policies, Promises: promises, Team: crew, Expectations: expectation.New(store, models), Intake: gate, Quarantine: aside, Forget: forgetting, Backups: backups, Health: observed,
		Brought:  brought,
		Imports:  importer.NewLocal(importer.LocalConfig{Intake: gate, Quarantine: aside, Memory: memory, Log: log, Clock: clock}),
		Mentions: mention.New(gate, nobody{}, clock),
		Surveys:  surveys, Jobs: queue, Deliver: deliveries, Asks: asks, Rules: rules, Cycle: improved, Programme: alive, Impact: judges, Told: changes, Cases: worked, Referrals: referrals, Dialogue: talks,
		Clock: clock, Logger: logger, Metrics: prometheus.NewRegistry(),
		MayScrape: func(*http.Request) bool { return false },
		Applied: func(ctx context.Context) (cx.Seq, cx.Seq, error) {
			last := log.LastSeq()
			a, err1 := memory.Position(ctx)
			b, err2 := facts.Position(ctx)
			c, err3 := said.Position(ctx)
			kept, err4 := promises.Position(ctx)
			brought, err5 := referrals.Position(ctx)
			return min(a, b, c, kept, brought), last, errors.Join(err1, err2, err3, err4, err5)
		},
		Ready: func(context.Context) (bool, error) { return true, nil },
	}}
	i.handler = api.Handler(i.config)
	for _, role := range cx.Roles() {
		_, secret, err := accounts.CreateToken(ctx, cx.System(), string(role), role, nil, "")
		ok(err)
		i.tokens[role] = secret
	}
	return i
}

// answer is what the API said.
type answer struct {
	*httptest.ResponseRecorder
	i *instance
}

// ask sends a request as an administrator; body is JSON, or text as it is.
func (i *instance) ask(method, target string, body any) answer {
	i.Helper()
	return i.send(i.request(method, target, body))
}

func (i *instance) request(method, target string, body any) *http.Request {
	i.Helper()
	var reader io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case string:
		reader, kind = strings.NewReader(b), "application/x-ndjson"
	default:
		src, err := json.Marshal(b)
		if err != nil {
			i.Fatal(err)
		}
		reader, kind = bytes.NewReader(src), "application/json"
	}
	req := httptest.NewRequestWithContext(i.Context(), method, target, reader)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("Authorization", "Bearer "+i.tokens[cx.Admin])
	return req
}

func (i *instance) send(req *http.Request) answer {
	i.Helper()
	w := httptest.NewRecorder()
	i.handler.ServeHTTP(w, req)
	return answer{w, i}
}

// json returns a value of the answer by its path: items.0.id.
func (a answer) json(path string) any {
	a.i.Helper()
	var v any
	if err := json.Unmarshal(a.Body.Bytes(), &v); err != nil {
		a.i.Fatalf("%d %s: %v", a.Code, a.Body, err)
	}
	for _, key := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			n := int(key[0] - '0')
			if n >= len(at) {
				a.i.Fatalf("%s has no %s", a.Body, path)
			}
			v = at[n]
		default:
			return nil
		}
	}
	return v
}

// is checks a value of the answer.
func (a answer) is(path string, want any) answer {
	a.i.Helper()
	if n, ok := want.(int); ok {
		want = float64(n)
	}
	if got := a.json(path); got != want {
		a.i.Errorf("%s is %v, want %v, in %s", path, got, want, a.Body)
	}
	return a
}

// status checks the answer's status.
func (a answer) status(want int) answer {
	a.i.Helper()
	if a.Code != want {
		a.i.Fatalf("status %d, want %d: %s", a.Code, want, a.Body)
	}
	return a
}

// nobody knows whose an object is.
type nobody struct{}

// Owner implements mention.Owners.
func (nobody) Owner(context.Context, model.ObjectRef) (userID, anonymousID string, err error) {
	return "", "", nil
}

// noCases has nothing to make right for anybody.
type noCases struct{}

func (noCases) AnyOpen(context.Context, cx.CustomerID) (bool, error) { return false, nil }
