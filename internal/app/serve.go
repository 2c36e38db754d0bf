package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/net/netutil"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// comingOrGoing is how long a command waits for the owner of a directory that
// has the lock and does not answer.
const comingOrGoing = 15 * time.Second

// grace is how long requests under way may take after the end was asked for.
const grace = 20 * time.Second

// Serve listens on the configured address and on the directory's socket until
// ctx ends, then lets what is under way finish. It calls ready with the address
// once it listens.
func (a *App) Serve(ctx context.Context, ready func(address string)) error {
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", a.Config.Addr)
	if err != nil {
		return cx.Errorf(cx.Invalid, "app.Serve", "cannot listen on %s: %w", a.Config.Addr, err)
	}
	tcp = netutil.LimitListener(tcp, a.Config.MaxConnections)
	unix, err := listenSocket(ctx, a.Config.Data)
	if err != nil {
		return errors.Join(cx.Wrap("app.Serve", err), tcp.Close())
	}
	debug.FreeOSMemory() // what opening took, a third of what the process holds, is not needed again
	if ready != nil {
		ready(tcp.Addr().String())
	}
	return a.serve(ctx, []endpoint{{tcp, a.handler}, {unix, a.socket}})
}

type endpoint struct {
	listener net.Listener
	handler  http.Handler
}

func (a *App) serve(ctx context.Context, endpoints []endpoint) error {
	ended := make(chan error, len(endpoints))
	servers := make([]*http.Server, len(endpoints))
	// What is under way when the end is asked for may finish: live pages let go
	// by a.done, and only what outlasts the grace is cut off.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	for i, e := range endpoints {
		servers[i] = &http.Server{
			Handler:           e.handler,
			BaseContext:       func(net.Listener) context.Context { return base },
			ReadHeaderTimeout: a.patience.headers,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          slog.NewLogLogger(a.logger.Handler(), slog.LevelDebug),
		}
		go func() { ended <- servers[i].Serve(e.listener) }()
	}
	var errs []error
	running := len(servers)
	select {
	case <-ctx.Done():
	case err := <-ended:
		errs = append(errs, err)
		running--
	}
	close(a.done)
	stopping, done := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer done()
	for _, s := range servers {
		errs = append(errs, s.Shutdown(stopping))
	}
	for range running {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			errs = append(errs, err)
		}
	}
	// A socket that is there is one that answers.
	if err := os.Remove(a.Config.file(socketName)); !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// Attach returns a client of the product on c.Data: of the process that owns
// the directory, through its socket, or else of one opened here. Requests go to
// http://vivencia/…, as the system itself. close must be called.
func Attach(ctx context.Context, c Config, logger *slog.Logger) (_ *http.Client, close func() error, err error) {
	const op = "app.Attach"
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, c.Data) },
	}}
	a, err := Open(ctx, c, logger)
	for tried := time.Now(); errors.Is(err, errLocked); a, err = Open(ctx, c, logger) {
		// Its owner answers, or is just coming or going: then it soon does, or
		// the lock is free.
		if conn, err := dialSocket(ctx, c.Data); err == nil {
			return client, func() error { client.CloseIdleConnections(); return nil }, conn.Close()
		}
		if time.Since(tried) > comingOrGoing {
			return nil, nil, cx.Errorf(cx.Unavailable, op, "another vivencia process owns %s but does not answer; try again when it has started", c.Data)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	if err != nil {
		return nil, nil, cx.Wrap(op, err)
	}
	unix, err := listenSocket(ctx, c.Data)
	if err != nil {
		return nil, nil, errors.Join(cx.Wrap(op, err), a.Close())
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- a.serve(serving, []endpoint{{unix, a.socket}}) }()
	return client, func() error {
		client.CloseIdleConnections()
		stop()
		return errors.Join(<-ended, a.Close())
	}, nil
}
