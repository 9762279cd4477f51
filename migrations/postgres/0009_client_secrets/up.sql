-- The secret before the last one, for as long as it goes on working beside it. Two are good at most (security §3, 36).
ALTER TABLE clients ADD COLUMN previous_secret_digest BYTEA;
ALTER TABLE clients ADD COLUMN previous_secret_until BIGINT;
