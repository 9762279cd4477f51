-- When all links of an account ended: what was asked for until then leads to none any more. See docs/decisions/0011.
ALTER TABLE users ADD COLUMN links_ended_at BIGINT;
