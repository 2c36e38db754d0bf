package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// maxMessage is the largest message that NATS takes without complaint;
// maxRequest leaves room in it for the headers.
const (
	maxMessage = 8 << 20
	maxRequest = maxMessage - 1<<10
)

// engine is the embedded NATS server.
type engine struct {
	server *server.Server
	log    *slog.Logger
}

func startEngine(dir string, log *slog.Logger) (*engine, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName: "vivencia",
		DontListen: true,
		NoSigs:     true,
		JetStream:  true,
		StoreDir:   dir,
		// PubAck means: on the disk. NATS's default flushes every two minutes.
		SyncAlways:         true,
		MaxPayload:         maxMessage,
		JetStreamMaxMemory: 64 << 20,
		JetStreamMaxStore:  1 << 60, // each stream has its own bound
	})
	if err != nil {
		return nil, cx.Wrap("stream.Open", err)
	}
	srv.SetLoggerV2(natsLogger{log}, false, false, false)
	srv.Start()
	e := &engine{server: srv, log: log}
	if !srv.ReadyForConnections(30 * time.Second) {
		e.stop()
		return nil, cx.Errorf(cx.Unavailable, "stream.Open", "the log in %s does not start: see the log lines before this one", dir)
	}
	return e, nil
}

// connect returns a connection of its own: NATS serves reads on the reader's
// connection, and they must not hold up the committer.
func (e *engine) connect(name string) (*nats.Conn, jetstream.JetStream, error) {
	nc, err := nats.Connect("", nats.InProcessServer(e.server), nats.Name(name),
		nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			e.log.Warn("nats", slog.String("connection", name), slog.Any("error", err))
		}))
	if err != nil {
		return nil, nil, cx.Wrap("stream.connect", unavailable(err))
	}
	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, cx.Wrap("stream.connect", err)
	}
	return nc, js, nil
}

// healthPeriod is how often a publish that is not answered asks why: NATS does
// not answer one that the disk failed.
const healthPeriod = 100 * time.Millisecond

// publish sends a message and waits until it is durable. refused means that it
// was surely not stored; after any other error that is open.
func (e *engine) publish(ctx context.Context, js jetstream.JetStream, m *nats.Msg, opts ...jetstream.PublishOpt) (ack *jetstream.PubAck, refused bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	defer e.watch(cancel)()
	if ack, err = js.PublishMsg(ctx, m, opts...); err == nil {
		return ack, false, nil
	}
	if failed := e.health(); failed != nil {
		return nil, false, failed
	}
	refused, err = kindOfNATS(err)
	return nil, refused, err
}

// watch calls cancel when a write fails, until it is released.
func (e *engine) watch(cancel func()) (release func()) {
	done := make(chan struct{})
	var look func()
	look = func() {
		select {
		case <-done:
		default:
			if e.health() != nil {
				cancel()
				return
			}
			time.AfterFunc(healthPeriod, look)
		}
	}
	time.AfterFunc(healthPeriod, look)
	return func() { close(done) }
}

// health returns the error of the write that the disk failed, if it did.
func (e *engine) health() error {
	if h := e.server.Healthz(&server.HealthzOptions{}); strings.Contains(h.Error, "write error") {
		return diskError(fmt.Errorf("%w: %s", errDisk, h.Error))
	}
	return nil
}

func (e *engine) stop() {
	e.server.Shutdown()
	e.server.WaitForShutdown()
}

// kindOfNATS translates what JetStream answers. refused means that the message
// was surely not stored; anything else leaves that open.
func kindOfNATS(err error) (refused bool, out error) {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false, unavailable(err)
	}
	switch code := server.ErrorIdentifier(api.ErrorCode); {
	case code == server.JSStreamStoreFailedF && api.Description == server.ErrMaxBytes.Error(),
		code == server.JSInsufficientResourcesErr, code == server.JSAccountResourcesExceededErr, code == server.JSStorageResourcesExceededErr:
		return true, full(err)
	}
	return true, unavailable(err)
}

// errDisk marks that the disk failed a write: NATS writes no more to a stream
// that has seen that, until it is started again.
var errDisk = errors.New("the disk failed a write")

// diskError is Full or Unavailable, as the disk says.
func diskError(err error) error {
	for _, none := range []error{unix.ENOSPC, unix.EDQUOT} {
		if errors.Is(err, none) || strings.Contains(err.Error(), none.Error()) {
			return full(err)
		}
	}
	return unavailable(err)
}

func full(err error) error {
	return &cx.Error{
		Kind: cx.Full, Op: "stream.Append", Err: err,
		Message: "there is no room left for the log: free some disk space, then send the same messages again",
	}
}

func unavailable(err error) error {
	return &cx.Error{
		Kind: cx.Unavailable, Op: "stream", Err: err,
		Message: "the log does not answer: send the same messages again in a while",
	}
}

// missing tells whether err says that a message is not (or no longer) there.
func missing(err error) bool { return errors.Is(err, jetstream.ErrMsgNotFound) }

// natsLogger hands NATS's lines to slog. They hold no message's content.
type natsLogger struct{ log *slog.Logger }

func (n natsLogger) line(level slog.Level, format string, v []any) {
	if n.log.Enabled(context.Background(), level) {
		n.log.Log(context.Background(), level, "nats", slog.String("line", fmt.Sprintf(format, v...)))
	}
}
func (n natsLogger) Noticef(format string, v ...any) { n.line(slog.LevelDebug, format, v) }
func (n natsLogger) Warnf(format string, v ...any)   { n.line(slog.LevelWarn, format, v) }
func (n natsLogger) Errorf(format string, v ...any)  { n.line(slog.LevelError, format, v) }
func (n natsLogger) Fatalf(format string, v ...any)  { n.line(slog.LevelError, format, v) }
func (n natsLogger) Debugf(format string, v ...any)  { n.line(slog.LevelDebug, format, v) }
func (n natsLogger) Tracef(format string, v ...any)  { n.line(slog.LevelDebug, format, v) }
