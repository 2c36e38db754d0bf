package ui

import "embed"

// Messages is the catalogue of the shell and of the words that several pages
// share: stages, roles, valence.
//
//go:embed messages.*.yaml
var Messages embed.FS
