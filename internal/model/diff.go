package model

// ChangeKind says what happened to a part of the model.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is one difference between two models. Before and After are texts for
// people; Before is empty when added, After when removed.
type Change struct {
	Path   string // "touchpoints.till.area"
	Kind   ChangeKind
	Before string
	After  string
}

// Diff lists what changed from old to new, in the order of the file's sections.
func Diff(old, new *Model) []Change { return nil }
