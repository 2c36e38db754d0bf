// Package backup copies what is the truth to a folder elsewhere, checks the
// copies, and brings a data directory back from them. It owns the layout of the
// target and the schedule; it knows nothing of what the log or state.db mean.
// What is derived is not copied: the log makes it again.
//
// In: the stream, a snapshot of state.db, the quarantine's shelf, the receipts
// of forgetting. Out: a target that any number of backups share:
//
//	backup-<id>-<sum>.json  what one backup consists of; renamed into place last
//	log/                    frames of the log, in segments of 64 MB
//	quarantine/             what waited for review
//	state/                  state.db, and the small files beside it
//	forgotten.jsonl         receipts of who was forgotten, of every backup
//	lock                    who is writing
//
// A backup writes the segments of the log that are new, that are not full yet,
// or in which something was erased since the one before; the others it names
// again. Files are zstd, each with its SHA-256 in the manifest; each manifest
// names the sum of the one before, and has its own in its name. A backup that
// was killed leaves files that no manifest names: the next removes them.
//
// Erased events leave a target with the last backup that was made before:
// backup-keep of them later. A restore forgets again whoever a receipt names,
// also out of an old backup.
package backup
