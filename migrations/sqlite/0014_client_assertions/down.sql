DROP TABLE client_documents;
DROP TABLE client_assertions;
