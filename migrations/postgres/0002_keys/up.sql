CREATE TABLE projects (
    id BYTEA PRIMARY KEY,
    name TEXT NOT NULL,
    is_public BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX projects_public ON projects (id) WHERE is_public;

CREATE TABLE project_members (
    project_id BYTEA NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, user_id)
);
CREATE INDEX project_members_user ON project_members (user_id, project_id);

-- One row for each key a person made; regenerating gives the row another secret. See docs/decisions/0010.
CREATE TABLE api_keys (
    id BYTEA PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    -- The secret before the last rotation, good until its overlap ends (contract §9).
    previous_digest BYTEA UNIQUE,
    previous_until BIGINT,
    user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id BYTEA REFERENCES projects (id) ON DELETE CASCADE,
    -- What an account has only one of: its Barbell key, its command line's key, the key of one app.
    slot TEXT,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    scope TEXT NOT NULL,
    environment TEXT,
    ip_allow TEXT NOT NULL,
    metadata TEXT NOT NULL,
    rate_limit BIGINT,
    created_at BIGINT NOT NULL,
    secret_created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    disabled_at BIGINT,
    revoked_at BIGINT,
    sealed_key BYTEA
);
CREATE UNIQUE INDEX api_keys_slot ON api_keys (user_id, slot) WHERE slot IS NOT NULL;
CREATE INDEX api_keys_user ON api_keys (user_id, id);
CREATE INDEX api_keys_project ON api_keys (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX api_keys_expiry ON api_keys (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX api_keys_revoked ON api_keys (revoked_at) WHERE revoked_at IS NOT NULL;

-- Requests an hour of a client's tokens, instead of those of all OAuth tokens (contract §12).
ALTER TABLE clients ADD COLUMN rate_limit BIGINT;

ALTER TABLE audit_events ADD COLUMN key_id BYTEA;
ALTER TABLE audit_events ADD COLUMN project_id BYTEA;
