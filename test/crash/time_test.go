package crash

import (
	"fmt"
	"net/http"
	"net/url"
	"syscall"
	"testing"
)

// TestOddTimes sends events of 1970 and of 2100, of ten years ago, of a leap
// second and of a clock that jumps back and forth, with a restart between: all
// are on the timeline at their time, newest first, and history counts them in
// their windows.
func TestOddTimes(t *testing.T) {
	h := newHouse(t, t.TempDir())
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	sent := []struct{ at, want string }{
		{"2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"},
		{"1970-01-01T00:00:01Z", "1970-01-01T00:00:01Z"},
		{"2100-12-31T23:59:59.999Z", "2100-12-31T23:59:59.999Z"},
		{"2016-11-22T08:00:00Z", "2016-11-22T08:00:00Z"},
		{"2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"},
		{"2026-11-20T09:59:59Z", "2026-11-20T09:59:59Z"},
		{"2026-11-20T10:00:01Z", "2026-11-20T10:00:01Z"},
		{"2026-10-25T02:30:00+02:00", "2026-10-25T00:30:00Z"}, // the hour that comes twice
		{"2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00Z"},
	}
	newestFirst := []int{2, 6, 0, 5, 8, 7, 4, 3, 1}
	for i, m := range sent {
		if i == len(sent)/2 {
			s.end(syscall.SIGTERM)
			s = h.start()
			s.ready()
		}
		got, err := send(h, http.DefaultClient, key, request{path: "/v1/batch", body: fmt.Appendf(nil, `{"batch":[
			{"type":"track","event":"Order Completed","messageId":"t-%[1]d","userId":"u-0","timestamp":%[2]q},
			{"type":"answer","survey":"csat","messageId":"a-%[1]d","userId":"u-1","timestamp":%[2]q,
			 "answers":[{"question":"score","metric":"csat","scale":"1-5","value":4}]}]}`, i, m.at)})
		if err != nil || got.status != http.StatusOK {
			t.Fatalf("%s: %+v, %v", m.at, got, err)
		}
	}
	if all := h.settled(token); all.Events != len(sent) || all.Answers != len(sent) || all.Quarantined != 0 {
		t.Errorf("%+v", all)
	}
	var customer struct{ ID string }
	if err := h.get(token, "/customers/lookup?userId=u-0", &customer); err != nil {
		t.Fatal(err)
	}
	var page struct {
		Items []struct{ MessageID, At string }
	}
	if err := h.get(token, "/customers/"+customer.ID+"/timeline?limit=500", &page); err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != len(sent) {
		t.Fatalf("%d items", len(page.Items))
	}
	for i, item := range page.Items {
		want := newestFirst[i]
		if item.MessageID != fmt.Sprintf("t-%d", want) || item.At != sent[want].want {
			t.Errorf("at place %d stands %s of %s, want t-%d of %s", i, item.MessageID, item.At, want, sent[want].want)
		}
	}
	for _, w := range []struct {
		from, until string
		want        int
	}{
		{"1970-01-01", "1970-01-02", 1}, {"2016-01-01", "2017-02-01", 2}, {"2100-12-31", "2101-01-01", 1}, {"2026-11-20", "2026-11-21", 3}, {"2026-10-25", "2026-10-26", 2},
	} {
		var score struct{ N int }
		query := url.Values{"survey": {"csat"}, "metric": {"mean"}, "from": {w.from + "T00:00:00Z"}, "until": {w.until + "T00:00:00Z"}}
		if err := h.get(token, "/scores?"+query.Encode(), &score); err != nil || score.N != w.want {
			t.Errorf("%s to %s: %d answers (%v), want %d", w.from, w.until, score.N, err, w.want)
		}
	}
	s.end(syscall.SIGTERM)
}
