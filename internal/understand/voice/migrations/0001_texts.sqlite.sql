-- Everything here is derived from the log.
CREATE TABLE voice_state (
	version    INTEGER NOT NULL,
	position   INTEGER NOT NULL,
	model      INTEGER NOT NULL, -- the version of the model that classified …
	text_model TEXT NOT NULL,    -- … and the text model that read …
	done       INTEGER NOT NULL, -- … the texts up to here
	upto       INTEGER NOT NULL  -- … and those after here
);
-- What many texts share stands once.
CREATE TABLE contexts (
	no INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, question TEXT NOT NULL,
	touchpoint TEXT NOT NULL, stage TEXT NOT NULL, channel TEXT NOT NULL, medium TEXT NOT NULL,
	area TEXT NOT NULL, supplier TEXT NOT NULL, place TEXT NOT NULL
);
CREATE TABLE readings (
	no INTEGER PRIMARY KEY, language TEXT NOT NULL, polarity TEXT NOT NULL, emotion TEXT NOT NULL, topics TEXT NOT NULL, corrected INTEGER NOT NULL, alone TEXT NOT NULL, elsewhere INTEGER NOT NULL
);
CREATE TABLE scores (no INTEGER PRIMARY KEY, metric TEXT NOT NULL, scale TEXT NOT NULL, value REAL NOT NULL);
CREATE TABLE texts (
	id         INTEGER PRIMARY KEY, -- ascends with time, then arrival
	seq        INTEGER NOT NULL,
	item       INTEGER NOT NULL,
	profile_no INTEGER NOT NULL,
	at         INTEGER NOT NULL,
	context    INTEGER NOT NULL,
	reading    INTEGER NOT NULL,
	score      INTEGER NOT NULL, -- 0: none
	sentiment  REAL NOT NULL,
	response   TEXT NOT NULL,
	words      TEXT NOT NULL
);
CREATE UNIQUE INDEX texts_ref ON texts (seq, item);
CREATE INDEX texts_profile ON texts (profile_no);
CREATE INDEX texts_response ON texts (response) WHERE response <> '';
-- Written beside texts, not by triggers: each statement of one would flush the index.
CREATE VIRTUAL TABLE texts_fts USING fts5(words, content = 'texts', content_rowid = 'id', detail = none, prefix = '3 4 5 6', tokenize = "unicode61 remove_diacritics 2");
INSERT INTO texts_fts (texts_fts, rank) VALUES ('secure-delete', 1);
-- The scores of responses that come in several events.
CREATE TABLE given (
	seq INTEGER NOT NULL, item INTEGER NOT NULL, question TEXT NOT NULL, response TEXT NOT NULL, profile_no INTEGER NOT NULL, score INTEGER NOT NULL,
	PRIMARY KEY (seq, item)
);
CREATE INDEX given_response ON given (response);
CREATE INDEX given_profile ON given (profile_no);
CREATE TABLE labels (
	seq INTEGER NOT NULL, item INTEGER NOT NULL, language TEXT, polarity TEXT, emotion TEXT, topics TEXT, person TEXT NOT NULL, at INTEGER NOT NULL,
	PRIMARY KEY (seq, item)
);
-- What a language model elsewhere said of texts of which ours knew no topic; topic '': none of them.
CREATE TABLE guesses (seq INTEGER NOT NULL, item INTEGER NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (seq, item));
-- What counts no more: a later answer corrected it, or a mention was edited or taken back.
CREATE TABLE superseded (seq INTEGER NOT NULL, question TEXT NOT NULL, PRIMARY KEY (seq, question)); -- question '': all of it
-- The event by which each mention is told as it is now.
CREATE TABLE published (hash BLOB PRIMARY KEY, seq INTEGER NOT NULL, edited INTEGER NOT NULL, deleted INTEGER NOT NULL);
CREATE TABLE clusters (profile_no INTEGER PRIMARY KEY, customer_no INTEGER NOT NULL);
-- Hashes of the messages that belong to no customer: memory does not tell which came twice.
CREATE TABLE heard (hash BLOB PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
