package expr

// Object is a JSON object that is parsed at most once, at its first use. It is
// not safe for concurrent use.
type Object struct {
	raw    []byte
	fields map[string]any
	parsed bool
}

// NewObject returns the object of raw JSON; nil or malformed raw is empty.
func NewObject(raw []byte) *Object { return &Object{raw: raw} }

// ObjectOf returns an object already parsed, values as encoding/json gives
// them.
func ObjectOf(fields map[string]any) *Object { return &Object{fields: fields, parsed: true} }

// Get returns the value of a field; nil when there is none.
func (o *Object) Get(name string) any { return nil }
