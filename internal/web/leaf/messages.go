package leaf

import "embed"

//go:embed messages.*.yaml
var messages embed.FS
