package duckdb

// schemaVersion changes with schema, and with what the same model says of a fact: a
// file of another version is refused, and rebuilt from the log.
const schemaVersion = 5

// Words are numbered by kind from 1; 0 is "". classified columns are what the
// model says. A profile that is missing in customers is its own customer.
const schema = `
CREATE TABLE meta (version INTEGER, position UBIGINT, model INTEGER, done UBIGINT, upto UBIGINT, owed BOOLEAN);
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
CREATE TABLE traits (seq UBIGINT, profile_no UINTEGER, ts BIGINT, name VARCHAR, value VARCHAR);
CREATE TABLE circumstances (
	seq UBIGINT, kind USMALLINT, place USMALLINT, touchpoint USMALLINT, supplier USMALLINT, product VARCHAR,
	since BIGINT, until BIGINT, value VARCHAR);
CREATE TABLE links (seq UBIGINT, type USMALLINT, object UBIGINT);
CREATE TABLE derived (seq UBIGINT, property USMALLINT, value VARCHAR, type USMALLINT, object UBIGINT);
CREATE SEQUENCE summary_ids;
CREATE TABLE summaries (
	id UBIGINT, bucket INTEGER, answers BOOLEAN,
	touchpoint USMALLINT, stage USMALLINT, channel USMALLINT, medium USMALLINT, area USMALLINT, supplier USMALLINT,
	n BIGINT, valued BIGINT, total BIGINT, squares BIGINT, earliest BIGINT, latest BIGINT, profiles BLOB);
CREATE TABLE summarised (seq UBIGINT);
INSERT INTO summarised VALUES (0);
INSERT INTO meta VALUES (5, 0, 0, 0, 0, false);
`

// staging holds what a chunk says, the seqs to erase and the traits that answers
// are left with, until they are joined with the facts that there are.
const staging = `
CREATE OR REPLACE TEMP TABLE said (
	seq UBIGINT,
	touchpoint USMALLINT, stage USMALLINT, channel USMALLINT, medium USMALLINT, area USMALLINT, supplier USMALLINT, place USMALLINT,
	valence SMALLINT, revenue BIGINT, currency USMALLINT);
CREATE OR REPLACE TEMP TABLE said_links (seq UBIGINT, type USMALLINT, object UBIGINT);
CREATE OR REPLACE TEMP TABLE said_derived (seq UBIGINT, property USMALLINT, value VARCHAR, type USMALLINT, object UBIGINT);
CREATE OR REPLACE TEMP TABLE erased (seq UBIGINT);
CREATE OR REPLACE TEMP TABLE said_traits (seq UBIGINT, traits VARCHAR);
`

// tablesBySeq are the tables of what came in the log, one seq or several rows of
// it.
func tablesBySeq() []string {
	return []string{"events", "answers", "traits", "circumstances", "links", "derived"}
}

// worded are the columns that hold numbers of words. What answers share with
// their events is left out.
func worded() []wordedColumn {
	return []wordedColumn{
		{"events", "name", nameWord},
		{"events", "source", sourceWord},
		{"events", "touchpoint", touchpointWord},
		{"events", "stage", stageWord},
		{"events", "channel", channelWord},
		{"events", "medium", mediumWord},
		{"events", "area", areaWord},
		{"events", "supplier", supplierWord},
		{"events", "place", placeWord},
		{"events", "currency", currencyWord},
		{"answers", "question", questionWord},
		{"answers", "metric", metricWord},
		{"answers", "scale", scaleWord},
		{"circumstances", "kind", circumstanceWord},
		{"circumstances", "place", placeWord},
		{"circumstances", "touchpoint", touchpointWord},
		{"circumstances", "supplier", supplierWord},
		{"links", "type", objectWord},
		{"derived", "property", propertyWord},
		{"derived", "type", objectWord},
	}
}

type wordedColumn struct {
	table, column string
	kind          wordKind
}
