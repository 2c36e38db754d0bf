package rule

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// No condition that a model accepts stalls or breaks the server, whatever an event
// holds: it is met or not, soon.
func FuzzCondition(f *testing.F) {
	for _, seed := range [][2]string{
		{`properties.a > 3`, `{"a": 4}`},
		{`properties.a.b.c == null`, `{"a": {"b": []}}`},
		{`properties.a.matches("(a+)+$")`, `{"a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}`},
		{`properties.a.split("").size() > 9223372036854775807 || 1 / 0 == 1`, `{"a": ""}`},
		{`count("Order Completed", days(36500)) - 9223372036854775807 < -9223372036854775807 - 2`, `{}`},
		{`time(properties.a) < event.at && traits.x.y in properties.z`, `{"a": "9999-12-31T23:59:59Z", "z": {"z": null}}`},
		{`"a".replace("", "aaaaaaaaaaaaaaaa").replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa").replace("a", "aaaaaaaaaaaaaaaaaaaaaaaaaa").size() > 1`, `{}`},
	} {
		f.Add(seed[0], seed[1])
	}
	m, err := model.Parse([]byte("company: {slug: x, name: X, timezone: UTC, currency: EUR}\nareas: [{slug: a, name: A}]\ntouchpoints: [{slug: t, name: T, stage: during, channel: web, medium: digital, area: a, events: [Order Completed]}]\n"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, condition, properties string) {
		src, err := json.Marshal(map[string]any{"slug": "r", "name": "R", "when": map[string]any{"event": "Order Completed"}, "if": condition, "then": []any{map[string]any{"notify": map[string]any{"text": "T"}}}})
		if err != nil {
			t.Skip()
		}
		r, err := m.ParseRule(src)
		if err != nil {
			if cx.KindOf(err) != cx.Invalid {
				t.Fatal(err)
			}
			return
		}
		began := time.Now()
		ready := newRuling(r)
		answers := make([]any, len(ready.asks))
		for i, a := range ready.asks {
			answers[i] = nothing(a)
		}
		l := &lived{Name: "Order Completed", Type: "track", At: cxtest.Epoch, Properties: json.RawMessage(properties)}
		met, costly := meets(r.If, l, json.RawMessage(properties), answers)
		if met && costly {
			t.Errorf("%q is met, and cost too much", condition)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%q took %v", condition, took)
		}
	})
}
