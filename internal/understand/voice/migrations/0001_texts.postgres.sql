-- Everything here is derived from the log.
CREATE TABLE voice_state (
	version    BIGINT NOT NULL,
	position   BIGINT NOT NULL,
	model      BIGINT NOT NULL, -- the version of the model that classified …
	text_model TEXT NOT NULL,   -- … and the text model that read …
	done       BIGINT NOT NULL, -- … the texts up to here
	upto       BIGINT NOT NULL  -- … and those after here
);
-- What many texts share stands once.
CREATE TABLE contexts (
	no BIGINT PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, question TEXT NOT NULL,
	touchpoint TEXT NOT NULL, stage TEXT NOT NULL, channel TEXT NOT NULL, medium TEXT NOT NULL,
	area TEXT NOT NULL, supplier TEXT NOT NULL, place TEXT NOT NULL
);
CREATE TABLE readings (
	no BIGINT PRIMARY KEY, language TEXT NOT NULL, polarity TEXT NOT NULL, emotion TEXT NOT NULL, topics TEXT NOT NULL, corrected BIGINT NOT NULL, alone TEXT NOT NULL, elsewhere BIGINT NOT NULL
);
CREATE TABLE scores (no BIGINT PRIMARY KEY, metric TEXT NOT NULL, scale TEXT NOT NULL, value DOUBLE PRECISION NOT NULL);
CREATE TABLE texts (
	id         BIGINT PRIMARY KEY, -- ascends with time, then arrival
	seq        BIGINT NOT NULL,
	item       BIGINT NOT NULL,
	profile_no BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	context    BIGINT NOT NULL,
	reading    BIGINT NOT NULL,
	score      BIGINT NOT NULL, -- 0: none
	sentiment  DOUBLE PRECISION NOT NULL,
	response   TEXT NOT NULL,
	words      TEXT NOT NULL,
	search     TSVECTOR NOT NULL -- of the words as fold.go folds them
);
CREATE UNIQUE INDEX texts_ref ON texts (seq, item);
CREATE INDEX texts_profile ON texts (profile_no);
CREATE INDEX texts_response ON texts (response) WHERE response <> '';
CREATE INDEX texts_search ON texts USING GIN (search);
-- The scores of responses that come in several events.
CREATE TABLE given (
	seq BIGINT NOT NULL, item BIGINT NOT NULL, question TEXT NOT NULL, response TEXT NOT NULL, profile_no BIGINT NOT NULL, score BIGINT NOT NULL,
	PRIMARY KEY (seq, item)
);
CREATE INDEX given_response ON given (response);
CREATE INDEX given_profile ON given (profile_no);
CREATE TABLE labels (
	seq BIGINT NOT NULL, item BIGINT NOT NULL, language TEXT, polarity TEXT, emotion TEXT, topics TEXT, person TEXT NOT NULL, at BIGINT NOT NULL,
	PRIMARY KEY (seq, item)
);
-- What a language model elsewhere said of texts of which ours knew no topic; topic '': none of them.
CREATE TABLE guesses (seq BIGINT NOT NULL, item BIGINT NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (seq, item));
-- What counts no more: a later answer corrected it, or a mention was edited or taken back.
CREATE TABLE superseded (seq BIGINT NOT NULL, question TEXT NOT NULL, PRIMARY KEY (seq, question)); -- question '': all of it
-- The event by which each mention is told as it is now.
CREATE TABLE published (hash BYTEA PRIMARY KEY, seq BIGINT NOT NULL, edited BIGINT NOT NULL, deleted BIGINT NOT NULL);
CREATE TABLE clusters (profile_no BIGINT PRIMARY KEY, customer_no BIGINT NOT NULL);
-- Hashes of the messages that belong to no customer: memory does not tell which came twice.
CREATE TABLE heard (hash BYTEA PRIMARY KEY, seq BIGINT NOT NULL);
