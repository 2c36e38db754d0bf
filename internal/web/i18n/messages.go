package i18n

import "embed"

//go:embed messages.*.yaml
var messages embed.FS
