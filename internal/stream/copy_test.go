package stream

import (
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestSealedEventsComeBack(t *testing.T) {
	t.Parallel()
	body := []byte(`{"type":"track","properties":{"a":1}}`)
	in := []cx.Event{
		{Seq: 7, Kind: cx.Track, Name: "Paid", Source: "web", MessageID: "m1", At: 5, ReceivedAt: 6, UserID: "u", Body: body, Properties: body[29:36]},
		{Seq: 8, Kind: cx.Answer, Source: "web", MessageID: "m2", Body: []byte(`{}`)},
	}
	frame, err := Seal([]byte("kept"), in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Unseal(frame[len("kept"):])
	if err != nil || len(out) != 2 || out[0].Seq != 7 || out[1].Seq != 8 || string(out[0].Properties) != `{"a":1}` {
		t.Fatalf("%+v, %v", out, err)
	}
	frame[len(frame)-1] ^= 1
	if _, err := Unseal(frame[len("kept"):]); err == nil {
		t.Error("a changed byte was not seen")
	}
}

// A shelf is brought back with the ids that it had.
func TestShelfKeepsItsIDsWhenItIsCopied(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	shelfOf := func() *Shelf {
		s, err := open(t, Config{Dir: t.TempDir()}).Shelf(ctx, "quarantine", 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	from, to := shelfOf(), shelfOf()
	for range 9 {
		if _, err := from.Put(ctx, []byte("an item")); err != nil {
			t.Fatal(err)
		}
	}
	for _, gone := range []uint64{1, 2, 5, 9} {
		if err := from.Delete(ctx, gone); err != nil {
			t.Fatal(err)
		}
	}
	err := from.Walk(ctx, func(item ShelfItem) error { return to.PutAs(ctx, item) })
	if err != nil {
		t.Fatal(err)
	}
	last, err := from.LastID(ctx)
	if err == nil {
		err = to.Reach(ctx, last)
	}
	if err != nil {
		t.Fatal(err)
	}
	var ids []uint64
	if err := to.Walk(ctx, func(item ShelfItem) error { ids = append(ids, item.ID); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ids, []uint64{3, 4, 6, 7, 8}) {
		t.Errorf("ids %v", ids)
	}
	if id, err := to.Put(ctx, []byte("new")); err != nil || id != 10 {
		t.Errorf("the next is %d, %v, want 10", id, err)
	}
	if err := to.PutAs(ctx, ShelfItem{ID: 4, Data: []byte("again")}); cx.KindOf(err) != cx.Conflict {
		t.Errorf("a taken id: %v, want a conflict", err)
	}
}
