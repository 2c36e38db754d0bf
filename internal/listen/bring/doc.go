// Package bring takes the files that a company has already (waves of surveys,
// orders, reviews; Excel, CSV or Parquet) from the hands of somebody who knows
// no map: it guesses what each column is, shows what would come in, writes the
// map that `vivencia import` uses, imports by it, and tells what the file's own
// answers say first. It owns the guesses (Guess, a pure function), the files
// while they wait, and the imports that run. It does not read tables, map lines
// or count what came in (importer does), nor judge messages (intake).
//
// In: a file, the model's words, what a person chose. Out: a map, what each line
// will become, a report, a Finding.
//
// # The files
//
// A file lies in the folder of the data directory that New is given, under its
// own name (messageIds of lines without an id hold it), until it was imported,
// was let go, or an hour passed; what a crash left is removed at the start.
// Whoever forgets a customer has all of them removed: nobody can tell what is in
// them. Only who brought a file sees it.
//
// # The first reason
//
// A Finding compares the answers of the file by what its other columns say (a
// channel, a shop, whether it came late), each value with the rest, by Welch's
// test; what counts is told when Benjamini and Hochberg (1995) let it stand at
// 5 %, and the value that pulls the file's mean down most comes first. It is an
// association in one file, never a cause; columns that name people of the
// company are not looked at.
package bring
