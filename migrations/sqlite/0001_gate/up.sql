-- Times are microseconds since 1970 (UTC), ids are UUIDv7 as 16 bytes, digests are HMAC-SHA-256.

-- One row: the sealed value that tells whether the master key is the right one (contract §14).
CREATE TABLE installation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    canary BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    algorithm TEXT NOT NULL,
    sealed_private_key BLOB NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password BLOB,
    is_admin BOOLEAN NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE setup_links (
    digest BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT
);

CREATE TABLE clients (
    client_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    is_public BOOLEAN NOT NULL,
    secret_digest BLOB,
    redirect_uris TEXT NOT NULL,
    grants TEXT NOT NULL,
    scope TEXT NOT NULL,
    default_scope TEXT NOT NULL,
    auth_method TEXT,
    require_pkce BOOLEAN NOT NULL,
    resource_server BOOLEAN NOT NULL,
    resources TEXT NOT NULL,
    disabled BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

-- A browser that signed in.
CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE consents (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, client_id)
);

-- One family of tokens. Without a client it is a login at a first-party door.
CREATE TABLE authorization_grants (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT REFERENCES clients (client_id) ON DELETE CASCADE,
    session_id BLOB,
    scope TEXT NOT NULL,
    resource TEXT,
    auth_time BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX authorization_grants_user ON authorization_grants (user_id);
CREATE INDEX authorization_grants_client ON authorization_grants (client_id);
CREATE INDEX authorization_grants_session ON authorization_grants (session_id);
CREATE INDEX authorization_grants_expiry ON authorization_grants (expires_at);
CREATE INDEX authorization_grants_revoked ON authorization_grants (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE authorization_codes (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    session_id BLOB NOT NULL,
    redirect_uri TEXT NOT NULL,
    redirect_uri_was_given BOOLEAN NOT NULL,
    scope TEXT NOT NULL,
    code_challenge TEXT,
    nonce TEXT,
    resource TEXT,
    auth_time BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    grant_id BLOB
);
CREATE INDEX authorization_codes_expiry ON authorization_codes (expires_at);

-- The successor is sealed under a key that only the holder of the parent token can derive (contract §5).
CREATE TABLE refresh_tokens (
    digest BLOB PRIMARY KEY,
    grant_id BLOB NOT NULL REFERENCES authorization_grants (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT,
    sealed_successor BLOB
);
CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id);
-- At most the last token of a family has one: rotation finds it without reading the whole family.
CREATE INDEX refresh_tokens_successor ON refresh_tokens (grant_id) WHERE sealed_successor IS NOT NULL;
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

-- What every node follows: see docs/decisions/0004.
CREATE TABLE revocations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX revocations_expiry ON revocations (expires_at);

CREATE TABLE login_throttles (
    name BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    blocked_until BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- A login succeeded from here: until then, what others get wrong elsewhere does not slow its owner down.
    trusted_until BIGINT NOT NULL
);
CREATE INDEX login_throttles_age ON login_throttles (updated_at);

CREATE TABLE audit_events (
    id BLOB PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    user_id BLOB,
    client_id TEXT,
    address TEXT,
    detail TEXT
);
CREATE INDEX audit_events_at ON audit_events (at);
