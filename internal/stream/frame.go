package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/s2"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// A frame is one message of the log: a stretch of events that became durable
// together. All integers are little-endian or unsigned varints.
//
//	version   1 byte, 1 or 2
//	first_seq 8 bytes, seq of the first event
//	count     4 bytes, number of events
//	crc       4 bytes, CRC-32C of everything else
//	events    count envelopes
//
// In version 2 the events are compressed (an S2 block, which tells its own size
// first); a frame that hardly shrinks is written as version 1. An envelope is
//
//	length      varint, of the rest
//	kind        1 byte
//	at          8 bytes, microseconds
//	received_at 8 bytes, microseconds
//	name, source, messageId, userId, anonymousId, groupId, previousId:
//	            each a varint length and its bytes
//	properties, traits, context: each a varint start in body plus one, and a
//	            varint length; or one zero byte when absent
//	body        the rest
//
// A new version gets a new decoder; these stay for ever.
const (
	rawFrame    = 1
	smallFrame  = 2
	crcOffset   = 1 + 8 + 4
	headerSize  = crcOffset + 4
	minEnvelope = 1 + 1 + 8 + 8 + 7 + 3
)

// maxEvents is how large the events of a frame may become when they are
// decompressed.
const maxEvents = 2 * maxMessage

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frameHeader is what a frame says of itself.
type frameHeader struct {
	version byte
	first   cx.Seq
	count   uint32
	crc     uint32
}

// last returns the seq of the frame's last event.
func (h frameHeader) last() cx.Seq { return h.first + cx.Seq(h.count) - 1 }

// appendEnvelope appends e's envelope. Properties, Traits and Context must be
// slices of Body, or equal to one.
func appendEnvelope(dst []byte, e *cx.Event) ([]byte, error) {
	start := len(dst)
	const reserved = binary.MaxVarintLen32
	dst = append(dst, make([]byte, reserved)...)
	dst = append(dst, byte(e.Kind))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.At))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(e.ReceivedAt))
	for _, s := range [...]string{e.Name, e.Source, e.MessageID, e.UserID, e.AnonymousID, e.GroupID, e.PreviousID} {
		dst = binary.AppendUvarint(dst, uint64(len(s)))
		dst = append(dst, s...)
	}
	for _, part := range [...][]byte{e.Properties, e.Traits, e.Context} {
		if part == nil {
			dst = append(dst, 0)
			continue
		}
		at := indexOf(e.Body, part)
		if at < 0 {
			return nil, cx.Errorf(cx.Internal, "stream.Append", "properties, traits or context of message %q are not part of its body", e.MessageID)
		}
		dst = binary.AppendUvarint(dst, uint64(at)+1)
		dst = binary.AppendUvarint(dst, uint64(len(part)))
	}
	dst = append(dst, e.Body...)

	// The length goes right before the rest; what was reserved too much is
	// closed up.
	size := len(dst) - start - reserved
	if size > math.MaxUint32 {
		return nil, tooLarge(size)
	}
	var length [reserved]byte
	n := binary.PutUvarint(length[:], uint64(size))
	copy(dst[start:], length[:n])
	copy(dst[start+n:], dst[start+reserved:])
	return dst[:start+n+size], nil
}

// indexOf returns where part lies in body. A part that shares body's memory is
// found by its capacity, in no time.
func indexOf(body, part []byte) int {
	at := cap(body) - cap(part)
	if at >= 0 && len(part) > 0 && at+len(part) <= len(body) && &body[at] == &part[0] {
		return at
	}
	return bytes.Index(body, part)
}

// sealFrame makes a frame of count envelopes: raw holds them behind headerSize
// free bytes. It returns raw, or small (whose memory it may use) when the
// envelopes shrink by an eighth at least.
func sealFrame(raw, small []byte, first cx.Seq, count int) ([]byte, frameHeader) {
	frame, version := raw, byte(rawFrame)
	if n := s2.MaxEncodedLen(len(raw) - headerSize); n > 0 {
		small = slices.Grow(small[:0], headerSize+n)[:headerSize+n]
		small = small[:headerSize+len(s2.Encode(small[headerSize:], raw[headerSize:]))]
		if len(small) < len(raw)-len(raw)/8 {
			frame, version = small, smallFrame
		}
	}
	return frame, putHeader(frame, version, first, count)
}

// putHeader writes the header of a frame whose rest is there.
func putHeader(frame []byte, version byte, first cx.Seq, count int) frameHeader {
	frame[0] = version
	binary.LittleEndian.PutUint64(frame[1:], uint64(first))
	binary.LittleEndian.PutUint32(frame[9:], uint32(count))
	crc := checksum(frame)
	binary.LittleEndian.PutUint32(frame[crcOffset:], crc)
	return frameHeader{version: version, first: first, count: uint32(count), crc: crc}
}

func checksum(frame []byte) uint32 {
	crc := crc32.Update(0, castagnoli, frame[:crcOffset])
	return crc32.Update(crc, castagnoli, frame[headerSize:])
}

// readHeader reads and checks a frame's header and its checksum.
func readHeader(frame []byte) (frameHeader, error) {
	h, err := parseHeader(frame)
	if err == nil && h.crc != checksum(frame) {
		err = corrupt(h.first, "the checksum of the frame does not match")
	}
	return h, err
}

