package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// objectLog has its events before its objects, and some that cannot be mapped.
const objectLog = `{
  "objectTypes": [{"name": "Sales Order", "attributes": []}, {"name": "item", "attributes": []}, {"name": "client", "attributes": [{"name": "email", "type": "string"}]}],
  "eventTypes": [{"name": "Order Completed", "attributes": [{"name": "total", "type": "float"}]}],
  "events": [
    {"id": "e1", "type": "Order Completed", "time": "2026-03-01T10:00:00Z", "attributes": [{"name": "total", "value": 12.50}, {"name": "item_id", "value": "taken"}, {"name": "gift", "value": true}],
     "relationships": [{"objectId": "o1", "qualifier": "completes"}, {"objectId": "i1", "qualifier": "has"}, {"objectId": "i2", "qualifier": "has"}]},
    {"id": "e2", "type": "Order Paid", "time": "2026-03-03T10:00:00+01:00", "relationships": [{"objectId": "c1", "qualifier": ""}, {"objectId": "gone", "qualifier": ""}]},
    {"id": "e3", "type": "Item Packed", "time": "2026-03-03T12:00:00Z", "relationships": [{"objectId": "i3", "qualifier": ""}]},
    {"id": "e4", "type": "Order Paid", "time": "soon", "relationships": [{"objectId": "o1", "qualifier": ""}]},
    {"id": "e5", "type": "Order Paid", "time": "2026-03-03T10:00:00Z", "relationships": [{"objectId": 7}]},
    {"type": "Order Paid", "time": "2026-03-03T10:00:00Z"},
    {"id": "e7", "type": "Order Paid", "time": "2026-03-03T10:00:00Z", "relationships": [{"objectId": "gone"}]},
    {"id": "e1", "type": "Order Completed", "time": "2026-03-01T10:00:00Z", "relationships": [{"objectId": "o1"}]}
  ],
  "objects": [
    {"id": "o1", "type": "Sales Order", "attributes": [], "relationships": [{"objectId": "c1", "qualifier": "of"}]},
    {"id": "i1", "type": "item"}, {"id": "i2", "type": "item"}, {"id": "i3", "type": "item"},
    {"id": "c1", "type": "client", "attributes": [
      {"name": "email", "time": "1970-01-01T00:00:00Z", "value": "ana@example.com"},
      {"name": "email", "time": "2026-03-02T00:00:00Z", "value": "ana@example.org"},
      {"name": "vip", "time": "2027-01-01T00:00:00Z", "value": true}]}
  ]
}`

func TestOCEL(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t, map[string]string{"Shop.json": objectLog}), "Shop.json")
	k := &keeper{}
	o := options(k)
	o.Customer = "client"
	report, err := importer.OCEL(context.Background(), []string{path}, o)
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, report)
	if report.Read != 8 || report.Accepted != 2 || report.Duplicates != 1 || report.Quarantined != 5 {
		t.Errorf("%+v", report)
	}
	checkGolden(t, "ocel.golden", k)
	for i, line := range []int{8, 9, 10, 11, 12} {
		if i >= len(k.aside) || k.aside[i].Line != line {
			t.Errorf("%d: %+v", i, k.aside)
		}
	}
}

func TestOCELOfAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(cxtest.Data(t, "event_logs"), "ocel20_example.jsonocel")
	k := &keeper{}
	report, err := importer.OCEL(context.Background(), []string{path}, options(k))
	if err != nil || report.Accepted != 13 || report.Read != 13 {
		t.Fatalf("%+v, %v", report, err)
	}
	m := k.messages[2]
	if m.Event != "Create Purchase Order" || m.UserID != "PR1" || m.Properties["purchase_order_id"] != "PO1" || m.Properties["purchase_requisition_id"] != "PR1" || m.Properties["po_creator"] != "Mike" {
		t.Errorf("%+v", m)
	}
}

func TestOCELThatIsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                      "it ends early",
		"[]":                                    "line 1: it is not as OCEL 2.0 in JSON is",
		"{}":                                    "it has no objects",
		`{"objects": []}`:                       "it has no events",
		"{\"objects\": [],\n\"events\": 1}":     "line 2: it is not as OCEL 2.0 in JSON is",
		"{\"objects\": [{}], \"events\": [\n{]": "line 2: it is no JSON",
		`{"objects": [{"id":"c","type":"client"}], "events": [{"id":"e`:                  "it ends early",
		`{"objects": [], "events": ["` + strings.Repeat("x", 5<<20) + `"]}`:              "longer than 4 MB",
		`{"objects": [], "other": ["` + strings.Repeat("x", 5<<20) + `"], "events": []}`: "longer than 4 MB",
		`{"ocel:events": {}}`: "is it OCEL 2.0",
	} {
		path := filepath.Join(folder(t, map[string]string{"l.json": text}), "l.json")
		_, err := importer.OCEL(context.Background(), []string{path}, options(&keeper{}))
		if cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
	path := filepath.Join(folder(t, map[string]string{"l.json": objectLog}), "l.json")
	o := options(&keeper{})
	o.Customer = "klient"
	if _, err := importer.OCEL(context.Background(), []string{path}, o); cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), "Sales Order, client, item") {
		t.Error(err)
	}
}

// FuzzOCEL reads whatever JSON.
func FuzzOCEL(f *testing.F) {
	f.Add(objectLog, "client")
	f.Add(`{"objects":[{"id":"a","type":"b"}],"events":[{"id":"e","type":"t","time":"2020-01-01","relationships":[{"objectId":"a"}]}]}`, "")
	f.Add(`{"events":[[],{"id":1}],"objects":[null]}`, "")
	f.Fuzz(func(t *testing.T, text, customer string) {
		path := filepath.Join(t.TempDir(), "log.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o := options(&strict{})
		o.Customer = customer
		report, err := importer.OCEL(context.Background(), []string{path}, o)
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		addsUp(t, report)
	})
}
