-- What administrators look for, found without reading everything. Names are looked for by how they begin.
CREATE INDEX users_disabled ON users (username_key) WHERE disabled_at IS NOT NULL;
CREATE INDEX users_admin ON users (username_key) WHERE is_admin;


CREATE INDEX api_keys_name ON api_keys (name);
CREATE INDEX api_keys_hint ON api_keys (hint);
CREATE INDEX api_keys_disabled ON api_keys (id) WHERE disabled_at IS NOT NULL;
CREATE INDEX api_keys_limited ON api_keys (id) WHERE rate_limit IS NOT NULL;

CREATE INDEX IF NOT EXISTS audit_events_user ON audit_events (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_events_client ON audit_events (client_id, id) WHERE client_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_events_key ON audit_events (key_id, id) WHERE key_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_events_project ON audit_events (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS audit_events_kind ON audit_events (kind, id);
