-- Device authorizations (RFC 8628): asked for by a device, decided by a person elsewhere, used once.
CREATE TABLE device_codes (
    digest BYTEA PRIMARY KEY,
    user_code BYTEA NOT NULL UNIQUE,
    client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    resource TEXT,
    -- Where the device asked from, for the person who decides.
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- How fast the device may ask, and how it was answered last.
    interval_seconds BIGINT NOT NULL,
    polled_at BIGINT,
    polled_again BOOLEAN NOT NULL,
    slowed_down BOOLEAN NOT NULL,
    -- What the person said, who it was, and in which session.
    allowed BOOLEAN,
    user_id BYTEA REFERENCES users (id) ON DELETE CASCADE,
    session_id BYTEA,
    auth_time BIGINT,
    consumed_at BIGINT
);
CREATE INDEX device_codes_client ON device_codes (client_id);
CREATE INDEX device_codes_user ON device_codes (user_id);
CREATE INDEX device_codes_expiry ON device_codes (expires_at);
