-- When a key may sign; NULL for keys made before there was rotation, which signed at once. When it stops follows from the
-- key after it. See docs/signing-keys.md.
ALTER TABLE signing_keys ADD COLUMN active_at BIGINT;
ALTER TABLE signing_keys ADD COLUMN revoked_at BIGINT;
