package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Waits between tries to come back.
const (
	firstPause = 50 * time.Millisecond
	lastPause  = time.Second
)

// probeBytes is how much the disk must take before the log tries again.
const probeBytes = 1 << 20

// ails tells the committer that a stream has seen the disk fail.
func (l *Log) ails(err error) {
	if errors.Is(err, errDisk) {
		select {
		case l.commit.ailing <- struct{}{}:
		default:
		}
	}
}

// heal brings the engine back after the disk failed another stream than the
// log's own.
func (c *committer) heal() {
	defer c.trouble.Store(nil)
	for wait := firstPause; ; wait = min(2*wait, lastPause) {
		err := c.reopen()
		if err == nil {
			return
		}
		c.refuse(err)
		select {
		case <-time.After(wait):
		case <-c.closing:
			return
		}
	}
}

// reopen starts the engine anew once the disk takes writes again; until then
// the old one goes on to answer readers. What is not acknowledged is cut off
// first: after a failed sync nobody knows whether it is on the disk.
func (c *committer) reopen() error {
	l := c.log
	if err := probe(l.config.Dir, probeBytes+len(c.frame)); err != nil {
		return diskError(fmt.Errorf("%w: %w", errDisk, err))
	}
	ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
	defer cancel()
	l.redacting.Lock() // it is done, or it has failed
	defer l.redacting.Unlock()
	c.nc.Close()
	l.session.Load().close()
	if err := cutOff(l.config.Dir, l.LastSeq()); err != nil {
		return diskError(fmt.Errorf("%w: %w", errDisk, err))
	}
	s, err := openSession(ctx, l.config)
	if err != nil {
		return diskError(fmt.Errorf("%w: %w", errDisk, err))
	}
	l.session.Store(s)
	if err := l.checkEnd(ctx); err != nil {
		return err
	}
	if c.nc, c.js, err = s.engine.connect("committer"); err != nil {
		return err
	}
	c.roomAt = time.Time{}
	l.config.Logger.Info("the disk takes writes again; the log goes on", slog.Uint64("last_seq", uint64(l.LastSeq())))
	return nil
}

// probe writes n bytes to the disk and takes them away again.
func probe(dir string, n int) (err error) {
	path := filepath.Join(dir, "probe")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return cx.Wrap("stream.probe", err)
	}
	defer func() { err = errors.Join(err, os.Remove(path)) }()
	_, err = f.Write(make([]byte, n))
	return errors.Join(err, f.Sync(), f.Close())
}

// cutOff takes the frames after last, and whatever is behind them, off the last
// blocks of a log whose engine is stopped.
func cutOff(dir string, last cx.Seq) error {
	paths, err := blockFiles(dir, facts)
	if err != nil {
		return err
	}
	for i := len(paths) - 1; i >= 0; i-- {
		buf, err := os.ReadFile(paths[i])
		if err != nil {
			return cx.Wrap("stream.cutOff", err)
		}
		end, acknowledged := len(buf), false
		for at := 0; at < len(buf); {
			r, size, err := parseRecord(buf[at:])
			if err != nil || at+size > len(buf) {
				end = at
				break
			}
			if r.live && len(r.message) >= headerSize {
				h, err := parseHeader(r.message)
				if err != nil || h.first > last {
					end = at
					break
				}
				acknowledged = true
			}
			at += size
		}
		if end < len(buf) {
			if err := truncate(paths[i], int64(end)); err != nil {
				return err
			}
		}
		if acknowledged {
			break
		}
	}
	// Whatever it says of the end may be wrong now; NATS does without.
	err = os.Remove(filepath.Join(blocksDir(dir, facts), "index.db"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return cx.Wrap("stream.cutOff", err)
	}
	return nil
}

func truncate(path string, size int64) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return cx.Wrap("stream.truncate", err)
	}
	return cx.Wrap("stream.truncate", errors.Join(f.Truncate(size), f.Sync(), f.Close()))
}

// checkEnd makes sure that the log ends where it was acknowledged.
func (l *Log) checkEnd(ctx context.Context) error {
	h, err := l.session.Load().lastFrame(ctx)
	if err != nil {
		return err
	}
	end := l.redactions.last()
	if h.first > 0 {
		end = max(end, h.last())
	}
	if end != l.LastSeq() {
		return unavailable(fmt.Errorf("the log ends at seq %d after the disk failed, and %d was acknowledged", end, l.LastSeq()))
	}
	return nil
}
