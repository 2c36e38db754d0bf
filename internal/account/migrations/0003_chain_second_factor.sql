-- Every entry of the audit log carries a hash over the one before it and
-- itself; those of before get theirs when the service opens.
ALTER TABLE account_audit ADD COLUMN hash TEXT NOT NULL DEFAULT '';
CREATE INDEX account_audit_principal ON account_audit (principal, id);
CREATE INDEX account_audit_object ON account_audit (object, id);

-- What a session is, so that its person knows it again, and what it waits for:
-- '' nothing, 'code' a one-time code, 'enrol' a second factor to be set up.
ALTER TABLE account_sessions ADD COLUMN way     TEXT NOT NULL DEFAULT '';
ALTER TABLE account_sessions ADD COLUMN waits   TEXT NOT NULL DEFAULT '';
ALTER TABLE account_sessions ADD COLUMN device  TEXT NOT NULL DEFAULT '';
ALTER TABLE account_sessions ADD COLUMN network TEXT NOT NULL DEFAULT '';

ALTER TABLE account_links ADD COLUMN id         TEXT   NOT NULL DEFAULT '';
ALTER TABLE account_links ADD COLUMN recovers   BIGINT NOT NULL DEFAULT 0; -- sets a new password
ALTER TABLE account_links ADD COLUMN made_by    TEXT   NOT NULL DEFAULT '';
ALTER TABLE account_links ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
UPDATE account_links SET id = 'l_' || substr(hash, 1, 26);
CREATE UNIQUE INDEX account_links_id ON account_links (id);

ALTER TABLE account_people ADD COLUMN external_id   TEXT   NOT NULL DEFAULT ''; -- of the directory that provisions them
ALTER TABLE account_people ADD COLUMN given_name    TEXT   NOT NULL DEFAULT '';
ALTER TABLE account_people ADD COLUMN family_name   TEXT   NOT NULL DEFAULT '';
ALTER TABLE account_people ADD COLUMN totp          TEXT   NOT NULL DEFAULT ''; -- the secret, encrypted with the key file
ALTER TABLE account_people ADD COLUMN totp_since    BIGINT NOT NULL DEFAULT 0;  -- in force since; 0: not
ALTER TABLE account_people ADD COLUMN totp_step     BIGINT NOT NULL DEFAULT 0;  -- the last one used
ALTER TABLE account_people ADD COLUMN totp_required BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX account_people_external ON account_people (external_id) WHERE external_id <> '';

CREATE TABLE account_recovery_codes (
    hash      TEXT   PRIMARY KEY,
    person_id BIGINT NOT NULL REFERENCES account_people (id)
);
CREATE INDEX account_recovery_codes_person ON account_recovery_codes (person_id);

CREATE TABLE account_identities (
    issuer    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    person_id BIGINT NOT NULL REFERENCES account_people (id),
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE UNIQUE INDEX account_identities_person ON account_identities (person_id, issuer);
