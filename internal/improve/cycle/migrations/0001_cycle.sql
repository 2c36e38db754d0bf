-- What would be worth doing. body is all of an opportunity, JSON; matter names
-- what it is about. Times are microseconds.
CREATE TABLE cycle_opportunities (
    id     TEXT   PRIMARY KEY,
    matter TEXT   NOT NULL UNIQUE,
    state  TEXT   NOT NULL,
    body   TEXT   NOT NULL
);

CREATE INDEX cycle_opportunities_state ON cycle_opportunities (state);

-- Who is for one: one vote a person.
CREATE TABLE cycle_votes (
    opportunity TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (opportunity, person)
);

-- Initiatives. body is all of one, JSON.
CREATE TABLE cycle_initiatives (
    slug  TEXT PRIMARY KEY,
    stage TEXT NOT NULL,
    body  TEXT NOT NULL
);

-- The story of each initiative, from 1. amount is in minor units, or customers.
CREATE TABLE cycle_entries (
    slug    TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    by_id   TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    what    TEXT   NOT NULL,
    text    TEXT   NOT NULL,
    to_id   TEXT   NOT NULL,
    amount  BIGINT NOT NULL,
    PRIMARY KEY (slug, n)
);

-- Who and what caused an opportunity ("o:ID") or an initiative ("i:SLUG"): a
-- customer (seq 0), or a text of the log (customer ''). gone counts those that
-- were forgotten since, of nobody.
CREATE TABLE cycle_evidence (
    of_id    TEXT   NOT NULL,
    customer TEXT   NOT NULL,
    seq      BIGINT NOT NULL,
    PRIMARY KEY (of_id, customer, seq)
);

CREATE INDEX cycle_evidence_customer ON cycle_evidence (customer);
CREATE INDEX cycle_evidence_seq ON cycle_evidence (seq);

CREATE TABLE cycle_gone (
    of_id TEXT   PRIMARY KEY,
    n     BIGINT NOT NULL
);

-- What a point of score is worth, as it was found last: one row, JSON.
CREATE TABLE cycle_point (body TEXT NOT NULL);
