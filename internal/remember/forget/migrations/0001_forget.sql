-- What was forgotten, with not a word about whom: customer is an opaque id,
-- empty for what expired. done_at is 0 while it is under way. receipt is JSON.
CREATE TABLE forget_receipts (
  id       BIGINT PRIMARY KEY,
  customer TEXT   NOT NULL,
  done_at  BIGINT NOT NULL,
  receipt  TEXT   NOT NULL
);
CREATE INDEX forget_receipts_customer ON forget_receipts (customer);

-- Every id that led to a forgotten customer.
CREATE TABLE forget_ids (
  customer TEXT   PRIMARY KEY,
  receipt  BIGINT NOT NULL
);

-- The stretch of events that is just being let expire: their seqs as JSON.
CREATE TABLE forget_stretches (
  receipt BIGINT PRIMARY KEY,
  seqs    TEXT   NOT NULL
);
