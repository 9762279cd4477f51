-- Scopes that applications which nobody registered may ask for, too.
ALTER TABLE scopes ADD COLUMN for_anybody BOOLEAN NOT NULL DEFAULT FALSE;
-- Clients that were registered with an initial access token make no room for others. Those from before are known by their audit events.
ALTER TABLE client_registrations ADD COLUMN by_token BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE client_registrations SET by_token = TRUE WHERE client_id IN (
    SELECT client_id FROM audit_events
    WHERE kind = 'client_created' AND detail LIKE 'by dynamic registration, with the initial access token %'
);
