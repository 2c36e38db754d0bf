package ui

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"strings"

	"github.com/a-h/templ"
	"github.com/boombuler/barcode/qr"
)

// QR draws a text as a QR code, dark on white whatever the theme, with a margin
// of four modules as readers want it. label says what it opens. Next to it
// stands the same as text, for who has no camera.
func QR(text, label string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		code, err := qr.Encode(text, qr.M, qr.Auto)
		if err != nil {
			return err
		}
		const margin = 4
		size := code.Bounds().Dx()
		var path strings.Builder
		for y := range size {
			for x := range size {
				if code.At(x, y) == color.Black {
					fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+margin, y+margin)
				}
			}
		}
		_, err = fmt.Fprintf(w, `<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %[2]d %[2]d" width="208" height="208" shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"></rect><path d="%[3]s" fill="#000"></path></svg>`,
			templ.EscapeString(label), size+2*margin, path.String())
		return err
	})
}
