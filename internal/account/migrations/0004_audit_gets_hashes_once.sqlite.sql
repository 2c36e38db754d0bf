DROP TRIGGER account_audit_no_update;
CREATE TRIGGER account_audit_no_update BEFORE UPDATE ON account_audit WHEN OLD.hash <> ''
BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END;
