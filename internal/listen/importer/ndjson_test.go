package importer_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

func decodeAll(body []byte, source string) ([]importer.Record, error) {
	var all []importer.Record
	err := importer.DecodeNDJSON(bytes.NewReader(body), source, func(batch []importer.Record) error {
		if len(batch) == 0 || len(batch) > importer.BatchRecords {
			return errors.New("a batch of another size")
		}
		all = append(all, batch...)
		return nil
	})
	return all, err
}

func TestNDJSONComesBack(t *testing.T) {
	t.Parallel()
	records := []importer.Record{
		{Source: "shop", Way: "import csv", File: "a.csv", Line: 7, MessageID: "m1", Message: []byte(`{"messageId":"m1","type":"track"}`)},
		{Source: "shop", Way: "import csv", File: "a.csv", Line: 8, Reason: "why \"not\"", Raw: []byte("a;\"b\nc\"")},
		{Source: "other", Way: "import xes", File: "l.xes", Line: 9, Reason: "not UTF-8", Raw: []byte("\xff\xfe")},
	}
	for range 1000 {
		records = append(records, records[0])
	}
	got, err := decodeAll(importer.EncodeNDJSON(nil, records), "")
	if diff := cmp.Diff(records, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestNDJSONOfOthers(t *testing.T) {
	t.Parallel()
	got, err := decodeAll([]byte(`{"type":"track","event":"A","userId":"u","messageId":"m1"}
{"type":"track","event":"A","userId":"u"}
{"line":4,"type":"import","message":{"type":"page","messageId":"m2"}}
{"type":"import","message":7,"raw":"x"}
{"type":"import","line":"x"}
nonsense
{"type":"track","messageId":"big","event":"`+strings.Repeat("x", 40<<10)+`"}
`), "web")
	if err != nil {
		t.Fatal(err)
	}
	want := []importer.Record{
		{Line: 1, MessageID: "m1", Message: []byte(`{"type":"track","event":"A","userId":"u","messageId":"m1"}`)},
		{Line: 2, MessageID: got[1].MessageID, Message: []byte(`{"messageId":"` + got[1].MessageID + `","type":"track","event":"A","userId":"u"}`)},
		{Line: 4, MessageID: "m2", Message: []byte(`{"type":"page","messageId":"m2"}`)},
		{Line: 0, Reason: "the line has no message", Raw: []byte("x")},
		{Line: 5, Reason: "the line is no import or quarantine object", Raw: []byte(`{"type":"import","line":"x"}`)},
		{Line: 6, Reason: "the line is no JSON object", Raw: []byte("nonsense")},
		{Line: 7, Reason: "the message is larger than 32 KB: leave properties out", Raw: got[6].Raw},
	}
	for i := range want {
		want[i].Source, want[i].Way = "web", "import"
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	for _, body := range []string{`{"type":"track"}`, `{"type":"import","source":"Not A Slug","message":{}}`} {
		if _, err := decodeAll([]byte(body), ""); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestPostedSendsWhatDecodes(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	posted := &importer.Posted{Post: func(ctx context.Context, body []byte) (importer.Result, error) {
		var total importer.Result
		err := importer.DecodeNDJSON(bytes.NewReader(body), "", func(batch []importer.Record) error {
			res, err := k.Write(ctx, batch)
			total.Add(res)
			return err
		})
		return total, err
	}}
	dir := folder(t, map[string]string{"e.jsonl": segmentLines})
	report, err := importer.JSONL(context.Background(), dir+"/e.jsonl", options(posted))
	if err != nil || report.Accepted != 4 || report.Quarantined != 5 || report.Duplicates != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

func FuzzDecodeNDJSON(f *testing.F) {
	f.Add([]byte(segmentLines))
	f.Add([]byte(`{"type":"import","source":"s","message":{"messageId":"m"},"line":1}` + "\n" + `{"type":"quarantine","raw_base64":"/w=="}`))
	f.Add([]byte(`{"messageId":null,"sentAt":1,"a":{}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeAll(body, "s")
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		for _, r := range got {
			if (r.Message == nil) == (r.Reason == "") || len(r.Raw) > importer.MaxRaw {
				t.Fatalf("%+v", r)
			}
		}
		again, err := decodeAll(importer.EncodeNDJSON(nil, got), "s")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
