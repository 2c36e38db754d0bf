package cases

// Service keeps the cases. It is safe for concurrent use.
type Service struct{}
