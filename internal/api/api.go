package api

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/act/policy"
	"github.com/vivencia-cx/vivencia/internal/act/promise"
	"github.com/vivencia-cx/vivencia/internal/act/referral"
	"github.com/vivencia-cx/vivencia/internal/act/rule"
	"github.com/vivencia-cx/vivencia/internal/backup"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
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
	"github.com/vivencia-cx/vivencia/internal/understand/expectation"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/board"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/chain"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/risk"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/worth"
	"github.com/vivencia-cx/vivencia/internal/understand/reason"
	"github.com/vivencia-cx/vivencia/internal/understand/segment"
	"github.com/vivencia-cx/vivencia/internal/understand/team"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Config wires the API. Every field is required.
type Config struct {
	Accounts     *account.Service
	Models       *model.Service
	Memory       *remember.Memory
	Outcomes     *outcome.Service
	Retention    *retention.Service
	Worth        *worth.Service
	Chain        *chain.Service
	Risk         *risk.Service
	Board        *board.Service
	Segments     *segment.Service
	Journeys     *journey.Service
	Voice        *voice.Service
	Reasons      *reason.Service
	Policies     *policy.Service
	Promises     *promise.Service
	Team         *team.Service
	Expectations *expectation.Service
	Intake       *intake.Service
	Quarantine   *quarantine.Queue
	Imports      importer.Sink // importer.Local
	Brought      *bring.Service
	Mentions     *mention.Service
	Surveys      *survey.Service
	Jobs         *jobs.Queue
	Deliver      *deliver.Service
	Asks         *ask.Service
	Cases        *cases.Service
	Referrals    *referral.Service
	Dialogue     *dialogue.Service
	Rules        *rule.Service
	Cycle        *cycle.Service
	Programme    *programme.Service
	Impact       *impact.Service
	Told         *told.Service
	Forget       *forget.Service
	Backups      *backup.Service
	Health       *health.Service
	Clock        cx.Clock
	Logger       *slog.Logger
	Metrics      *prometheus.Registry // gets the API's own metrics; /metrics shows all of it

	// MayScrape tells whether who asks may read /metrics without a token.
	MayScrape func(*http.Request) bool
	// Applied returns the least position over the views, and the log's last seq.
	Applied func(ctx context.Context) (applied, last cx.Seq, err error)
	// Ready tells whether what was in the log at the start is applied.
	Ready func(ctx context.Context) (bool, error)
}

// Handler serves /api/v1/…, /openapi.yaml, /healthz, /readyz and /metrics.
func Handler(c Config) http.Handler { return newServer(c) }

// Operation is one line of the table of routes: what one must be allowed to do
// to ask for it, "" for everybody.
type Operation struct {
	Method, Path string
	Action       account.Action
}

// Operations lists every route, for tests that walk them all.
func Operations() []Operation {
	var all []Operation
	for _, r := range new(server).routes() {
		all = append(all, Operation{r.method, r.path, r.action})
	}
	return all
}

type principalKey struct{}

// WithPrincipal answers every request as p, without a token: for the socket of
// the data directory, whose callers own the files anyway.
func WithPrincipal(h http.Handler, p cx.Principal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), principalKey{}, p)))
	})
}
