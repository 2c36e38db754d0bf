package duckdb

// schemaVersion changes with schema: a file of another version is refused, and
// rebuilt from the log.
const schemaVersion = 1

// Words are numbered by kind from 1; 0 is "". classified columns are what the
// model says. A profile that is missing in customers is its own customer.
const schema = `
CREATE TABLE meta (version INTEGER, position UBIGINT, model INTEGER, done UBIGINT, upto UBIGINT);
CREATE TABLE words (kind UTINYINT, no USMALLINT, word VARCHAR);
CREATE TABLE customers (profile_no UINTEGER, customer_no UINTEGER);
CREATE TABLE events (
	seq UBIGINT, profile_no UINTEGER, kind UTINYINT, name USMALLINT, source USMALLINT, ts BIGINT, received_at BIGINT,
	touchpoint USMALLINT, stage USMALLINT, channel USMALLINT, medium USMALLINT, area USMALLINT, supplier USMALLINT, place USMALLINT,
	valence SMALLINT, revenue BIGINT, currency USMALLINT,
	properties VARCHAR);
CREATE TABLE answers (
	seq UBIGINT, profile_no UINTEGER, name USMALLINT, source USMALLINT, ts BIGINT, received_at BIGINT,
	touchpoint USMALLINT, stage USMALLINT, channel USMALLINT, medium USMALLINT, area USMALLINT, supplier USMALLINT, place USMALLINT,
	item UTINYINT, question USMALLINT, metric USMALLINT, scale USMALLINT, value BIGINT, texted BOOLEAN, choice VARCHAR,
	properties VARCHAR, traits VARCHAR);
CREATE TABLE circumstances (
	seq UBIGINT, kind USMALLINT, place USMALLINT, touchpoint USMALLINT, supplier USMALLINT, product VARCHAR,
	since BIGINT, until BIGINT, value VARCHAR);
CREATE TABLE links (seq UBIGINT, type USMALLINT, object UBIGINT);
CREATE TABLE derived (seq UBIGINT, property USMALLINT, value VARCHAR, type USMALLINT, object UBIGINT);
INSERT INTO meta VALUES (1, 0, 0, 0, 0);
`

// staging holds what a chunk says until it is joined with the facts that there
// are.
const staging = `
CREATE OR REPLACE TEMP TABLE said (
	seq UBIGINT,
	touchpoint USMALLINT, stage USMALLINT, channel USMALLINT, medium USMALLINT, area USMALLINT, supplier USMALLINT, place USMALLINT,
	valence SMALLINT, revenue BIGINT, currency USMALLINT);
CREATE OR REPLACE TEMP TABLE said_links (seq UBIGINT, type USMALLINT, object UBIGINT);
CREATE OR REPLACE TEMP TABLE said_derived (seq UBIGINT, property USMALLINT, value VARCHAR, type USMALLINT, object UBIGINT);
`
