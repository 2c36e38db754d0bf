package intake_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

func defaults() intake.Defaults {
	return intake.Defaults{Source: "web", MessageID: "made-up", ReceivedAt: cxtest.Epoch}
}

func TestDecodeGoodMessages(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) cx.Time { return cxtest.Epoch.Add(d) }
	for _, c := range []struct {
		name, raw string
		defaults  func(d *intake.Defaults)
		want      cx.Event
	}{
		{
			name: "track",
			raw:  ` {"type":"track","event":"Order Completed","userId":"u-1","messageId":"m-1","properties": {"revenue":12.5} ,"context":{"ip":"::1","traits":{"plan":"oro"},"groupId":"g-1"},"integrations":{"All":true}}`,
			want: cx.Event{
				Kind: cx.Track, Name: "Order Completed", UserID: "u-1", MessageID: "m-1", GroupID: "g-1", At: at(0),
				Properties: []byte(`{"revenue":12.5}`), Traits: []byte(`{"plan":"oro"}`), Context: []byte(`{"ip":"::1","traits":{"plan":"oro"},"groupId":"g-1"}`),
			},
		},
		{
			name: "ids may be numbers, null is absent, escapes are read",
			raw:  `{"type":"track","event":"A\u00f1o \"1\"","userId":12345678901234567890,"anonymousId":null,"\u006dessageId":"x","properties":null,"traits":null,"context":null}`,
			want: cx.Event{Kind: cx.Track, Name: `Año "1"`, UserID: "12345678901234567890", MessageID: "x", At: at(0)},
		},
		{
			name: "identify",
			raw:  `{"type":"identify","anonymousId":"a-1","traits":{"email":"ana@example.com"}}`,
			want: cx.Event{Kind: cx.Identify, Name: "Identify", AnonymousID: "a-1", MessageID: "made-up", At: at(0), Traits: []byte(`{"email":"ana@example.com"}`)},
		},
		{
			name: "page has a name, or none",
			raw:  `{"type":"page","anonymousId":"a-1","name":"Home","previousId":"p"}`,
			want: cx.Event{Kind: cx.Page, Name: "Home", AnonymousID: "a-1", MessageID: "made-up", At: at(0)},
		},
		{
			name:     "the way decides the kind",
			raw:      `{"type":"track","anonymousId":"a-1"}`,
			defaults: func(d *intake.Defaults) { d.Kind = cx.Screen },
			want:     cx.Event{Kind: cx.Screen, Name: "Screen", AnonymousID: "a-1", MessageID: "made-up", At: at(0)},
		},
		{
			name: "group",
			raw:  `{"type":"group","userId":"u-1","groupId":"school","traits":{"name":"CEIP"}}`,
			want: cx.Event{Kind: cx.Group, Name: "Group", UserID: "u-1", GroupID: "school", MessageID: "made-up", At: at(0), Traits: []byte(`{"name":"CEIP"}`)},
		},
		{
			name: "alias",
			raw:  `{"type":"alias","userId":"u-2","previousId":"u-1"}`,
			want: cx.Event{Kind: cx.Alias, Name: "Alias", UserID: "u-2", PreviousID: "u-1", MessageID: "made-up", At: at(0)},
		},
		{
			name: "answer",
			raw:  `{"type":"answer","survey":"csat","userId":"u-1","answers":[{"metric":"csat","scale":"1-5","value":4}],"properties":{"order_id":"1"}}`,
			want: cx.Event{Kind: cx.Answer, Name: "csat", UserID: "u-1", MessageID: "made-up", At: at(0), Properties: []byte(`{"order_id":"1"}`)},
		},
		{
			name: "circumstance",
			raw:  `{"type":"circumstance","kind":"till-closed","place":"goya","from":"2026-03-02T10:00:00+01:00"}`,
			want: cx.Event{Kind: cx.Circumstance, Name: "till-closed", MessageID: "made-up", At: at(0)},
		},
		{
			name: "a message id of 100 characters",
			raw:  `{"type":"page","anonymousId":"a","messageId":"` + strings.Repeat("ñ", 100) + `"}`,
			want: cx.Event{Kind: cx.Page, Name: "Page", AnonymousID: "a", MessageID: strings.Repeat("ñ", 100), At: at(0)},
		},
		{
			name: "a backslash before u0000 is no NUL",
			raw:  `{"type":"page","anonymousId":"\\u0000"}`,
			want: cx.Event{Kind: cx.Page, Name: "Page", AnonymousID: `\u0000`, MessageID: "made-up", At: at(0)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := defaults()
			if c.defaults != nil {
				c.defaults(&d)
			}
			got, err := intake.Decode([]byte(c.raw), d)
			if err != nil {
				t.Fatal(err)
			}
			c.want.Source, c.want.ReceivedAt, c.want.Body = "web", cxtest.Epoch, []byte(c.raw)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeCorrectsTheSendersClock(t *testing.T) {
	t.Parallel()
	// Received at Epoch, 2026-03-02T09:00:00Z.
	for _, c := range []struct {
		name, times string
		batchSent   time.Duration // after Epoch; 0: none
		archive     bool
		want        time.Duration
	}{
		{"no time at all", ``, 0, false, 0},
		{"no sentAt: as it is", `"timestamp":"2026-03-01T09:00:00Z"`, 0, false, -24 * time.Hour},
		{"no sentAt: timestamp before originalTimestamp", `"timestamp":"2026-03-01T09:00:00Z","originalTimestamp":"2020-01-01T00:00:00Z"`, 0, false, -24 * time.Hour},
		{"no sentAt: originalTimestamp alone", `"originalTimestamp":"2026-03-02T08:00:00Z"`, 0, false, -time.Hour},
		{"a clock ten years slow", `"originalTimestamp":"2016-03-02T08:59:50.5Z","sentAt":"2016-03-02T09:00:00Z"`, 0, false, -9500 * time.Millisecond},
		{"timestamp is the original", `"timestamp":"2026-03-02T10:59:00+01:00","sentAt":"2026-03-02T10:00:00Z"`, 0, false, -time.Minute},
		{"sentAt of the batch", `"timestamp":"2026-03-02T09:00:00Z"`, 2 * time.Second, false, -2 * time.Second},
		{"the message's sentAt wins", `"timestamp":"2026-03-02T09:00:00Z","sentAt":"2026-03-02T09:00:01Z"`, 2 * time.Second, false, -time.Second},
		{"sentAt alone", `"sentAt":"2026-03-02T10:00:00Z"`, 0, false, 0},
		{"an archive is corrected already", `"timestamp":"2025-03-02T09:00:00Z","originalTimestamp":"2025-03-02T08:00:00Z","sentAt":"2025-03-02T08:00:01Z"`, 0, true, -365 * 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := defaults()
			if d.Archive = c.archive; c.batchSent != 0 {
				d.SentAt = cxtest.Epoch.Add(c.batchSent)
			}
			raw := `{"type":"page","anonymousId":"a"` + strings.TrimSuffix(","+c.times, ",") + `}`
			e, err := intake.Decode([]byte(raw), d)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.At.Sub(cxtest.Epoch); got != c.want {
				t.Errorf("lived %v after its arrival, want %v", got, c.want)
			}
		})
	}
}

func TestDecodeSaysWhatToDo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 256)
	for _, c := range []struct{ name, raw, want string }{
		{"nothing", ``, "the message is JSON cut short: send the whole object"},
		{"cut", `{"type":"track"`, "the message is JSON cut short: send the whole object"},
		{"array", `[]`, "the message must be a JSON object"},
		{"two", `{} {}`, "the message must be one JSON object with nothing after it"},
		{"no JSON", `{"type": #}`, "the message is not JSON: invalid character '#' at start of value"},
		{"bad UTF-8", "{\"type\":\"\xff\"}", "the message is not UTF-8: send text as UTF-8"},
		{"twice", `{"properties":{"a":1,"a":2}}`, "the message has the key a twice in one object: keep one of them"},
		{"NUL", `{"type":"page","anonymousId":"a\u0000"}`, `the message holds the character NUL (\u0000), which cannot be stored: leave it out`},
		{"large", `{"type":"page","anonymousId":"a","properties":{"x":"` + strings.Repeat("x", 32<<10) + `"}}`, "the message is larger than 32 KB: leave properties out, or send a reference to what is large"},
		{"no type", `{"userId":"u"}`, "type: is missing: send one of identify, track, page, screen, group, alias, answer, circumstance"},
		{"unknown type", `{"type":"trak","userId":"u"}`, "type: is not known: send one of identify, track, page, screen, group, alias, answer, circumstance"},
		{"decision", `{"type":"decision","userId":"u"}`, `type: "decision" is written by Vivencia alone: send one of identify, track, page, screen, group, alias, answer, circumstance`},
		{"redacted", `{"type":"redacted","userId":"u"}`, `type: "redacted" is written by Vivencia alone: send one of identify, track, page, screen, group, alias, answer, circumstance`},
		{"team", `{"type":"team","survey":"ideas"}`, `type: "team" has a way in of its own (mentions: POST /api/v1/mentions): send one of identify, track, page, screen, group, alias, answer, circumstance`},
		{"mention", `{"type":"mention"}`, `type: "mention" has a way in of its own (mentions: POST /api/v1/mentions): send one of identify, track, page, screen, group, alias, answer, circumstance`},
		{"blank ids", `{"type":"page","userId":"  ","anonymousId":"\t"}`, "userId: is missing, and so is anonymousId: send one of them, so that it is known who lived this"},
		{"nobody", `{"type":"page","userId":""}`, "userId: is missing, and so is anonymousId: send one of them, so that it is known who lived this"},
		{"two faults", `{"type":"track","userId":true,"event":" "}`, `userId: must be a string; event: is missing: say what happened, such as "Order Completed"`},
		{"alias", `{"type":"alias","anonymousId":"a"}`, "userId: is missing: an alias needs the id that the customer has from now on; previousId: is missing: an alias needs the id that the customer had before"},
		{"group", `{"type":"group","userId":"u"}`, "groupId: is missing: a group call needs the id of the company, school or other account"},
		{"properties", `{"type":"page","userId":"u","properties":[],"traits":1,"context":"c"}`, `properties: must be an object, such as {"key": "value"}; traits: must be an object, such as {"key": "value"}; context: must be an object, such as {"ip": "…"}`},
		{"time", `{"type":"page","userId":"u","timestamp":"yesterday"}`, "timestamp: must be a time with its zone, such as 2026-03-02T09:00:00.000Z"},
		{"no zone", `{"type":"page","userId":"u","timestamp":"2026-03-02T09:00:00"}`, "timestamp: must be a time with its zone, such as 2026-03-02T09:00:00.000Z"},
		{"epoch", `{"type":"page","userId":"u","timestamp":1772442000000}`, "timestamp: must be a time with its zone, such as 2026-03-02T09:00:00.000Z"},
		{"long ago", `{"type":"page","userId":"u","timestamp":"1066-10-14T09:00:00Z"}`, "timestamp: must lie between the years 1970 and 2100"},
		{"once corrected", `{"type":"page","userId":"u","timestamp":"1970-01-01T00:00:00Z","sentAt":"2099-01-01T00:00:00Z"}`, "timestamp: must lie between the years 1970 and 2100 once corrected for the clock that gave sentAt: set the sender's clock"},
		{"long", `{"type":"track","event":"` + long + `","userId":"` + long + `"}`, "name: is longer than 255 characters: send a shorter one; userId: is longer than 255 characters: send a shorter one"},
		{"messageId", `{"type":"page","userId":"u","messageId":"` + strings.Repeat("ñ", 101) + `"}`, "messageId: is longer than 100 characters: send a shorter one, or none"},
		{"answer", `{"type":"answer","userId":"u","survey":"csat","answers":[{"metric":"csat","scale":"1-5","value":6}]}`, "answers[0].value: 6 lies outside the scale 1-5"},
		{"circumstance", `{"type":"circumstance","kind":"strike","from":"2026-03-02T09:00:00Z"}`, "place: is missing: give at least one of place, touchpoint, product, supplier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := intake.Decode([]byte(c.raw), defaults())
			if cx.KindOf(err) != cx.Invalid || cx.MessageOf(err) != c.want {
				t.Errorf("reason = %q\nwant     %q (%v)", cx.MessageOf(err), c.want, err)
			}
		})
	}
}

