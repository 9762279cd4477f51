DROP TABLE registration_tokens;
DROP TABLE client_registrations;
