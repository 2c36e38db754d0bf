-- Everything here is derived from the log and the model.
CREATE TABLE promise_state (
	version  BIGINT NOT NULL,
	position BIGINT NOT NULL,
	model    BIGINT NOT NULL -- the version of the model under which marks are read
);
CREATE TABLE promise_promises (
	no      BIGINT PRIMARY KEY,
	slug    TEXT NOT NULL UNIQUE,
	reading TEXT NOT NULL,  -- digest of all by which its marks are read
	done    BIGINT NOT NULL -- the log is read for it up to here
);
-- Since when a promise is measured as it is: what changed before is not told.
CREATE TABLE promise_since (
	slug    TEXT PRIMARY KEY,
	measure TEXT NOT NULL, -- digest of what is measured
	since   BIGINT NOT NULL
);
-- Whose profiles are that are not a customer of their own.
CREATE TABLE promise_owners (
	profile_no  BIGINT PRIMARY KEY,
	customer_no BIGINT NOT NULL
);
CREATE TABLE promise_contexts (
	no BIGINT PRIMARY KEY, touchpoint TEXT NOT NULL, supplier TEXT NOT NULL, place TEXT NOT NULL, region TEXT NOT NULL
);
CREATE TABLE promise_marks (
	promise_no BIGINT NOT NULL,
	key        TEXT NOT NULL, -- of the object, or of the customer it belongs to now
	at         BIGINT NOT NULL,
	seq        BIGINT NOT NULL,
	kind       BIGINT NOT NULL,
	profile_no BIGINT NOT NULL,
	due        BIGINT NOT NULL,
	risk       BIGINT NOT NULL,
	kept       BIGINT NOT NULL,
	context    BIGINT NOT NULL,
	PRIMARY KEY (promise_no, key, at, seq, kind)
);
CREATE INDEX promise_marks_profile ON promise_marks (profile_no);
CREATE INDEX promise_marks_seq ON promise_marks (seq);
CREATE TABLE promise_instances (
	promise_no BIGINT NOT NULL,
	key        TEXT NOT NULL,
	n          BIGINT NOT NULL,
	id         TEXT NOT NULL,
	profile_no BIGINT NOT NULL,
	state      BIGINT NOT NULL, -- 0 open, 1 at risk, 2 kept, 3 broken, 4 void
	from_seq   BIGINT NOT NULL,
	made       BIGINT NOT NULL,
	due        BIGINT NOT NULL,
	since      BIGINT NOT NULL,
	by_seq     BIGINT NOT NULL,
	ended      BIGINT NOT NULL,
	context    BIGINT NOT NULL,
	weekday    BIGINT NOT NULL, -- of due, 1 Monday … 7 Sunday
	next_at    BIGINT NOT NULL, -- when the clock changes it; 0: never
	untold     BIGINT NOT NULL, -- 1: its state may have to be told
	PRIMARY KEY (promise_no, key, n)
);
CREATE INDEX promise_instances_id ON promise_instances (id);
CREATE INDEX promise_instances_profile ON promise_instances (profile_no);
CREATE INDEX promise_instances_since ON promise_instances (promise_no, since, state, context, weekday);
CREATE INDEX promise_instances_next ON promise_instances (next_at) WHERE next_at > 0;
CREATE INDEX promise_instances_pending ON promise_instances (promise_no, due, state, context, weekday) WHERE next_at > 0;
CREATE INDEX promise_instances_untold ON promise_instances (since) WHERE untold > 0;
-- What the log says was told.
CREATE TABLE promise_told (
	id    TEXT NOT NULL,
	n     BIGINT NOT NULL,
	state BIGINT NOT NULL,
	at    BIGINT NOT NULL,
	seq   BIGINT NOT NULL,
	PRIMARY KEY (id, n)
);
CREATE TABLE promise_burning (
	slug    TEXT PRIMARY KEY,
	burning BIGINT NOT NULL,
	at      BIGINT NOT NULL
);
