package stream

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/test/disktest"
)

// childDir names the log of the child process that TestKill9 starts.
const childDir = "VIVENCIA_TEST_KILL_DIR"

// appendUntilKilled appends from eight goroutines and prints the ids that were
// acknowledged, each with its seq.
func appendUntilKilled(dir string) {
	l, err := Open(context.Background(), Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	run := l.LastSeq()
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				events := tracks(fmt.Sprintf("%d-%d-%d-", run, w, i), 1+i%5)
				first, err := l.Append(context.Background(), events)
				if err != nil {
					fmt.Println("error", err)
					os.Exit(1)
				}
				var b strings.Builder
				for j, e := range events {
					fmt.Fprintf(&b, "%d %s\n", first+cx.Seq(j), e.MessageID)
				}
				_, _ = os.Stdout.WriteString(b.String())
			}
		}()
	}
	select {}
}

// TestKill9 kills a process that appends, again and again (VIVENCIA_SOAK
// times, 3 unless told): whatever it had acknowledged is in the log exactly
// once, where it said, and the seqs are dense.
func TestKill9(t *testing.T) {
	t.Parallel()
	strike(t, t.TempDir(), func(child *os.Process) { _ = child.Kill() }, func() {})
}

// TestPowerCutOfTheLog does the same with the power of the disk beneath.
func TestPowerCutOfTheLog(t *testing.T) {
	t.Parallel()
	d := disktest.New(t, 256)
	strike(t, filepath.Join(d.Dir, "log"), func(child *os.Process) {
		// Its processor has no power either: while the disk goes, ext4 lets some
		// fsyncs return without an error.
		_ = child.Signal(syscall.SIGSTOP)
		d.Cut()
		_ = child.Kill()
	}, d.Back)
}

func strike(t *testing.T, dir string, blow func(child *os.Process), after func()) {
	t.Helper()
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("VIVENCIA_SOAK")); err == nil {
		kills = n
	}
	acknowledged := map[string]string{} // id → seq
	for range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childDir+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		struck := make(chan struct{})
		var timer *time.Timer
		for lines.Scan() {
			if timer == nil {
				timer = time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { blow(child.Process); close(struck) })
			}
			seq, id, ok := strings.Cut(lines.Text(), " ")
			if !ok || seq == "error" {
				select {
				case <-struck:
				case <-time.After(time.Second):
					t.Errorf("the child said %q", lines.Text())
				}
				continue
			}
			if _, twice := acknowledged[id]; twice {
				t.Fatalf("%s was acknowledged twice", id)
			}
			acknowledged[id] = seq
		}
		<-struck
		_ = child.Wait()
		after()
	}

	l := open(t, Config{Dir: dir})
	seen := map[string]bool{}
	for i, id := range readAll(t, l) {
		if seen[id] {
			t.Errorf("%s is in the log twice", id)
		}
		seen[id] = true
		if seq, ok := acknowledged[id]; ok && seq != strconv.Itoa(i+1) {
			t.Errorf("%s was acknowledged as seq %s and is seq %d", id, seq, i+1)
		}
	}
	for id, seq := range acknowledged {
		if !seen[id] {
			t.Errorf("%s was acknowledged as seq %s and is lost; the log ends at %d", id, seq, l.LastSeq())
		}
	}
	t.Logf("%d blows: %d acknowledged, %d in the log", kills, len(acknowledged), len(seen))
	_ = l.Close() // before the disk goes
}
