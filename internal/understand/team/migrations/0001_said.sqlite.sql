-- Everything here is derived from the log.
CREATE TABLE team_state (position INTEGER NOT NULL);
INSERT INTO team_state (position) VALUES (0);
-- What the team said and what was decided about its ideas, as it stands in the log.
CREATE TABLE team_said (
	seq         INTEGER PRIMARY KEY,
	hash        BLOB    NOT NULL UNIQUE, -- of the message: what came twice counts once
	kind        INTEGER NOT NULL,
	name        TEXT    NOT NULL,
	at          INTEGER NOT NULL,
	received_at INTEGER NOT NULL,
	body        TEXT    NOT NULL,
	properties  TEXT    NOT NULL
);
