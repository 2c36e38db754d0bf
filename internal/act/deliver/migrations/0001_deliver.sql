-- The outbox. Times are microseconds. letter is opaque JSON, '' once the message
-- has ended: what was written is not kept longer than it is needed.
CREATE TABLE deliver_messages (
    id         TEXT   PRIMARY KEY,
    customer   TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    class      TEXT   NOT NULL,
    channel    TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    letter     TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    error      TEXT   NOT NULL
);

CREATE INDEX deliver_messages_customer ON deliver_messages (customer);
CREATE INDEX deliver_messages_created ON deliver_messages (created_at, id);

-- Addresses that do not exist, by their salted hash.
CREATE TABLE deliver_bounces (
    address TEXT   PRIMARY KEY,
    at      BIGINT NOT NULL,
    error   TEXT   NOT NULL
);

-- What customers decided last about being written to; the log has the decision.
CREATE TABLE deliver_contacts (
    customer     TEXT   PRIMARY KEY,
    unsubscribed BIGINT NOT NULL,
    at           BIGINT NOT NULL
);
