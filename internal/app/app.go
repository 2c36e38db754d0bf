package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

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
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
	"github.com/vivencia-cx/vivencia/internal/history"
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
	"github.com/vivencia-cx/vivencia/internal/web/pages/report"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	websurvey "github.com/vivencia-cx/vivencia/internal/web/survey"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// App is the product, open on one data directory. Its services may be used
// from any goroutine until Close.
type App struct {
	Config       Config
	Accounts     *account.Service
	Log          *stream.Log
	Models       *model.Service
	Quarantine   *quarantine.Queue
	Intake       *intake.Service
	Imports      *importer.Local
	Brought      *bring.Service
	Mentions     *mention.Service
	Memory       *remember.Memory
	History      history.Store
	Voice        *voice.Service
	Team         *team.Service
	Promises     *promise.Service
	Outcomes     *outcome.Service
	Segments     *segment.Service
	Journeys     *journey.Service
	Reasons      *reason.Service
	Policies     *policy.Service
	Expectations *expectation.Service
	Purchases    *purchases.Service
	Retention    *retention.Service
	Worth        *worth.Service
	Reports      *report.Service
	Chain        *chain.Service
	Risk         *risk.Service
	Indicators   *board.Service
	Forget       *forget.Service
	Backups      *backup.Service
	Health       *health.Service
	Surveys      *survey.Service
	Jobs         *jobs.Queue
	Deliver      *deliver.Service
	Dialogue     *dialogue.Service
	Cases        *cases.Service
	Notices      *notify.Service
	Asks         *ask.Service
	Rules        *rule.Service
	Impact       *impact.Service
	Told         *told.Service
	Cycle        *cycle.Service
	Programme    *programme.Service
	Referrals    *referral.Service

	clock    cx.Clock
	logger   *slog.Logger
	metrics  *prometheus.Registry
	provider *signin.Provider // the company's own sign-in; nil when it has none
	state    *sqldb.DB
	key      []byte // secret.key
	facts    *history.View
	tracing  *tracing // nil when it is off
	stopped  sync.Map // views that follow the log no more, by name
	anew     []string // files that were damaged and are made again
	damages  damages
	asides   *asides
	handler  http.Handler
	public   *websurvey.Handler // the pages of surveys
	yours    *yours.Handler     // those of choices and cases
	socket   http.Handler
	started  cx.Seq        // the log's last seq when it was opened
	done     chan struct{} // closed when Serve is about to stop

	patience patience

	closers []func() error // in the order of opening
}

// Open takes the directory's lock, opens every store and service, and sets the
// views to work. It does not listen: Serve does. The error is cx.Conflict when
// another process owns the directory.
func Open(ctx context.Context, c Config, logger *slog.Logger) (*App, error) {
	if err := unfinished(c); err != nil {
		return nil, err
	}
	return open(ctx, c, logger)
}

