-- The text models that were learned: weights of hashed features, no text.
CREATE TABLE text_models (
	number     INTEGER PRIMARY KEY, -- from 1
	hash       TEXT NOT NULL,
	bytes      BLOB NOT NULL,
	quality    TEXT NOT NULL, -- JSON
	trained_at INTEGER NOT NULL,
	pairs      INTEGER NOT NULL, -- texts with a score that it learned from
	labels     INTEGER NOT NULL, -- corrected texts
	topics     TEXT NOT NULL,    -- digest of the topics and examples that it learned
	seq        INTEGER NOT NULL  -- of the decision that put it in force; 0: none did
);
