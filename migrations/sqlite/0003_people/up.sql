-- When somebody proved that they read mail at this address; the language they were last seen to read.
ALTER TABLE users ADD COLUMN email_confirmed_at BIGINT;
ALTER TABLE users ADD COLUMN language TEXT;

-- Links that a person opens once: a new password, a new account, another address. See docs/decisions/0011.
CREATE TABLE account_links (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    -- The address the link was sent to, as written, and as addresses are compared.
    email TEXT,
    email_key TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    consumed_at BIGINT
);
CREATE INDEX account_links_user ON account_links (user_id, kind) WHERE user_id IS NOT NULL;
CREATE INDEX account_links_email ON account_links (email_key, kind) WHERE email_key IS NOT NULL;
CREATE INDEX account_links_expiry ON account_links (expires_at);

-- Mails to be sent, sealed: they hold links.
CREATE TABLE mails (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX mails_due ON mails (due_at);
CREATE INDEX mails_created ON mails (created_at);
