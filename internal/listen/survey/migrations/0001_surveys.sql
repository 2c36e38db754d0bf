-- Links: personal ones, and those of posters, widgets and kiosks.
CREATE TABLE survey_links (
	id           TEXT   NOT NULL PRIMARY KEY,
	survey       TEXT   NOT NULL,
	way          TEXT   NOT NULL,
	customer     TEXT   NOT NULL, -- '' when it is nobody's
	about        TEXT   NOT NULL, -- properties that the answers carry, as a JSON object
	at           BIGINT NOT NULL, -- when what it is about was lived; 0: nothing in particular
	event        TEXT   NOT NULL, -- its name
	touchpoint   TEXT   NOT NULL,
	place        TEXT   NOT NULL,
	language     TEXT   NOT NULL,
	made_at      BIGINT NOT NULL,
	expires_at   BIGINT NOT NULL, -- 0: never
	revoked_at   BIGINT NOT NULL,
	opened_at    BIGINT NOT NULL, -- first; 0: not yet
	completed_at BIGINT NOT NULL
);
CREATE INDEX survey_links_by_survey ON survey_links (survey, made_at);
CREATE INDEX survey_links_by_customer ON survey_links (customer);

-- How far each response is. One through a personal link has the link's id, but
-- when the survey is anonymous.
CREATE TABLE survey_responses (
	id           TEXT   NOT NULL PRIMARY KEY,
	survey       TEXT   NOT NULL,
	way          TEXT   NOT NULL,
	touchpoint   TEXT   NOT NULL,
	place        TEXT   NOT NULL,
	customer     TEXT   NOT NULL,
	begun_at     BIGINT NOT NULL,
	completed_at BIGINT NOT NULL,
	suspect      BIGINT NOT NULL,
	revision     BIGINT NOT NULL, -- one more with each post that was kept
	given        TEXT   NOT NULL, -- what was answered, by question: {"score": ["4"]}
	sent         TEXT   NOT NULL  -- the answer in the log of each question: {"score": 4711}
);
CREATE INDEX survey_responses_by_survey ON survey_responses (survey, begun_at);
CREATE INDEX survey_responses_by_customer ON survey_responses (customer);

-- Which response an answer in the log is of.
CREATE TABLE survey_answers (
	seq      BIGINT NOT NULL PRIMARY KEY,
	response TEXT   NOT NULL
);
CREATE INDEX survey_answers_by_response ON survey_answers (response);
