package importer_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

func noEnv(string) string { return "" }

// folder writes files into a temporary folder.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func faultLines(err error) []string {
	var out []string
	for _, f := range cx.FaultsOf(err) {
		out = append(out, f.String())
	}
	return out
}

func TestMapReportsEveryFault(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"empty":  {"", []string{"1:1 the map must be one YAML document that is not empty"}},
		"syntax": {"source: [a\n", []string{"1:9 sequence end token ']' not found"}},
		"everything": {`sorce: shop
timezone: Mars/Base
decimal: x
customer: {userID: id}
files:
  orders: {fil: orders.csv, join: [{file: c.csv}]}
events:
  - {from: order, name: Bought, at: day, when: "row.a =="}
  - {from: orders, at: {column: day, cel: "1"}, properties: {n: {column: n, type: integer}}}
answers:
  - {from: orders, survey: csat, score: stars, at: day}
  - {from: orders, survey: nps, scale: 1-5, score: stars, at: day, metric: hapiness}
circumstances:
  - {from: orders, kind: closed, at: {column: day, format: "%Q"}}
`, []string{
			"1:1 sorce: is not a key here; did you mean source?: one of answers, circumstances, columns, customer, decimal, delimiter, encoding, events, files, join, root, sheet, skip, source, time_format, timezone, xes",
			"2:11 timezone: is not a time zone such as America/Sao_Paulo",
			`3:10 decimal: must be "." or ","`,
			"4:12 customer.userID: is not a key here; did you mean userId?: one of anonymousId, email, name, phone, traits, userId",
			"4:11 customer: needs userId or anonymousId: the column that tells customers apart",
			"1:1 source: is missing: give the slug of the source",
			"6:12 files.orders.fil: is not a key here; did you mean file?: one of columns, delimiter, encoding, file, join, sheet, skip",
			"6:36 files.orders.join[0]: needs file: and on: the column that both have",
			"6:11 files.orders: needs file: the path of the CSV file",
			"8:57 events[0].when: ",
			"8:12 events[0].from: is not one of the files; did you mean orders?",
			"9:24 events[1].at: needs exactly one of column, cel, value",
			"9:83 events[1].properties.n.type: must be number, bool, string or time",
			"9:5 events[1]: needs name",
			"11:5 answers[0]: needs scale, such as 1-5: the least and the greatest score",
			"12:76 answers[1].metric: must be nps, csat, ces or rating",
			"14:60 circumstances[0].at.format: has %Q, which is not known: use %Y %m %d %H %M %S .%f %b %B %y %I %p %z",
			"14:5 circumstances[0]: needs at least one of place, touchpoint, product, supplier",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := importer.ParseMap([]byte(c.in), ".", noEnv)
			if cx.KindOf(err) != cx.Invalid {
				t.Fatal(err)
			}
			got := faultLines(err)
			for i := range got {
				if i < len(c.want) && strings.HasSuffix(c.want[i], ": ") && strings.HasPrefix(got[i], c.want[i]) {
					got[i] = c.want[i] // CEL's own words
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMapIsHeldAgainstTheHeaders(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"orders.csv": "order_id,customer,day\n", "people.csv": "id,city\n"})
	m, err := importer.ParseMap([]byte(`source: shop
files:
  orders: {file: orders.csv, join: [{file: people.csv, on: custmer, to: idd}]}
customer: {userId: customer, traits: {city: cty}}
events:
  - {from: orders, name: Bought, at: dey, id: order_id, when: "row.statsu != 'x'"}
  - {from: orders, name: Paid, at: {cel: row.day}, id: order_id}
`), dir, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	_, err = importer.CSV(context.Background(), m, nil, options(&keeper{}))
	got := faultLines(err)
	if len(got) != 5 {
		t.Fatalf("%q, %v", got, err)
	}
	for i, want := range []string{
		`3:60 files.orders.join[0].on: orders.csv has no column "custmer"; did you mean customer?`,
		`3:73 files.orders.join[0].to: people.csv has no column "idd"; did you mean id?`,
		`6:38 events[0].at: orders.csv has no column "dey"; did you mean day?`,
		`6:`,
		`4:45 customer.traits.city: orders.csv has no column "cty"; did you mean city?`,
	} {
		if !strings.HasPrefix(got[i], want) {
			t.Errorf("fault %d is %q, want %q", i, got[i], want)
		}
	}
}

const shopMap = `
source: shop
timezone: Europe/Madrid
decimal: ","
delimiter: ";"
customer: {userId: client, email: mail, traits: {city: city, since: {column: since, type: time, format: "%d/%m/%Y"}}}
join: [{file: clients.csv, on: client, prefix: "", delimiter: ","}]
events:
  - name: {column: what}
    at: day
    id: n
    when: row.what != 'Ignored'
    properties:
      total: {column: total, type: number}
      paid: {column: paid, type: bool}
      shop: {value: goya}
      big: {cel: number(row.n) > 2.0}
      note: note
      file: _file
      line: _line
answers:
  - {survey: nps, score: nps, text: note, at: day, id: n, touchpoint: {value: till}, questions: [{question: food, scale: 0-5, score: nps}, {question: how, choice: note}]}
circumstances:
  - {kind: till-closed, at: {column: day, when: "row.what == 'Ignored'"}, until: until, place: {value: goya}, value: {column: n, type: number}, id: n}
`

func TestMapOfAnAwkwardFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"clients.csv": "\xef\xbb\xbfclient,city,mail,since\nc1,Madrid,a@b.es,03/04/2020\nc1,Elsewhere,,\nc2,,,\n",
		"sales.csv": "n;client;what;day;until;total;paid;nps;note\r\n" +
			"1;c1;Bought;2026-03-29 02:30:00;;1.234,50;sí;9;\"He said \"\"hi\"\"\nand left\"\r\n" +
			"2;c2;Ignored;2026-01-01;2026-01-02;;;;\r\n" +
			"3;c3;Bought;;;;;;\r\n" +
			"4;;Bought;2026-01-01;;;;;\r\n" +
			"5;c1;Bought;tomorrow;;;;;\r\n" +
			"6;c1;Bought;2026-01-01\r\n" +
			"7;c1;Bought;2026-01-01;;much;;ten;\r\n" +
			"8;c1;;2026-01-01;;;;;x\r\n",
	})
	m, err := importer.ParseMap([]byte(shopMap), dir, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{}
	report, err := importer.CSV(context.Background(), m, []string{filepath.Join(dir, "sales.csv")}, options(k))
	if err != nil {
		t.Fatal(err)
	}
	const noTime = "column day is no time: known are 2006-01-02 15:04:05, RFC 3339, a date, 02/01/2006 or unix seconds; for others give time_format"
	want := importer.Report{
		Read: 22, Empty: 9, Skipped: 1, MovedTimes: importer.MovedTimes{Skipped: 2},
		Result: importer.Result{Accepted: 4, Quarantined: 8, Reasons: map[string]int{
			"events[0]: column client is empty: there is no customer":  1,
			"answers[0]: column client is empty: there is no customer": 1,
			"events[0]: " + noTime:                              1,
			"answers[0]: " + noTime:                             1,
			"the line has 4 fields where the header has 9":      1,
			"events[0]: column total is not a number":           1,
			"answers[0]: column nps is not a number":            1,
			"events[0]: column what is empty: there is no name": 1,
		}},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Error(diff)
	}
	if report.Read != report.Accepted+report.Duplicates+report.Empty+report.Skipped+report.Quarantined {
		t.Errorf("the counts do not add up: %+v", report)
	}
	checkGolden(t, "awkward.golden", k)
}

// checkGolden holds what came in against testdata; -update writes it anew.
func checkGolden(t *testing.T, name string, k *keeper) {
	t.Helper()
	var b strings.Builder
	for _, m := range k.raw {
		b.WriteString(m + "\n")
	}
	for _, a := range k.aside {
		fmt.Fprintf(&b, "%s:%d %q %s\n", a.File, a.Line, a.Raw, a.Reason)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Error(diff)
	}
}

var update = flag.Bool("update", false, "write the golden files anew")
