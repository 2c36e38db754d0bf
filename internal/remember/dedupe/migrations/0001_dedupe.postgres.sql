-- Hashes not sealed yet, one row for each batch.
CREATE TABLE dedupe_open (run BIGINT PRIMARY KEY, hashes BYTEA NOT NULL);

-- Sealed hashes: segments of sorted chunks. firsts holds the first hash of each
-- chunk, filter the segment's Bloom filter.
CREATE TABLE dedupe_segments (segment BIGINT PRIMARY KEY, firsts BYTEA NOT NULL, filter BYTEA NOT NULL);
CREATE TABLE dedupe_chunks (chunk BIGINT PRIMARY KEY, hashes BYTEA NOT NULL);
