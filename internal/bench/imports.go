package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// imports measures the import of an event log in XES: a generated one, and
// bpic2012 where it can be had.
func (r *runner) imports(ctx context.Context) error {
	file := filepath.Join(r.Dir, "generated.xes")
	defer os.Remove(file)
	if err := writeXES(file, r.Seed, r.sample()); err != nil {
		return err
	}
	took, accepted, err := r.importXES(ctx, file)
	if err != nil {
		return err
	}
	r.found("import.xes", took.Seconds())
	r.found("import.xes.rate", float64(accepted)/took.Seconds())

	real := filepath.Join(r.RealData, "event_logs", "bpic2012.xes.gz")
	if _, err := os.Stat(real); r.RealData == "" || errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if took, _, err = r.importXES(ctx, real); err != nil {
		return err
	}
	r.found("import.bpic2012", took.Seconds())
	return nil
}

// importXES runs the command as a user does, on a new directory: it opens the
// product, sends the file and waits until every view knows it.
func (r *runner) importXES(ctx context.Context, file string) (took time.Duration, accepted int, err error) {
	dir := filepath.Join(r.Dir, "import")
	defer os.RemoveAll(dir)
	started := time.Now()
	out, err := r.command(ctx, "import", "xes", file, "--source", "bench", "--data", dir, "--json")
	took = time.Since(started)
	if err != nil {
		return 0, 0, err
	}
	var report struct{ Accepted int }
	err = json.Unmarshal(out, &report)
	return took, report.Accepted, err
}

// command runs vivencia and returns what it printed.
func (r *runner) command(ctx context.Context, args ...string) ([]byte, error) {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, r.Binary, args...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("vivencia %s: %w: %s", args[0], err, said.String())
	}
	return out, nil
}

// writeXES writes runs of 20 events of applications for loans, as bpic2012 has.
func writeXES(path string, seed uint64, events int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	const perRun = 20
	r := rand.New(rand.NewPCG(seed, 0))
	names := [...]string{"A_SUBMITTED", "A_PARTLYSUBMITTED", "W_Completeren aanvraag", "A_PREACCEPTED", "O_SELECTED", "O_SENT", "W_Nabellen offertes", "A_FINALIZED", "A_APPROVED"}
	at := time.Date(2011, 10, 1, 0, 0, 0, 0, time.UTC)
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<log xes.version="1.0" xmlns="http://www.xes-standard.org/">`+"\n")
	for run := range max(events/perRun, 1) {
		at = at.Add(20 * time.Minute)
		fmt.Fprintf(w, `<trace><date key="REG_DATE" value="%s"/><string key="concept:name" value="%d"/><string key="AMOUNT_REQ" value="%d"/>`+"\n",
			at.Format(time.RFC3339), 173_000+run, 1000*(1+r.IntN(50)))
		for i := range perRun {
			fmt.Fprintf(w, `<event><string key="org:resource" value="%d"/><string key="lifecycle:transition" value="COMPLETE"/><string key="concept:name" value="%s"/><date key="time:timestamp" value="%s"/></event>`+"\n",
				10_000+r.IntN(900), names[r.IntN(len(names))], at.Add(time.Duration(i)*7*time.Hour).Format("2006-01-02T15:04:05.000-07:00"))
		}
		fmt.Fprint(w, "</trace>\n")
	}
	fmt.Fprint(w, "</log>\n")
	return errors.Join(w.Flush(), f.Close())
}
