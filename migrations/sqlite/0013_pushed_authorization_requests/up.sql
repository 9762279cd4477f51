-- Pushed authorization requests (RFC 9126): found by the digest of their URI, answered with one code.
CREATE TABLE pushed_authorization_requests (
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    -- The parameters as a form, without what the client authenticated by.
    parameters TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT
);
CREATE INDEX pushed_authorization_requests_client ON pushed_authorization_requests (client_id);
CREATE INDEX pushed_authorization_requests_expiry ON pushed_authorization_requests (expires_at);
