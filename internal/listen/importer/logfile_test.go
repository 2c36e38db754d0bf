package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// told reads a log and tells its events as lines.
func told(t testing.TB, f importer.LogFile) (string, importer.LogReport, error) {
	t.Helper()
	var b strings.Builder
	report, err := f.Each(func(e importer.LogEvent) error {
		fmt.Fprintf(&b, "%s|%s|%s|%s\n", e.Case, e.Activity, e.Transition, e.At)
		return nil
	})
	return b.String(), report, err
}

func TestLogFileTables(t *testing.T) {
	t.Parallel()
	const header = "n,case,what,when,phase\n"
	latin, err := charmap.Windows1252.NewEncoder().String("case;what;when\nNA;Recogida en Cádiz;01/03/2026 10:00\n")
	if err != nil {
		t.Fatal(err)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	columns := importer.LogFile{Case: "case", Activity: "what", Time: "when"}
	with := func(change func(*importer.LogFile)) importer.LogFile {
		f := columns
		change(&f)
		return f
	}
	for name, tt := range map[string]struct {
		text   string
		file   importer.LogFile
		want   string
		faults string
	}{
		"a case named NA, one event, equal times": {
			header + "1,NA,A,2026-03-01 10:00:00,\n2,b,A,2026-03-01 10:00:00,\n3,NA,B,2026-03-01 10:00:00,\n", columns,
			"NA|A||2026-03-01T10:00:00Z\nb|A||2026-03-01T10:00:00Z\nNA|B||2026-03-01T10:00:00Z\n", "",
		},
		"a zone, phases, quotes": {
			header + "1,\"a, b\",A,2026-03-01 10:00:00,start\n", with(func(f *importer.LogFile) { f.Transition, f.Zone = "phase", madrid }),
			"a, b|A|start|2026-03-01T09:00:00Z\n", "",
		},
		"semicolons and Windows-1252": {latin, columns, "NA|Recogida en Cádiz||2026-03-01T10:00:00Z\n", ""},
		"a format of times": {
			"case\twhat\twhen\n1\tA\t3.1.26 4:05 PM\n", with(func(f *importer.LogFile) { f.TimeFormat = "%m.%d.%y %I:%M %p" }),
			"1|A||2026-03-01T16:05:00Z\n", "",
		},
		"lines that are none": {
			header + ",,A,2026-03-01,\n1,1,,2026-03-01,\n1,1,A,,\n1,1,A,yesterday,\n1,1,A\n1,1,A,2026-03-01,\n", columns,
			"1|A||2026-03-01T00:00:00Z\n",
			"2 column case is empty; 3 column what is empty; 4 column when is empty; 5 column when is no time; 6 the line has 3 fields where the header has 5",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := tt.file
			f.Path = filepath.Join(folder(t, map[string]string{"log.csv": tt.text}), "log.csv")
			got, report, err := told(t, f)
			if err != nil || got != tt.want {
				t.Errorf("%q, %v", got, err)
			}
			var faults []string
			for _, l := range report.Faults {
				reason, _, _ := strings.Cut(l.Reason, ":")
				faults = append(faults, fmt.Sprintf("%d %s", l.Line, reason))
			}
			if got := strings.Join(faults, "; "); got != tt.faults || report.LeftOut != len(faults) {
				t.Errorf("left out %d: %s", report.LeftOut, got)
			}
		})
	}
}

func TestLogFileThatIsNone(t *testing.T) {
	t.Parallel()
	columns := importer.LogFile{Case: "case", Activity: "what", Time: "when"}
	for name, tt := range map[string]struct {
		text string
		file importer.LogFile
		want string
	}{
		"empty":            {"", columns, "it has no header line"},
		"a header alone":   {"case,what,when\n", columns, "log.csv has no event: it is empty"},
		"no time at all":   {"case,what,when\n1,A,x\n", columns, "log.csv has no event: of 1 lines; line 2: column when is no time"},
		"no such columns":  {"Case;what;at\n1;A;x\n", columns, `case: there is no column "case"; there are Case, what, at`},
		"no columns named": {"id,what,at\n1,A,x\n", importer.LogFile{Activity: "what"}, "case: name the column; there are id, what, at"},
		"columns of XES":   {"<log/>", columns, "an XES log, which says itself"},
		"XES without any":  {"<log><trace/></log>", importer.LogFile{}, "log.csv has no event: it is empty"},
		"half of XES":      {"<log><trace>", importer.LogFile{}, "unexpected EOF"},
		"a time format":    {"case,what,when\n1,A,x\n", importer.LogFile{TimeFormat: "DD"}, "is not a time format"},
	} {
		f := tt.file
		f.Path = filepath.Join(folder(t, map[string]string{"log.csv": tt.text}), "log.csv")
		if _, _, err := told(t, f); cx.KindOf(err) != cx.Invalid || !strings.Contains(errorText(err), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := told(t, importer.LogFile{Path: "nowhere.csv"}); cx.KindOf(err) != cx.NotFound {
		t.Error(err)
	}
	stop := cx.Errorf(cx.Busy, "", "enough")
	path := filepath.Join(folder(t, map[string]string{"log.csv": "case,what,when\n1,A,2026-01-01\n"}), "log.csv")
	columns.Path = path
	if _, err := columns.Each(func(importer.LogEvent) error { return stop }); cx.KindOf(err) != cx.Busy {
		t.Error(err)
	}
}

// errorText is an error with its faults.
func errorText(err error) string {
	text := fmt.Sprint(err)
	for _, f := range cx.FaultsOf(err) {
		text += "\n" + f.String()
	}
	return text
}

// TestLogFileXES reads the same events that are imported, and leaves the same
// ones out.
func TestLogFileXES(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t, map[string]string{"My Log.xes": nestedLog}), "My Log.xes")
	got, report, err := told(t, importer.LogFile{Path: path})
	want := "run 1|Asked & waited|complete|2026-03-01T09:00:00Z\ntrace 2|Nameless run||2026-03-01T10:00:00Z\nrun 1|Again||2026-03-02T10:00:00Z\n"
	if err != nil || got != want || report.Events != 3 || report.LeftOut != 4 {
		t.Errorf("%s %+v, %v", got, report, err)
	}
}

// TestLogFileParquet reads what DuckDB wrote; its times are local.
func TestLogFileParquet(t *testing.T) {
	t.Parallel()
	f := importer.LogFile{Path: filepath.Join("testdata", "foreign.parquet"), Case: "case", Activity: "note", Time: "at_local"}
	got, report, err := told(t, f)
	if err != nil || report.Events != 4 || report.LeftOut != 1 || !strings.HasPrefix(got, "case 1|said \"hi\", left||2026-03-30T02:30:00.5Z\n") {
		t.Errorf("%s %+v, %v", got, report, err)
	}
}

// FuzzLogFile reads whatever text as a table or as XES.
func FuzzLogFile(f *testing.F) {
	f.Add("case,what,when\n1,A,2026-01-01\n")
	f.Add("case;what;when\n\"1\nA")
	f.Add(nestedLog)
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file := importer.LogFile{Path: path}
		if !strings.HasPrefix(strings.TrimSpace(text), "<") {
			file.Case, file.Activity, file.Time = "case", "what", "when"
		}
		events := 0
		report, err := file.Each(func(e importer.LogEvent) error {
			if events++; e.Case == "" || e.Activity == "" {
				t.Errorf("%+v", e)
			}
			return nil
		})
		if err != nil && cx.KindOf(err) != cx.Invalid || events != report.Events || len(report.Faults) > importer.MaxLogFaults {
			t.Fatal(report, err)
		}
	})
}
