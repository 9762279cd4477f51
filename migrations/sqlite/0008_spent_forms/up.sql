-- Forms of pages that were sent: a second time they do nothing. Kept for as long as their tokens would be good.
CREATE TABLE spent_forms (
    digest BLOB PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX spent_forms_expiry ON spent_forms (expires_at);
