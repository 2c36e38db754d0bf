package cxtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Epoch is where a test's clock starts.
var Epoch = cx.TimeOf(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))

// Clock is a clock that moves only when told.
type Clock struct {
	mu  sync.Mutex
	now cx.Time
}

// NewClock returns a clock that stands at Epoch.
func NewClock() *Clock { return &Clock{now: Epoch} }

// Now returns the time the clock stands at.
func (c *Clock) Now() cx.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Object is a JSON object.
type Object = map[string]any

// Track returns a track event lived by userID at Epoch plus after, without a
// seq. Its messageId derives from its arguments.
func Track(userID, name string, after time.Duration, properties Object) cx.Event {
	e := cx.Event{
		Kind: cx.Track, Name: name, Source: "test", UserID: userID,
		MessageID: fmt.Sprintf("%s/%s/%d", userID, name, after),
		At:        Epoch.Add(after), ReceivedAt: Epoch.Add(after),
	}
	return Fill(e, properties, nil)
}

// Identify returns an identify event; userID or anonymousID may be empty.
func Identify(userID, anonymousID string, after time.Duration, traits Object) cx.Event {
	e := cx.Event{
		Kind: cx.Identify, Name: "Identify", Source: "test", UserID: userID, AnonymousID: anonymousID,
		MessageID: fmt.Sprintf("identify/%s/%s/%d", userID, anonymousID, after),
		At:        Epoch.Add(after), ReceivedAt: Epoch.Add(after),
	}
	return Fill(e, nil, traits)
}

// Fill makes the event's Body, Properties and Traits from its fields.
func Fill(e cx.Event, properties, traits Object) cx.Event {
	body := Object{"type": e.Kind.String(), "messageId": e.MessageID, "timestamp": e.At.String()}
	set := func(k, v string) {
		if v != "" {
			body[k] = v
		}
	}
	set("userId", e.UserID)
	set("anonymousId", e.AnonymousID)
	set("groupId", e.GroupID)
	set("previousId", e.PreviousID)
	if e.Kind == cx.Track {
		body["event"] = e.Name
	}
	if properties != nil {
		e.Properties = mustJSON(properties)
		body["properties"] = json.RawMessage(e.Properties)
	}
	if traits != nil {
		e.Traits = mustJSON(traits)
		if e.Kind == cx.Identify || e.Kind == cx.Group {
			body["traits"] = json.RawMessage(e.Traits)
		} else {
			e.Context = mustJSON(Object{"traits": traits})
			body["context"] = json.RawMessage(e.Context)
		}
	}
	e.Body = mustJSON(body)
	return e
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Data returns the folder name of the real test data (VIVENCIA_DATA), or skips
// the test with the reason. CI sets VIVENCIA_DATA_REQUIRED, which turns its
// absence into a failure.
func Data(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("VIVENCIA_DATA")
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); root != "" && err == nil {
		return dir
	}
	if os.Getenv("VIVENCIA_DATA_REQUIRED") != "" {
		t.Fatalf("%s is missing under VIVENCIA_DATA=%q", name, root)
	}
	t.Skipf("needs real data: set VIVENCIA_DATA to a folder that has %s", name)
	return ""
}
