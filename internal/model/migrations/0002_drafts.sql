CREATE TABLE model_drafts (
	person   TEXT   NOT NULL PRIMARY KEY, -- a principal's id
	yaml     TEXT   NOT NULL,
	base     BIGINT NOT NULL, -- the version it was begun from
	revision BIGINT NOT NULL, -- from 1, one more with each change
	saved_at BIGINT NOT NULL
);
