-- Times are microseconds, 0 when it has not happened. moment is opaque JSON, what
-- the run began with, '' once it has ended; about is the seq of the event; waits
-- is the name of the event that the run waits for, '' for none.
CREATE TABLE rule_runs (
    id         TEXT   PRIMARY KEY,
    rule       TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    about      BIGINT NOT NULL,
    moment     TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    step       TEXT   NOT NULL,
    begun      BIGINT NOT NULL, -- 1: the wait of this step has begun
    waits      TEXT   NOT NULL,
    came       BIGINT NOT NULL, -- 1: what it waited for came
    waited     BIGINT NOT NULL, -- 1: a wait lies behind it
    acted      BIGINT NOT NULL, -- how many steps were done
    since      BIGINT NOT NULL, -- seq: what is lived after it, the next wait does not miss
    lived_at   BIGINT NOT NULL, -- when what it is about was lived
    due_at     BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL
);

CREATE INDEX rule_runs_customer ON rule_runs (customer, rule, lived_at);
CREATE INDEX rule_runs_rule ON rule_runs (rule, state, lived_at);
CREATE INDEX rule_runs_waits ON rule_runs (waits, customer);

-- How often what was decided, by rule and day of the company: a reason, or
-- 'entered', 'acted', 'unmet' (its condition did not hold), 'costly'.
CREATE TABLE rule_counts (
    rule TEXT   NOT NULL,
    day  TEXT   NOT NULL,
    what TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (rule, day, what)
);

-- Who was where when a trigger that no event tells was looked at last: sorted
-- numbers, each written as its distance from the one before, in base 64.
CREATE TABLE rule_sweeps (
    what    TEXT   PRIMARY KEY,
    at      BIGINT NOT NULL,
    members TEXT   NOT NULL
);

-- How far the log is decided; up to effects, whatever the position, nothing is
-- decided any more.
CREATE TABLE rule_state (
    position BIGINT NOT NULL,
    effects  BIGINT NOT NULL
);
