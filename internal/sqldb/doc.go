// Package sqldb is SQLite and PostgreSQL behind one text of SQL. It owns the
// connections, transactions, prepared statements and migrations; it owns no
// table but its own list of migrations, and no query of any feature: a domain
// package keeps its SQL beside its code.
//
// One text serves both engines: $1 parameters, upserts, RETURNING, common
// table expressions and windows; BIGINT, TEXT and DOUBLE PRECISION; JSON stays
// opaque in TEXT; times are BIGINT microseconds (cx.Time); ids are made in Go.
// Where they differ (BLOB and BYTEA, full-text search) a migration comes as a
// pair, NNNN_name.sqlite.sql and NNNN_name.postgres.sql.
//
// In: SQL and values from the rooms below. Out: rows, and errors whose cx.Kind
// tells a full disk from a store that does not answer.
package sqldb
