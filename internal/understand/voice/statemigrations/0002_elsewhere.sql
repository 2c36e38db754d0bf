-- How often a language model elsewhere was asked on a day, and how well it was found to label.
CREATE TABLE text_elsewhere (
	one   BIGINT PRIMARY KEY, -- 1
	day   BIGINT NOT NULL,    -- since 1970, UTC
	asked BIGINT NOT NULL,
	judged TEXT NOT NULL,     -- what the audit is of: both models and the topics; '' without one
	audit TEXT NOT NULL,      -- JSON
	at    BIGINT NOT NULL
);
