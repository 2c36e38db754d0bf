CREATE FUNCTION account_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log only grows'; END $$;

CREATE TRIGGER account_audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON account_audit
FOR EACH STATEMENT EXECUTE FUNCTION account_audit_only_grows();
