-- DPoP proofs that were used at an endpoint of this server (RFC 9449 §11.1), until they are too old to be used again.
CREATE TABLE dpop_proofs (
    digest BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX dpop_proofs_expiry ON dpop_proofs (expires_at);
