-- Hashes not sealed yet, one row for each batch.
CREATE TABLE dedupe_open (run INTEGER PRIMARY KEY, hashes BLOB NOT NULL);

-- Sealed hashes: segments of sorted chunks. firsts holds the first hash of each
-- chunk, filter the segment's Bloom filter.
CREATE TABLE dedupe_segments (segment INTEGER PRIMARY KEY, firsts BLOB NOT NULL, filter BLOB NOT NULL);
CREATE TABLE dedupe_chunks (chunk INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
