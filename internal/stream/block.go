package stream

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// How NATS keeps a stream on the disk: files of records, 1.blk, 2.blk, …
//
//	length   4 bytes, of the record; the highest bit: with headers
//	sequence 8 bytes; the highest bit: overwritten; the next: a tombstone
//	time     8 bytes
//	subject  2 bytes its length, and itself
//	headers  4 bytes their length, and themselves, if any
//	message
//	hash     8 bytes
//
// The hash is HighwayHash-64 of sequence, time, subject, headers and message,
// keyed by stream and file. All this is only read here: to see what is damaged
// before NATS cuts it off, and which messages share a file.
const (
	recordHeader  = 4 + 8 + 8 + 2
	recordHash    = 8
	withHeaders   = 1 << 31
	overwritten   = 1 << 63
	tombstone     = 1 << 62
	longestRecord = 2 * maxMessage
)

// record is one record of a block.
type record struct {
	sequence uint64
	live     bool // neither overwritten nor a tombstone
	message  []byte
	hashed   [4][]byte // what its hash is of
	hash     []byte
}

var errBadRecord = errors.New("no record of NATS")

// parseRecord reads the record that buf begins with, and its length. When buf
// is shorter than the record, message is what is there of it.
func parseRecord(buf []byte) (r record, size int, err error) {
	if len(buf) < recordHeader {
		return r, 0, io.ErrUnexpectedEOF
	}
	length, sequence := binary.LittleEndian.Uint32(buf), binary.LittleEndian.Uint64(buf[4:])
	subject := recordHeader + int(binary.LittleEndian.Uint16(buf[20:]))
	size = int(length &^ withHeaders)
	end := size - recordHash
	if size > longestRecord || subject > end {
		return r, 0, errBadRecord
	}
	at := subject
	if length&withHeaders != 0 {
		if at+4 > len(buf) || at+4 > end {
			return r, 0, errBadRecord
		}
		at += 4 + int(binary.LittleEndian.Uint32(buf[at:]))
		if at > end {
			return r, 0, errBadRecord
		}
	}
	r = record{sequence: sequence &^ (overwritten | tombstone), live: sequence&(overwritten|tombstone) == 0}
	if at <= len(buf) {
		r.message = buf[at:min(end, len(buf))]
	}
	if size <= len(buf) {
		headers := buf[subject:at]
		if len(headers) > 0 {
			headers = headers[4:]
		}
		r.hashed = [4][]byte{buf[4:20], buf[recordHeader:subject], headers, r.message}
		r.hash = buf[end:size]
	}
	return r, size, nil
}

// hasher checks the records of one file.
type hasher struct{ hash.Hash64 }

func newHasher(stream, path string) (hasher, error) {
	key := sha256.Sum256([]byte(stream + "-" + strings.TrimSuffix(filepath.Base(path), ".blk")))
	h, err := highwayhash.NewDigest64(key[:])
	return hasher{h}, cx.Wrap("stream.newHasher", err)
}

// whole tells whether a record is as it was written.
func (h hasher) whole(r record) bool {
	if r.hash == nil {
		return false
	}
	h.Reset()
	for _, b := range r.hashed {
		_, _ = h.Write(b)
	}
	return bytes.Equal(h.Sum(nil), r.hash)
}

// block is a file of the stream facts.
type block struct {
	path     string
	sequence uint64 // of its first message
	first    cx.Seq // of its first frame
}

func blocksDir(dir, stream string) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", stream, "msgs")
}

// blockFiles returns the paths of a stream's blocks, in order.
func blockFiles(dir, stream string) ([]string, error) {
	folder := blocksDir(dir, stream)
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, cx.Wrap("stream.blockFiles", err)
	}
	numbers := make([]int, 0, len(entries))
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".blk")
		if n, err := strconv.Atoi(name); ok && err == nil {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	paths := make([]string, len(numbers))
	for i, n := range numbers {
		paths[i] = filepath.Join(folder, strconv.Itoa(n)+".blk")
	}
	return paths, nil
}

// factBlocks returns where each block of the log begins, as far as it can be
// told while the log is in use.
func factBlocks(dir string) ([]block, error) {
	paths, err := blockFiles(dir, facts)
	if err != nil {
		return nil, err
	}
	blocks := make([]block, 0, len(paths))
	for _, p := range paths {
		if b, ok := firstOf(p); ok {
			blocks = append(blocks, b)
		}
	}
	return blocks, nil
}

// firstOf finds the first live frame of a block.
func firstOf(path string) (b block, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return b, false
	}
	defer f.Close()
	buf := make([]byte, 4<<10)
	for at := int64(0); ; {
		n, err := f.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return b, false
		}
		r, size, err := parseRecord(buf[:n])
		if err != nil {
			return b, false
		}
		if r.live && len(r.message) >= headerSize {
			h, err := parseHeader(r.message)
			return block{path: path, sequence: r.sequence, first: h.first}, err == nil
		}
		at += int64(size)
	}
}
