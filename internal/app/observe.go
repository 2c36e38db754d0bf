package app

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/health"
)

// kindOfStatus names the kind of error behind a status, as the API's table does.
var kindOfStatus = map[int]cx.ErrorKind{
	http.StatusBadRequest: cx.Invalid, http.StatusUnauthorized: cx.Unauthorized, http.StatusForbidden: cx.Forbidden,
	http.StatusNotFound: cx.NotFound, http.StatusGone: cx.Gone, http.StatusConflict: cx.Conflict, http.StatusRequestEntityTooLarge: cx.TooLarge,
	http.StatusTooManyRequests: cx.Busy, http.StatusServiceUnavailable: cx.Unavailable, http.StatusInsufficientStorage: cx.Full,
	http.StatusInternalServerError: cx.Internal,
}

// observed measures, counts and (when that is on) traces every request. A
// route is the pattern that answered: there are as many as the program has.
func (a *App) observed(next http.Handler) http.Handler {
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "vivencia_http_request_seconds", Help: "How long requests took, by route and class of status. Live streams are not counted.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "status"})
	failed := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vivencia_errors_total", Help: "Requests that were answered with an error, by its kind.",
	}, []string{"kind"})
	a.metrics.MustRegister(took, failed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := a.clock.Now()
		s := &statusWriter{ResponseWriter: w}
		if a.tracing != nil {
			traced, span := a.tracing.request(r)
			r = traced
			defer func() {
				span.SetName(routeOf(r))
				span.SetAttributes(attribute.Int("http.response.status_code", s.code()))
				if s.code() >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, kindOfStatus[s.code()].String())
				}
				span.End()
			}()
		}
		next.ServeHTTP(s, r)
		if kind, ok := kindOfStatus[s.code()]; ok {
			failed.WithLabelValues(kind.String()).Inc()
		}
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			took.WithLabelValues(routeOf(r), strconv.Itoa(s.code()/100)+"xx").Observe(a.clock.Now().Sub(started).Seconds())
		}
	})
}

// routeOf returns the pattern that answered the request.
func routeOf(r *http.Request) string {
	if r.Pattern == "" {
		return "none"
	}
	return r.Pattern
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) code() int {
	if s.status == 0 {
		return http.StatusOK
	}
	return s.status
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(status int) {
	if s.status == 0 && status >= http.StatusOK {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

// Flush implements http.Flusher.
func (s *statusWriter) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }

// Unwrap lets a controller reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// observeIntake counts what every way in lets through and refuses.
func (a *App) observeIntake() {
	messages := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vivencia_intake_messages_total", Help: "Messages that came in, by way and by what became of them (accepted, refused).",
	}, []string{"way", "outcome"})
	a.metrics.MustRegister(messages)
	a.Intake.Observe(func(way string, accepted, refused int) {
		messages.WithLabelValues(way, "accepted").Add(float64(accepted))
		messages.WithLabelValues(way, "refused").Add(float64(refused))
		a.Health.Refused(refused)
	})
}

// stores shows how the stores and their views are whenever it is asked.
type stores struct{ *App }

func (a *App) observeStores() {
	a.metrics.MustRegister(stores{a})
}

type metric struct {
	*prometheus.Desc
	kind prometheus.ValueType
}

func describe(kind prometheus.ValueType, name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc(name, help, labels, nil), kind}
}

