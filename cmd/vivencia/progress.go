package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// bar shows on a terminal how far a long work is, how fast it goes and how long
// it will take. Elsewhere it is silent.
type bar struct {
	w          io.Writer
	what, unit string
	start      time.Time
	shown      time.Time
	visible    bool
}

func newBar(w io.Writer, what, unit string) *bar {
	f, ok := w.(*os.File)
	return &bar{w: w, what: what, unit: unit, start: time.Now(), visible: ok && term.IsTerminal(int(f.Fd()))}
}

// show draws n of total (0: unknown), at most ten times a second.
func (b *bar) show(n, total int64) {
	now := time.Now()
	if !b.visible || now.Sub(b.shown) < 100*time.Millisecond {
		return
	}
	b.shown = now
	fmt.Fprint(b.w, "\r\x1b[K"+b.line(n, total, now.Sub(b.start)))
}

func (b *bar) line(n, total int64, elapsed time.Duration) string {
	rate := float64(n) / max(elapsed.Seconds(), 0.001)
	if total <= 0 {
		return fmt.Sprintf("%s  %d %s  %.0f/s", b.what, n, b.unit, rate)
	}
	const width = 30
	share := min(float64(n)/float64(total), 1)
	full := int(share * width)
	left := "–"
	if n > 0 {
		left = time.Duration(float64(total-n) / rate * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%s  %s%s %3.0f %%  %.0f %s/s  %s left", b.what,
		strings.Repeat("█", full), strings.Repeat("░", width-full), share*100, rate, b.unit, left)
}

// done clears the line.
func (b *bar) done() {
	if b.visible {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
