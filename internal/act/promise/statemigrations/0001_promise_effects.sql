-- What changed before is not told: a restore sets it.
CREATE TABLE promise_effects (at BIGINT NOT NULL);
