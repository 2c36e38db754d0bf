package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// workbook writes rows to a sheet called Datos, below an empty first sheet.
func workbook(t testing.TB, name string, rows [][]any, more func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	if _, err := f.NewSheet("Datos"); err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		cell, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := f.SetSheetRow("Datos", cell, &r); err != nil {
			t.Fatal(err)
		}
	}
	if more != nil {
		more(f)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func style(t testing.TB, f *excelize.File, cell, format string, builtin int) {
	t.Helper()
	s := &excelize.Style{NumFmt: builtin}
	if format != "" {
		s.CustomNumFmt = &format
	}
	id, err := f.NewStyle(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetCellStyle("Datos", cell, cell, id); err != nil {
		t.Fatal(err)
	}
}

const orders = `
source: shop
sheet: Datos
skip: 1
customer: {userId: cliente}
events: [{name: Order Completed, at: fecha, id: pedido, properties: {total: {column: importe, type: number}, pagado: pagado}}]
`

// TestExcelSaysWhatIsStored reads dates whatever they are shown as, amounts with
// all their digits, and formulas by their last result.
func TestExcelSaysWhatIsStored(t *testing.T) {
	t.Parallel()
	day := time.Date(2025, 3, 4, 0, 0, 0, 0, time.UTC)
	for name, from1904 := range map[string]bool{"1900": false, "1904": true} {
		path := workbook(t, "pedidos.xlsx", [][]any{
			{"Pedidos de marzo"},
			{"pedido", "cliente", "fecha", "importe", "pagado"},
			{1001, "ana", 45720, 12.3456, true},
			{},
			{1002, "=cmd()", 45720.5, 1234567, false},
			{1003, "eva", 45720, nil, nil},
			{1004, "luz", 45720, 40000, "sí"},
			{1005, "sol", "2025-03-04", 40720.5, ""},
		}, func(f *excelize.File) {
			_ = f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from1904})
			style(t, f, "C3", "", 14)
			style(t, f, "C5", "dd/mm/yyyy hh:mm", 0)
			style(t, f, "C6", `d "de" mmmm "de" yyyy`, 0)
			style(t, f, "C7", "mm-dd-yy", 0)
			style(t, f, "D3", "0.00", 0)
			style(t, f, "D5", `#.##0`, 0)
			style(t, f, "D7", `0 "EUR"`, 0)
			style(t, f, "D8", `#,##0.00 €`, 0)
			_ = f.SetCellFormula("Datos", "D5", "1234000+567")
		})
		m, err := importer.ParseMap([]byte(orders), ".", noEnv)
		if err != nil {
			t.Fatal(err)
		}
		k := &keeper{}
		report, err := importer.Excel(context.Background(), m, []string{path}, options(k))
		if err != nil || report.Read != 5 {
			t.Fatalf("%s: %+v %v", name, report, err)
		}
		want := day
		if from1904 {
			want = day.AddDate(4, 0, 1)
		}
		at := want.Format("2006-01-02")
		got := strings.Join(k.raw, "\n")
		for _, part := range []string{
			`"timestamp":"` + at + `T00:00:00Z"`, `"timestamp":"` + at + `T12:00:00Z"`, `"total":12.3456,"pagado":"TRUE"`,
			`"total":1234567`, `"total":40000`, `"total":40720.5`, `"userId":"eva"`, `"userId":"=cmd()"`, `"timestamp":"2025-03-04T00:00:00Z"`,
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s: no %s in\n%s", name, part, got)
			}
		}
	}
}

