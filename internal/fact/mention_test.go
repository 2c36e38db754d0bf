package fact_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

func TestParseMention(t *testing.T) {
	t.Parallel()
	got, err := fact.ParseMention([]byte(`{"network":"google","id":81,"at":"2026-03-02T09:00:00Z","text":"lovely","rating":4.5,"scale":"1-5",
		"url":"https://example.com/r/81","author":"@ana","place":"goya","touchpoint":"till","product":"b-1","audience":900,"proof":{"order":77},"likes":3}`))
	want := fact.Mention{
		ID: "81", Network: "google", At: cxtest.Epoch, Text: "lovely", Rating: 4.5, HasValue: true, Scale: "1-5", URL: "https://example.com/r/81",
		Author: "@ana", Place: "goya", Touchpoint: "till", Product: "b-1", Audience: 900, Proof: fact.Proof{Object: "order", ID: "77"},
	}
	want.At = got.At
	if err != nil || got.At == 0 || !cmp.Equal(got, want) {
		t.Errorf("%v: %s", err, cmp.Diff(want, got))
	}
	const rest = `"network":"google","id":"1","at":"2026-03-02T09:00:00Z"`
	for raw, fault := range map[string]string{
		`{}`:                        "id: is missing",
		`[]`:                        "no JSON object",
		`{` + rest + `}`:            "text: is missing, and so is rating",
		`{` + rest + `,"rating":3}`: `scale: is missing: a rating declares its scale, such as "1-5"`,
		`{` + rest + `,"rating":9,"scale":"1-5"}`:                                "rating: 9 lies outside the scale 1-5",
		`{` + rest + `,"text":"a","scale":"best"}`:                               "is no scale",
		`{` + rest + `,"text":"a","url":"javascript:alert(1)"}`:                  "url: must be the mention's address",
		`{` + rest + `,"text":"` + strings.Repeat("a", fact.MaxMention+1) + `"}`: "send at most 10000",
		`{` + rest + `,"text":"a","proof":{"userId":"u","order":"1"}}`:           "proof: must be",
		`{` + rest + `,"text":"a","proof":{}}`:                                   "proof: must be",
		`{` + rest + `,"text":"a","proof":"Ana"}`:                                "proof: must be",
		`{"network":"google","id":"1","at":"yesterday","text":"a"}`:              "at: must be a time",
	} {
		if _, err := fact.ParseMention([]byte(raw)); cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v, want %q", raw, err, fault)
		}
	}
	if _, err := fact.ParseMention([]byte(`{` + rest + `,"deleted":true}`)); err != nil {
		t.Errorf("a mention that was taken back needs no words: %v", err)
	}
}

func FuzzParseMention(f *testing.F) {
	f.Add([]byte(`{"network":"google","id":"1","at":"2026-03-02T09:00:00Z","text":"a","proof":{"order":"1"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := fact.ParseMention(raw)
		if err == nil && (m.ID == "" || m.Network == "" || m.Text == "" && !m.HasValue && !m.Deleted) {
			t.Errorf("%s is let in as %+v", raw, m)
		}
	})
}
