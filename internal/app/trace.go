package app

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// tracing makes spans of what is done and sends them to a collector. A nil one
// does nothing and wraps nothing: off, it costs nothing. Spans hold names,
// counts and kinds of errors, never what anybody lived. Which requests are
// traced, OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG say; all, unless told.
type tracing struct {
	trace.Tracer
	provider *sdktrace.TracerProvider
}

const (
	tracesPath  = "/v1/traces"
	flushTraces = 5 * time.Second // what is not sent by then is given up
)

func startTracing(ctx context.Context, endpoint, version string) (*tracing, error) {
	if endpoint == "" {
		return nil, nil
	}
	const op = "app.startTracing"
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(resource.NewSchemaless(
		attribute.String("service.name", "vivencia"), attribute.String("service.version", version),
	)))
	return &tracing{provider.Tracer("vivencia"), provider}, nil
}

func (t *tracing) close() error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTraces)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // a collector that does not answer stops nothing
	return nil
}

// end ends a span; of an error it keeps the kind alone.
func end(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, cx.KindOf(err).String())
	}
	span.End()
}

// request begins the span of a request, as a part of the caller's trace when it
// names one.
func (t *tracing) request(r *http.Request) (*http.Request, trace.Span) {
	ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	ctx, span := t.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
	return r.WithContext(ctx), span
}

// appender traces what goes into the log.
func (t *tracing) appender(log intake.Appender) intake.Appender {
	if t == nil {
		return log
	}
	return tracedAppender{log, t}
}

type tracedAppender struct {
	intake.Appender
	t *tracing
}

func (a tracedAppender) Append(ctx context.Context, events []cx.Event) (cx.Seq, error) {
	ctx, span := a.t.Start(ctx, "log.append", trace.WithAttributes(attribute.Int("events", len(events))))
	first, err := a.Appender.Append(ctx, events)
	end(span, err)
	return first, err
}

// view traces the batches of a view.
func (t *tracing) view(v stream.View) stream.View {
	if t == nil {
		return v
	}
	return tracedView{v, t}
}

type tracedView struct {
	stream.View
	t *tracing
}

func (v tracedView) Apply(ctx context.Context, b stream.Batch) error {
	ctx, span := v.t.Start(ctx, v.Name()+".apply", trace.WithAttributes(attribute.Int("events", len(b.Events)), attribute.Int64("last_seq", int64(b.Last))))
	err := v.View.Apply(ctx, b)
	end(span, err)
	return err
}

// questions traces the questions on history.
func (t *tracing) questions(s history.Store) history.Store {
	if t == nil {
		return s
	}
	return tracedStore{s, t}
}

type tracedStore struct {
	history.Store
	t *tracing
}

func (s tracedStore) Totals(ctx context.Context, p cx.Principal, f history.Filter) (history.Totals, error) {
	ctx, span := s.t.Start(ctx, "history.totals")
	out, err := s.Store.Totals(ctx, p, f)
	end(span, err)
	return out, err
}

func (s tracedStore) Breakdown(ctx context.Context, p cx.Principal, q history.Query) ([]history.Group, error) {
	ctx, span := s.t.Start(ctx, "history.breakdown")
	out, err := s.Store.Breakdown(ctx, p, q)
	end(span, err)
	return out, err
}

func (s tracedStore) Series(ctx context.Context, p cx.Principal, q history.Query) ([]history.Point, error) {
	ctx, span := s.t.Start(ctx, "history.series")
	out, err := s.Store.Series(ctx, p, q)
	end(span, err)
	return out, err
}

func (s tracedStore) Distribution(ctx context.Context, p cx.Principal, q history.Query) ([]history.Bin, error) {
	ctx, span := s.t.Start(ctx, "history.distribution")
	out, err := s.Store.Distribution(ctx, p, q)
	end(span, err)
	return out, err
}

func (s tracedStore) Snapshot(ctx context.Context, p cx.Principal, fn func(history.Snapshot) error) error {
	ctx, span := s.t.Start(ctx, "history.snapshot")
	err := s.Store.Snapshot(ctx, p, fn)
	end(span, err)
	return err
}
