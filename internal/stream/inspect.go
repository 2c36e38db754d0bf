package stream

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Span is a stretch of seqs.
type Span struct{ First, Last cx.Seq }

// holding is what a file of the log holds.
type holding struct {
	path   string
	frames []Span // what its frames hold, in order; those next to each other are one
	damage []hole
	size   int
}

// hole is a stretch of a file that cannot be read.
type hole struct {
	from, to int
	last     bool // nothing whole is behind it
}

// hold reads a file and calls each (unless nil) with where its whole live
// messages stand; after damage it goes on with the next whole one.
func hold(stream, path string, each func(at, size int, h frameHeader) error) (holding, error) {
	f := holding{path: path}
	buf, err := os.ReadFile(path)
	if err != nil {
		return f, cx.Wrap("stream.inspect", err)
	}
	f.size = len(buf)
	hashes, err := newHasher(stream, path)
	if err != nil {
		return f, err
	}
	for at := 0; at < len(buf); {
		r, size, err := parseRecord(buf[at:])
		if err != nil || !hashes.whole(r) {
			next := nextWhole(hashes, stream, buf, at+1)
			f.damage = append(f.damage, hole{at, next, next == len(buf)})
			at = next
			continue
		}
		at += size
		if !r.live {
			continue
		}
		h, err := parseHeader(r.message)
		if err != nil {
			return f, err // as it was written: by a newer program
		}
		if n := len(f.frames); n > 0 && f.frames[n-1].Last+1 == h.first {
			f.frames[n-1].Last = h.last()
		} else {
			f.frames = append(f.frames, Span{h.first, h.last()})
		}
		if each != nil {
			if err := each(at-size, size, h); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// nextWhole returns where the next whole live message begins; len(buf) when
// there is none.
func nextWhole(hashes hasher, stream string, buf []byte, from int) int {
	mark := append(binary.LittleEndian.AppendUint16(nil, uint16(len(stream))), stream...)
	for from+recordHeader < len(buf) {
		i := bytes.Index(buf[from+recordHeader-2:], mark)
		if i < 0 {
			break
		}
		from += i
		if r, _, err := parseRecord(buf[from:]); err == nil && hashes.whole(r) {
			return from
		}
		from++
	}
	return len(buf)
}

// holdAll reads a stream's files, or only the last one, on all processors.
func holdAll(dir, stream string, onlyLast bool) ([]holding, error) {
	paths, err := blockFiles(dir, stream)
	if err != nil {
		return nil, err
	}
	if onlyLast && len(paths) > 1 {
		paths = paths[len(paths)-1:]
	}
	files, errs := make([]holding, len(paths)), make([]error, len(paths))
	var work sync.WaitGroup
	next := make(chan int, len(paths))
	for i := range paths {
		next <- i
	}
	close(next)
	for range min(runtime.GOMAXPROCS(0), len(paths)) {
		work.Go(func() {
			for i := range next {
				files[i], errs[i] = hold(stream, paths[i], nil)
			}
		})
	}
	work.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// inspect looks, before the engine starts, whether all that was acknowledged is
// there: after a clean end only at the end of the log. NATS would cut off what
// is damaged and go on. A frame that was being written when the power went,
// and was acknowledged to nobody, is no damage.
func inspect(dir string, m mark, log *slog.Logger) error {
	var have []Span
	for _, stream := range []string{facts, redacted} {
		files, err := holdAll(dir, stream, m.clean)
		if err != nil {
			return err
		}
		for i, f := range files {
			have = append(have, f.frames...)
			for _, d := range f.damage {
				if i == len(files)-1 && d.last && (stream == redacted || endOf(have) >= m.last) {
					log.Warn("the end of a file of the log was never acknowledged: it is cut off",
						slog.String("file", f.path), slog.Int("from", d.from), slog.Int("bytes", d.to-d.from))
					continue
				}
				return damaged(endOf(f.frames)+1, "%d bytes of %s cannot be read (from byte %d on)", d.to-d.from, f.path, d.from)
			}
		}
	}
	missing := gaps(have, m.last)
	if !m.clean && len(missing) > 0 { // else the files before the last were not looked at
		return damaged(missing[0].First, "seqs %d to %d were acknowledged and are not in %s", missing[0].First, missing[0].Last, dir)
	}
	return nil
}

func damaged(seq cx.Seq, format string, args ...any) error {
	return &cx.Error{Kind: cx.Internal, Op: "stream.Open", Message: fmt.Sprintf("at seq %d: "+format, append([]any{seq}, args...)...), Err: ErrDamaged}
}

func endOf(have []Span) (last cx.Seq) {
	for _, s := range have {
		last = max(last, s.Last)
	}
	return last
}

// gaps returns what is missing in have from 1 to its end, or to last.
func gaps(have []Span, last cx.Seq) (missing []Span) {
	have = slices.Clone(have)
	slices.SortFunc(have, func(a, b Span) int { return int(int64(a.First - b.First)) })
	next := cx.Seq(1)
	for _, s := range have {
		if s.First > next {
			missing = append(missing, Span{next, s.First - 1})
		}
		next = max(next, s.Last+1)
	}
	if next <= last {
		missing = append(missing, Span{next, last})
	}
	return missing
}

// sweep removes what NATS was writing beside a file when it was killed.
func sweep(dir string) error {
	for _, stream := range []string{facts, redacted} {
		left, err := filepath.Glob(filepath.Join(blocksDir(dir, stream), "*.tmp"))
		if err != nil {
			return cx.Wrap("stream.sweep", err)
		}
		for _, path := range left {
			if err := os.Remove(path); err != nil {
				return cx.Wrap("stream.sweep", err)
			}
		}
	}
	return nil
}
