-- Who has spoken in a period, as keyed hashes: nobody can be told from them but
-- by who has the key and tries everybody. They go when the period is over.
CREATE TABLE team_roll (
	tag   BYTEA  NOT NULL PRIMARY KEY,
	until BIGINT NOT NULL
);