func TestFilesThatAreNoTable(t *testing.T) {
	t.Parallel()
	protected := filepath.Join(t.TempDir(), "secreto.xlsx")
	f := excelize.NewFile()
	if err := f.SaveAs(protected, excelize.Options{Password: "x"}); err != nil {
		t.Fatal(err)
	}
	dir := folder(t, map[string]string{
		"viejo.xls": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "informe.csv": "%PDF-1.7\n", "vacio.csv": "",
		"hoja.ods": "PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "roto.xlsx": "PK\x03\x04 and then nothing",
		"blanco.csv": "\n\n\r\n",
	})
	wide := workbook(t, "ancho.xlsx", [][]any{make([]any, 0)}, func(f *excelize.File) {
		row := make([]any, 10000)
		for i := range row {
			row[i] = "c"
		}
		_ = f.SetSheetRow("Datos", "A1", &row)
	})
	for path, want := range map[string]string{
		filepath.Join(dir, "viejo.xls"): "old Excel (.xls)", protected: "protected by a password", filepath.Join(dir, "informe.csv"): "PDF",
		filepath.Join(dir, "vacio.csv"): "it is empty", filepath.Join(dir, "blanco.csv"): "it is empty", filepath.Join(dir, "hoja.ods"): "OpenDocument",
		filepath.Join(dir, "roto.xlsx"): "it is no workbook", wide: "it has 10000 columns", filepath.Join(dir, "none.csv"): "there is no file",
	} {
		if _, err := importer.ReadHead(path, "", 10); err == nil || !strings.Contains(err.Error(), want) || cx.KindOf(err) == cx.Internal {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
	left, err := os.ReadDir(filepath.Dir(wide))
	if err != nil || len(left) != 1 {
		t.Errorf("what was unpacked stays: %v %v", left, err)
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want importer.Head
	}{
		"a title, semicolons, Windows-1252": {
			"Encuesta 2024\n\nCliente;Satisfacci\xf3n;Fecha\na;5;04/03/2025\nb;4;05/03/2025\n",
			importer.Head{
				Kind: "csv", Delimiter: ';', Encoding: "windows-1252", Skip: 2, Columns: []string{"Cliente", "Satisfacción", "Fecha"}, Named: true,
				Rows: [][]string{{"a", "5", "04/03/2025"}, {"b", "4", "05/03/2025"}},
			},
		},
		"UTF-16, tabs": {
			utf16("\ufeffa\tb\n1\tñ\n"),
			importer.Head{Kind: "csv", Delimiter: '\t', Encoding: "utf-16", Columns: []string{"a", "b"}, Named: true, Rows: [][]string{{"1", "ñ"}}},
		},
		"no header": {
			"1|ana@x.es|2025-03-04\n2|eva@x.es|2025-03-05\n",
			importer.Head{
				Kind: "csv", Delimiter: '|', Columns: []string{"Columna A", "Columna B", "Columna C"}, Doubtful: []string{"Columna A", "Columna B", "Columna C"},
				Rows: [][]string{{"1", "ana@x.es", "2025-03-04"}, {"2", "eva@x.es", "2025-03-05"}},
			},
		},
		"headers twice and empty": {
			"nota,nota,,día\n1,2,3,2025-03-04\n",
			importer.Head{
				Kind: "csv", Delimiter: ',', Skip: 1, Columns: []string{"nota", "nota B", "Columna C", "día"}, Doubtful: []string{"nota B", "Columna C"},
				Rows: [][]string{{"1", "2", "3", "2025-03-04"}},
			},
		},
		"broken lines": {
			"n,texto\n1,ok\n2,\"bien\" mal\n3,a,b\n4,ok\n",
			importer.Head{
				Kind: "csv", Delimiter: ',', Columns: []string{"n", "texto"}, Named: true, Rows: [][]string{{"1", "ok"}, {"4", "ok"}},
				Faulty: []string{"3: text goes on after a closing quote", "4: the line has 3 fields where the header has 2"},
			},
		},
	} {
		dir := folder(t, map[string]string{"f.csv": c.text})
		got, err := importer.ReadHead(filepath.Join(dir, "f.csv"), "", 10)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
	}
}

func TestWordsStandForNumbers(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"f.csv": "n,who,day,felt\n1,a,2026-01-01,Muy  Satisfecho\n2,b,2026-01-01,meh\n3,c,2026-01-01,\n"})
	m, err := importer.ParseMap([]byte("source: s\ncustomer: {userId: who}\nanswers: [{survey: csat, scale: 1-5, at: day, id: n, score: {column: felt, words: {muy satisfecho: 5}}}]\n"), dir, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	k := &keeper{}
	report, err := importer.CSV(context.Background(), m, []string{filepath.Join(dir, "f.csv")}, options(k))
	if err != nil || report.Empty != 1 || report.Quarantined != 1 || report.Reasons["answers[0]: column felt is not a number"] != 1 || !strings.Contains(k.raw[0], `"value":5`) {
		t.Errorf("%+v %v %v", report, k.raw, err)
	}
}
