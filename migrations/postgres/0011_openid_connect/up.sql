-- What a client is registered with beyond RFC 6749: a JSON object with the names of RFC 7591 §2 and its extensions.
ALTER TABLE clients ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
-- The `claims` parameter (OpenID Connect Core §5.5), a JSON object, and the thumbprint of the DPoP key (RFC 9449 §10, §5).
ALTER TABLE authorization_codes ADD COLUMN claims TEXT;
ALTER TABLE authorization_codes ADD COLUMN dpop_jkt TEXT;
ALTER TABLE authorization_grants ADD COLUMN claims TEXT;
ALTER TABLE authorization_grants ADD COLUMN dpop_jkt TEXT;
