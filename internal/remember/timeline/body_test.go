package timeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func FuzzBody(f *testing.F) {
	whole := body{-1, "m", "u", "web", []byte(`{"page":{"path":"/"}}`), []byte(`{}`), []byte(`{"locale":"es-ES"}`), []byte(`{}`)}
	f.Add(whole.encode(new([]byte)))
	f.Add([]byte{bodyVersion})
	f.Fuzz(func(t *testing.T, stored []byte) {
		b, err := decodeBody(stored)
		if err != nil {
			return
		}
		again, err := decodeBody(b.encode(new([]byte)))
		if diff := cmp.Diff(b, again); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}
