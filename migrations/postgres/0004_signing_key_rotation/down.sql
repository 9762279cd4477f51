DELETE FROM signing_keys WHERE revoked_at IS NOT NULL;
ALTER TABLE signing_keys DROP COLUMN revoked_at;
ALTER TABLE signing_keys DROP COLUMN active_at;
