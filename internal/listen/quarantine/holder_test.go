package quarantine_test

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/quarantine"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Each message tells whether it is Ana's, who has the userId u-1, the card 77
// and a name that others have too.
func TestEraseTakesWhatNamesTheSubjectAndNothingElse(t *testing.T) {
	t.Parallel()
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	q, err := quarantine.Open(t.Context(), log, quarantine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	ana := cx.Subject{Customer: "c_0000000000001", Values: []string{"u-1", "device-9f3a", "Ana@Candil.example", "+34600111222", "77", "Ana García"}}
	var items []quarantine.Item
	var theirs []string
	for _, c := range []struct {
		name, raw, context string
		theirs             bool
	}{
		{"by userId", `{"type":"track","userId":"u-1"}`, "", true},
		{"userId in a property", `{"type":"track","userId":"u-2","properties":{"count":"u-1"}}`, "", false},
		{"by anonymousId anywhere", `{"type":"track","properties":{"device":"device-9f3a"}}`, "", true},
		{"by e-mail in another case", `{"type":"identify","traits":{"email":" ANA@candil.example"}}`, "", true},
		{"e-mail in an escaped text", `{"type":"identify","traits":{"email":"ana\u0040candil.example"}}`, "", true},
		{"phone as they write it", `{"type":"identify","traits":{"phone":"0034 600 11-12-22"}}`, "", true},
		{"card among traits", `{"type":"track","context":{"traits":{"card":77}}}`, "", true},
		{"77 of something", `{"type":"track","userId":"u-2","properties":{"quantity":77}}`, "", false},
		{"the name alone", `{"type":"identify","traits":{"name":"ana garcía"}}`, "", true},
		{"the name of somebody else", `{"type":"identify","userId":"u-2","traits":{"name":"Ana García"}}`, "", false},
		{"userId as a number", `{"type":"track","userId":77}`, "", true},
		{"by the batch's context", `{"type":"track"}`, `{"traits":{"email":"ana@candil.example"}}`, true},
		{"not JSON", `{"type":"track","userId":"device-9f3a"`, "", true},
		{"not JSON, of somebody else", `{"type":"track","userId":"u-22`, "", false},
		{"nobody's", `[]`, "", false},
	} {
		items = append(items, quarantine.Item{Source: "web", Way: "v1/batch", Reason: c.name, ReceivedAt: cxtest.Epoch, Raw: []byte(c.raw), Context: []byte(c.context), Seq: cx.Seq(len(items) + 1)})
		if c.theirs {
			theirs = append([]string{c.name}, theirs...)
		}
	}
	if err := q.Put(t.Context(), items); err != nil {
		t.Fatal(err)
	}

	sections, err := q.Export(t.Context(), ana)
	if err != nil || len(sections) != 1 {
		t.Fatal(sections, err)
	}
	behind, err := q.Behind(t.Context(), ana)
	if err != nil || len(behind) != len(theirs) || behind[0] != 1 {
		t.Errorf("behind them: %v, %v", behind, err)
	}
	if n, err := q.Erase(t.Context(), cx.Subject{Seqs: behind}); n != 0 || err != nil {
		t.Errorf("retention erased %d, %v", n, err)
	}
	n, err := q.Erase(t.Context(), ana)
	if n != len(theirs) || err != nil {
		t.Errorf("erased %d of %d, %v", n, len(theirs), err)
	}
	left, err := q.List(t.Context(), cx.System(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	stayed := map[string]bool{}
	for _, i := range left {
		stayed[i.Reason] = true
	}
	var gone []string
	for i := len(items) - 1; i >= 0; i-- {
		if !stayed[items[i].Reason] {
			gone = append(gone, items[i].Reason)
		}
	}
	if diff := cmp.Diff(theirs, gone); diff != "" {
		t.Error(diff)
	}
	if n, err := q.Erase(t.Context(), ana); n != 0 || err != nil {
		t.Errorf("erased again: %d, %v", n, err)
	}
}
