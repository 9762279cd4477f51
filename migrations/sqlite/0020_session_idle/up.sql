-- When a session ends if it is not used again (security §3, 55). One from before has its whole time until it is next used.
ALTER TABLE sessions ADD COLUMN idle_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET idle_at = expires_at;
