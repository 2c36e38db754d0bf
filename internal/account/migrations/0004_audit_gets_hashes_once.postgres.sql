DROP TRIGGER account_audit_no_change ON account_audit;
CREATE TRIGGER account_audit_no_delete BEFORE DELETE OR TRUNCATE ON account_audit
FOR EACH STATEMENT EXECUTE FUNCTION account_audit_only_grows();
CREATE TRIGGER account_audit_no_update BEFORE UPDATE ON account_audit
FOR EACH ROW WHEN (OLD.hash <> '') EXECUTE FUNCTION account_audit_only_grows();
