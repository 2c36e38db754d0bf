-- A profile is a cluster of identifiers before any merge; customer_no is the
-- profile_no of the profile that survived its merges. changed_seq is 0 until a
-- merge or an undo changes its customer; gone_seq is 0 until it is let go.
CREATE TABLE profiles (
  profile_no  BIGINT PRIMARY KEY,
  customer_no BIGINT NOT NULL,
  created_seq BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  identified  BIGINT NOT NULL,
  changed_seq BIGINT NOT NULL,
  gone_seq    BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX profiles_created ON profiles (created_seq);
CREATE INDEX profiles_customer ON profiles (customer_no);
CREATE INDEX profiles_changed ON profiles (changed_seq) WHERE changed_seq > 0;

-- id is the key of kind and value, value the normal form ('' of what was
-- erased). Kept profile by profile; found by id.
CREATE TABLE identifiers (
  profile_no BIGINT NOT NULL,
  id         BYTEA NOT NULL,
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  source     TEXT NOT NULL,
  seq        BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (profile_no, id)
);
CREATE UNIQUE INDEX identifiers_id ON identifiers (id);

-- An edge between two profiles. The side of into_profile survived.
CREATE TABLE merges (
  merge_id     BIGINT PRIMARY KEY,
  into_profile BIGINT NOT NULL,
  from_profile BIGINT NOT NULL,
  evidence     TEXT NOT NULL,
  value        TEXT NOT NULL,
  seq          BIGINT NOT NULL,
  at           BIGINT NOT NULL,
  made_by      TEXT NOT NULL,
  undone_seq   BIGINT NOT NULL DEFAULT 0,
  undone_at    BIGINT NOT NULL DEFAULT 0,
  undone_by    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX merges_into ON merges (into_profile);
CREATE INDEX merges_from ON merges (from_profile);

-- Pairs of profiles whose customers no rule may join. a < b.
CREATE TABLE kept_apart (
  a   BIGINT NOT NULL,
  b   BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  PRIMARY KEY (a, b)
);

-- Merges that wait for a person. a < b.
CREATE TABLE suggestions (
  suggestion_id BIGINT PRIMARY KEY,
  a             BIGINT NOT NULL,
  b             BIGINT NOT NULL,
  evidence      TEXT NOT NULL,
  value         TEXT NOT NULL,
  source        TEXT NOT NULL,
  seq           BIGINT NOT NULL,
  at            BIGINT NOT NULL,
  dismissed_seq BIGINT NOT NULL DEFAULT 0,
  UNIQUE (a, b, evidence, value)
);
CREATE INDEX suggestions_b ON suggestions (b);
