// Package stream is the durable log: the truth about what customers lived. It
// owns seq, the frame format, the one committer and the one loop that feeds
// views; and shelves, small durable stores of what waits for a person (the
// quarantine). NATS JetStream runs embedded beneath it: its sequences, subjects
// and errors stay in here. It owns no meaning of any event and no view's data.
//
// Events are erased in place (Redact). Damage is told before anything is lost
// by it (ErrDamaged, Check, Verify) and mended (Repair). When the disk is full
// or fails, the log says so and comes back by itself.
//
// In: validated events (Append) and raw items (Shelf.Put). Out: batches in seq
// order for views (Follow, CatchUp, Read).
package stream
