-- What somebody of the company committed to do by a day. Times are microseconds;
-- settled is when it was kept or broken, taken back or 0.
CREATE TABLE programme_commitments (
    id      BIGINT PRIMARY KEY,
    person  TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    target  BIGINT NOT NULL,
    words   TEXT   NOT NULL,
    made    BIGINT NOT NULL,
    due     BIGINT NOT NULL,
    state   TEXT   NOT NULL,
    done    BIGINT NOT NULL,
    settled BIGINT NOT NULL
);

-- How many said each level of each side of maturity, in batches of five people: of
-- nobody. round is a quarter.
CREATE TABLE programme_maturity (
    round TEXT   NOT NULL,
    batch BIGINT NOT NULL,
    side  TEXT   NOT NULL,
    level BIGINT NOT NULL,
    n     BIGINT NOT NULL,
    PRIMARY KEY (round, batch, side, level)
);

-- Who has said it, as a keyed hash: nobody counts twice.
CREATE TABLE programme_said (
    round TEXT NOT NULL,
    who   TEXT NOT NULL,
    PRIMARY KEY (round, who)
);

-- What people of the company would have done, by week and area. at is when it was
-- said first.
CREATE TABLE programme_answers (
    week   TEXT   NOT NULL,
    area   TEXT   NOT NULL,
    person TEXT   NOT NULL,
    words  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    PRIMARY KEY (week, area, person)
);

CREATE INDEX programme_answers_at ON programme_answers (at);
