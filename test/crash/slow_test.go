package crash

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/test/disktest"
)

// rssBound is what the server may hold in memory while far more arrives than
// its disk takes: the log's queue (64 MB), what is on its way from and to the
// connections, and the rest of the house.
const rssBound = 900 << 20

// TestSlowDisk sends far more than a slow disk takes: what there is no room for
// is answered with 429 and when to come again, memory stays bounded, and
// nothing acknowledged is lost.
func TestSlowDisk(t *testing.T) {
	d := disktest.New(t, 2048)
	h := newHouse(t, d.Dir)
	h.args = []string{"--reserve", "1MB"}
	s := h.start()
	s.suffers = true
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	fast := d.Slow(time.Second)
	defer fast()

	seconds := 10
	if rounds(0) > 0 {
		seconds = 60
	}
	const clients, events = 220, 120 // half a megabyte each: together more than the queue holds
	var mu sync.Mutex
	acknowledged, busy, peak := 0, 0, int64(0)
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	var load sync.WaitGroup
	for no := range clients {
		load.Go(func() {
			client := &http.Client{Timeout: 2 * time.Minute}
			defer client.CloseIdleConnections()
			all := make([]message, events)
			for j := range all {
				all[j] = large(fmt.Sprintf("%d-round-%d", no, j), 3500)
			}
			q := batch(all)
			for i := 0; time.Now().Before(end); i++ {
				again := q
				again.body = bytes.ReplaceAll(q.body, []byte("-round-"), fmt.Appendf(nil, "-%d-", i))
				got, err := send(h, client, key, again)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				switch got.status {
				case http.StatusOK:
					acknowledged += events
				case http.StatusTooManyRequests:
					if after, err := strconv.Atoi(got.header.Get("Retry-After")); err != nil || after < 1 || got.message == "" {
						t.Errorf("429 with Retry-After %q: %s", got.header.Get("Retry-After"), got.message)
					}
					if strings.Contains(got.message, "too many messages are waiting") {
						busy++
					}
				case http.StatusServiceUnavailable:
				default:
					t.Errorf("%+v", got)
				}
				mu.Unlock()
			}
		})
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		for time.Now().Before(end) {
			peak = max(peak, resident(t, s.cmd.Process.Pid))
			time.Sleep(50 * time.Millisecond)
		}
	}()
	<-watched
	fast()
	load.Wait()
	t.Logf("%d s: %d events acknowledged, %d requests answered 429, at most %d MB resident", seconds, acknowledged, busy, peak>>20)
	if busy == 0 {
		t.Error("nothing was answered with 429")
	}
	if peak > rssBound {
		t.Errorf("the server held %d MB in memory, more than %d", peak>>20, rssBound>>20)
	}
	if got := h.settled(token); got.Events < acknowledged {
		t.Errorf("%d events, %d were acknowledged", got.Events, acknowledged)
	}
	s.end(syscall.SIGTERM)
}

// resident returns the bytes of memory that a process holds.
func resident(t *testing.T, pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
		return 0
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("VmRSS:")); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(string(rest)), " kB"), 10, 64)
			if err != nil {
				t.Error(err)
			}
			return kb << 10
		}
	}
	return 0
}
