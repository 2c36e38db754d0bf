// Package importer reads files of what customers lived and turns them into the
// same canonical messages that every other way in sends: CSV, Excel and Parquet with a
// map, XES and OCEL event logs, and lines of Segment messages; and it reads the
// event logs of analysts (LogFile). It owns the map's language, the readers, the
// messageIds of what has none, the wire format between the command and POST
// /api/v1/import, and the report. It does not judge messages (intake does), keep
// what is refused (quarantine) or know what was imported before (remember; asked
// through Memory).
//
// In: files, gzipped or not. Out: Records, in the order of the file, to a Sink:
// Posted sends them as NDJSON to a server, whose Local leaves out what is there
// already and gives the rest to intake.
//
// # What is counted
//
// A record is what the map looks for in a line: a line that three entries read
// is three records; a line that cannot be read at all (another number of fields
// than the header, not UTF-8, a quote that never ends) is one. Each record ends
// in exactly one place:
//
//	read = accepted + duplicates + empty + skipped + quarantined
//
// accepted is in the log; a duplicate was there already, or stood earlier in the
// same file; empty has nothing to say (no `at`, or an answer without any
// answer); skipped is what a `when` leaves out; quarantined could not be mapped
// or was refused by intake, and waits with file, line, reason and raw line for
// a person. Reasons name columns, never values.
//
// # Again and again
//
// Importing is idempotent: a messageId derives from kind, name and `id` (scoped
// by the source, and hashed past 100 characters), without an `id` from the
// file's name, the line's number and its text, and what the log or the
// quarantine has is left out. So an import that was interrupted is resumed by
// running it again.
//
// # Memory
//
// Files are streamed; a batch in the making and one being written are all that
// is held of them. A joined file is held whole, its lines as text with one index
// entry each (≈ 100 bytes above the line's own length); of several lines with
// the same key the first counts. An XES log costs 16 bytes a trace; an OCEL
// log its objects with their relationships.
//
// # Times
//
// A time without zone is read in the map's timezone. A local time that a clock
// change skipped moves forward by the length of the gap (02:30 becomes 03:30),
// one that came twice is the first; both are counted in the report.
package importer
