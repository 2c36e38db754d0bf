-- One row: how far the memory is, and its counters. version is of the rules in
-- Go; when either changes the memory is made again from the log.
CREATE TABLE memory_state (
  version    BIGINT NOT NULL,
  position   BIGINT NOT NULL,
  events     BIGINT NOT NULL,
  answers    BIGINT NOT NULL,
  duplicates BIGINT NOT NULL,
  customers  BIGINT NOT NULL
);

-- The models that were applied, by the seq since which their rules act.
CREATE TABLE models (
  seq   BIGINT PRIMARY KEY,
  model TEXT NOT NULL
);

-- What the log holds of a profile beside its timeline: repeats, what is left of
-- erased events, decisions about it. Repeats of nobody known are of profile 0.
CREATE TABLE traces (
  profile_no BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  PRIMARY KEY (profile_no, seq)
);

-- The customers as they are now; their ids stand in profiles.
CREATE TABLE customers (
  customer_no BIGINT PRIMARY KEY,
  name        TEXT NOT NULL DEFAULT '',
  email       TEXT NOT NULL DEFAULT '',
  identified  BIGINT NOT NULL,
  first_at    BIGINT NOT NULL,
  last_at     BIGINT NOT NULL,
  events      BIGINT NOT NULL,
  answers     BIGINT NOT NULL
);
CREATE INDEX customers_last ON customers (last_at, customer_no);

-- The newest value that each source said of each trait; value is JSON.
CREATE TABLE traits (
  profile_no BIGINT NOT NULL,
  name       TEXT NOT NULL,
  source     TEXT NOT NULL,
  value      TEXT NOT NULL,
  at         BIGINT NOT NULL,
  seq        BIGINT NOT NULL,
  PRIMARY KEY (profile_no, name, source)
);

-- What each profile of an answer's customer says of the traits as they were, when
-- others than the answer's say some. seq is the answer's, said_seq of what said it.
CREATE TABLE answer_traits (
  seq        BIGINT NOT NULL,
  profile_no BIGINT NOT NULL,
  name       TEXT NOT NULL,
  value      TEXT NOT NULL,
  at         BIGINT NOT NULL,
  said_seq   BIGINT NOT NULL,
  PRIMARY KEY (seq, profile_no, name)
);
CREATE INDEX answer_traits_profile ON answer_traits (profile_no, seq);

-- The words by which profiles are found.
CREATE TABLE words (
  word       TEXT COLLATE "C" NOT NULL,
  profile_no BIGINT NOT NULL,
  PRIMARY KEY (word, profile_no)
);
CREATE INDEX words_profile ON words (profile_no, word);

CREATE TABLE organizations (
  org      TEXT COLLATE "C" PRIMARY KEY,
  name     TEXT NOT NULL,
  folded   TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at  BIGINT NOT NULL,
  events   BIGINT NOT NULL,
  answers  BIGINT NOT NULL
);
CREATE INDEX organizations_last ON organizations (last_at, org);

CREATE TABLE organization_members (
  org        TEXT NOT NULL,
  profile_no BIGINT NOT NULL,
  PRIMARY KEY (org, profile_no)
);
CREATE INDEX organization_members_profile ON organization_members (profile_no);

CREATE TABLE organization_traits (
  org    TEXT NOT NULL,
  name   TEXT NOT NULL,
  source TEXT NOT NULL,
  value  TEXT NOT NULL,
  at     BIGINT NOT NULL,
  seq    BIGINT NOT NULL,
  PRIMARY KEY (org, name, source)
);
