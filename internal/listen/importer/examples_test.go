package importer_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// gate is a Sink that puts the first messages through intake's judgement and
// counts all.
type gate struct {
	keeper
	judged int
}

func (g *gate) Write(ctx context.Context, records []importer.Record) (importer.Result, error) {
	for _, r := range records {
		if g.judged++; r.Message == nil || g.judged > 2000 {
			continue
		}
		if _, err := intake.Decode(r.Message, intake.Defaults{Source: r.Source, ReceivedAt: cxtest.Epoch, Archive: true}); err != nil {
			return importer.Result{}, cx.Errorf(cx.Internal, "", "%s:%d: %s: %w", r.File, r.Line, r.Message, err)
		}
	}
	return g.keeper.Write(ctx, records)
}

func TestExamples(t *testing.T) {
	t.Parallel()
	type counts struct{ read, accepted, duplicates, quarantined int }
	want := map[string]counts{
		"olist":                {8993, 8873, 0, 0},
		"olist_classified":     {3 * 2389, 2373 + 2313 + 2389, 0, 0},
		"cdnow":                {69659, 69659, 0, 0},
		"telco_churn":          {2 * 7043, 7043 + 1869, 0, 0},
		"reviews_es":           {17988, 17751, 0, 237},
		"airline_tweets":       {14640, 14485, 155, 0},
		"airline_satisfaction": {25976, 25976, 0, 0},
		"cookie_cats":          {3 * 90189, 90189 + 40153 + 16781, 0, 0},
		"sepsis":               {15214, 15214, 0, 0},
		"traffic_fines":        {34724, 34724, 0, 0},
		"receipt":              {8577, 8577, 0, 0},
	}
	maps, err := filepath.Glob("../../../examples/*/map.yaml")
	if err != nil || len(maps) != len(want) {
		t.Fatal(maps, err)
	}
	for _, path := range maps {
		name := filepath.Base(filepath.Dir(path))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := importer.LoadMap(path, os.Getenv)
			if err != nil {
				t.Fatal(err)
			}
			g := &gate{keeper: keeper{count: true}}
			o := options(g)
			var report importer.Report
			if name == "receipt" {
				o.Map = m
				report, err = importer.XES(context.Background(), []string{filepath.Join(cxtest.Data(t, "event_logs"), "receipt.xes.gz")}, o)
			} else {
				cxtest.Data(t, folderOf(name))
				report, err = importer.CSV(context.Background(), m, nil, o)
			}
			if err != nil {
				t.Fatal(err)
			}
			addsUp(t, report)
			got := counts{report.Read, report.Accepted, report.Duplicates, report.Quarantined}
			if got != want[name] {
				t.Errorf("%+v, want %+v\n%+v", got, want[name], report)
			}
		})
	}
}

// folderOf is where the data of an example lies.
func folderOf(name string) string {
	if name == "sepsis" || name == "traffic_fines" {
		return "event_logs"
	}
	return name
}
