ALTER TABLE audit_events DROP COLUMN project_id;
ALTER TABLE audit_events DROP COLUMN key_id;
ALTER TABLE clients DROP COLUMN rate_limit;
DROP TABLE api_keys;
DROP TABLE project_members;
DROP TABLE projects;
