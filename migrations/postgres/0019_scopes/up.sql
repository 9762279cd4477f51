-- Scopes that the operator registered (RFC 6749 §3.3), with what people read of them: `translations` is a JSON object, texts by
-- language.
CREATE TABLE scopes (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    translations TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
