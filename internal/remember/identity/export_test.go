package identity

// NewEvidence lets tests show evidence without a model.
func NewEvidence(kind, value string, merges bool, rule int) Evidence {
	return Evidence{kind, value, merges, int64(placeRules + rule)}
}
