package collect_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/stream"
)

func TestCloudEvents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	const structured = `{"specversion":"1.0","id":"7","source":"/orders","type":"order.completed","time":"2026-03-02T08:00:00Z","userid":"u-1","data":{"total":3}}`
	binary := func(more ...string) []string {
		return append([]string{
			"Content-Type", "application/json; charset=utf-8", "Ce-Specversion", "1.0", "Ce-Id", "7", "Ce-Source", "/orders",
			"Ce-Type", "order.completed", "Ce-Time", "2026-03-02T08:00:00Z",
		}, more...)
	}
	long := strings.Repeat("x", 100)
	for _, c := range []struct {
		name, body string
		headers    []string
		want       []string // name|customer|messageId|properties|context, of what is in the log
		refused    string
	}{
		{
			"structured", structured,
			[]string{"Content-Type", "application/cloudevents+json; charset=UTF-8"},
			[]string{`order.completed|u-1|/orders 7|{"total":3}|{"cloudevent":{"specversion":"1.0","id":"7","source":"/orders","type":"order.completed","time":"2026-03-02T08:00:00Z","userid":"u-1"}}`},
			"",
		},
		{
			"binary", `{"total":3}`, binary("Ce-Userid", "u-1", "Ce-Subject", "espa%C3%B1a"),
			[]string{`order.completed|u-1|/orders 7|{"total":3}|{"cloudevent":{"id":"7","source":"/orders","specversion":"1.0","subject":"españa","time":"2026-03-02T08:00:00Z","type":"order.completed","userid":"u-1"}}`},
			"",
		},
		{
			"batch", `[` + structured + `, {"specversion":"1.0","id":"8","source":"/orders","type":"order.completed","time":"2026-03-02T08:00:00Z","anonymousid":"a-1","data":[1]}]`,
			[]string{"Content-Type", "application/cloudevents-batch+json"},
			[]string{
				`order.completed|u-1|/orders 7|{"total":3}|{"cloudevent":{"specversion":"1.0","id":"7","source":"/orders","type":"order.completed","time":"2026-03-02T08:00:00Z","userid":"u-1"}}`,
				`order.completed|a-1|/orders 8|{"data":[1]}|{"cloudevent":{"specversion":"1.0","id":"8","source":"/orders","type":"order.completed","time":"2026-03-02T08:00:00Z","anonymousid":"a-1"}}`,
			},
			"",
		},
		{
			"customer in the data, as a number; no time", `{"specversion":"1.0","id":"` + long + `","source":"/","type":"t","data":{"userId":42}}`,
			[]string{"Content-Type", "application/cloudevents+json"},
			[]string{`t|42|cloudevent:1fa783360cf7d29a410c1745a89f1911c68c4f3cf3b5c66bada989d03c7786c1|{"userId":42}|{"cloudevent":{"specversion":"1.0","id":"` + long + `","source":"/","type":"t"}}`},
			"",
		},
		{
			"text", "hola", append(binary("Ce-Anonymousid", "a-1"), "Content-Type", "text/plain"),
			[]string{`order.completed|a-1|/orders 7|{"data":"hola"}|{"cloudevent":{"anonymousid":"a-1","id":"7","source":"/orders","specversion":"1.0","time":"2026-03-02T08:00:00Z","type":"order.completed"}}`},
			"",
		},
		{
			"bytes", "\xff\x00", append(binary("Ce-Anonymousid", "a-1"), "Content-Type", "image/png"),
			[]string{`order.completed|a-1|/orders 7|{"data_base64":"/wA="}|{"cloudevent":{"anonymousid":"a-1","id":"7","source":"/orders","specversion":"1.0","time":"2026-03-02T08:00:00Z","type":"order.completed"}}`},
			"",
		},
		{"other version", `{"specversion":"0.3","id":"7","source":"/","type":"t","userid":"u"}`, []string{"Content-Type", "application/cloudevents+json"}, nil, `specversion must be \"1.0\"`},
		{"no id", `{"specversion":"1.0","source":"/","type":"t","userid":"u"}`, []string{"Content-Type", "application/cloudevents+json"}, nil, `id is missing`},
		{"no customer", `{"specversion":"1.0","id":"7","source":"/","type":"t"}`, []string{"Content-Type", "application/cloudevents+json"}, nil, `userId: is missing`},
		{"object attribute", `{"specversion":"1.0","id":"7","source":"/","type":"t","userid":"u","x":{}}`, []string{"Content-Type", "application/cloudevents+json"}, nil, `the attribute x must be a string`},
		{"no event at all", `{"a":1}`, nil, nil, `specversion is missing`},
		{"cut short", `{"specversion":"1.0",`, []string{"Content-Type", "application/cloudevents+json"}, nil, `cut short`},
		{"no array", `{}`, []string{"Content-Type", "application/cloudevents-batch+json"}, nil, `a batch of CloudEvents must be a JSON array`},
		{"avro", `x`, []string{"Content-Type", "application/cloudevents+avro"}, nil, `CloudEvents are read as JSON only`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := h.log.LastSeq()
			status, body := serve(h.handler, request("POST", "/v1/cloudevents", c.body, c.headers...))
			if c.refused == "" && status != 200 || c.refused != "" && status != 400 || !strings.Contains(body, c.refused) {
				t.Errorf("%d %s", status, body)
			}
			var got []string
			if err := h.log.Read(t.Context(), before, func(b stream.Batch) error {
				for _, e := range b.Events {
					got = append(got, strings.Join([]string{e.Name, e.UserID + e.AnonymousID, e.MessageID, string(e.Properties), string(e.Context)}, "|"))
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzCloudEvents sends whatever body, type and attributes, in every mode: the
// answer is JSON that says what was taken, and never an error of ours.
func FuzzCloudEvents(f *testing.F) {
	f.Add("application/cloudevents+json", "", []byte(`{"specversion":"1.0","id":"7","source":"/o","type":"t","userid":"u","data":{"total":3}}`))
	f.Add("application/cloudevents-batch+json", "", []byte(`[{"specversion":"1.0","id":"7","source":"/o","type":"t","data_base64":"AA=="},{}]`))
	f.Add("application/json", "esp%C3%B1a%zz", []byte(`{"userId":1}`))
	f.Add("text/plain; charset=x", "\"", []byte("\xff\x00"))
	h := handler(counter{}, nil)
	f.Fuzz(func(t *testing.T, contentType, attribute string, body []byte) {
		status, answer := serve(h, request("POST", "/v1/cloudevents", string(body), "Content-Type", contentType,
			"Ce-Specversion", "1.0", "Ce-Id", attribute, "Ce-Source", "/o", "Ce-Type", attribute, "Ce-Userid", attribute))
		if status >= 500 || !json.Valid([]byte(answer)) {
			t.Errorf("%d %s", status, answer)
		}
	})
}
