package model

// Schema returns the published JSON Schema (2020-12) of the model's YAML.
func Schema() []byte { return nil }