func open(ctx context.Context, c Config, logger *slog.Logger) (_ *App, err error) {
	const op = "app.Open"
	a, err := openStores(ctx, c, logger)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if err := a.openViews(ctx, c.file); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.Imports = importer.NewLocal(importer.LocalConfig{Intake: a.Intake, Quarantine: a.Quarantine, Memory: a.Memory, Log: a.Log, Clock: a.clock})
	if a.Brought, err = bring.New(bring.Config{
		Dir: c.file(broughtDir), Sink: a.Imports, Model: func() *model.Model { return a.Models.Current().Model }, Clock: a.clock, Logger: logger,
		Shown: func(ctx context.Context, seq cx.Seq) error { return a.WaitApplied(ctx, seq, nil) },
	}); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.onClose(a.Brought.Close)
	a.Mentions = mention.New(a.Intake, owners{a}, a.clock)
	a.Outcomes = outcome.New(a.History, a.Models, a.clock)
	a.Segments = segment.New(a.History, a.Models, a.Memory, a.clock)
	a.Voice.SetSegments(a.Segments)
	a.Journeys = journey.New(journey.Config{
		Facts: a.History, Models: a.Models, Segments: a.Segments, Memory: a.Memory, Clock: a.clock, Logger: logger, Bytes: int64(c.JourneyMemory),
	})
	a.onClose(a.Journeys.Close)
	a.Reasons = reason.New(reason.Config{Facts: a.History, Models: a.Models, Voices: a.Voice, Segments: a.Segments, Memory: a.Memory, Clock: a.clock})
	a.Policies = policy.New(policy.Config{Facts: a.History, Models: a.Models, Team: a.Team, Voices: a.Voice, Memory: a.Memory, Clock: a.clock})
	a.Expectations = expectation.New(a.History, a.Models)
	a.openPurchases()
	if err := a.openSurveys(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := a.openAct(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.openOutcomes()
	a.openBoard()
	if err := a.openBackups(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := a.openForget(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := a.openProvider(); err != nil {
		return nil, err
	}
	a.openHealth()
	if err := a.routes(); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := a.startAct(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.Health.Start()
	a.Backups.Start()
	a.sealAudit()
	return a, nil
}

// openStores takes the lock and opens what is the truth.
func openStores(ctx context.Context, c Config, logger *slog.Logger) (_ *App, err error) {
	const op = "app.openStores"
	if err := c.Validate(); err != nil {
		return nil, err
	}
	a := &App{Config: c, clock: c.clock, logger: logger, metrics: prometheus.NewRegistry(), done: make(chan struct{}), patience: usual}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()

	if a.clock == nil {
		a.clock = cx.SystemClock{}
	}
	held, err := takeLock(c.Data)
	if err != nil {
		return nil, err
	}
	a.onClose(held.release)

	if a.tracing, err = startTracing(ctx, c.OTelEndpoint, c.Version); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.onClose(a.tracing.close)
	if a.state, err = openState(ctx, c.file(stateFile), a.onDamage("state", c.file(stateFile))); err != nil {
		return nil, err
	}
	a.onClose(a.state.Close)
	if err := a.openLog(ctx); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.onClose(a.Log.Close)
	a.started = a.Log.LastSeq()
	if a.key, err = account.KeyFile(c.file(keyFile)); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.Accounts, err = account.Open(ctx, a.state, a.clock, account.WithSeals(c.file(sealsFile)), account.WithKey(a.key), account.WithRules(c.SignIn.rules()))
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if a.asides, err = openAsides(c.file(asideFile), a.started); err != nil {
		return nil, err
	}
	if a.Models, err = model.OpenService(ctx, a.state, a.Log, a.clock); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if a.Quarantine, err = quarantine.Open(ctx, a.Log, quarantine.Config{
		MaxBytes: int64(c.QuarantineBytes), MaxAge: c.QuarantineAge,
		OwnOnly: func(p cx.Principal) bool { return a.Models.Current().Model.OwnOnly(p.Areas) },
	}); err != nil {
		return nil, cx.Wrap(op, err)
	}
	a.Intake = intake.New(a.tracing.appender(a.Log), a.Quarantine, a.clock, logger)
	return a, nil
}

// keyFile holds the key that encrypts the secrets in state.db that must be kept
// readable. It is truth: a backup without it makes everybody set up their
// one-time codes again.
const keyFile = "secret.key"

// broughtDir holds the files that people brought until they are imported. It is
// emptied at the start and is no part of a backup.
const broughtDir = "brought"

// sealsFile holds the audit log's seals. It is truth too.
const sealsFile = "audit.seals"

// Applied returns the least position over the views, and the log's last seq.
func (a *App) Applied(ctx context.Context) (applied, last cx.Seq, err error) {
	last = a.Log.LastSeq()
	remembered, err1 := a.Memory.Position(ctx)
	known, err2 := a.facts.Position(ctx)
	heard, err3 := a.Voice.Position(ctx)
	ours, err4 := a.Team.Position(ctx)
	promised, err5 := a.Promises.Position(ctx)
	return min(remembered, known, heard, ours, promised), last, errors.Join(err1, err2, err3, err4, err5)
}

// WaitApplied waits until every view has applied seq and every fact, text and
// promise is read under the model in force, telling tell (which may be nil) how far
// they are.
func (a *App) WaitApplied(ctx context.Context, seq cx.Seq, tell func(applied cx.Seq)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		applied, _, err := a.Applied(ctx)
		if err != nil {
			return err
		}
		if tell != nil {
			tell(applied)
		}
		state, err := a.History.State(ctx)
		if err != nil {
			return err
		}
		if applied >= seq && state.Settled() && a.Voice.Settled() && a.Promises.Settled() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close stops the views, closes every store in turn and gives the lock back. It
// may be called again.
func (a *App) Close() error {
	var errs []error
	for _, c := range slices.Backward(a.closers) {
		errs = append(errs, c())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(fn func() error) { a.closers = append(a.closers, fn) }

func closeIf(db *sqldb.DB) error {
	if db == nil {
		return nil
	}
	return db.Close()
}

// removeDatabase removes a database's file and what its engine keeps beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", ".wal", ".copy", ".copy.wal", ".next", damagedSuffix} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove what was derived: %w", err))
		}
	}
	return errors.Join(errs...)
}
