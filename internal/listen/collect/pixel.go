package collect

import (
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// pixel is a transparent GIF of one point.
const pixel = "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"

// servePixel takes one message from ?data=, its JSON in base64 with the
// writeKey in it (for mails and pages without scripts). The answer is an image
// in any case; its status tells how it went.
func (h *handler) servePixel(kind cx.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r := h.take(hr, "v1/pixel")
		defer h.give(r)
		var receipt intake.Receipt
		err := r.readPixel(kind)
		if err == nil {
			receipt, err = r.accept()
		}
		w.Header().Set("Content-Type", "image/gif")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.WriteHeader(h.settle(w, r, receipt, err))
		_, _ = w.Write([]byte(pixel))
	}
}

func (r *request) readPixel(kind cx.Kind) error {
	// Both alphabets of base64, padded or not; a plus may have become a space.
	data := strings.NewReplacer("-", "+", "_", "/", " ", "+", "=", "").Replace(r.http.URL.Query().Get("data"))
	message, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil {
		return cx.Errorf(cx.Invalid, "collect.pixel", "data must be the message's JSON in base64")
	}
	if len(message) > intake.MaxBatchBytes {
		return tooLarge()
	}
	r.body.Write(message)
	return r.single(kind)
}
