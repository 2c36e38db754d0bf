-- Where hooks go: what the model does not say of an endpoint. Secrets are
-- encrypted; the former one signs too until former_until.
CREATE TABLE deliver_endpoints (
    slug           TEXT   PRIMARY KEY,
    secret         TEXT   NOT NULL,
    former         TEXT   NOT NULL,
    former_until   BIGINT NOT NULL,
    disabled_at    BIGINT NOT NULL,
    disabled_why   TEXT   NOT NULL
);

-- Messages to other programs. body is what is signed and sent; it is kept for a
-- while after the end, to be replayed. tries counts those of this round.
CREATE TABLE deliver_hooks (
    id         TEXT   PRIMARY KEY,
    endpoint   TEXT   NOT NULL,
    type       TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    next_at    BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    tries      BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    status     BIGINT NOT NULL,
    error      TEXT   NOT NULL
);

CREATE INDEX deliver_hooks_customer ON deliver_hooks (customer) WHERE customer <> '';
CREATE INDEX deliver_hooks_created ON deliver_hooks (created_at, id);

-- Browsers of people of the company that notices are pushed to. keys is
-- encrypted; person is an account's id.
CREATE TABLE deliver_browsers (
    id         TEXT   PRIMARY KEY,
    person     TEXT   NOT NULL,
    keys       TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX deliver_browsers_person ON deliver_browsers (person);

-- Pushes on their way; gone when they have ended.
CREATE TABLE deliver_pushes (
    id         TEXT   PRIMARY KEY,
    browser    TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    urgent     BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The key pair that we push with, made once; private is encrypted.
CREATE TABLE deliver_vapid (
    one     BIGINT PRIMARY KEY,
    public  TEXT NOT NULL,
    private TEXT NOT NULL
);
