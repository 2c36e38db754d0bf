package model

import (
	"bytes"
	_ "embed"
)

//go:embed schema.json
var schema []byte

// Schema returns the published JSON Schema (2020-12) of the model's YAML. What
// Parse accepts it accepts; Parse finds more faults, since a schema cannot
// follow references.
func Schema() []byte { return bytes.Clone(schema) }
