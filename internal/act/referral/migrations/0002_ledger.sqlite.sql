-- What is in the ledger stays as it is.
CREATE TRIGGER referral_ledger_kept BEFORE UPDATE ON referral_ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
CREATE TRIGGER referral_ledger_whole BEFORE DELETE ON referral_ledger
BEGIN SELECT RAISE(ABORT, 'the ledger only grows'); END;
