-- Cases. body is all of a case, JSON; the other columns are what lists are
-- narrowed and sorted by. Times are microseconds.
CREATE TABLE cases_cases (
    id         TEXT   PRIMARY KEY,
    number     BIGINT NOT NULL,
    customer   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    area       TEXT   NOT NULL,
    place      TEXT   NOT NULL,
    supplier   TEXT   NOT NULL,
    touchpoint TEXT   NOT NULL,
    promise    TEXT   NOT NULL,
    cause      TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    opened_by  TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    merged     TEXT   NOT NULL,
    opened_at  BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    heard_at   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    rank       BIGINT NOT NULL,
    find       TEXT   NOT NULL,
    body       TEXT   NOT NULL
);

CREATE INDEX cases_cases_rank ON cases_cases (state, rank);
CREATE INDEX cases_cases_owner ON cases_cases (owner, state);
CREATE INDEX cases_cases_customer ON cases_cases (customer);
CREATE INDEX cases_cases_opened ON cases_cases (opened_at);
CREATE INDEX cases_cases_cause ON cases_cases (cause, opened_at);
CREATE INDEX cases_cases_merged ON cases_cases (merged);

-- The story of each case, from 1. amount is in minor units.
CREATE TABLE cases_entries (
    case_id TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    what    TEXT   NOT NULL,
    text    TEXT   NOT NULL,
    to_id   TEXT   NOT NULL,
    to_name TEXT   NOT NULL,
    amount  BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (case_id, n)
);

CREATE INDEX cases_entries_given ON cases_entries (what, by_id, at);

-- What customers thanked for; seq is where the log has it.
CREATE TABLE cases_thanks (
    case_id    TEXT   PRIMARY KEY,
    customer   TEXT   NOT NULL,
    area       TEXT   NOT NULL,
    place      TEXT   NOT NULL,
    touchpoint TEXT   NOT NULL,
    owner      TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    seq        BIGINT NOT NULL
);

CREATE INDEX cases_thanks_seq ON cases_thanks (seq);
CREATE INDEX cases_thanks_at ON cases_thanks (at);

-- The number of the next case.
CREATE TABLE cases_next (number BIGINT NOT NULL);
INSERT INTO cases_next (number) VALUES (1);
