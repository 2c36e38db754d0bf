-- body is JSON. public_at is 0 while it is not; noted is how many the initiative
-- knows were told.
CREATE TABLE told_stories (
    initiative TEXT   PRIMARY KEY,
    public_at  BIGINT NOT NULL,
    noted      BIGINT NOT NULL,
    body       TEXT   NOT NULL
);

-- Who is told, or is about to be. why is why not, '' else.
CREATE TABLE told_customers (
    initiative TEXT   NOT NULL,
    customer   TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- waiting, told or not
    why        TEXT   NOT NULL,
    since      BIGINT NOT NULL, -- waiting, told or given up
    PRIMARY KEY (initiative, customer)
);

CREATE INDEX told_customers_customer ON told_customers (customer);
