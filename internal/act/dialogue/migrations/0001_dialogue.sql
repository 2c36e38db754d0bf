-- What was said with customers. Times are microseconds. about is JSON. seq is where
-- the log has it; 0: not yet.
CREATE TABLE dialogue_messages (
    id         TEXT   PRIMARY KEY,
    customer   TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    offer      TEXT   NOT NULL,
    incoming   BIGINT NOT NULL,
    channel    TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    touchpoint TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    by_id      TEXT   NOT NULL,
    by_name    TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    seq        BIGINT NOT NULL
);

CREATE INDEX dialogue_messages_seq ON dialogue_messages (seq);
CREATE INDEX dialogue_messages_customer ON dialogue_messages (customer, at);
CREATE INDEX dialogue_messages_case ON dialogue_messages (case_id, at);

-- Choices offered. content is the choice as it was offered, JSON, filled in for
-- its customer.
CREATE TABLE dialogue_offers (
    id         TEXT   PRIMARY KEY,
    customer   TEXT   NOT NULL,
    choice     TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    promise    TEXT   NOT NULL,
    instance   TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    content    TEXT   NOT NULL,
    link       TEXT   NOT NULL,
    option     TEXT   NOT NULL,
    revision   BIGINT NOT NULL,
    offered_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    settled_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL,
    seq        BIGINT NOT NULL
);

CREATE INDEX dialogue_offers_seq ON dialogue_offers (seq);
CREATE INDEX dialogue_offers_customer ON dialogue_offers (customer, offered_at);
CREATE INDEX dialogue_offers_case ON dialogue_offers (case_id, offered_at);

-- Links, by the number that their token signs. The token itself is not kept.
CREATE TABLE dialogue_links (
    id         TEXT   PRIMARY KEY,
    kind       TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    case_id    TEXT   NOT NULL,
    offer      TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    area       TEXT   NOT NULL,
    place      TEXT   NOT NULL,
    touchpoint TEXT   NOT NULL,
    supplier   TEXT   NOT NULL,
    made_by    TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT NOT NULL
);

CREATE INDEX dialogue_links_customer ON dialogue_links (customer);
CREATE INDEX dialogue_links_kind ON dialogue_links (kind, made_at);
