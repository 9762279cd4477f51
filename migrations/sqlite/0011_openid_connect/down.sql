ALTER TABLE authorization_grants DROP COLUMN dpop_jkt;
ALTER TABLE authorization_grants DROP COLUMN claims;
ALTER TABLE authorization_codes DROP COLUMN dpop_jkt;
ALTER TABLE authorization_codes DROP COLUMN claims;
ALTER TABLE clients DROP COLUMN metadata;
