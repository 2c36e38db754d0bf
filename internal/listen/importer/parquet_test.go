package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// everyColumn maps testdata/foreign.parquet, which DuckDB wrote.
const everyColumn = `source: shop
timezone: Europe/Madrid
customer: {userId: case, traits: {city: place.city, zip: {column: place.zip, type: number}}}
events:
  - name: Bought
    at: at_local
    id: id
    properties: {note: note, utc: {column: at_utc, type: time}, day: day, total: {column: total, type: number}, huge: huge, list: list,
      even: {column: even, type: bool}, odd: odd, f: {column: f, type: number}, blob: blob, small: small, hour: hour, ns: ns, wide: wide, line: _line}
  - {name: Odd, at: at_utc, when: "row.even == 'false'"}
`

func TestParquet(t *testing.T) {
	t.Parallel()
	m, err := importer.ParseMap([]byte(everyColumn), ".", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{}
	report, err := importer.Parquet(context.Background(), m, []string{filepath.Join("testdata", "foreign.parquet")}, options(k))
	if err != nil {
		t.Fatal(err)
	}
	addsUp(t, report)
	if report.Read != 10 || report.Accepted != 1+3 || report.Duplicates != 4 || report.Skipped != 2 || report.MovedTimes.Skipped != 0 {
		t.Errorf("%+v", report) // all five have the id of one purchase
	}
	checkGolden(t, "parquet.golden", k)
}

// TestParquetJoinsCSV reads a Parquet file to which a CSV file is joined, and
// the other way round: what a file is shows itself.
func TestParquetJoinsCSV(t *testing.T) {
	t.Parallel()
	type order struct {
		Order  string    `parquet:"order"`
		Client string    `parquet:"client"`
		At     time.Time `parquet:"at,timestamp(millisecond)"`
	}
	type client struct {
		Client string  `parquet:"client"`
		City   *string `parquet:"city,optional"`
	}
	dir := folder(t, map[string]string{"clients.csv": "client,city\nc1,Cádiz\n", "orders.csv": "order,client,at\n9,\"c,1\",2026-03-01\n"})
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	city := `La "Línea", sur`
	writeParquet(t, filepath.Join(dir, "orders.parquet"), []order{{"1", "c1", at}, {"2", "", at}})
	writeParquet(t, filepath.Join(dir, "clients.parquet"), []client{{"c,1", &city}, {"c2", nil}})
	for files, want := range map[[2]string]string{
		{"orders.parquet", "clients.csv"}: "Cádiz",
		{"orders.csv", "clients.parquet"}: city,
	} {
		src := "source: s\nfiles: {orders: {file: " + files[0] + ", join: [{file: " + files[1] + ", on: client}]}}\ncustomer: {userId: client}\nevents: [{name: Bought, at: at, id: order, properties: {city: city}}]\n"
		m, err := importer.ParseMap([]byte(src), dir, noEnv)
		if err != nil {
			t.Fatal(err)
		}
		k := &keeper{}
		report, err := importer.Parquet(context.Background(), m, nil, options(k))
		if err != nil || len(k.messages) != 1 || k.messages[0].Properties["city"] != want {
			t.Errorf("%v: %+v, %v, %+v", files, report, err, k.messages)
		}
	}
}

func TestParquetThatIsNone(t *testing.T) {
	t.Parallel()
	whole, err := os.ReadFile(filepath.Join("testdata", "foreign.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := importer.ParseMap([]byte(everyColumn), ".", noEnv)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cut": string(whole[:len(whole)-20]), "magic": "PAR1", "small": "PAR1PAR1\x00\x00\x00\x00PAR1"} {
		path := filepath.Join(folder(t, map[string]string{"f.parquet": text}), "f.parquet")
		if _, err := importer.Parquet(context.Background(), m, []string{path}, options(&keeper{})); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParquet damages a file: it ends in an error or in a report that adds up.
func FuzzParquet(f *testing.F) {
	whole, err := os.ReadFile(filepath.Join("testdata", "foreign.parquet"))
	if err != nil {
		f.Fatal(err)
	}
	m, err := importer.ParseMap([]byte(everyColumn), ".", noEnv)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, byte(0))
	f.Add(1000, byte(7))
	f.Add(len(whole)-100, byte(0xff))
	f.Fuzz(func(t *testing.T, at int, b byte) {
		damaged := append([]byte(nil), whole...)
		damaged[4+uint(at)%uint(len(damaged)-4)] ^= b //nolint:gosec // any place
		path := filepath.Join(t.TempDir(), "f.parquet")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		report, err := importer.Parquet(context.Background(), m, []string{path}, options(&strict{}))
		if err != nil && cx.KindOf(err) != cx.Invalid {
			t.Fatal(err)
		}
		addsUp(t, report)
	})
}

func writeParquet[T any](t *testing.T, path string, rows []T) {
	t.Helper()
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
}
