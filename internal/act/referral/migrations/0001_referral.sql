-- Whose a code is. share is the token of the customer's own page; ours: 1 when we
-- made it, not a system of the company. Times are microseconds.
CREATE TABLE referral_codes (
    code     TEXT   PRIMARY KEY,
    share    TEXT   NOT NULL UNIQUE,
    customer TEXT   NOT NULL,
    at       BIGINT NOT NULL,
    ours     BIGINT NOT NULL
);

CREATE INDEX referral_codes_customer ON referral_codes (customer);

-- How often a link was opened, by day of the company.
CREATE TABLE referral_opened (
    code TEXT   NOT NULL,
    day  TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    PRIMARY KEY (code, day)
);

-- Who says that they were brought. friend and referrer are the ids that their
-- profiles had when they came, '' when nobody is known (any more). The terms are
-- those on which it was claimed; amounts are minor units of currency. had, same,
-- proof_* and back_at are what the friend's timeline said when it was read last.
CREATE TABLE referral_claims (
    id         TEXT   PRIMARY KEY,
    seq        BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    friend     TEXT   NOT NULL,
    referrer   TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    said       TEXT   NOT NULL,
    anyway     TEXT   NOT NULL,
    channel    TEXT   NOT NULL, -- of the event that told it
    lived      TEXT   NOT NULL, -- touchpoint that the referrer had lived last
    closed     BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    event      TEXT   NOT NULL,
    least      BIGINT NOT NULL,
    back       BIGINT NOT NULL, -- microseconds
    earns      BIGINT NOT NULL, -- the referrer
    gift       BIGINT NOT NULL, -- the friend
    currency   TEXT   NOT NULL,
    had        BIGINT NOT NULL, -- 1: they had bought before
    same       BIGINT NOT NULL, -- 1: both are known by the same
    proof_at   BIGINT NOT NULL,
    proof_seq  BIGINT NOT NULL,
    proof_id   TEXT   NOT NULL, -- of the order
    back_at    BIGINT NOT NULL, -- when what proved it was given back in time
    late_at    BIGINT NOT NULL, -- when it was given back too late to count
    state      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    frozen     BIGINT NOT NULL  -- 1: somebody of it was forgotten: it stays as it is
);

CREATE INDEX referral_claims_friend ON referral_claims (friend);
CREATE INDEX referral_claims_referrer ON referral_claims (referrer);
CREATE INDEX referral_claims_code ON referral_claims (code);
CREATE INDEX referral_claims_at ON referral_claims (at);

-- Whose an account is. Without its row nobody knows any more.
CREATE TABLE referral_accounts (
    account  TEXT PRIMARY KEY,
    customer TEXT NOT NULL UNIQUE
);

-- The ledger of rewards: it only grows. A balance is a sum.
CREATE TABLE referral_ledger (
    n         BIGINT PRIMARY KEY,
    key       TEXT   NOT NULL UNIQUE,
    at        BIGINT NOT NULL, -- when it was earned, or lost
    written   BIGINT NOT NULL,
    account   TEXT   NOT NULL,
    claim     TEXT   NOT NULL, -- '' of a milestone
    milestone BIGINT NOT NULL, -- 0 of a claim
    amount    BIGINT NOT NULL, -- minor units; below 0: taken back
    currency  TEXT   NOT NULL,
    why       TEXT   NOT NULL
);

CREATE INDEX referral_ledger_account ON referral_ledger (account, n);

-- Whom we asked to recommend us, and whom not.
CREATE TABLE referral_asks (
    id       TEXT   PRIMARY KEY,
    customer TEXT   NOT NULL,
    about    BIGINT NOT NULL,
    peak_at  BIGINT NOT NULL,
    state    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    at       BIGINT NOT NULL -- when it was decided; of an asked one, when
);

CREATE INDEX referral_asks_customer ON referral_asks (customer, at);

-- How far the log is read; up to effects nobody is asked any more.
CREATE TABLE referral_state (
    position BIGINT NOT NULL,
    effects  BIGINT NOT NULL
);
