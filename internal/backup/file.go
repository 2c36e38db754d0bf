package backup

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// writer writes one file of a target: compressed, summed, for its owner alone,
// under its name only when it is whole and on the disk.
type writer struct {
	target string
	file   *os.File
	sum    hash.Hash
	bytes  int64
	zip    *zstd.Encoder
}

// create begins a file in a folder of the target.
func create(target, dir string) (*writer, error) {
	full := filepath.Join(target, dir, "new")
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		return nil, unwritable(target, err)
	}
	file, err := os.OpenFile(full+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, unwritable(target, err)
	}
	w := &writer{target: target, file: file, sum: sha256.New()}
	w.zip, err = zstd.NewWriter(writerFunc(w.raw), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		return nil, errors.Join(err, w.abandon())
	}
	return w, nil
}

// partial is what the name of a file ends with until it is whole.
const partial = ".part"

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (w *writer) raw(b []byte) (int, error) {
	n, err := w.file.Write(b)
	w.sum.Write(b[:n])
	w.bytes += int64(n)
	return n, err
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.zip.Write(b)
	if err != nil {
		err = unwritable(w.target, err)
	}
	return n, err
}

// finish makes the file durable under the path that name gives it for its sum.
func (w *writer) finish(name func(sum string) string) (File, error) {
	err := w.zip.Close()
	if err == nil {
		err = w.file.Sync()
	}
	f := File{Bytes: w.bytes, SHA256: hex.EncodeToString(w.sum.Sum(nil))}
	f.Path = name(f.SHA256[:16])
	if err = errors.Join(err, w.file.Close()); err == nil {
		err = os.Rename(w.file.Name(), filepath.Join(w.target, f.Path))
	}
	if err == nil {
		err = syncDir(filepath.Join(w.target, filepath.Dir(f.Path)))
	}
	if err != nil {
		return File{}, unwritable(w.target, err)
	}
	return f, nil
}

func (w *writer) abandon() error {
	if w.zip != nil {
		_ = w.zip.Close() // what it still writes is thrown away
	}
	return errors.Join(w.file.Close(), os.Remove(w.file.Name()))
}

// unwritable tells a full target from one that is not there.
func unwritable(target string, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return cx.Errorf(cx.Full, "backup", "the disk of %s is full: free some space there, or keep fewer backups (backup-keep); the backups before this one are whole", target)
	}
	return cx.Errorf(cx.Unavailable, "backup", "%s cannot be written: %w", target, err)
}

// writeFile puts a small file that is not compressed in its place.
func writeFile(dir, name string, b []byte) error {
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path+partial, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return unwritable(dir, err)
	}
	_, err = file.Write(b)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(path+partial, path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return unwritable(dir, err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// reader reads a file of a target and checks its sum. What it has given out is
// to be trusted only when done returns nil.
type reader struct {
	file  File
	from  *os.File
	sum   hash.Hash
	bytes int64
	zip   *zstd.Decoder
	*bufio.Reader
}

func open(target string, f File) (*reader, error) {
	from, err := os.Open(filepath.Join(target, f.Path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(f.Path, "is missing")
	}
	if err != nil {
		return nil, damaged(f.Path, "cannot be read: %v", err)
	}
	r := &reader{file: f, from: from, sum: sha256.New()}
	r.zip, err = zstd.NewReader(readerFunc(r.raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<30))
	if err != nil {
		return nil, errors.Join(err, from.Close())
	}
	r.Reader = bufio.NewReaderSize(r.zip, 256<<10)
	return r, nil
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func (r *reader) raw(b []byte) (int, error) {
	n, err := r.from.Read(b)
	r.sum.Write(b[:n])
	r.bytes += int64(n)
	return n, err
}

// done checks the sum of the whole file and closes it. failed is what reading
// it came to; a file that is not the one written explains that.
func (r *reader) done(failed error) error {
	_, err := io.Copy(io.Discard, readerFunc(r.raw)) // what the decoder left
	r.zip.Close()
	if err = errors.Join(err, r.from.Close()); err != nil {
		return damaged(r.file.Path, "cannot be read: %v", err)
	}
	if got := hex.EncodeToString(r.sum.Sum(nil)); got != r.file.SHA256 {
		if r.bytes != r.file.Bytes {
			return damaged(r.file.Path, "has %d bytes, %d were written", r.bytes, r.file.Bytes)
		}
		return damaged(r.file.Path, "is not what was written: its SHA-256 is %s…, not %s…", got[:16], r.file.SHA256[:16])
	}
	return failed
}

// damaged says which file of a target is not as it was written.
func damaged(path, format string, args ...any) error {
	return cx.InvalidFaults("backup", []cx.Fault{{Field: path, Message: fmt.Sprintf(format, args...)}})
}

// hold takes the target's lock, without waiting; the kernel gives it back.
func hold(target string) (release func() error, err error) {
	if err := os.MkdirAll(target, 0o700); err != nil {
		return nil, unwritable(target, err)
	}
	f, err := os.OpenFile(filepath.Join(target, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(target, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, cx.Errorf(cx.Conflict, "backup", "another backup to %s is under way", target)
	}
	return f.Close, nil
}
