package ui

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// ValenceTone returns the colour of how something was lived, −2 to +2.
func ValenceTone(v float64) Tone {
	switch {
	case v >= 0.25:
		return Positive
	case v <= -0.25:
		return Negative
	}
	return Neutral
}

// ValenceWord says how something was lived, −2 to +2: Encantado, A gusto,
// Neutro, Incómodo, Molesto.
func ValenceWord(ctx context.Context, v float64) string {
	switch {
	case v >= 1:
		return i18n.T(ctx, "ui.valence.delighted")
	case v >= 0.25:
		return i18n.T(ctx, "ui.valence.pleased")
	case v > -0.25:
		return i18n.T(ctx, "ui.valence.neutral")
	case v > -1:
		return i18n.T(ctx, "ui.valence.uneasy")
	}
	return i18n.T(ctx, "ui.valence.upset")
}
