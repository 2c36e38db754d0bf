-- Times are microseconds. claimed_until is 0 while nobody works on the job;
-- dead_at is 0 until it failed for good.
CREATE TABLE jobs (
    kind          TEXT   NOT NULL,
    key           TEXT   NOT NULL,
    due           BIGINT NOT NULL,
    payload       TEXT   NOT NULL,
    attempts      BIGINT NOT NULL,
    holder        TEXT   NOT NULL,
    claimed_until BIGINT NOT NULL,
    dead_at       BIGINT NOT NULL,
    error         TEXT   NOT NULL,
    PRIMARY KEY (kind, key)
);

CREATE INDEX jobs_due ON jobs (kind, due) WHERE dead_at = 0;
CREATE INDEX jobs_dead ON jobs (dead_at) WHERE dead_at > 0;
