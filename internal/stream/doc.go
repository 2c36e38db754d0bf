// Package stream is the durable log: the truth about what customers lived. It
// owns seq, the frame format, the one committer and the one loop that feeds
// views; and shelves, small durable stores of what waits for a person (the
// quarantine). NATS JetStream runs embedded beneath it: its sequences, subjects
// and errors stay in here. It owns no meaning of any event and no view's data.
//
// In: validated events (Append) and raw items (Shelf.Put). Out: batches in seq
// order for views (Follow, CatchUp, Read).
package stream
