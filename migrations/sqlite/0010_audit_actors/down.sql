ALTER TABLE audit_events DROP COLUMN actor_through;
ALTER TABLE audit_events DROP COLUMN actor_name;
ALTER TABLE audit_events DROP COLUMN actor_id;
ALTER TABLE audit_events DROP COLUMN actor_kind;
