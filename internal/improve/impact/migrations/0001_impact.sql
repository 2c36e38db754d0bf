-- Who was drawn into which arm. unit is the customer's id, or "org:" and the
-- organisation's; customer is who was drawn. Times are microseconds, 0 when it has
-- not happened.
CREATE TABLE impact_arms (
    initiative TEXT   NOT NULL,
    unit       TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    arm        TEXT   NOT NULL,
    exclusive  TEXT   NOT NULL, -- the group in which the unit takes part in nothing else, or ''
    drawn_at   BIGINT NOT NULL,
    exposed_at BIGINT NOT NULL,
    PRIMARY KEY (initiative, unit, customer)
);

CREATE INDEX impact_arms_customer ON impact_arms (customer);
CREATE INDEX impact_arms_unit ON impact_arms (unit, exclusive);

-- body is JSON, sums only. At most one a day that is not final is kept.
CREATE TABLE impact_evaluations (
    id         TEXT   PRIMARY KEY,
    initiative TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    final      BIGINT NOT NULL,
    told       BIGINT NOT NULL, -- 1: whose initiative it is knows
    body       TEXT   NOT NULL,
    UNIQUE (initiative, number)
);
