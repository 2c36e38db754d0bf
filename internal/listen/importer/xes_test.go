package importer_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

const nestedLog = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0">
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <string key="creator" value="somebody"/>
  <trace>
    <string key="concept:name" value="run 1"/>
    <string key="client" value="Ana"><int key="age" value="41"/></string>
    <float key="AMOUNT" value="12.50"/>
    <event>
      <string key="concept:name" value="Asked &amp; waited"/>
      <string key="lifecycle:transition" value="complete"/>
      <date key="time:timestamp" value="2026-03-01T10:00:00.000+01:00"/>
      <boolean key="urgent" value="true"/>
      <list key="helpers"><values><string key="h" value="Eva"/><int key="h" value="2"/></values></list>
      <string key="urgent" value="again"/>
      <string key="case_AMOUNT" value="mine"/>
      <float key="odd" value="NaN"/>
      <unknown key="x" value="y"><string key="z" value="z"/></unknown>
    </event>
    <event>
      <string key="concept:name" value="No time"/>
    </event>
    <event>
      <date key="time:timestamp" value="2026-03-01T11:00:00"/>
      <string key="org" value="without a name"/>
    </event>
    <event>
      <date key="time:timestamp" value="yesterday"/>
      <string key="concept:name" value="Bad time"/>
    </event>
  </trace>
  <trace>
    <event><date key="time:timestamp" value="2026-03-01T10:00:00"/><string key="concept:name" value="Nameless run"/></event>
  </trace>
  <trace>
    <string key="concept:name" value="run 1"/>
    <event><date key="time:timestamp" value="2026-03-02T10:00:00Z"/><string key="concept:name" value="Again"/></event>
  </trace>
  <event><date key="time:timestamp" value="2026-03-02T10:00:00Z"/><string key="concept:name" value="Stray"/></event>
</log>
`

func TestXES(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t, map[string]string{"My Log.xes": nestedLog}), "My Log.xes")
	k := &keeper{}
	report, err := importer.XES(context.Background(), []string{path}, options(k))
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, report)
	if report.Read != 7 || report.Accepted != 3 || report.Empty != 1 || report.Quarantined != 3 {
		t.Errorf("%+v", report)
	}
	checkGolden(t, "xes.golden", k)

	m, err := importer.ParseMap([]byte("source: bank\ntimezone: Europe/Madrid\ncustomer: {userId: case_client, name: case_client, traits: {age: {column: case_client.age, type: number}, rich: {cel: \"number(row['case_AMOUNT']) > 10.0\"}}}\nxes: {append_lifecycle: true}\n"), ".", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k = &keeper{}
	o := options(k)
	o.Map = m
	if _, err := importer.XES(context.Background(), []string{path}, o); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "xes_map.golden", k)
}

func TestXESThatIsNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"<html></html>":      "it is no event log",
		"":                   "unexpected EOF",
		"not xml":            "unexpected EOF",
		"<log><trace></log>": "line 1: </log> closes what is not open",
		"<?xml version='1.0' encoding='EBCDIC'?><log/>":                    "the encoding ebcdic is not known",
		"<log><trace>" + strings.Repeat("<string key='a' value='b'>", 100): "nested deeper than 64",
	} {
		path := filepath.Join(folder(t, map[string]string{"l.xes": text}), "l.xes")
		_, err := importer.XES(context.Background(), []string{path}, options(&keeper{}))
		if cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}

func TestXESBoundsAnEvent(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("<string key='k' value='"+strings.Repeat("x", 1000)+"'/>", 100)
	text := "<log><trace><string key='concept:name' value='r'/><event><string key='concept:name' value='Big'/><date key='time:timestamp' value='2026-01-01'/>" + big +
		"<list key='l'>" + big + "</list></event><event><string key='concept:name' value='Small'/><date key='time:timestamp' value='2026-01-01'/></event></trace></log>"
	path := filepath.Join(folder(t, map[string]string{"l.xes": text}), "l.xes")
	k := &keeper{}
	report, err := importer.XES(context.Background(), []string{path}, options(k))
	if err != nil || report.Accepted != 1 || report.Quarantined != 1 || len(k.aside[0].Raw) > importer.MaxRaw {
		t.Errorf("%+v, %v", report, err)
	}
}