var (
	lastSeq          = describe(prometheus.CounterValue, "vivencia_log_last_seq", "Seq of the last durable event.")
	appliedSeq       = describe(prometheus.CounterValue, "vivencia_view_applied_seq", "Seq up to which a view has applied the log.", "view")
	lagEvents        = describe(prometheus.GaugeValue, "vivencia_view_lag_events", "Events that a view has still to apply.", "view")
	lagSeconds       = describe(prometheus.GaugeValue, "vivencia_view_lag_seconds", "How long the oldest event that a view has still to apply has been waiting.", "view")
	queueRequests    = describe(prometheus.GaugeValue, "vivencia_log_queue_requests", "Requests that wait for the log.")
	queueBytes       = describe(prometheus.GaugeValue, "vivencia_log_queue_bytes", "Bytes that wait for the log.")
	duplicates       = describe(prometheus.CounterValue, "vivencia_duplicates_total", "Messages that memory knew already and dropped.")
	customersKnown   = describe(prometheus.GaugeValue, "vivencia_customers", "Customers remembered.")
	quarantineItems  = describe(prometheus.GaugeValue, "vivencia_quarantine_items", "Messages that wait for review.")
	storeBytes       = describe(prometheus.GaugeValue, "vivencia_store_bytes", "Bytes on the disk, by store.", "store")
	diskFree         = describe(prometheus.GaugeValue, "vivencia_disk_free_bytes", "Free bytes on the data directory's disk.")
	diskReserve      = describe(prometheus.GaugeValue, "vivencia_disk_reserve_bytes", "Free bytes below which nothing more is accepted.")
	backupConfigured = describe(prometheus.GaugeValue, "vivencia_backup_configured", "1 when backups are made by themselves.")
	backupAt         = describe(prometheus.GaugeValue, "vivencia_backup_last_timestamp_seconds", "When the last whole backup was begun; 0 when there is none.")
	backupBytes      = describe(prometheus.GaugeValue, "vivencia_backup_last_bytes", "Bytes of the last whole backup, what it shares with others included.")
	backupFailed     = describe(prometheus.GaugeValue, "vivencia_backup_failed", "1 when the last try to make a backup failed.")
	statusLevel      = describe(prometheus.GaugeValue, "vivencia_status", "How a part of the product is: 0 well, 1 to be watched, 2 wrong.", "part")
	storeDamaged     = describe(prometheus.GaugeValue, "vivencia_store_damaged", "1 when a store was found damaged while it was in use: look at the status.", "store")
	build            = describe(prometheus.GaugeValue, "vivencia_build_info", "1, with the version.", "version")
)

// Describe implements prometheus.Collector: what is collected is described then.
func (stores) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector. What cannot be told is left out.
func (s stores) Collect(out chan<- prometheus.Metric) {
	ctx := context.Background()
	put := func(f metric, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(f.Desc, f.kind, v, labels...)
	}
	flag := func(f metric, on bool, labels ...string) {
		v := 0.
		if on {
			v = 1
		}
		put(f, v, labels...)
	}
	put(build, 1, s.Config.Version)
	put(lastSeq, float64(s.Log.LastSeq()))
	for _, v := range s.views() {
		if at, err := v.Position(ctx); err == nil {
			put(appliedSeq, float64(at), v.Name())
		}
		if events, seconds, err := s.Health.Lag(ctx, v); err == nil {
			put(lagEvents, float64(events), v.Name())
			put(lagSeconds, seconds, v.Name())
		}
	}
	requests, bytes := s.Log.Queued()
	put(queueRequests, float64(requests))
	put(queueBytes, float64(bytes))
	if t, err := s.Memory.Totals(ctx, cx.System()); err == nil {
		put(duplicates, float64(t.Duplicates))
		put(customersKnown, float64(t.Customers))
	}
	if n, err := s.Quarantine.Len(ctx); err == nil {
		put(quarantineItems, float64(n))
	}
	sizes, free := s.Health.Disk()
	for store, n := range sizes {
		put(storeBytes, float64(n), store)
	}
	found := s.damages.all()
	for _, store := range []string{"memory", "history", "voice", "promises", "state", "log"} {
		damaged := slices.ContainsFunc(found, func(d health.Damage) bool { return d.Store == store })
		flag(storeDamaged, damaged, store)
	}
	put(diskFree, float64(free))
	put(diskReserve, float64(s.Config.Reserve))
	st := s.Backups.State()
	flag(backupConfigured, st.Target != "" && st.Every > 0)
	flag(backupFailed, st.Failed != nil)
	at := 0.
	if st.Last.ID != "" {
		at = float64(st.Last.At.Unix())
	}
	put(backupAt, at)
	put(backupBytes, float64(st.Last.Bytes()))
	if r, err := s.Health.Report(ctx, cx.System()); err == nil {
		for _, c := range r.Checks {
			if c.Part != "recovered" && c.Part != "damaged" {
				put(statusLevel, float64(map[health.Level]int{health.Watch: 1, health.Wrong: 2}[c.Level]), c.Part)
			}
		}
	}
}
