-- What was lived, in the order of the log: every event that was not seen
-- before. profile_no is 0 for circumstances and decisions. body is opaque.
CREATE TABLE timeline (
  seq         INTEGER PRIMARY KEY,
  profile_no  BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  kind        BIGINT NOT NULL,
  name        TEXT NOT NULL,
  source      TEXT NOT NULL,
  org         TEXT,
  body        BLOB NOT NULL
);
CREATE INDEX timeline_line ON timeline (profile_no, at, seq);
CREATE INDEX timeline_org ON timeline (org, at, seq) WHERE org IS NOT NULL;

-- anchor is one of the dimensions that a circumstance names, as kind:value;
-- until_at is the greatest integer while it lasts.
CREATE TABLE circumstances (
  seq        INTEGER PRIMARY KEY,
  anchor     TEXT NOT NULL,
  kind       TEXT NOT NULL,
  place      TEXT NOT NULL,
  touchpoint TEXT NOT NULL,
  product    TEXT NOT NULL,
  supplier   TEXT NOT NULL,
  from_at    BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  value      TEXT NOT NULL
);
CREATE INDEX circumstances_anchor ON circumstances (anchor, from_at);
