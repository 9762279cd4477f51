-- Client assertions that were used (RFC 7523 §3): each counts once, and is remembered until it ends by itself.
CREATE TABLE client_assertions (
    -- SHA-256 of client and `jti`.
    digest BLOB PRIMARY KEY,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL
);
CREATE INDEX client_assertions_client ON client_assertions (client_id);
CREATE INDEX client_assertions_expiry ON client_assertions (expires_at);
-- Clients that describe themselves in a Client ID Metadata Document, and how fresh what was read there is.
CREATE TABLE client_documents (
    client_id TEXT PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
    fetched_at BIGINT NOT NULL,
    fresh_until BIGINT NOT NULL
);
CREATE INDEX client_documents_age ON client_documents (fetched_at);
