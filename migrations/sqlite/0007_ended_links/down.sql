ALTER TABLE users DROP COLUMN links_ended_at;
