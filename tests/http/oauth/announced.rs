//! What discovery lists works, each member of a list by itself, and what it does not list is refused (RFC 8414 §2, RFC 9449 §5.1).

use portcullis::oauth::client::AuthMethod;
use portcullis::oauth::client_metadata::ClientMetadata;
use serde_json::{Value, json};

use crate::support::actor::asks;
use crate::support::client_key::{ClientKey, TYPE, claims, registers};
use crate::support::exchange::Reply;
use crate::support::jwt::unproved;
use crate::support::seed::unused;
use crate::support::server::TestServer;
use crate::support::signing_key::SigningKey;

/// What the member `name` of the metadata lists.
fn listed(server: &TestServer, name: &str) -> Vec<String> {
    let metadata = server.actor().get("/.well-known/oauth-authorization-server").send().expect(200).json();
    let listed: Vec<String> = serde_json::from_value(metadata[name].clone()).unwrap();
    assert!(!listed.is_empty(), "{name}");
    listed
}

fn keyed(server: &TestServer, id: &str, key: &Value) {
    let jwks = Some(json!({"keys": [key]}));
    registers(server, id, ClientMetadata { jwks, ..ClientMetadata::default() });
}

/// Whatever `method` needs to send `token` to `path`.
fn sends(server: &TestServer, key: &ClientKey, method: AuthMethod, path: &str, token: &str) -> Reply {
    let actor = server.actor();
    let secret = |id: &str| server.seed.secret(id).unwrap().to_owned();
    let (request, token) = (actor.post(path), ("token", token));
    match method {
        AuthMethod::ClientSecretBasic => request.basic("robot", &secret("robot")).form(&[token]),
        AuthMethod::ClientSecretPost => {
            request.form(&[("client_id", "post"), ("client_secret", &secret("post")), token])
        }
        AuthMethod::PrivateKeyJwt => {
            let assertion = key.asserts(server, "keyed");
            request.form(&[("client_assertion_type", TYPE), ("client_assertion", &assertion), token])
        }
        AuthMethod::None => request.form(&[("client_id", "spa"), token]),
    }
    .send()
}

/// A token of the client that authenticates by `method`.
fn token(server: &TestServer, key: &ClientKey, method: AuthMethod) -> String {
    let grant = ("grant_type", "client_credentials");
    match method {
        AuthMethod::ClientSecretBasic => server.app("robot").acts_for_itself(&[]),
        AuthMethod::ClientSecretPost => server.app("post").acts_for_itself(&[]),
        AuthMethod::PrivateKeyJwt => {
            let assertion = key.asserts(server, "keyed");
            let fields = [grant, ("client_assertion_type", TYPE), ("client_assertion", &assertion)];
            server.actor().post("/oauth/token").form(&fields).send()
        }
        AuthMethod::None => {
            let code = server.actor().authorizes(&asks("spa", &[])).code();
            server.app("spa").presents(&code)
        }
    }
    .expect(200)
    .member("access_token")
}

#[test]
fn rfc8414_2_clients_authenticate_by_each_listed_method_where_tokens_are_introspected_and_revoked() {
    let server = TestServer::start();
    let key = ClientKey::new("k1");
    keyed(&server, "keyed", &key.jwk());
    let at_introspection = listed(&server, "introspection_endpoint_auth_methods_supported");
    let at_revocation = listed(&server, "revocation_endpoint_auth_methods_supported");
    let known = AuthMethod::ALL.map(|method| method.as_str().to_owned());
    assert!(at_introspection.iter().chain(&at_revocation).all(|method| known.contains(method)));
    for method in AuthMethod::ALL {
        let (name, token) = (method.as_str().to_owned(), token(&server, &key, method));
        let lives = || server.app("api").introspects(&token).expect(200).json()["active"] == true;
        assert!(lives(), "{name}");
        let seen = sends(&server, &key, method, "/oauth/introspect", &token);
        if at_introspection.contains(&name) {
            assert_eq!(seen.expect(200).json()["active"], true, "{name}");
        } else {
            // It is told nothing, not even of its own token.
            assert_eq!(seen.expect(200).json(), json!({"active": false}), "{name}");
        }
        let revoked = sends(&server, &key, method, "/oauth/revoke", &token);
        let is_listed = at_revocation.contains(&name);
        assert_eq!((revoked.status, !lives()), (if is_listed { 200 } else { 401 }, is_listed), "{name}");
    }
}

