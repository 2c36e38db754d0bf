package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
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
	busy := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/import" || r.Header.Get("Authorization") != "Bearer secret" || r.Header.Get("Content-Type") != importer.NDJSON {
			t.Errorf("%s %v", r.URL, r.Header)
		}
		if busy {
			busy = false
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		var total importer.Result
		err := importer.DecodeNDJSON(r.Body, "", func(batch []importer.Record) error {
			res, err := k.Write(r.Context(), batch)
			total.Add(res)
			return err
		})
		if err != nil {
			t.Error(err)
		}
		_ = json.NewEncoder(w).Encode(total)
	}))
	t.Cleanup(server.Close)
	posted := importer.NewPosted(server.Client(), server.URL+"/", "secret")
	dir := folder(t, map[string]string{"e.jsonl": segmentLines})
	report, err := importer.JSONL(context.Background(), []string{dir + "/e.jsonl"}, options(posted))
	if err != nil || report.Accepted != 4 || report.Quarantined != 5 || report.Duplicates != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestPostedTellsWhatTheServerSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		kind   cx.ErrorKind
		says   string
	}{
		{401, `{"title":"Unauthorized","detail":"this token is not known"}`, cx.Unauthorized, "this token is not known"},
		{507, `{"title":"Insufficient Storage"}`, cx.Full, "Insufficient Storage"},
		{500, "oops", cx.Internal, "Internal Server Error"},
		{200, `{"accepted":1}`, cx.Internal, "reports 1 records where 2 were sent"},
		{200, `<html>`, cx.Internal, "no report"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		_, err := importer.NewPosted(server.Client(), server.URL, "").Write(context.Background(), make([]importer.Record, 2))
		server.Close()
		if cx.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
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
