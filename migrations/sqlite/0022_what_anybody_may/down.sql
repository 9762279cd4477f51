ALTER TABLE client_registrations DROP COLUMN by_token;
ALTER TABLE scopes DROP COLUMN for_anybody;
