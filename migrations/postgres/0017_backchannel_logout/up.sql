-- Clients that know a session by an ID token, and are told when it ends (OpenID Connect Back-Channel Logout §2.3, §2.5). While it lasts
-- `ended_at` and `due_at` are empty; then `due_at` says when the client is told, or told again. Neither user nor session is referred
-- to: an account that is deleted takes nobody's news along.
CREATE TABLE backchannel_logouts (
    id BYTEA PRIMARY KEY,
    session_id BYTEA NOT NULL,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    user_id BYTEA NOT NULL,
    ended_at BIGINT,
    due_at BIGINT,
    attempts INTEGER NOT NULL DEFAULT 0,
    UNIQUE (session_id, client_id)
);
CREATE INDEX backchannel_logouts_user ON backchannel_logouts (user_id);
CREATE INDEX backchannel_logouts_due ON backchannel_logouts (due_at);
CREATE INDEX backchannel_logouts_client ON backchannel_logouts (client_id);