// parseHeader reads the header of a frame, whose rest need not be there.
func parseHeader(frame []byte) (frameHeader, error) {
	if len(frame) > 0 && frame[0] != rawFrame && frame[0] != smallFrame {
		return frameHeader{}, corrupt(0, "a frame of version %d, written by a newer program? This one reads versions up to %d", frame[0], smallFrame)
	}
	if len(frame) < headerSize {
		return frameHeader{}, corrupt(0, "a frame of %d bytes is shorter than its header", len(frame))
	}
	h := frameHeader{
		version: frame[0],
		first:   cx.Seq(binary.LittleEndian.Uint64(frame[1:])),
		count:   binary.LittleEndian.Uint32(frame[9:]),
		crc:     binary.LittleEndian.Uint32(frame[crcOffset:]),
	}
	if h.first == 0 || h.count == 0 || h.last() < h.first {
		return h, corrupt(h.first, "a frame of %d events cannot begin with seq %d", h.count, h.first)
	}
	return h, nil
}

// decodeFrame appends the frame's events to dst. They share its memory.
func decodeFrame(dst []cx.Event, frame []byte) ([]cx.Event, frameHeader, error) {
	h, err := readHeader(frame)
	if err != nil {
		return dst, h, err
	}
	dst, err = decodeEvents(dst, frame, h)
	return dst, h, err
}

// decodeEvents does so for a frame whose header was read.
func decodeEvents(dst []cx.Event, frame []byte, h frameHeader) ([]cx.Event, error) {
	err := eachEnvelope(frame, h, func(seq cx.Seq, envelope []byte) error {
		e, err := decodeEnvelope(seq, envelope)
		if err == nil {
			dst = append(dst, e)
		}
		return err
	})
	return dst, err
}

// eachEnvelope calls fn with each of the frame's envelopes, its length included.
func eachEnvelope(frame []byte, h frameHeader, fn func(seq cx.Seq, envelope []byte) error) error {
	rest, err := unpack(frame, h)
	if err != nil {
		return err
	}
	for i := range h.count {
		seq := h.first + cx.Seq(i)
		size, n := binary.Uvarint(rest)
		if n <= 0 || size > uint64(len(rest)-n) {
			return corrupt(seq, "the envelope is cut short")
		}
		if err := fn(seq, rest[:n+int(size)]); err != nil {
			return err
		}
		rest = rest[n+int(size):]
	}
	if len(rest) > 0 {
		return corrupt(h.last(), "%d bytes follow the last event of the frame", len(rest))
	}
	return nil
}

// unpack returns the frame's envelopes.
func unpack(frame []byte, h frameHeader) ([]byte, error) {
	events := frame[headerSize:]
	if h.version == smallFrame {
		size, err := s2.DecodedLen(events)
		if err == nil && size > maxEvents {
			return nil, corrupt(h.first, "the frame's events would take %d bytes, more than the %d that fit", size, maxEvents)
		}
		if err == nil {
			events, err = s2.Decode(nil, events)
		}
		if err != nil {
			return nil, corrupt(h.first, "the frame cannot be decompressed (%v)", err)
		}
	}
	if uint64(h.count)*minEnvelope > uint64(len(events)) {
		return nil, corrupt(h.first, "a frame of %d bytes cannot hold %d events", len(events), h.count)
	}
	return events, nil
}

// decodeEnvelope returns the event of an envelope. They share its memory.
func decodeEnvelope(seq cx.Seq, envelope []byte) (cx.Event, error) {
	_, n := binary.Uvarint(envelope)
	e, ok := decodeFields(envelope[n:])
	if !ok {
		return e, corrupt(seq, "the envelope does not fit its fields")
	}
	e.Seq = seq
	return e, nil
}

func decodeFields(b []byte) (e cx.Event, ok bool) {
	if len(b) < minEnvelope-1 {
		return e, false
	}
	e.Kind = cx.Kind(b[0])
	e.At = cx.Time(binary.LittleEndian.Uint64(b[1:]))
	e.ReceivedAt = cx.Time(binary.LittleEndian.Uint64(b[9:]))
	b = b[17:]
	for _, s := range [...]*string{&e.Name, &e.Source, &e.MessageID, &e.UserID, &e.AnonymousID, &e.GroupID, &e.PreviousID} {
		size, n := binary.Uvarint(b)
		if n <= 0 || size > uint64(len(b)-n) {
			return e, false
		}
		*s = text(b[n : n+int(size)])
		b = b[n+int(size):]
	}
	var starts, sizes [3]uint64
	for i := range starts {
		start, n := binary.Uvarint(b)
		if n <= 0 {
			return e, false
		}
		b = b[n:]
		if start == 0 {
			continue
		}
		size, n := binary.Uvarint(b)
		if n <= 0 {
			return e, false
		}
		b = b[n:]
		starts[i], sizes[i] = start, size
	}
	e.Body = b[:len(b):len(b)]
	for i, part := range [...]*[]byte{&e.Properties, &e.Traits, &e.Context} {
		if starts[i] == 0 {
			continue
		}
		from := starts[i] - 1
		if from > uint64(len(b)) || sizes[i] > uint64(len(b))-from {
			return e, false
		}
		*part = b[from : from+sizes[i] : from+sizes[i]]
	}
	return e, true
}

// text returns b as a string without a copy: a frame is never written again.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// ErrDamaged marks what trying again would not help: bytes of the log that were
// durable are missing or other ones.
var ErrDamaged = errors.New("the log is damaged: vivencia repair goes on with what is whole, vivencia restore brings back a backup")

// corrupt returns the error for a frame that cannot be read; seq is 0 when
// even that is unknown.
func corrupt(seq cx.Seq, format string, args ...any) error {
	return &cx.Error{Kind: cx.Internal, Op: "stream.decode", Message: fmt.Sprintf("seq %d: "+format, append([]any{seq}, args...)...), Err: ErrDamaged}
}

func tooLarge(size int) error {
	return cx.Errorf(cx.TooLarge, "stream.Append", "the messages of this request take %d bytes in the log, more than the %d that fit: send fewer at once, or a smaller shared context", size, maxRequest)
}
