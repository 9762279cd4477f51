DROP TABLE mails;
DROP TABLE account_links;
ALTER TABLE users DROP COLUMN language;
ALTER TABLE users DROP COLUMN email_confirmed_at;
