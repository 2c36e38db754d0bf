CREATE TABLE model_versions (
	number     BIGINT NOT NULL PRIMARY KEY,
	yaml       TEXT   NOT NULL,
	applied_by TEXT   NOT NULL,
	applied_at BIGINT NOT NULL,
	seq        BIGINT NOT NULL, -- 0 until its record is in the log
	note       TEXT   NOT NULL
);
