package stream

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

var update = flag.Bool("update", false, "write the fixture of the present frame version")

const fixture = "testdata/frame-v1.bin" // begins with seq 41

// sample returns events with every field used.
func sample() []cx.Event {
	alias := cxtest.Fill(cx.Event{
		Kind: cx.Alias, Name: "Alias", Source: "web", MessageID: "m-3", UserID: "u-1", PreviousID: "a-1",
		At: cxtest.Epoch, ReceivedAt: cxtest.Epoch.Add(time.Second),
	}, nil, nil)
	page := cxtest.Fill(cx.Event{
		Kind: cx.Page, Name: "Página", Source: "web", MessageID: "m-4", AnonymousID: "a-1", GroupID: "g-1",
		At: -1, ReceivedAt: cxtest.Epoch,
	}, cxtest.Object{"title": "Niños"}, cxtest.Object{"plan": "oro"})
	return []cx.Event{
		cxtest.Track("u-1", "Order Completed", time.Minute, cxtest.Object{"revenue": 12.5}),
		cxtest.Identify("u-1", "a-1", time.Hour, cxtest.Object{"email": "ana@example.com"}),
		alias, page,
	}
}

func encode(t testing.TB, first cx.Seq, events []cx.Event) []byte {
	t.Helper()
	frame := make([]byte, headerSize)
	for i := range events {
		var err error
		if frame, err = appendEnvelope(frame, &events[i]); err != nil {
			t.Fatal(err)
		}
	}
	frame, _ = sealFrame(frame, nil, first, len(events))
	return frame
}

func numbered(first cx.Seq, events []cx.Event) []cx.Event {
	for i := range events {
		events[i].Seq = first + cx.Seq(i)
	}
	return events
}

