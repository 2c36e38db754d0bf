package customer

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// wrap renders outer with inner as its children.
func wrap(outer, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, inner), w)
	})
}
