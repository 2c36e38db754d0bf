// Package dialoguetest keeps a small company with real stores that writes to its
// customers: they are remembered, jobs run, events come into the log.
//
// In: the rest of a model's YAML. Out: a World.
package dialoguetest
