-- What people were told. Times are microseconds; title and text are opaque JSON
-- in the languages of the product. sent counts how many of count went out by
-- mail, push or hook, at sent_at; due_at is when the rest does, 0 for never.
CREATE TABLE notify_notices (
    id       TEXT   PRIMARY KEY,
    person   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    subject  TEXT   NOT NULL,
    title    TEXT   NOT NULL,
    text     TEXT   NOT NULL,
    href     TEXT   NOT NULL,
    urgent   BIGINT NOT NULL,
    customer TEXT   NOT NULL,
    count    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    read_at  BIGINT NOT NULL,
    sent     BIGINT NOT NULL,
    sent_at  BIGINT NOT NULL
);

CREATE INDEX notify_notices_person ON notify_notices (person, last_at);
CREATE INDEX notify_notices_unread ON notify_notices (person) WHERE read_at = 0;
CREATE INDEX notify_notices_customer ON notify_notices (customer) WHERE customer <> '';

-- Keys of what was told.
CREATE TABLE notify_told (
    key TEXT   PRIMARY KEY,
    at  BIGINT NOT NULL
);

CREATE TABLE notify_settings (
    person   TEXT PRIMARY KEY,
    settings TEXT NOT NULL
);

-- How far the log was read, and up to where nobody is told of it any more.
CREATE TABLE notify_state (
    position BIGINT NOT NULL,
    effects  BIGINT NOT NULL
);

-- Links of screens on a wall. What follows the link's address is made of the id.
CREATE TABLE notify_walls (
    id         TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL,
    area       TEXT   NOT NULL,
    place      TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    made_by    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);
