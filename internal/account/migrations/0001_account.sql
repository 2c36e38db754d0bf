-- Secrets are SHA-256 in hexadecimal; times are microseconds, 0 when it has not
-- happened; areas are slugs parted by commas, none when all.
CREATE TABLE account_instance (
    one        BIGINT PRIMARY KEY CHECK (one = 1),
    id         TEXT   NOT NULL,
    salt       TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    demo       BIGINT NOT NULL
);

CREATE TABLE account_sources (
    slug       TEXT   PRIMARY KEY,
    name       TEXT   NOT NULL,
    key        TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

CREATE TABLE account_tokens (
    id           BIGINT PRIMARY KEY,
    name         TEXT   NOT NULL,
    hash         TEXT   NOT NULL UNIQUE,
    role         TEXT   NOT NULL,
    areas        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    revoked_at   BIGINT NOT NULL
);

CREATE TABLE account_people (
    id           BIGINT PRIMARY KEY,
    email        TEXT   NOT NULL UNIQUE,
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    areas        TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    password     TEXT   NOT NULL, -- argon2id; empty: signs in by link only
    created_at   BIGINT NOT NULL,
    disabled_at  BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);

CREATE TABLE account_sessions (
    hash       TEXT   PRIMARY KEY,
    id         TEXT   NOT NULL UNIQUE,
    person_id  BIGINT NOT NULL REFERENCES account_people (id),
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_sessions_person ON account_sessions (person_id);

CREATE TABLE account_links (
    hash       TEXT   PRIMARY KEY,
    person_id  BIGINT REFERENCES account_people (id), -- null: sets the instance up
    reusable   BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX account_links_person ON account_links (person_id);

CREATE TABLE account_audit (
    id        BIGINT PRIMARY KEY,
    at        BIGINT NOT NULL,
    principal TEXT   NOT NULL,
    action    TEXT   NOT NULL,
    object    TEXT   NOT NULL
);
