package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// lock is the right to the stores of a data directory. The kernel gives it back
// when the process ends, however it ends.
type lock struct{ file *os.File }

const lockName = "lock"

// errLocked says that another process owns the data directory.
var errLocked = cx.Errorf(cx.Conflict, "app.lock", "another vivencia process owns this data directory")

// takeLock makes dir if needed and locks it, without waiting.
func takeLock(dir string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cx.Errorf(cx.Invalid, "app.takeLock", "the data directory cannot be made: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "app.takeLock", "the data directory cannot be written: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, cx.Wrap("app.takeLock", err)
	}
	return &lock{f}, nil
}

func (l *lock) release() error { return l.file.Close() }

// inSocketDir calls fn with a short path to the directory's socket: a unix
// socket's path has at most 108 bytes, a data directory's may have more.
func inSocketDir[T any](dir string, fn func(path string) (T, error)) (T, error) {
	d, err := os.Open(dir)
	if err != nil {
		var zero T
		return zero, err
	}
	defer d.Close()
	path := filepath.Join(dir, socketName)
	if len(path) > 100 {
		path = "/proc/self/fd/" + strconv.Itoa(int(d.Fd())) + "/" + socketName
	}
	return fn(path)
}

const socketName = "vivencia.sock"

// listenSocket listens on the directory's socket. Only who holds the lock may
// call it: what stands there is left over from a process that died.
func listenSocket(ctx context.Context, dir string) (net.Listener, error) {
	return inSocketDir(dir, func(path string) (net.Listener, error) {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		l, err := new(net.ListenConfig).Listen(ctx, "unix", path)
		if err != nil {
			return nil, err
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		return l, os.Chmod(path, 0o600)
	})
}

func dialSocket(ctx context.Context, dir string) (net.Conn, error) {
	return inSocketDir(dir, func(path string) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "unix", path) })
}
