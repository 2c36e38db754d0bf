package dialogue

// Service keeps conversations. It is safe for concurrent use.
type Service struct{}
