package wall

import (
	"context"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

func first[T any](all []T, n int) []T { return all[:min(n, len(all))] }

// bad tells whether somebody should look.
func bad(b notify.Board) bool {
	return b.Late > 0 || slices.ContainsFunc(b.Promises, func(p notify.BoardPromise) bool { return p.Burning })
}

// finding is what the screen says first.
func finding(ctx context.Context, b notify.Board) string {
	if i := slices.IndexFunc(b.Promises, func(p notify.BoardPromise) bool { return p.Burning }); i >= 0 {
		return i18n.T(ctx, "wall.burning", "promise", b.Promises[i].Name.In(i18n.From(ctx).Lang))
	}
	risk := 0
	for _, p := range b.Promises {
		risk += p.AtRisk
	}
	switch {
	case b.Late > 0:
		return i18n.T(ctx, "wall.finding.late", "n", b.Late)
	case risk > 0:
		return i18n.T(ctx, "wall.finding.risk", "n", risk)
	}
	return i18n.T(ctx, "wall.finding.calm")
}

func feeling(ctx context.Context, sentiment float64) string {
	switch {
	case sentiment < -.2:
		return i18n.T(ctx, "wall.bad")
	case sentiment > .2:
		return i18n.T(ctx, "wall.good")
	}
	return i18n.T(ctx, "wall.neutral")
}

// names says what a wall shows, as its card does.
func names(v listView, w notify.Wall, lang string) string {
	out := ""
	if i := slices.IndexFunc(v.model.Areas, func(a model.Area) bool { return a.Slug == w.Area }); i >= 0 {
		out = v.model.Areas[i].Name.In(lang)
	}
	if place, ok := v.model.Place(w.Place); ok {
		if out != "" {
			out += " · "
		}
		out += place.Name.In(lang)
	}
	return out
}
