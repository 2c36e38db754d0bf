-- Everything here is derived from the log.
CREATE TABLE team_state (position BIGINT NOT NULL);
INSERT INTO team_state (position) VALUES (0);
-- What the team said and what was decided about its ideas, as it stands in the log.
CREATE TABLE team_said (
	seq         BIGINT PRIMARY KEY,
	hash        BYTEA   NOT NULL UNIQUE, -- of the message: what came twice counts once
	kind        BIGINT NOT NULL,
	name        TEXT    NOT NULL,
	at          BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	body        TEXT    NOT NULL,
	properties  TEXT    NOT NULL
);
