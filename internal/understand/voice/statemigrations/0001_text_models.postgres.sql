-- The text models that were learned: weights of hashed features, no text.
CREATE TABLE text_models (
	number     BIGINT PRIMARY KEY, -- from 1
	hash       TEXT NOT NULL,
	bytes      BYTEA NOT NULL,
	quality    TEXT NOT NULL, -- JSON
	trained_at BIGINT NOT NULL,
	pairs      BIGINT NOT NULL, -- texts with a score that it learned from
	labels     BIGINT NOT NULL, -- corrected texts
	topics     TEXT NOT NULL,    -- digest of the topics and examples that it learned
	seq        BIGINT NOT NULL  -- of the decision that put it in force; 0: none did
);
