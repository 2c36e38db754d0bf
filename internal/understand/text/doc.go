// Package text reads what people write: in which language, how it feels, which
// emotion, about which topics. It learns from examples, says how well it reads,
// and helps to quote (masking, near-duplicates, what is typical).
//
// It is pure: strings in, readings out. It keeps nothing, knows no customer and
// does no I/O; understand/voice keeps texts and models. All randomness is
// seeded: the same examples give the same model, byte for byte on one
// architecture.
//
// A Model reads with linear classifiers over hashed words and characters
// (features.go, linear.go); docs/methods.md, "Text", tells the method and its
// figures. A model holds weights of hashed features only, never a text.
package text