// Each version's fixture was written when that version was new.
func TestEveryFrameVersionStaysReadable(t *testing.T) {
	t.Parallel()
	for version, events := range map[byte][]cx.Event{1: sample(), 2: slices.Concat(sample(), sample(), sample(), sample())} {
		path := fmt.Sprintf("testdata/frame-v%d.bin", version)
		if *update && version == smallFrame {
			if err := os.WriteFile(path, encode(t, 41, events), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		frame, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, h, err := decodeFrame(nil, frame)
		if err != nil {
			t.Fatal(err)
		}
		if h.version != version || h.first != 41 || h.last() != 40+cx.Seq(len(events)) {
			t.Errorf("header = %+v", h)
		}
		if diff := cmp.Diff(numbered(41, events), got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDecompressionIsBounded(t *testing.T) {
	t.Parallel()
	bomb := s2.Encode(nil, make([]byte, maxEvents+1))
	frame := append(make([]byte, headerSize), bomb...)
	putHeader(frame, smallFrame, 9, 1)
	if _, _, err := decodeFrame(nil, frame); err == nil || !strings.Contains(err.Error(), "more than the") {
		t.Errorf("error = %v", err)
	}
	frame = append(frame[:headerSize], "no s2"...)
	putHeader(frame, smallFrame, 9, 1)
	if _, _, err := decodeFrame(nil, frame); err == nil || !errors.Is(err, ErrDamaged) {
		t.Errorf("error = %v", err)
	}
}

func TestFrameRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.MapOf(rapid.String(), rapid.String())
		event := rapid.Custom(func(t *rapid.T) cx.Event {
			text := func(name string) string { return rapid.String().Draw(t, name) }
			e := cx.Event{
				Kind: cx.Kind(rapid.IntRange(1, 9).Draw(t, "kind")), Name: text("name"), Source: text("source"),
				MessageID: text("messageID"), UserID: text("userID"), AnonymousID: text("anonymousID"),
				GroupID: text("groupID"), PreviousID: text("previousID"),
				At: cx.Time(rapid.Int64().Draw(t, "at")), ReceivedAt: cx.Time(rapid.Int64().Draw(t, "receivedAt")),
			}
			// Parts that share the body's memory, as intake makes them.
			parts := [3][]byte{}
			body := []byte(`{"x":`)
			var starts [3]int
			for i := range parts {
				if rapid.Bool().Draw(t, "present") {
					b, err := json.Marshal(object.Draw(t, "object"))
					if err != nil {
						t.Fatal(err)
					}
					starts[i] = len(body)
					body = append(body, b...)
					parts[i] = b
				}
			}
			body = append(body, '}')
			for i := range parts {
				if parts[i] != nil {
					parts[i] = body[starts[i] : starts[i]+len(parts[i])]
				}
			}
			e.Body, e.Properties, e.Traits, e.Context = body, parts[0], parts[1], parts[2]
			return e
		})
		first := cx.Seq(rapid.Uint64Range(1, 1<<40).Draw(t, "first"))
		events := rapid.SliceOfN(event, 1, 5).Draw(t, "events")
		frame := make([]byte, headerSize)
		for i := range events {
			var err error
			if frame, err = appendEnvelope(frame, &events[i]); err != nil {
				t.Fatal(err)
			}
		}
		frame, want := sealFrame(frame, nil, first, len(events))
		got, h, err := decodeFrame(nil, frame)
		if err != nil || h != want {
			t.Fatalf("header %+v, want %+v, error %v", h, want, err)
		}
		if diff := cmp.Diff(numbered(first, events), got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestDamagedFrameNamesItsSeq(t *testing.T) {
	t.Parallel()
	good, err := unpackWhole(encode(t, 7, sample()))
	if err != nil {
		t.Fatal(err)
	}
	reseal := func(f []byte, first cx.Seq, count int) []byte { putHeader(f, rawFrame, first, count); return f }
	for _, c := range []struct {
		name  string
		frame func(f []byte) []byte
		want  string
	}{
		{"empty", func([]byte) []byte { return nil }, "shorter than its header"},
		{"newer version", func(f []byte) []byte { f[0] = 3; return f }, "version 3, written by a newer program"},
		{"flipped bit", func(f []byte) []byte { f[len(f)-5] ^= 1; return f }, "seq 7: the checksum"},
		{"cut", func(f []byte) []byte { return reseal(f[:len(f)-3], 7, 4) }, "seq 10: the envelope is cut short"},
		{"longer", func(f []byte) []byte { return reseal(append(f, 0), 7, 4) }, "seq 10: 1 bytes follow"},
		{"too many", func(f []byte) []byte { return reseal(f, 7, 1<<30) }, "seq 7: a frame of"},
		{"no seq", func(f []byte) []byte { return reseal(f, 0, 4) }, "seq 0: a frame of 4 events cannot begin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := decodeFrame(nil, c.frame(append([]byte(nil), good...)))
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, ErrDamaged) {
				t.Errorf("error = %v, want %q", err, c.want)
			}
		})
	}
}

// unpackWhole returns a frame as it would be uncompressed.
func unpackWhole(frame []byte) ([]byte, error) {
	h, err := readHeader(frame)
	if err != nil {
		return nil, err
	}
	events, err := unpack(frame, h)
	raw := append(make([]byte, headerSize), events...)
	putHeader(raw, rawFrame, h.first, int(h.count))
	return raw, err
}

func TestPartsOutsideTheBodyAreRefused(t *testing.T) {
	t.Parallel()
	e := cx.Event{Kind: cx.Track, Body: []byte(`{}`), Properties: []byte(`{"a":1}`)}
	if _, err := appendEnvelope(nil, &e); cx.KindOf(err) != cx.Internal || err == nil {
		t.Errorf("error = %v", err)
	}
}

func FuzzDecodeFrame(f *testing.F) {
	f.Add(encode(f, 1, sample())[headerSize:], uint32(4))
	f.Add(encode(f, 1, sample()[:1])[headerSize:], uint32(1))
	f.Add([]byte{}, uint32(0))
	f.Fuzz(func(t *testing.T, envelopes []byte, count uint32) {
		frame := append(make([]byte, headerSize), envelopes...)
		frame, _ = sealFrame(frame, nil, 1, int(count))
		events, h, err := decodeFrame(nil, frame)
		if err != nil {
			return
		}
		if len(events) != int(h.count) {
			t.Fatalf("%d events of %d", len(events), h.count)
		}
		// What decodes once does so again after encoding.
		again, _, err := decodeFrame(nil, encode(t, 1, events))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(events, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
