package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

const segmentLines = `{"type":"track","event":"A","userId":"u","messageId":"m1","timestamp":"2026-01-01T00:00:00Z"}

  {"sentAt":"2020-01-01T00:00:00Z","type":"identify","userId":"u","traits":{"sentAt":1},"messageId":null}
{"type":"page","messageId":"","userId":"u","sentAt":"2020-01-01T00:00:00Z"}
{"type":"track","event":"A","userId":"u","messageId":"m1","timestamp":"2026-01-01T00:00:00Z"}
[1]
{"type":"track",
{"a":1,"a":2}
{} {}
` + "\xff\n{}"

func TestJSONL(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(segmentLines))
	_ = z.Close()
	dir := folder(t, map[string]string{"events.jsonl": segmentLines, "Plain Events.jsonl.gz": zipped.String()})
	k := &keeper{}
	report, err := importer.JSONL(context.Background(), []string{filepath.Join(dir, "events.jsonl")}, options(k))
	if err != nil {
		t.Fatal(err)
	}
	if report.Read != 10 || report.Accepted != 4 || report.Duplicates != 1 || report.Quarantined != 5 {
		t.Errorf("%+v", report)
	}
	checkGolden(t, "jsonl.golden", k)
	again, err := importer.JSONL(context.Background(), []string{filepath.Join(dir, "events.jsonl")}, options(k))
	if err != nil || again.Accepted != 0 || again.Duplicates != 5 {
		t.Errorf("again: %+v, %v", again, err)
	}
	unzipped, err := importer.JSONL(context.Background(), []string{filepath.Join(dir, "Plain Events.jsonl.gz")}, options(&keeper{}))
	if diff := cmp.Diff(report, unzipped); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestAFileThatEndsEarlyKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	for range 50_000 {
		_, _ = z.Write([]byte(`{"type":"track","event":"A","userId":"u"}` + "\n"))
	}
	_ = z.Close()
	dir := folder(t, map[string]string{"e.jsonl.gz": zipped.String()[:zipped.Len()-100]})
	report, err := importer.JSONL(context.Background(), []string{filepath.Join(dir, "e.jsonl.gz")}, options(&keeper{count: true}))
	if cx.KindOf(err) != cx.Invalid || !strings.Contains(err.Error(), "e.jsonl.gz: unexpected EOF") || report.Accepted < 10_000 {
		t.Errorf("%+v, %v", report, err)
	}
}

// breaking is a Sink that cannot go on after n batches.
type breaking struct {
	keeper
	left int
	kind cx.ErrorKind
}

func (b *breaking) Write(ctx context.Context, records []importer.Record) (importer.Result, error) {
	if b.left--; b.left == -1 || (b.left < 0 && b.kind != cx.Busy) {
		return importer.Result{}, cx.Errorf(b.kind, "", "told to")
	}
	return b.keeper.Write(ctx, records)
}

func TestImportStopsAndIsResumed(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(`{"type":"track","event":"A","userId":"u"}`+"\n", 10_000)
	path := filepath.Join(folder(t, map[string]string{"e.jsonl": text}), "e.jsonl")
	b := &breaking{left: 3, kind: cx.Full}
	report, err := importer.JSONL(context.Background(), []string{path}, options(b))
	if cx.KindOf(err) != cx.Full || report.Accepted != 3*importer.BatchRecords {
		t.Fatalf("%+v, %v", report, err)
	}
	report, err = importer.JSONL(context.Background(), []string{path}, options(&b.keeper))
	if err != nil || report.Accepted != 10_000-1500 || report.Duplicates != 1500 {
		t.Errorf("%+v, %v", report, err)
	}
	busy := &breaking{left: 1, kind: cx.Busy}
	if report, err = importer.JSONL(context.Background(), []string{path}, options(busy)); err != nil || report.Accepted != 10_000 {
		t.Errorf("%+v, %v", report, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = importer.JSONL(ctx, []string{path}, options(&keeper{})); err == nil {
		t.Error("a cancelled import says nothing")
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	t.Parallel()
	path := filepath.Join(folder(t, map[string]string{"e.jsonl": strings.Repeat(`{"type":"track","event":"A","userId":"u"}`+"\n", 5_000)}), "e.jsonl")
	o := options(&keeper{})
	var steps []importer.Progress
	o.Progress = func(p importer.Progress) { steps = append(steps, p) }
	if _, err := importer.JSONL(context.Background(), []string{path}, o); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(path)
	last := steps[len(steps)-1]
	if last.Rows != 5000 || last.BytesRead != info.Size() || last.BytesTotal != info.Size() || last.File != "e.jsonl" || len(steps) < 10 {
		t.Errorf("%d steps, last %+v", len(steps), last)
	}
}
