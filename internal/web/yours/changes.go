package yours

import (
	"context"
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/improve/told"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// Changes tells what changed because customers said it; told.Service does.
type Changes interface {
	Public(ctx context.Context) ([]told.Story, error)
}

// changing is the public page of what changed.
type changing struct {
	*leaf.Page
	stories []told.Story
	l       *i18n.Locale
}

// changes shows everybody what changed.
func (v *visit) changes() error {
	all, err := v.h.Changes.Public(v.Context())
	if err != nil {
		return err
	}
	return v.Write(http.StatusOK, v.T("yours.changes.title"), changesOf(changing{&v.Page, all, i18n.From(v.Context())}))
}
