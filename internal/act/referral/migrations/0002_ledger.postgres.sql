-- What is in the ledger stays as it is.
CREATE FUNCTION referral_ledger_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger only grows'; END $$;
CREATE TRIGGER referral_ledger_kept BEFORE UPDATE OR DELETE ON referral_ledger
FOR EACH ROW EXECUTE FUNCTION referral_ledger_grows();