func TestRefusedMessageKeepsItsID(t *testing.T) {
	t.Parallel()
	e, err := intake.Decode([]byte(`{"messageId":"m-1","type":"page"}`), defaults())
	if err == nil || e.MessageID != "m-1" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestContextOfTheBatchLiesUnderTheMessages(t *testing.T) {
	t.Parallel()
	const id = `"type":"page","anonymousId":"a"`
	shared := `{"ip":"::1","traits":{"plan":"oro"},"groupId":"g","app":{"v":1}}`
	for _, c := range []struct{ name, context, raw, body, properties, traits, ctx, group string }{
		{
			"none of its own", shared, ` {` + id + `,"properties":{"x":1}}`,
			` {"context":` + shared + `,` + id + `,"properties":{"x":1}}`, `{"x":1}`, `{"plan":"oro"}`, shared, "g",
		},
		{
			"null", shared, `{"context": null,` + id + `,"properties":{"x":1}}`,
			`{"context": ` + shared + `,` + id + `,"properties":{"x":1}}`, `{"x":1}`, `{"plan":"oro"}`, shared, "g",
		},
		{
			"empty", `{"ip":"::1"}`, `{` + id + `,"context":{},"properties":{"x":1}}`,
			`{` + id + `,"context":{"ip":"::1"},"properties":{"x":1}}`, `{"x":1}`, ``, `{"ip":"::1"}`, "",
		},
		{
			"its own wins, one level deep", shared, `{"properties":{"x":1},"context":{"app":{"w":2},"traits":{"a":1}},` + id + `}`,
			`{"properties":{"x":1},"context":{"app":{"w":2},"traits":{"a":1},"ip":"::1","groupId":"g"},` + id + `}`,
			`{"x":1}`, `{"a":1}`, `{"app":{"w":2},"traits":{"a":1},"ip":"::1","groupId":"g"}`, "g",
		},
		{
			"all its own", `{"i\u0070":1}`, `{"context":{"ip":2},` + id + `}`,
			`{"context":{"ip":2},` + id + `}`, ``, ``, `{"ip":2}`, "",
		},
		{"empty context of the batch", `{}`, `{` + id + `}`, `{` + id + `}`, ``, ``, ``, ""},
		{"null context of the batch", `null`, `{` + id + `}`, `{` + id + `}`, ``, ``, ``, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := defaults()
			d.Context = []byte(c.context)
			e, err := intake.Decode([]byte(c.raw), d)
			if err != nil {
				t.Fatal(err)
			}
			got := []string{string(e.Body), string(e.Properties), string(e.Traits), string(e.Context), e.GroupID}
			if diff := cmp.Diff([]string{c.body, c.properties, c.traits, c.ctx, c.group}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	d := defaults()
	d.Context = []byte(`[]`)
	_, err := intake.Decode([]byte(`{`+id+`}`), d)
	if want := `context: of the batch must be an object, such as {"ip": "…"}`; cx.MessageOf(err) != want {
		t.Errorf("reason = %q, want %q", cx.MessageOf(err), want)
	}
}

// TestMergedContextLaw holds the merge against encoding/json.
func TestMergedContextLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SampledFrom([]string{"ip", "app", "traits", "groupId", "ñ\"", "z"})
		value := rapid.Custom(func(t *rapid.T) any {
			if rapid.Bool().Draw(t, "object") {
				return map[string]any{rapid.StringMatching(`[a-zñ"\\]*`).Draw(t, "k"): rapid.Float64Range(-1e6, 1e6).Draw(t, "v")}
			}
			return rapid.StringMatching(`[a-zñ"\\]*`).Draw(t, "s")
		})
		object := rapid.MapOf(key, value)
		shared, own := object.Draw(t, "shared"), object.Draw(t, "own")
		for _, m := range []map[string]any{shared, own} { // of the types that they must have
			delete(m, "groupId")
			if _, ok := m["traits"].(string); ok {
				delete(m, "traits")
			}
		}
		message := map[string]any{"type": "page", "anonymousId": "a", "a": 1, "properties": map[string]any{"p": "q"}, "zz": "z"}
		if rapid.Bool().Draw(t, "has context") {
			message["context"] = own
		} else {
			own = nil
		}
		d := defaults()
		d.Context = mustJSON(t, shared)
		e, err := intake.Decode(mustJSON(t, message), d)
		if err != nil {
			t.Fatal(err)
		}
		merged := map[string]any{}
		for _, m := range []map[string]any{shared, own} {
			for k, v := range m {
				merged[k] = v
			}
		}
		if own != nil || len(merged) > 0 {
			message["context"] = merged
		}
		var got, want any
		for _, x := range []struct {
			b  []byte
			to *any
		}{{e.Body, &got}, {mustJSON(t, message), &want}} {
			if err := json.Unmarshal(x.b, x.to); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		checkParts(t, e)
	})
}

type fataler interface{ Fatalf(string, ...any) }

func mustJSON(t fataler, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return b
}

// checkParts fails unless the event's parts are what its body says.
func checkParts(t fataler, e cx.Event) {
	var body, inner map[string]json.RawMessage
	if err := json.Unmarshal(e.Body, &body); err != nil {
		t.Fatalf("the body is no object: %v", err)
	}
	if c := body["context"]; c != nil {
		if err := json.Unmarshal(c, &inner); err != nil {
			t.Fatalf("%v", err)
		}
	}
	traits := inner["traits"]
	if e.Kind == cx.Identify || e.Kind == cx.Group {
		traits = body["traits"]
	}
	for _, x := range []struct{ got, want []byte }{{e.Properties, body["properties"]}, {e.Traits, traits}, {e.Context, body["context"]}} {
		if !bytes.Equal(x.got, x.want) && string(x.want) != "null" {
			t.Fatalf("part = %q, want %q of %s", x.got, x.want, e.Body)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"track","event":"Order Completed","userId":"u-1","messageId":"m-1","timestamp":"2026-03-02T09:00:00Z","sentAt":"2026-03-02T09:00:01Z","properties":{"revenue":12.5},"context":{"traits":{"a":1}}}`), []byte(`{"ip":"::1","traits":{},"groupId":"g"}`), uint8(0))
	f.Add([]byte(`{"survey":"csat","answers":[{"value":1}],"userId":7}`), []byte(``), uint8(cx.Answer))
	f.Add([]byte(`{"kind":"strike","place":"p","from":"2026-03-02T09:00:00Z","context":null}`), []byte(`{"a":1}`), uint8(cx.Circumstance))
	f.Add([]byte(` {} `), []byte(`null`), uint8(cx.Page))
	f.Fuzz(func(t *testing.T, raw, context []byte, kind uint8) {
		d := defaults()
		if d.Kind = cx.Kind(kind % 9); len(context) > 0 {
			d.Context = context
		}
		e, err := intake.Decode(raw, d)
		if err != nil {
			if cx.KindOf(err) != cx.Invalid || cx.MessageOf(err) == "" {
				t.Fatalf("error without a reason: %v", err)
			}
			return
		}
		if e.Kind == 0 || e.Name == "" || e.MessageID == "" || e.Kind.OfCustomer() && e.UserID == "" && e.AnonymousID == "" {
			t.Fatalf("accepted %+v", e)
		}
		checkParts(t, e)
	})
}

// TestOwn: what the team says, and what is said in public, is of no customer,
// whatever ids come with it.
func TestOwn(t *testing.T) {
	t.Parallel()
	d := defaults()
	d.Own = true
	for raw, want := range map[string]cx.Event{
		`{"type":"team","userId":"u","survey":"ideas","answers":[{"question":"text","text":"more tills"}]}`:                              {Kind: cx.Team, Name: "ideas"},
		`{"type":"mention","anonymousId":"a","properties":{"network":"google","id":1,"at":"2026-03-02T09:00:00Z","text":"lovely shop"}}`: {Kind: cx.Mention, Name: "Mention"},
	} {
		e, err := intake.Decode([]byte(raw), d)
		if err != nil || e.Kind != want.Kind || e.Name != want.Name || e.UserID != "" || e.AnonymousID != "" {
			t.Errorf("%s is read as %v %q of %q%q: %v", raw, e.Kind, e.Name, e.UserID, e.AnonymousID, err)
		}
	}
	for _, raw := range []string{`{"type":"team","answers":[]}`, `{"type":"mention"}`, `{"type":"mention","properties":{"text":"lovely"}}`} {
		if _, err := intake.Decode([]byte(raw), d); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s is let in: %v", raw, err)
		}
	}
}
