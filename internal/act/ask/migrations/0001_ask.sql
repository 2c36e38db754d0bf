-- Times are microseconds, 0 when it has not happened. about is the seq of the
-- event; subject is opaque JSON, what the link says of it; link is the token of a
-- link made.
CREATE TABLE ask_asks (
    id          TEXT   PRIMARY KEY,
    survey      TEXT   NOT NULL,
    customer    TEXT   NOT NULL,
    about       BIGINT NOT NULL,
    subject     TEXT   NOT NULL,
    way         TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    reason      TEXT   NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL,
    due_at      BIGINT NOT NULL,
    asked_at    BIGINT NOT NULL,
    answered_at BIGINT NOT NULL,
    link        TEXT   NOT NULL
);

CREATE INDEX ask_asks_customer ON ask_asks (customer, due_at);
CREATE INDEX ask_asks_survey ON ask_asks (survey, due_at, id);

-- How often somebody was not asked, by survey, day of the company and reason.
CREATE TABLE ask_skipped (
    survey TEXT   NOT NULL,
    day    TEXT   NOT NULL,
    reason TEXT   NOT NULL,
    n      BIGINT NOT NULL,
    PRIMARY KEY (survey, day, reason)
);

-- How far the log is decided; up to effects, whatever the position, nothing is
-- decided any more.
CREATE TABLE ask_state (
    position BIGINT NOT NULL,
    effects  BIGINT NOT NULL
);