/// An assertion of `id` for the endpoint at `path`.
fn asserts(server: &TestServer, key: &SigningKey, id: &str, path: &str) -> Reply {
    let assertion = key.signs(&json!({"kid": "k1", "typ": "JWT"}), &claims(server, id));
    let mut fields = vec![("client_assertion_type", TYPE), ("client_assertion", assertion.as_str())];
    fields.push(if path == "/oauth/token" {
        ("grant_type", "client_credentials")
    } else {
        ("token", "of nobody")
    });
    server.actor().post(path).form(&fields).send()
}

#[test]
fn rfc8414_2_client_assertions_are_signed_by_each_listed_algorithm() {
    let server = TestServer::start();
    for (endpoint, path) in
        [("token", "/oauth/token"), ("introspection", "/oauth/introspect"), ("revocation", "/oauth/revoke")]
    {
        let algorithms = listed(&server, &format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
        for algorithm in &algorithms {
            let (key, id) = (SigningKey::new(algorithm), format!("{endpoint}-{algorithm}"));
            let mut jwk = key.jwk();
            jwk["kid"] = json!("k1");
            keyed(&server, &id, &jwk);
            let reply = asserts(&server, &key, &id, path);
            assert_eq!(reply.status, 200, "{algorithm} at {path}: {}", reply.text());
            if algorithm == "RS256" {
                // By the same key.
                let unlisted = asserts(&server, &SigningKey::new("RS384"), &id, path);
                assert_eq!(unlisted.expect(401).error(), "invalid_client", "{path}");
            }
        }
        assert!(algorithms.contains(&"RS256".to_owned()) && !algorithms.contains(&"RS384".to_owned()));
    }
}

/// A token request of `robot` with a proof by `key`.
fn proves(server: &TestServer, key: &SigningKey) -> Reply {
    let header = json!({"typ": "dpop+jwt", "jwk": key.jwk()});
    let uri = format!("{}/oauth/token", server.issuer);
    let now = server.clock.now().seconds();
    let proof = key.signs(&header, &json!({"jti": unused(), "htm": "POST", "htu": uri, "iat": now}));
    server.app("robot").proves(&proof, &[("grant_type", "client_credentials")])
}

#[test]
fn rfc9449_5_1_proofs_are_signed_by_each_listed_algorithm() {
    let server = TestServer::start();
    let algorithms = listed(&server, "dpop_signing_alg_values_supported");
    for algorithm in &algorithms {
        let reply = proves(&server, &SigningKey::new(algorithm));
        assert_eq!(reply.status, 200, "{algorithm}: {}", reply.text());
        assert_eq!(reply.member("token_type"), "DPoP", "{algorithm}");
        assert!(unproved(&reply.member("access_token"))["cnf"]["jkt"].is_string(), "{algorithm}");
    }
    assert!(!algorithms.contains(&"RS384".to_owned()));
    assert_eq!(proves(&server, &SigningKey::new("RS384")).expect(400).error(), "invalid_dpop_proof");
}

#[test]
fn rfc8414_2_each_listed_grant_is_answered_and_no_other() {
    let server = TestServer::start();
    let error = |grant: &str| server.app("web").asks_for_tokens(&[("grant_type", grant)]).expect(400).error();
    let grants = listed(&server, "grant_types_supported");
    for grant in &grants {
        assert_ne!(error(grant), "unsupported_grant_type", "{grant}");
    }
    let jwt_bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    for grant in ["password", "implicit", jwt_bearer, "Authorization_Code"] {
        assert!(!grants.iter().any(|listed| listed == grant), "{grant}");
        assert_eq!(error(grant), "unsupported_grant_type");
    }
}
