-- Clients that registered themselves (RFC 7591), and the digest of the token by which each of them reads, changes and removes what it
-- registered (RFC 7592 §3). `used_at` is when something that people allowed it was last seen, and empty before the first time.
CREATE TABLE client_registrations (
    client_id TEXT PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    registered_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX client_registrations_age ON client_registrations (used_at, registered_at);
-- Initial access tokens (RFC 7591 §1.2): who has one may register as many clients as it has uses.
CREATE TABLE registration_tokens (
    id BYTEA PRIMARY KEY,
    digest BYTEA NOT NULL UNIQUE,
    uses INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX registration_tokens_expiry ON registration_tokens (expires_at);
